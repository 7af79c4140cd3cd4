/** What the assertion says of itself, or what goes by another name below; all else is an attribute of the user. */
const OWN_CLAIMS = new Set("iss aud sub sid roles iat exp nbf jti checked_at sth picture expires".split(" "));

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
 * The session as Auth.js has it. It ends when attribute `expires` says, else at its longest, as Auth.js has it with JWTs.
 *
 * @param {ReturnType<typeof verifiedOf>} verified
 * @param {ReturnType<typeof import("./options.js").rulesOf>} rules
 */
export function sessionOf(verified, rules) {
  const expires = timeOf(verified.claims.expires) ?? new Date(rules.now() + rules.maxAgeMillis);
  const session = { user: userOf(verified), expires: expires.toISOString() };
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

/**
 * A time as PostgreSQL writes it, which is UTC where it names no zone, or in ISO 8601; null for anything else.
 *
 * @param {unknown} text
 */
export function timeOf(text) {
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,3})?\d{0,3}(Z|[+-]\d\d)?(?::?(\d\d))?$/.exec(String(text));
  if (parts === null) {
    return null;
  }
  const [, day, time, fraction = "", zone = "Z", minutes = "00"] = parts;
  const date = new Date(`${day}T${time}${fraction}${zone === "Z" ? zone : `${zone}:${minutes}`}`);
  return Number.isNaN(date.getTime()) ? null : date;
}
