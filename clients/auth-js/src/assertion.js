import { decode } from "./base64url.js";
import { SessiongateError } from "./error.js";

/** The gateway's request heads are 32 KiB at most, by default. */
const MOST_CHARACTERS = 16 * 1024;

const ENCODER = new TextEncoder();

/**
 * @typedef {object} Rules
 * @property {(kid: unknown) => Promise<import("./key.js").Key>} key
 * @property {string[]} audience one of these must be meant
 * @property {string | undefined} issuer
 * @property {number} toleranceSeconds
 * @property {number} maxLifetimeSeconds
 * @property {() => number} now milliseconds
 */

/**
 * The claims of an assertion in whose signature, times and audience all is right. Whose request it is remains to be seen.
 *
 * @param {string} text
 * @param {Rules} rules
 * @returns {Promise<Record<string, any>>}
 */
export async function verifiedClaims(text, rules) {
  if (text.length > MOST_CHARACTERS) {
    throw new SessiongateError("too_large", "The assertion is longer than 16 KiB");
  }
  if (text.includes(",")) {
    throw new SessiongateError("repeated", "The request has more than one assertion");
  }
  const parts = text.split(".");
  if (parts.length !== 3) {
    throw malformed();
  }
  const header = json(parts[0]);
  const signature = decode(parts[2]);
  if (signature === null || signature.length === 0) {
    throw malformed();
  }
  // No extension is known (RFC 7515 section 4.1.11), and another type is another kind of statement (RFC 8725 section 3.11).
  if ("crit" in header || header.typ !== "JWT") {
    throw malformed();
  }
  const key = await rules.key(header.kid);
  if (header.alg !== key.algorithm) {
    throw new SessiongateError("wrong_algorithm", "The assertion's algorithm is not its key's");
  }
  if (!(await key.verify(signature, ENCODER.encode(parts[0] + "." + parts[1])))) {
    throw new SessiongateError("bad_signature", "The assertion's signature is wrong");
  }
  const claims = json(parts[1]);
  check(claims, rules);
  return claims;
}

/**
 * @param {Record<string, any>} claims
 * @param {Rules} rules
 */
function check(claims, rules) {
  const { iss, aud, sub, sid, roles, iat, exp, nbf, sth } = claims;
  if (rules.issuer !== undefined && iss !== rules.issuer) {
    throw new SessiongateError("wrong_issuer", "The assertion is from another issuer");
  }
  const meant = Array.isArray(aud) ? aud : [aud];
  if (!meant.some((one) => typeof one === "string" && rules.audience.includes(one))) {
    throw new SessiongateError("wrong_audience", "The assertion is for another application");
  }
  const texts = [sub, sid, sth];
  if (texts.some((text) => typeof text !== "string" || text === "")) {
    throw malformed();
  }
  if (!Array.isArray(roles ?? []) || (roles ?? []).some((role) => typeof role !== "string")) {
    throw malformed();
  }
  if (!Number.isFinite(iat) || !Number.isFinite(exp) || (nbf !== undefined && !Number.isFinite(nbf))) {
    throw malformed();
  }
  const now = rules.now() / 1000;
  if (exp + rules.toleranceSeconds <= now) {
    throw new SessiongateError("expired", "The assertion has expired");
  }
  if (Math.max(iat, nbf ?? iat) - rules.toleranceSeconds > now) {
    throw new SessiongateError("not_yet_valid", "The assertion is from the future");
  }
  if (exp - iat > rules.maxLifetimeSeconds) {
    throw new SessiongateError("too_long_lived", "The assertion lives longer than the gateway's do");
  }
}

/** @returns {Record<string, any>} */
function json(part) {
  const bytes = decode(part);
  let value = null;
  try {
    value = bytes === null ? null : JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw malformed();
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw malformed();
  }
  return value;
}

function malformed() {
  return new SessiongateError("malformed", "This is no assertion of the gateway");
}
