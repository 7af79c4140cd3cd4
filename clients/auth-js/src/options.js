import { SessiongateError } from "./error.js";
import { Jwks, keysOf } from "./jwks.js";
import { jwkKey, secretKey } from "./key.js";

const COOKIES = [
  "__Secure-authjs.session-token",
  "authjs.session-token",
  "__Secure-next-auth.session-token",
  "next-auth.session-token",
];

/** Between two lines about wrong assertions, of which a wrong configuration makes one a request. */
const COMPLAINT_MILLIS = 10_000;

/**
 * What the options mean; throws a TypeError for the developer when they mean nothing.
 *
 * @param {import("../index.js").SessiongateOptions} options
 */
export function rulesOf(options) {
  const { jwks, jwk, secret, audience, issuer, headers, mapSession } = options ?? {};
  const { header = "X-Auth-Assertion", cookie = COOKIES, now = Date.now } = options ?? {};
  if ([jwks, jwk, secret].filter((source) => source !== undefined && source !== null).length !== 1) {
    throw new TypeError("sessiongate: expected exactly one of jwks, jwk and secret");
  }
  return {
    key: keySource(options, now),
    audience: texts(audience, "audience"),
    issuer: issuer === undefined ? undefined : texts(issuer, "issuer")[0],
    header: texts(header, "header")[0].toLowerCase(),
    cookies: texts(cookie, "cookie"),
    toleranceSeconds: seconds(options.clockTolerance ?? 5, "clockTolerance", 60),
    maxLifetimeSeconds: seconds(options.maxLifetime ?? 60, "maxLifetime", 600),
    maxAgeMillis: 1000 * seconds(options.maxAge ?? 30 * 24 * 60 * 60, "maxAge", 400 * 24 * 60 * 60),
    onError: options.onError ?? complainer(now),
    headers,
    mapSession,
    now,
  };
}

/** @returns {(kid: unknown) => Promise<import("./key.js").Key>} */
function keySource({ jwks, jwk, secret, fetch }, now) {
  if (jwk ?? secret) {
    const key = jwk ? jwkKey(jwk) : secretKey(secret);
    return async (kid) => {
      if (typeof jwk?.kid === "string" && kid !== jwk.kid) {
        throw unknownKey();
      }
      return key;
    };
  }
  const fixed = typeof jwks === "object" && !(jwks instanceof URL) ? keysOf(JSON.stringify(jwks)) : null;
  const remote = fixed === null ? new Jwks(jwks, fetch, now) : null;
  return async (kid) => {
    const key = typeof kid === "string" ? (remote === null ? fixed.get(kid) : await remote.key(kid)) : undefined;
    if (key === undefined) {
      throw unknownKey();
    }
    return key;
  };
}

function unknownKey() {
  return new SessiongateError("unknown_key", "The assertion names no key that is known");
}

function texts(value, name) {
  const list = [value].flat();
  if (list.length === 0 || list.some((text) => typeof text !== "string" || text === "")) {
    throw new TypeError(`sessiongate: ${name} must be text`);
  }
  return list;
}

function seconds(value, name, most) {
  if (!(Number.isFinite(value) && value >= 0 && value <= most)) {
    throw new TypeError(`sessiongate: ${name} must be 0 to ${most} seconds`);
  }
  return value;
}

/** Says that something is wrong: to be signed out without a word is hard to find the reason of. */
function complainer(now) {
  let last = -Infinity;
  return (error) => {
    if (now() - last >= COMPLAINT_MILLIS) {
      last = now();
      console.error(`sessiongate: assertion refused (${error.code}): ${error.message}`);
    }
  };
}
