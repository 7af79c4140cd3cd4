import { adapterOf } from "./src/adapter.js";
import { verifiedClaims } from "./src/assertion.js";
import { sha256 } from "./src/base64url.js";
import { SessiongateError } from "./src/error.js";
import { headerReader } from "./src/headers.js";
import { rulesOf } from "./src/options.js";
import { currentHeaders, runWith } from "./src/request.js";
import { sessionOf, verifiedOf } from "./src/session.js";
import { sessionTokens } from "./src/tokens.js";
import { authOf, getServerSessionOf } from "./src/wrappers.js";

export { SessiongateError };

/**
 * What an application behind Sessiongate asks about its requests. Keeps nothing but the gateway's public keys.
 *
 * @param {import("./index.js").SessiongateOptions} options
 * @returns {import("./index.js").Sessiongate}
 */
export function sessiongate(options) {
  const rules = rulesOf(options);

  /** The verified claims, or null where there is no assertion; throws where there is a wrong one. */
  async function claimsOf(reader) {
    const values = reader(rules.header);
    if (values.length === 0) {
      return null;
    }
    if (values.length > 1) {
      throw new SessiongateError("repeated", "The request has more than one assertion");
    }
    return verifiedClaims(values[0], rules);
  }

  async function verify(source) {
    const reader = readerOf(source);
    const claims = await claimsOf(reader);
    if (claims === null) {
      return null;
    }
    const hashes = await Promise.all(sessionTokens(reader, rules.cookies).map(sha256));
    if (!hashes.includes(claims.sth)) {
      throw new SessiongateError("wrong_session", "The assertion belongs to another session than the request");
    }
    return verifiedOf(claims);
  }

  /**
   * What an assertion makes of a request: `none` where there is none, `wrong`, or the session. Where the gateway's keys are out
   * of reach nobody can say, and nobody is signed out for that: then too it is for the application to look, as if there were none.
   */
  async function answer(source) {
    try {
      const verified = source === null ? null : await verify(source);
      return verified === null ? { none: true } : { session: sessionOf(verified, rules) };
    } catch (error) {
      if (!(error instanceof SessiongateError)) {
        throw error;
      }
      rules.onError(error);
      return error.code === "keys_unavailable" ? { none: true } : { wrong: true };
    }
  }

  const current = () => currentHeaders(rules.headers);
  return {
    verify,
    async session(source) {
      return (await answer(source ?? (await current()))).session ?? null;
    },
    auth: (fallback) => authOf(fallback, answer, current),
    getServerSession: (fallback) => getServerSessionOf(fallback, answer, current),
    adapter: (adapter) => adapterOf(adapter, rules, current, (source) => claimsOf(readerOf(source))),
    run: runWith,
  };
}

function readerOf(source) {
  const reader = headerReader(source);
  if (reader === null) {
    throw new TypeError("sessiongate: expected a request or its headers");
  }
  return reader;
}
