import assert from "node:assert/strict";
import { createRequire } from "node:module";
import test from "node:test";
import { Auth } from "@auth/core";
import { inNext } from "./in-next.js";
import { sessiongate } from "../index.js";
import { claims, signer } from "../test/mint.js";

// The real packages: next-auth 4, Auth.js 5 as next-auth 5 and as @auth/core, and next/headers of Next.js.
const require = createRequire(import.meta.url);
const { getServerSession } = require("next-auth");
const { encode: encode4 } = require("next-auth/jwt");
const { default: NextAuth5 } = await import("next-auth-5");
const { encode: encode5 } = await import("@auth/core/jwt");

process.env.NEXTAUTH_URL = process.env.AUTH_URL = "http://127.0.0.1:3000";
process.env.AUTH_TRUST_HOST = "true";
const secret = "the secret of the application, for its cookies";
const COOKIE4 = "next-auth.session-token";
const COOKIE5 = "authjs.session-token";

const key = await signer("ES256");
const errors = [];
const gate = sessiongate({ jwks: { keys: [key.jwk] }, audience: "app", onError: (error) => errors.push(error.code) });

/** What the gateway passes on of a request with that session. */
async function behindGate(cookie, token, changes = {}) {
  const iat = Math.floor(Date.now() / 1000);
  const assertion = await key.sign(claims(token, { iat, exp: iat + 60, email: "gate@example.com", ...changes }));
  return { "x-auth-assertion": assertion, cookie: `${cookie}=${token}` };
}

/** An adapter of the application's database, with the queries it was asked. */
function database() {
  const queries = [];
  const user = { id: "own", name: "Own", email: "own@example.com", emailVerified: null, image: null };
  const session = (sessionToken) => ({ sessionToken, userId: user.id, expires: new Date(Date.now() + 30 * 24 * 3600_000) });
  const counted = (name, answer) => async (...args) => {
    queries.push(name);
    return answer(...args);
  };
  const adapter = {
    getSessionAndUser: counted("getSessionAndUser", (token) => ({ session: session(token), user })),
    updateSession: counted("updateSession", () => null),
    deleteSession: counted("deleteSession", () => null),
    createSession: counted("createSession", (created) => created),
    createUser: counted("createUser", (created) => created),
    getUser: counted("getUser", () => user),
    getUserByEmail: counted("getUserByEmail", () => user),
    getUserByAccount: counted("getUserByAccount", () => user),
    updateUser: counted("updateUser", () => user),
    linkAccount: counted("linkAccount", () => null),
  };
  return { adapter, queries };
}

const silent = { error() {}, warn() {}, debug() {} };

test("next-auth 4: getServerSession of a page is answered from the assertion, and else by the application", async () => {
  const token = await encode4({ token: { name: "Own", email: "own@example.com", sub: "own" }, secret });
  const session = gate.getServerSession(getServerSession);
  const options = { secret, providers: [], logger: silent };

  const behind = await inNext(await behindGate(COOKIE4, token), () => session(options));
  assert.equal(behind.user.email, "gate@example.com");
  assert.equal(behind.user.id, "u1");

  const without = await inNext({ cookie: `${COOKIE4}=${token}` }, () => session(options));
  assert.equal(without.user.email, "own@example.com");

  const wrong = await inNext(await behindGate(COOKIE4, token, { aud: "other" }), () => session(options));
  assert.equal(wrong, null);

  assert.equal(await inNext({}, () => session(options)), null);
});

test("next-auth 4: getServerSession under pages, with a database", async () => {
  const { adapter, queries } = database();
  const options = { secret, providers: [], adapter, session: { strategy: "database" }, logger: silent };
  const session = gate.getServerSession(getServerSession);
  const response = { getHeader() {}, setHeader() {} };
  const page = (headers) => session({ headers, cookies: { [COOKIE4]: "token" } }, response, options);

  assert.equal((await page(await behindGate(COOKIE4, "token"))).user.email, "gate@example.com");
  assert.deepEqual(queries, []);
  assert.equal((await page({ cookie: `${COOKIE4}=token` })).user.email, "own@example.com");
  assert.deepEqual(queries, ["getSessionAndUser"]);
});

test("Auth.js 5: auth() of a page is answered from the assertion, and else by the application", async () => {
  const token = await encode5({ token: { name: "Own", email: "own@example.com", sub: "own" }, secret, salt: COOKIE5 });
  const next = NextAuth5({ secret, providers: [], logger: silent });
  const auth = gate.auth(next.auth);

  const behind = await inNext(await behindGate(COOKIE5, token), () => auth());
  assert.equal(behind.user.email, "gate@example.com");

  const without = await inNext({ cookie: `${COOKIE5}=${token}`, "x-forwarded-proto": "http" }, () => auth());
  assert.equal(without.user.email, "own@example.com");

  const wrong = await inNext(await behindGate(COOKIE5, token, { sth: "x".repeat(43) }), () => auth());
  assert.equal(wrong, null);
});

test("Auth.js 5: auth() of a page in chunked cookies", async () => {
  const token = await encode5({ token: { sub: "own", pad: "x".repeat(6000) }, secret, salt: COOKIE5 });
  const headers = await behindGate(COOKIE5, token);
  headers.cookie = `${COOKIE5}.0=${token.slice(0, 3936)}; ${COOKIE5}.1=${token.slice(3936)}`;
  const auth = gate.auth(NextAuth5({ secret, providers: [], logger: silent }).auth);
  assert.equal((await inNext(headers, () => auth())).user.id, "u1");
});

test("Auth.js 5: auth() around a handler still asks the application, and 'authorized' with it", async () => {
  const token = await encode5({ token: { email: "own@example.com", sub: "own" }, secret, salt: COOKIE5 });
  const { NextRequest } = require("next/server");
  const asked = [];
  const authorized = ({ auth }) => {
    asked.push(auth?.user.email);
    return true;
  };
  const next = NextAuth5({ secret, providers: [], callbacks: { authorized }, logger: silent });
  const route = gate.auth(next.auth)((request) => Response.json({ email: request.auth?.user.email }));
  const call = (headers) => route(new NextRequest("http://127.0.0.1:3000/api", { headers }), {});

  assert.deepEqual(await (await call(await behindGate(COOKIE5, token))).json(), { email: "own@example.com" });
  assert.deepEqual(asked, ["own@example.com"]);
  assert.equal((await call(await behindGate(COOKIE5, token, { aud: "other" }))).status, 401);
  assert.equal(asked.length, 1);
});

/** The answer of `/api/auth/session` in the database strategy. */
async function sessionRequest(headers, adapter, config = {}) {
  const request = new Request("http://127.0.0.1:3000/api/auth/session", { headers });
  const response = await gate.run(request, () =>
    Auth(request, {
      basePath: "/api/auth",
      secret,
      trustHost: true,
      providers: [],
      adapter: gate.adapter(adapter),
      session: { strategy: "database", ...config },
      logger: silent,
    }),
  );
  return { body: await response.json(), cookies: response.headers.getSetCookie() };
}

test("Auth.js core: a session request behind the gateway is answered without a query", async () => {
  const { adapter, queries } = database();
  const { body, cookies } = await sessionRequest(await behindGate(COOKIE5, "token"), adapter);
  assert.equal(body.user.email, "gate@example.com");
  assert.deepEqual(queries, []);
  assert.match(cookies.join(), /authjs\.session-token=token;/);
});

test("Auth.js core: a session request without a gateway is the database's", async () => {
  const { adapter, queries } = database();
  const { body } = await sessionRequest({ cookie: `${COOKIE5}=token` }, adapter);
  assert.equal(body.user.email, "own@example.com");
  assert.deepEqual(queries, ["getSessionAndUser"]);
});

test("Auth.js core: behind a wrong assertion nobody is signed in, nothing is asked, and the cookie stays", async () => {
  const { adapter, queries } = database();
  errors.length = 0;
  const { body, cookies } = await sessionRequest(await behindGate(COOKIE5, "token", { aud: "other" }), adapter);
  assert.equal(body, null);
  assert.deepEqual(queries, []);
  assert.deepEqual(errors, ["wrong_audience"]);
  assert.doesNotMatch(cookies.join(), /authjs\.session-token/);
});

test("Auth.js core: an assertion of another session leaves the cookie's own to the database", async () => {
  const { adapter, queries } = database();
  const headers = await behindGate(COOKIE5, "another");
  const { body } = await sessionRequest({ ...headers, cookie: `${COOKIE5}=token` }, adapter);
  assert.equal(body.user.email, "own@example.com");
  assert.deepEqual(queries, ["getSessionAndUser"]);
});

test("next-auth 5 in Next.js: the adapter finds the request by next/headers", async () => {
  const { adapter, queries } = database();
  const config = { secret, providers: [], adapter: gate.adapter(adapter), session: { strategy: "database" }, logger: silent };
  const { auth, handlers } = NextAuth5(config);
  const headers = await behindGate(COOKIE5, "token");
  // Even the application's own auth() makes no query, as its adapter is asked.
  assert.equal((await inNext({ ...headers, "x-forwarded-proto": "http" }, () => auth())).user.email, "gate@example.com");
  const { NextRequest } = require("next/server");
  const request = new NextRequest("http://127.0.0.1:3000/api/auth/session", { headers });
  const response = await inNext(headers, () => handlers.GET(request));
  assert.equal((await response.json()).user.email, "gate@example.com");
  assert.deepEqual(queries, []);
});
