import assert from "node:assert/strict";
import test from "node:test";
import { sessiongate, SessiongateError } from "../index.js";
import { b64, claims, code, NOW, request, signer } from "./mint.js";

const es256 = await signer("ES256");
const gateOf = (options) => sessiongate({ audience: "app", now: () => NOW * 1000, ...options });
const gate = gateOf({ jwk: es256.jwk });

/** How the gate takes an assertion for the session token "t". */
const taken = async (text, by = gate) => code(by.verify(request(await text, "t")));

for (const algorithm of ["ES256", "EdDSA", "HS256"]) {
  test(`a good ${algorithm} assertion says who is asking`, async () => {
    const key = await signer(algorithm);
    const verified = await gateOf({ jwk: key.jwk }).verify(request(await key.sign(claims("t", { plan: "pro" })), "t"));
    assert.equal(verified.subject, "u1");
    assert.equal(verified.session, "s1");
    assert.deepEqual(verified.roles, ["user"]);
    assert.equal(verified.claims.plan, "pro");
    assert.deepEqual(verified.expires, new Date((NOW + 60) * 1000));
  });

  test(`an ${algorithm} assertion with anything changed is refused`, async () => {
    const key = await signer(algorithm);
    const by = gateOf({ jwk: key.jwk });
    const [header, payload, signature] = (await key.sign(claims("t"))).split(".");
    const admin = b64(claims("t", { roles: ["admin"] }));
    assert.equal(await taken(`${header}.${admin}.${signature}`, by), "bad_signature");
    const other = await (await signer(algorithm)).sign(claims("t"));
    assert.equal(await taken(other, by), "bad_signature");
    const cut = Buffer.from(signature, "base64url").subarray(1).toString("base64url");
    assert.equal(await taken(`${header}.${payload}.${cut}`, by), "bad_signature");
  });
}

test("a secret is taken as text", async () => {
  const secret = "0123456789abcdef0123456789abcdef";
  const key = await crypto.subtle.importKey("raw", Buffer.from(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const input = b64({ alg: "HS256", typ: "JWT" }) + "." + b64(claims("t"));
  const signature = Buffer.from(await crypto.subtle.sign("HMAC", key, Buffer.from(input))).toString("base64url");
  assert.equal(await taken(`${input}.${signature}`, gateOf({ secret })), "accepted");
});

test("no assertion is no session, and no error", async () => {
  assert.equal(await gate.verify({ cookie: "authjs.session-token=t" }), null);
});

const wrong = [
  ["another audience", { aud: "other" }, "wrong_audience"],
  ["no audience", { aud: undefined }, "wrong_audience"],
  ["an audience that merely begins alike", { aud: "app2" }, "wrong_audience"],
  ["an expiry just past the tolerance", { iat: NOW - 65, exp: NOW - 5 }, "expired"],
  ["no expiry", { exp: undefined }, "malformed"],
  ["an expiry that is text", { exp: String(NOW + 60) }, "malformed"],
  ["no time of issue", { iat: undefined }, "malformed"],
  ["a time of issue in the future", { iat: NOW + 6, exp: NOW + 66 }, "not_yet_valid"],
  ["a beginning in the future", { nbf: NOW + 6 }, "not_yet_valid"],
  ["a life longer than the gateway gives", { exp: NOW + 61 }, "too_long_lived"],
  ["another session", { sth: "x".repeat(43) }, "wrong_session"],
  ["no session token", { sth: undefined }, "malformed"],
  ["no subject", { sub: undefined }, "malformed"],
  ["an empty subject", { sub: "" }, "malformed"],
  ["a subject that is a number", { sub: 1 }, "malformed"],
  ["roles that are text", { roles: "admin" }, "malformed"],
  ["a role that is a number", { roles: [1] }, "malformed"],
];
for (const [what, changes, expected] of wrong) {
  test(`refuses ${what}`, async () => {
    assert.equal(await taken(es256.sign(claims("t", changes))), expected);
  });
}

test("clocks may differ a little", async () => {
  assert.equal(await taken(es256.sign(claims("t", { iat: NOW - 64, exp: NOW - 4 }))), "accepted");
  assert.equal(await taken(es256.sign(claims("t", { iat: NOW + 4, exp: NOW + 64 }))), "accepted");
});

test("one of several audiences is enough", async () => {
  assert.equal(await taken(es256.sign(claims("t", { aud: ["other", "app"] }))), "accepted");
  assert.equal(await taken(es256.sign(claims("t", { aud: "b" })), gateOf({ jwk: es256.jwk, audience: ["a", "b"] })), "accepted");
});

test("the issuer counts where it is configured", async () => {
  const by = gateOf({ jwk: es256.jwk, issuer: "sessiongate" });
  assert.equal(await taken(es256.sign(claims("t")), by), "accepted");
  assert.equal(await taken(es256.sign(claims("t", { iss: "other" })), by), "wrong_issuer");
  assert.equal(await taken(es256.sign(claims("t", { iss: undefined })), by), "wrong_issuer");
});

test("the key decides on the algorithm, not the assertion", async () => {
  const payload = b64(claims("t"));
  const spellings = ["none", "None", "NONE", "", null, undefined, "HS256", "ES384", "EdDSA", "es256"];
  for (const alg of spellings) {
    assert.equal(await taken(es256.sign(claims("t"), { alg })), "wrong_algorithm", `alg ${alg}`);
  }
  assert.equal(await taken(`${b64({ alg: "none", typ: "JWT", kid: "k1" })}.${payload}.`), "malformed");
});

test("a public key is no secret", async () => {
  const { kty, crv, x, y } = es256.jwk;
  for (const material of [JSON.stringify({ crv, kty, x, y }), x, JSON.stringify(es256.jwk)]) {
    const key = await crypto.subtle.importKey("raw", Buffer.from(material), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const input = b64({ alg: "HS256", typ: "JWT", kid: "k1" }) + "." + b64(claims("t"));
    const signature = Buffer.from(await crypto.subtle.sign("HMAC", key, Buffer.from(input))).toString("base64url");
    assert.equal(await taken(`${input}.${signature}`), "wrong_algorithm");
  }
});

test("keys and URLs that an assertion brings along count for nothing", async () => {
  const own = await signer("ES256");
  const header = { jwk: own.jwk, jku: "http://127.0.0.1:9/jwks.json", x5u: "http://127.0.0.1:9/x.pem" };
  assert.equal(await taken(own.sign(claims("t"), header)), "bad_signature");
});

test("refuses what is another kind of statement", async () => {
  assert.equal(await taken(es256.sign(claims("t"), { typ: "at+jwt" })), "malformed");
  assert.equal(await taken(es256.sign(claims("t"), { typ: undefined })), "malformed");
  assert.equal(await taken(es256.sign(claims("t"), { crit: ["b64"], b64: false })), "malformed");
});

test("refuses a name that is not the key's", async () => {
  assert.equal(await taken(es256.sign(claims("t"), { kid: "k2" })), "unknown_key");
});

test("refuses everything that is not one compact JWS", async () => {
  const good = await es256.sign(claims("t"));
  const [header, payload, signature] = good.split(".");
  const broken = [
    "",
    "x",
    "..",
    "...",
    `${header}.${payload}`,
    `${good}.`,
    `${good}=`,
    ` ${good}`,
    `${header}.${payload}.${signature}!`,
    `${b64("{")}.${payload}.${signature}`,
    `${b64("[]")}.${payload}.${signature}`,
    `${b64("null")}.${payload}.${signature}`,
    `${Buffer.from([0xff, 0x22]).toString("base64url")}.${payload}.${signature}`,
    `${header}=.${payload}.${signature}`,
  ];
  for (const text of broken) {
    assert.equal(await taken(text), "malformed", JSON.stringify(text));
  }
  for (const text of ["{", "[]", "null", '"x"', ""]) {
    const input = header + "." + b64(text);
    assert.notEqual(await taken(`${input}.${signature}`), "accepted");
  }
});

test("a signature has one spelling", async () => {
  const good = await es256.sign(claims("t"));
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // The last four bits belong to no byte, so that this is another text for the same bytes.
  const twin = good.slice(0, -1) + alphabet[alphabet.indexOf(good.at(-1)) + 1];
  assert.deepEqual(Buffer.from(twin.split(".")[2], "base64url"), Buffer.from(good.split(".")[2], "base64url"));
  assert.equal(await taken(twin), "malformed");
});

test("refuses claims that are signed but no JSON object", async () => {
  for (const value of [[], null, "text", 1]) {
    assert.equal(await taken(es256.sign(value)), "malformed", JSON.stringify(value));
  }
});

test("refuses an oversized assertion before it looks into it", async () => {
  assert.equal(await taken(es256.sign(claims("t", { pad: "x".repeat(16 * 1024) }))), "too_large");
});

test("refuses an assertion that comes twice, however the header is held", async () => {
  const good = await es256.sign(claims("t"));
  const twice = new Headers({ cookie: "authjs.session-token=t" });
  twice.append("X-Auth-Assertion", good);
  twice.append("X-Auth-Assertion", good);
  assert.equal(await code(gate.verify(twice)), "repeated");
  assert.equal(await code(gate.verify(request([good, good], "t"))), "repeated");
  assert.equal(await code(gate.verify(request(good, "t", { "X-Auth-Assertion": good }))), "repeated");
  assert.equal(await code(gate.verify(request(`${good},${good}`, "t"))), "repeated");
});

test("an error tells nothing of the assertion", async () => {
  const text = await es256.sign(claims("t", { aud: "other", sub: "secret-subject" }));
  const error = await gate.verify(request(text, "t")).catch((thrown) => thrown);
  assert.ok(error instanceof SessiongateError);
  assert.ok(!JSON.stringify([error.message, error.stack]).includes("secret-subject"));
  assert.ok(!String(error.stack).includes(text));
});

test("wrong options are refused when the application starts", () => {
  const options = [
    undefined,
    {},
    { audience: "app" },
    { jwk: es256.jwk },
    { jwk: es256.jwk, audience: [] },
    { jwk: es256.jwk, audience: "" },
    { jwk: es256.jwk, secret: "x".repeat(32), audience: "app" },
    { secret: "short", audience: "app" },
    { secret: "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", audience: "app" },
    { jwk: { ...es256.jwk, d: "x" }, audience: "app" },
    { jwk: { ...es256.jwk, alg: "HS256" }, audience: "app" },
    { jwk: { ...es256.jwk, use: "enc" }, audience: "app" },
    { jwk: { kty: "RSA", n: "x", e: "AQAB" }, audience: "app" },
    { jwk: es256.jwk, audience: "app", clockTolerance: 3600 },
    { jwk: es256.jwk, audience: "app", cookie: [] },
    { jwks: "file:///etc/jwks.json", audience: "app" },
  ];
  for (const wrongOptions of options) {
    assert.throws(() => sessiongate(wrongOptions), TypeError, JSON.stringify(wrongOptions));
  }
});
