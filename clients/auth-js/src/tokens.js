import { SessiongateError } from "./error.js";

/** As many as the gateway joins. */
const MOST_CHUNKS = 16;

/**
 * The session tokens of a request as the gateway reads them: each configured cookie, whole or in chunks, and a bearer token.
 * A cookie that two readers could read in two ways is refused.
 *
 * @param {(name: string) => string[]} header
 * @param {string[]} names of the session cookies
 * @returns {string[]}
 */
export function sessionTokens(header, names) {
  const cookies = parse(header("cookie"));
  const tokens = names.map((name) => joined(cookies, name)).filter((value) => value !== null);
  for (const line of header("authorization")) {
    const bearer = /^[ \t]*bearer +([^ \t,]+)[ \t]*$/i.exec(line);
    if (bearer) {
      tokens.push(bearer[1]);
    }
  }
  return tokens;
}

/**
 * RFC 6265 section 4.2.1, read as tolerantly as the gateway does.
 *
 * @param {string[]} lines
 * @returns {Map<string, string>}
 */
function parse(lines) {
  const cookies = new Map();
  for (const pair of lines.join(";").split(";")) {
    const equals = pair.indexOf("=");
    if (equals < 0) {
      continue;
    }
    const name = pair.slice(0, equals).trim();
    const value = unquoted(pair.slice(equals + 1).trim());
    if (value === "") {
      continue;
    }
    // Whoever reads the other one would see another session: remembered as such, and refused if it is a session's.
    cookies.set(name, cookies.has(name) && cookies.get(name) !== value ? null : value);
  }
  return cookies;
}

function unquoted(value) {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}

/**
 * `<name>`, or `<name>.0` to `<name>.n` without a gap and with nothing else beside them.
 *
 * @returns {string | null}
 */
function joined(cookies, name) {
  const chunks = [];
  for (const [key, value] of cookies) {
    if (!key.startsWith(name + ".")) {
      continue;
    }
    const number = key.slice(name.length + 1);
    if (!/^(0|[1-9][0-9]?)$/.test(number) || Number(number) >= MOST_CHUNKS || value === null) {
      throw ambiguous();
    }
    chunks[Number(number)] = value;
  }
  if (chunks.length === 0) {
    if (cookies.get(name) === null) {
      throw ambiguous();
    }
    return cookies.get(name) ?? null;
  }
  if (cookies.has(name) || Object.keys(chunks).length !== chunks.length) {
    throw ambiguous();
  }
  return chunks.join("");
}

function ambiguous() {
  return new SessiongateError("ambiguous_session_cookie", "The request has session cookies that contradict each other");
}
