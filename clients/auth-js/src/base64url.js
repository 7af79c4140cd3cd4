const ENCODER = new TextEncoder();

/**
 * Decodes base64url without padding; null for anything that is not the one canonical spelling of its bytes.
 *
 * @param {string} text
 * @returns {Uint8Array | null}
 */
export function decode(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    return null;
  }
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
  return encode(bytes) === text ? bytes : null;
}

/** @param {Uint8Array} bytes */
export function encode(bytes) {
  let binary = "";
  for (const byte of bytes) {
    binary += String.fromCharCode(byte);
  }
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * SHA-256 of a session token in base64url: what claim `sth` holds.
 *
 * @param {string} token
 */
export async function sha256(token) {
  return encode(new Uint8Array(await crypto.subtle.digest("SHA-256", ENCODER.encode(token))));
}
