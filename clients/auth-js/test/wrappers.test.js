import assert from "node:assert/strict";
import test from "node:test";
import { sessiongate } from "../index.js";
import { claims, code, NOW, request, signer } from "./mint.js";

const key = await signer("ES256");
const errors = [];
const options = { jwk: key.jwk, audience: "app", now: () => NOW * 1000, onError: (error) => errors.push(error.code) };
const gate = sessiongate(options);
const assertion = await key.sign(claims("t", { email: "ada@example.com", name: "Ada", plan: "pro", picture: "/a.png" }));
const good = request(assertion, "t");
const wrong = request(assertion, "another");
const none = { cookie: "authjs.session-token=t" };

/** The session of the application's own, and how often it was asked. */
function application() {
  const asked = [];
  const own = async (...args) => {
    asked.push(args);
    return "own";
  };
  return { own, asked };
}

test("a session has the user of the assertion, and what else it says of them", async () => {
  assert.deepEqual(await gate.session(good), {
    user: { id: "u1", name: "Ada", email: "ada@example.com", image: "/a.png", plan: "pro", roles: ["user"] },
    expires: new Date((NOW + 30 * 24 * 60 * 60) * 1000).toISOString(),
  });
});

test("nobody is signed in without an assertion, nor with a wrong one, of which onError hears", async () => {
  errors.length = 0;
  assert.equal(await gate.session(none), null);
  assert.deepEqual(errors, []);
  assert.equal(await gate.session(wrong), null);
  assert.deepEqual(errors, ["wrong_session"]);
});

test("a session ends when the assertion's attribute says", async () => {
  const text = await key.sign(claims("t", { expires: "2027-02-03 04:05:06.789" }));
  const session = await gate.session(request(text, "t"));
  assert.equal(session.expires, "2027-02-03T04:05:06.789Z");
  assert.equal("expires" in session.user, false);
});

test("outside of requests there is no session", async () => {
  assert.equal(await gate.session(), null);
});

test("an attribute cannot stand in for what the assertion itself says", async () => {
  const text = await key.sign({ ...claims("t"), id: "u2", __proto__: null, ["constructor"]: "x" });
  const { user } = await gate.session(request(text, "t"));
  assert.equal(user.id, "u1");
  assert.deepEqual(user.roles, ["user"]);
  const poisoned = JSON.parse(`{"__proto__":{"admin":true}}`);
  const { user: victim } = await gate.session(request(await key.sign({ ...claims("t"), ...poisoned }), "t"));
  assert.equal(victim.admin, undefined);
  assert.equal({}.admin, undefined);
});

test("mapSession does what the session callback did", async () => {
  const own = sessiongate({ ...options, mapSession: (session, { subject, roles }) => ({ ...session, subject, roles }) });
  assert.equal((await own.session(good)).subject, "u1");
});

for (const wrap of ["auth", "getServerSession"]) {
  test(`${wrap} answers from the assertion without asking the application`, async () => {
    const { own, asked } = application();
    const session = await gate.run(good, () => gate[wrap](own)());
    assert.equal(session.user.id, "u1");
    assert.equal(asked.length, 0);
  });

  test(`${wrap} asks the application where there is no assertion`, async () => {
    const { own, asked } = application();
    assert.equal(await gate.run(none, () => gate[wrap](own)({ some: "options" })), "own");
    assert.equal(await gate[wrap](own)(), "own");
    assert.deepEqual(asked, [[{ some: "options" }], []]);
  });

  test(`${wrap} never asks the application about a wrong assertion`, async () => {
    const { own, asked } = application();
    assert.equal(await gate.run(wrong, () => gate[wrap](own)()), null);
    assert.equal(asked.length, 0);
  });

  test(`${wrap} reads the request it is given`, async () => {
    const { own, asked } = application();
    const response = {};
    assert.equal((await gate[wrap](own)({ headers: good }, response, {})).user.id, "u1");
    assert.equal(await gate[wrap](own)({ headers: wrong }, response, {}), null);
    assert.equal(await gate[wrap](own)({ headers: none }, response, {}), "own");
    assert.equal(asked.length, 1);
  });
}

test("auth reads the context of getServerSideProps", async () => {
  const { own } = application();
  assert.equal((await gate.auth(own)({ req: { headers: good }, res: {} })).user.id, "u1");
  assert.equal(await gate.auth(own)({ req: { headers: wrong }, res: {} }), null);
});

test("auth as middleware leaves the answer to the application, but refuses a wrong assertion", async () => {
  const { own, asked } = application();
  const call = (headers) => gate.auth(own)(new Request("http://127.0.0.1/", { headers }));
  assert.equal(await call(good), "own");
  assert.equal(await call(none), "own");
  assert.equal((await call(wrong)).status, 401);
  assert.equal(asked.length, 2);
});

test("auth around a handler leaves the answer to the application, but refuses a wrong assertion", async () => {
  for (const lazy of [false, true]) {
    const around = (handler) => {
      const wrapped = async (...args) => handler(...args);
      return lazy ? Promise.resolve(wrapped) : wrapped;
    };
    const route = gate.auth(around)((req, context) => ["handled", context]);
    const call = (headers) => route(new Request("http://127.0.0.1/", { headers }), "context");
    assert.deepEqual(await call(good), ["handled", "context"]);
    assert.deepEqual(await call(none), ["handled", "context"]);
    assert.equal((await call(wrong)).status, 401);
  }
});

test("the headers of next/headers are read whether they are promised or there", async () => {
  const { own, asked } = application();
  for (const headers of [() => new Headers(good), async () => new Headers(good)]) {
    const next = sessiongate({ ...options, headers });
    assert.equal((await next.auth(own)()).user.id, "u1");
    assert.equal((await next.session()).user.id, "u1");
  }
  assert.equal(asked.length, 0);
});

test("what Next.js says by throwing goes on, except that there is no request", async () => {
  const { own } = application();
  const outside = () => {
    throw new Error("`headers` was called outside a request scope. Read more: …");
  };
  assert.equal(await sessiongate({ ...options, headers: outside }).auth(own)(), "own");
  const dynamic = () => {
    throw Object.assign(new Error("Dynamic server usage: headers"), { digest: "DYNAMIC_SERVER_USAGE" });
  };
  await assert.rejects(sessiongate({ ...options, headers: dynamic }).auth(own)(), { digest: "DYNAMIC_SERVER_USAGE" });
});

test("a wrong assertion is complained of now and then, without a word of it", async (t) => {
  const lines = t.mock.method(console, "error", () => {});
  let now = NOW * 1000;
  const { jwk, audience } = options;
  const loud = sessiongate({ jwk, audience, now: () => now });
  await loud.session(wrong);
  await loud.session(wrong);
  now += 10_000;
  await loud.session(wrong);
  assert.equal(lines.mock.callCount(), 2);
  assert.match(lines.mock.calls[0].arguments[0], /^sessiongate: assertion refused \(wrong_session\)/);
  assert.ok(!JSON.stringify(lines.mock.calls.map((call) => call.arguments)).includes(assertion));
});

function adapter() {
  const asked = [];
  const wrapped = {
    async getSessionAndUser(token) {
      asked.push(token);
      return { session: "own", user: "own" };
    },
    async createSession(session) {
      return session;
    },
  };
  return { wrapped, asked };
}

test("the adapter answers about the request's own session from the assertion", async () => {
  const { wrapped, asked } = adapter();
  const found = await gate.run(good, () => gate.adapter(wrapped).getSessionAndUser("t"));
  const expires = new Date((NOW + 30 * 24 * 60 * 60) * 1000);
  assert.deepEqual(found.session, { sessionToken: "t", userId: "u1", expires });
  assert.equal(found.user.id, "u1");
  assert.equal(found.user.email, "ada@example.com");
  assert.equal(found.user.emailVerified, null);
  assert.equal(asked.length, 0);
});

test("the adapter knows a session whose cookie was percent-encoded", async () => {
  const { wrapped, asked } = adapter();
  const encoded = request(await key.sign(claims("a%2Fb%3D")), "a%2Fb%3D");
  assert.equal((await gate.run(encoded, () => gate.adapter(wrapped).getSessionAndUser("a/b="))).user.id, "u1");
  assert.equal(asked.length, 0);
});

test("the adapter asks the wrapped one about any other session", async () => {
  const { wrapped, asked } = adapter();
  const gated = gate.adapter(wrapped);
  assert.equal((await gate.run(good, () => gated.getSessionAndUser("fresh"))).session, "own");
  assert.equal((await gate.run(none, () => gated.getSessionAndUser("t"))).session, "own");
  assert.equal((await gated.getSessionAndUser("t")).session, "own");
  assert.deepEqual(asked, ["fresh", "t", "t"]);
});

test("the adapter throws on a wrong assertion, so that nobody is signed in and the cookie stays", async () => {
  const { wrapped, asked } = adapter();
  const foreign = request(await key.sign(claims("t", { aud: "other" })), "t");
  assert.equal(await code(gate.run(foreign, () => gate.adapter(wrapped).getSessionAndUser("t"))), "wrong_audience");
  assert.equal(asked.length, 0);
});

test("the adapter reads when an address was verified, where the assertion says so", async () => {
  const time = new Date("2026-01-02T03:04:05Z");
  const texts = [
    ["2026-01-02T03:04:05Z", time],
    ["2026-01-02 03:04:05", time],
    ["2026-01-02 03:04:05.000123", time],
    ["2026-01-02 05:04:05+02", time],
    ["2026-01-02 05:34:05+02:30", time],
    ["2026-01-02", null],
    ["2026-13-02 03:04:05", null],
    ["never", null],
  ];
  for (const [text, expected] of texts) {
    const verified = request(await key.sign(claims("t", { emailVerified: text })), "t");
    const found = await gate.run(verified, () => gate.adapter(adapter().wrapped).getSessionAndUser("t"));
    assert.deepEqual(found.user.emailVerified, expected);
  }
});

test("all else of the adapter is as it was", async () => {
  const { wrapped } = adapter();
  const gated = gate.adapter(wrapped);
  assert.deepEqual(Object.keys(gated), Object.keys(wrapped));
  assert.equal(gated.createSession, wrapped.createSession);
  class Base {
    deleteSession() {
      return "base";
    }
  }
  const inherited = gate.adapter(new (class extends Base {})());
  assert.equal(inherited.deleteSession(), "base");
});
