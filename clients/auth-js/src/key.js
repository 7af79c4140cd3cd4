import { decode } from "./base64url.js";
import { SessiongateError } from "./error.js";

/**
 * A key and the one algorithm it is for: what an assertion says about its algorithm is only compared.
 *
 * @typedef {{ algorithm: "ES256" | "EdDSA" | "HS256", verify(signature: Uint8Array, input: Uint8Array): Promise<boolean> }} Key
 */

const ENCODER = new TextEncoder();

const KINDS = {
  ES256: { parameters: { name: "ECDSA", namedCurve: "P-256" }, verify: { name: "ECDSA", hash: "SHA-256" } },
  EdDSA: { parameters: { name: "Ed25519" }, verify: { name: "Ed25519" } },
  HS256: { parameters: { name: "HMAC", hash: "SHA-256" }, verify: { name: "HMAC" } },
};

/**
 * @param {string | Uint8Array} secret
 * @returns {Key}
 */
export function secretKey(secret) {
  const bytes = typeof secret === "string" ? ENCODER.encode(secret) : secret;
  if (!(bytes instanceof Uint8Array) || bytes.length < 32) {
    throw new TypeError("sessiongate: secret must be at least 32 bytes");
  }
  if (typeof secret === "string" && secret.includes("-----BEGIN")) {
    // With a public key for a secret, everybody could sign.
    throw new TypeError("sessiongate: secret must not be a key file");
  }
  return key("HS256", "raw", bytes);
}

/**
 * @param {any} jwk one that the application was configured with
 * @returns {Key}
 */
export function jwkKey(jwk) {
  if (jwk?.kty === "oct" && (jwk.alg ?? "HS256") === "HS256" && typeof jwk.k === "string") {
    return secretKey(decode(jwk.k) ?? new Uint8Array());
  }
  const found = publicKey(jwk);
  if (found === null) {
    throw new TypeError("sessiongate: jwk must be a public key for ES256 (P-256) or EdDSA (Ed25519), or a secret for HS256");
  }
  return found;
}

/**
 * The key of a JWK, or null when it is not a public key for assertions.
 *
 * @param {any} jwk
 * @returns {Key | null}
 */
export function publicKey(jwk) {
  if (jwk === null || typeof jwk !== "object" || "d" in jwk || (jwk.use ?? "sig") !== "sig") {
    return null;
  }
  const algorithm =
    jwk.kty === "EC" && jwk.crv === "P-256" ? "ES256" : jwk.kty === "OKP" && jwk.crv === "Ed25519" ? "EdDSA" : null;
  if (algorithm === null || (jwk.alg ?? algorithm) !== algorithm || typeof jwk.x !== "string") {
    return null;
  }
  // Only what makes the key: the rest of a JWK must not change how it is imported.
  const { kty, crv, x, y } = jwk;
  return key(algorithm, "jwk", algorithm === "ES256" ? { kty, crv, x, y } : { kty, crv, x });
}

/** @returns {Key} */
function key(algorithm, format, material) {
  const kind = KINDS[algorithm];
  let imported;
  return {
    algorithm,
    async verify(signature, input) {
      try {
        imported ??= crypto.subtle.importKey(format, material, kind.parameters, false, ["verify"]);
        return await crypto.subtle.verify(kind.verify, await imported, signature, input);
      } catch (error) {
        throw new SessiongateError("bad_key", "The assertion's key cannot be used here", error);
      }
    },
  };
}
