/** What the assertion says of itself, or what goes by another name below; all else is an attribute of the user. */
const OWN_CLAIMS = new Set(["iss", "aud", "sub", "sid", "roles", "iat", "exp", "nbf", "jti", "checked_at", "sth", "picture"]);

/** @param {Record<string, any>} claims */
export function verifiedOf(claims) {
  return {
    subject: claims.sub,
    session: claims.sid,
    roles: claims.roles ?? [],
    claims,
    expires: new Date(claims.exp * 1000),
  };
}

/**
 * The session as Auth.js has it.
 *
 * @param {ReturnType<typeof verifiedOf>} verified
 * @param {ReturnType<typeof import("./options.js").rulesOf>} rules
 */
export function sessionOf(verified, rules) {
  const session = { user: userOf(verified), expires: new Date(rules.now() + rules.maxAgeMillis).toISOString() };
  return rules.mapSession === undefined ? session : rules.mapSession(session, verified);
}

/**
 * The user, with every attribute that the gateway was told to put into the assertion.
 *
 * @param {ReturnType<typeof verifiedOf>} verified
 */
export function userOf({ subject, roles, claims }) {
  const { name = null, email = null, image = claims.picture ?? null } = claims;
  const attributes = Object.entries(claims).filter(([claim]) => !OWN_CLAIMS.has(claim));
  return { ...Object.fromEntries(attributes), id: subject, name, email, image, roles };
}
