import { createHash } from "node:crypto";

/** The time that everything here is about, in seconds. */
export const NOW = 1_800_000_000;

export const COOKIE = "authjs.session-token";

const { subtle } = globalThis.crypto;

export const b64 = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

export const sth = (token) => createHash("sha256").update(token).digest("base64url");

export function claims(token, changes = {}) {
  return {
    iss: "sessiongate",
    aud: "app",
    sub: "u1",
    sid: "s1",
    roles: ["user"],
    iat: NOW,
    exp: NOW + 60,
    checked_at: NOW,
    sth: sth(token),
    ...changes,
  };
}

/** A key pair of the gateway, or its secret: signs, and knows what the application is told. */
export async function signer(algorithm, kid = "k1") {
  const parameters = {
    ES256: [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
    EdDSA: [{ name: "Ed25519" }, { name: "Ed25519" }],
    HS256: [{ name: "HMAC", hash: "SHA-256", length: 256 }, { name: "HMAC" }],
  }[algorithm];
  const made = await subtle.generateKey(parameters[0], true, ["sign", "verify"]);
  const jwk = await subtle.exportKey("jwk", made.publicKey ?? made);
  const sign = async (payload, header = {}) => {
    const input = b64({ alg: algorithm, typ: "JWT", kid, ...header }) + "." + b64(payload);
    const signature = await subtle.sign(parameters[1], made.privateKey ?? made, Buffer.from(input));
    return input + "." + Buffer.from(signature).toString("base64url");
  };
  const { kty, crv, x, y, k } = jwk;
  return { sign, jwk: { kty, crv, x, y, k, kid, use: "sig", alg: algorithm } };
}

export function request(assertion, token, more = {}) {
  return { "x-auth-assertion": assertion, cookie: `theme=dark; ${COOKIE}=${token}`, ...more };
}

/** Settles to the code with which something is refused. */
export async function code(promise) {
  return promise.then(
    () => "accepted",
    (error) => error.code ?? String(error),
  );
}
