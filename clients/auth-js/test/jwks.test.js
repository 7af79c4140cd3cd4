import assert from "node:assert/strict";
import { createServer } from "node:http";
import test from "node:test";
import { sessiongate } from "../index.js";
import { claims, code, NOW, request, signer } from "./mint.js";

const MINUTE = 60_000;
const k1 = await signer("ES256", "k1");
const k2 = await signer("EdDSA", "k2");

/** A gateway whose answer the test decides, and an application that asks it, with a clock of their own. */
async function world(t, answer) {
  const state = { answer, fetches: 0, now: NOW * 1000, path: "" };
  const server = createServer((req, res) => {
    state.fetches++;
    state.path = req.url;
    state.answer(res, req);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const jwks = `http://127.0.0.1:${server.address().port}/.well-known/jwks.json`;
  const gate = sessiongate({ jwks, audience: "app", now: () => state.now });
  state.ask = async (key, header) => {
    const iat = state.now / 1000;
    return code(gate.verify(request(await key.sign(claims("t", { iat, exp: iat + 60 }), header), "t")));
  };
  return state;
}

const keys = (...jwks) => (res) => res.end(JSON.stringify({ keys: jwks }));
const away = (res) => res.destroy();

test("fetches the keys once, when first needed", async (t) => {
  const gateway = await world(t, keys(k1.jwk, k2.jwk));
  assert.equal(gateway.fetches, 0);
  const answers = await Promise.all([gateway.ask(k1), gateway.ask(k2), gateway.ask(k1)]);
  assert.deepEqual(answers, ["accepted", "accepted", "accepted"]);
  assert.equal(gateway.fetches, 1);
  assert.equal(gateway.path, "/.well-known/jwks.json");
});

test("fetches again for an unknown name, and not again at once", async (t) => {
  const gateway = await world(t, keys(k1.jwk));
  assert.equal(await gateway.ask(k1), "accepted");
  gateway.answer = keys(k1.jwk, k2.jwk);
  assert.equal(await gateway.ask(k2), "unknown_key");
  assert.equal(gateway.fetches, 1);
  gateway.now += 30_000;
  assert.equal(await gateway.ask(k2), "accepted");
  assert.equal(gateway.fetches, 2);
  for (let i = 0; i < 20; i++) {
    assert.equal(await gateway.ask(await signer("ES256", `unknown${i}`)), "unknown_key");
  }
  assert.equal(gateway.fetches, 2);
});

test("many unknown names at once are one fetch", async (t) => {
  const gateway = await world(t, keys(k1.jwk));
  await gateway.ask(k1);
  gateway.now += 30_000;
  const strangers = await Promise.all(Array.from({ length: 20 }, (_, i) => signer("ES256", `unknown${i}`)));
  await Promise.all(strangers.map((stranger) => gateway.ask(stranger)));
  assert.equal(gateway.fetches, 2);
});

test("known keys go on while the gateway is away, for an hour", async (t) => {
  const gateway = await world(t, keys(k1.jwk));
  assert.equal(await gateway.ask(k1), "accepted");
  gateway.answer = away;
  gateway.now += 59 * MINUTE;
  assert.equal(await gateway.ask(k1), "accepted");
  gateway.now += MINUTE;
  assert.equal(await gateway.ask(k1), "keys_unavailable");
  gateway.answer = keys(k1.jwk);
  gateway.now += MINUTE;
  assert.equal(await gateway.ask(k1), "accepted");
});

test("keys that are taken away do not count any more once the set was fetched again", async (t) => {
  const gateway = await world(t, keys(k1.jwk));
  assert.equal(await gateway.ask(k1), "accepted");
  gateway.answer = keys(k2.jwk);
  gateway.now += 10 * MINUTE;
  await gateway.ask(k1); // has it fetched beside
  assert.equal(await gateway.ask(k2), "accepted");
  assert.equal(await gateway.ask(k1), "unknown_key");
});

test("without any keys the gateway is asked again after a second, then more rarely", async (t) => {
  const gateway = await world(t, away);
  const asked = [];
  for (let second = 0; second < 20; second++) {
    const before = gateway.fetches;
    assert.equal(await gateway.ask(k1), "keys_unavailable");
    if (gateway.fetches > before) {
      asked.push(second);
    }
    gateway.now += 1_000;
  }
  assert.deepEqual(asked, [0, 1, 3, 7, 15]);
});

const useless = {
  "an answer other than 200": (res) => res.writeHead(500).end(JSON.stringify({ keys: [k1.jwk] })),
  "a redirect to a good one": (res, req) =>
    req.url === "/elsewhere" ? keys(k1.jwk)(res) : res.writeHead(302, { location: "/elsewhere" }).end(),
  "no JSON": (res) => res.end("<html>"),
  "JSON without keys": (res) => res.end("{}"),
  "more than 64 KiB": (res) => res.end(JSON.stringify({ keys: [k1.jwk], pad: "x".repeat(64 * 1024) })),
  "more than 32 keys": keys(...Array.from({ length: 33 }, () => k1.jwk)),
};
for (const [what, answer] of Object.entries(useless)) {
  test(`${what} is no key set`, async (t) => {
    const gateway = await world(t, answer);
    assert.equal(await gateway.ask(k1), "keys_unavailable");
  });
}

test("an answer that never ends is given up", { timeout: 30_000 }, async (t) => {
  const gateway = await world(t, (res) => res.write("{"));
  assert.equal(await gateway.ask(k1), "keys_unavailable");
});

test("secrets, private keys and keys for other things are not taken from a key set", async (t) => {
  const hmac = await signer("HS256", "hmac");
  const set = [
    hmac.jwk,
    { ...k1.jwk, kid: "private", d: "x" },
    { ...k1.jwk, kid: "encryption", use: "enc" },
    { ...k1.jwk, kid: "other", alg: "ES384" },
    { ...k1.jwk, kid: undefined },
    null,
    "text",
  ];
  const gateway = await world(t, keys(...set, k1.jwk));
  assert.equal(await gateway.ask(hmac), "unknown_key");
  for (const kid of ["private", "encryption", "other", "undefined", "__proto__"]) {
    assert.equal(await gateway.ask(k1, { kid }), "unknown_key", kid);
  }
  assert.equal(await gateway.ask(k1, { kid: undefined }), "unknown_key");
  assert.equal(await gateway.ask(k1), "accepted");
});

test("a key that is none of its curve is refused, not thrown about", async (t) => {
  const gateway = await world(t, keys({ ...k1.jwk, y: k1.jwk.x }));
  assert.equal(await gateway.ask(k1), "bad_key");
});

test("the key of another algorithm's name does not verify", async (t) => {
  const gateway = await world(t, keys({ ...k2.jwk, kid: "k1" }));
  assert.equal(await gateway.ask(k1), "wrong_algorithm");
});

test("a key set can be given in place of its address", async () => {
  const gate = sessiongate({ jwks: { keys: [k1.jwk] }, audience: "app", now: () => NOW * 1000 });
  assert.equal(await code(gate.verify(request(await k1.sign(claims("t")), "t"))), "accepted");
  assert.equal(await code(gate.verify(request(await k2.sign(claims("t")), "t"))), "unknown_key");
});
