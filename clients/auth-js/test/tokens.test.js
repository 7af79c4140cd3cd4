import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import test from "node:test";
import { sessiongate } from "../index.js";
import { claims, code, NOW, signer } from "./mint.js";

const key = await signer("ES256");
const gate = sessiongate({ jwk: key.jwk, audience: "app", now: () => NOW * 1000 });
const assertion = await key.sign(claims("part0part1"));

const taken = (cookie, more = {}) => code(gate.verify({ "x-auth-assertion": assertion, cookie, ...more }));

const good = [
  "authjs.session-token=part0part1",
  "authjs.session-token=\"part0part1\"",
  "a=b; authjs.session-token=part0part1 ;c=d",
  "authjs.session-token=part0part1; authjs.session-token=part0part1",
  "authjs.session-token.0=part0; authjs.session-token.1=part1",
  "authjs.session-token.1=part1; x=y; authjs.session-token.0=part0",
  "__Secure-authjs.session-token.0=part0; __Secure-authjs.session-token.1=part1",
  "next-auth.session-token=part0part1",
  "__Secure-next-auth.session-token=part0part1",
  "authjs.session-token=part0part1; next-auth.session-token=left-over",
  "authjs.session-token=part0part1; authjs.session-token2=x",
];
for (const cookie of good) {
  test(`belongs to ${cookie}`, async () => assert.equal(await taken(cookie), "accepted"));
}

const foreign = [
  "",
  "authjs.session-token=",
  "authjs.session-token",
  "authjs.session-token=other",
  "authjs.session-token=PART0PART1",
  "session=part0part1",
  "Authjs.session-token=part0part1",
  "xauthjs.session-token=part0part1",
];
for (const cookie of foreign) {
  test(`does not belong to ${cookie || "no cookie"}`, async () => assert.equal(await taken(cookie), "wrong_session"));
}

const ambiguous = [
  "authjs.session-token=part0part1; authjs.session-token=other",
  "authjs.session-token=other; authjs.session-token=part0part1",
  "authjs.session-token=part0part1; authjs.session-token.0=part0part1",
  "authjs.session-token.0=part0; authjs.session-token.2=part1",
  "authjs.session-token.1=part0; authjs.session-token.2=part1",
  "authjs.session-token.0=part0; authjs.session-token.01=part1",
  "authjs.session-token.0=part0; authjs.session-token.1=part1; authjs.session-token.x=y",
  "authjs.session-token.0=part0; authjs.session-token.1=part1; authjs.session-token.1=y",
  "authjs.session-token.0=part0; authjs.session-token.1=part1; authjs.session-token.x.2=y",
  "authjs.session-token.0=part0part1; authjs.session-token.16=y",
];
for (const cookie of ambiguous) {
  test(`refuses ${cookie}`, async () => assert.equal(await taken(cookie), "ambiguous_session_cookie"));
}

test("a bearer token is a session token too", async () => {
  assert.equal(await taken(undefined, { authorization: "Bearer part0part1" }), "accepted");
  assert.equal(await taken(undefined, { authorization: "bearer part0part1" }), "accepted");
  assert.equal(await taken(undefined, { authorization: "Basic part0part1" }), "wrong_session");
});

test("cookies of the application's own names are looked for where they are configured", async () => {
  const own = sessiongate({ jwk: key.jwk, audience: "app", cookie: "sid", now: () => NOW * 1000 });
  assert.equal(await code(own.verify({ "x-auth-assertion": assertion, cookie: "sid=part0part1" })), "accepted");
  assert.equal(
    await code(own.verify({ "x-auth-assertion": assertion, cookie: "authjs.session-token=part0part1" })),
    "wrong_session",
  );
});

test("takes headers as every framework holds them", async () => {
  const plain = { "X-Auth-Assertion": assertion, Cookie: ["a=b", "authjs.session-token=part0part1"] };
  const headers = new Headers({ "X-Auth-Assertion": assertion, Cookie: "authjs.session-token=part0part1" });
  const incoming = new IncomingMessage(null);
  incoming.headers = { "x-auth-assertion": assertion, cookie: "authjs.session-token=part0part1" };
  const sources = [plain, { headers: plain }, headers, new Request("http://127.0.0.1/", { headers }), incoming];
  for (const source of sources) {
    assert.equal(await code(gate.verify(source)), "accepted");
  }
  for (const nothing of [null, undefined, "text"]) {
    await assert.rejects(gate.verify(nothing), TypeError);
  }
});

test("a header of the application's choice carries it", async () => {
  const own = sessiongate({ jwk: key.jwk, audience: "app", header: "X-Gate", now: () => NOW * 1000 });
  const cookie = "authjs.session-token=part0part1";
  assert.equal(await code(own.verify({ "x-gate": assertion, cookie })), "accepted");
  assert.equal(await own.verify({ "x-auth-assertion": assertion, cookie }), null);
});
