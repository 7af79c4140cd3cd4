import { sha256 } from "./base64url.js";
import { SessiongateError } from "./error.js";
import { timeOf, userOf, verifiedOf } from "./session.js";

/**
 * An Auth.js adapter that looks up sessions in the request's assertion, and everything else where it did before.
 *
 * @param {any} adapter
 * @param {ReturnType<typeof import("./options.js").rulesOf>} rules
 * @param {() => Promise<unknown>} current the headers of the request, or null
 * @param {(source: unknown) => Promise<Record<string, any> | null>} claimsOf
 */
export function adapterOf(adapter, rules, current, claimsOf) {
  async function getSessionAndUser(sessionToken) {
    const source = await current();
    let claims;
    try {
      claims = source === null ? null : await claimsOf(source);
    } catch (error) {
      // Thrown on and not null: Auth.js answers that nobody is signed in either way, but behind null it deletes the cookie.
      if (error instanceof SessiongateError) {
        rules.onError(error);
      }
      throw error;
    }
    // One that belongs to another session says nothing about this one: somebody is just signing in, for instance.
    if (claims === null || !(await belongsTo(claims.sth, sessionToken))) {
      return adapter.getSessionAndUser(sessionToken);
    }
    const user = userOf(verifiedOf(claims));
    return {
      // As far away as a session can be: Auth.js would write a nearer expiry to the database on every request.
      session: { sessionToken, userId: user.id, expires: new Date(rules.now() + rules.maxAgeMillis) },
      user: { ...user, emailVerified: timeOf(claims.emailVerified) },
    };
  }

  const own = Object.getOwnPropertyDescriptors(adapter);
  const replaced = { value: getSessionAndUser, enumerable: true, configurable: true, writable: true };
  return Object.create(Object.getPrototypeOf(adapter), { ...own, getSessionAndUser: replaced });
}

/** The gateway has seen the token as it stands in the cookie, and Auth.js writes cookies percent-encoded. */
async function belongsTo(sth, sessionToken) {
  return sth === (await sha256(sessionToken)) || sth === (await sha256(encodeURIComponent(sessionToken)));
}
