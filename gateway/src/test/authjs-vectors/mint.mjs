// Writes session cookies made by the real packages, and what the real packages read in them.
// Usage: npm install && npm run mint. What it prints goes to src/test/resources and is checked in; nothing here runs in the build.
import { createHash, randomBytes } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { Auth, skipCSRFCheck } from "@auth/core"
import * as v5 from "@auth/core/jwt"
import Credentials from "@auth/core/providers/credentials"
import { hkdf } from "@panva/hkdf"
import { CompactEncrypt, CompactSign, generateKeyPair } from "jose"

const require = createRequire(import.meta.url)
const v4 = require("next-auth/jwt")
const v4Core = require(join(dirname(require.resolve("next-auth")), "core"))
const v4Cookie = require(join(dirname(require.resolve("next-auth")), "core/lib/cookie.js"))
const v4Credentials = require("next-auth/providers/credentials").default
const v5Folder = dirname(require.resolve("@auth/core").replace(/^file:\/\//, ""))
const v5Cookie = await import(pathToFileURL(join(v5Folder, "lib/utils/cookie.js")))
const versionOf = (folder) => JSON.parse(readFileSync(join(folder, "package.json"))).version

const OLD = "the-secret-before-0123456789abcdef"
const NEW = "the-secret-of-today-0123456789abcdef"
const UNICODE = "Geheimnis-für-Zürich-秘密-🔑-0123456789"
const NAMES = {
  4: { https: "__Secure-next-auth.session-token", http: "next-auth.session-token" },
  5: { https: "__Secure-authjs.session-token", http: "authjs.session-token" },
}
const USER = { name: "Ada Lovelace", email: "ada@example.com", picture: "https://example.com/ada.png", sub: "user-1" }
const mintedAt = Math.floor(Date.now() / 1000)
const logger = { debug() {}, warn() {}, error(e) { throw e } }

const cookieHeader = (cookies) => cookies.map((c) => `${c.name}=${c.value}`).join("; ")

function encode(version, secret, cookie, token, maxAge) {
  return version === 4 ? v4.encode({ token, secret, maxAge }) : v5.encode({ token, secret, salt: cookie, maxAge })
}

function chunk(version, cookie, value) {
  const Store = version === 4 ? v4Cookie.SessionStore : v5Cookie.SessionStore
  const store = version === 4 ? new Store({ name: cookie, options: {} }, { cookies: {} }, logger)
    : new Store({ name: cookie, options: {} }, {}, logger)
  return store.chunk(value, {}).map(({ name, value }) => ({ name, value }))
}

/** What the application itself reads in such a request; null is "not signed in". */
async function read(version, secret, cookie, header, authorization) {
  const headers = { ...(header ? { cookie: header } : {}), ...(authorization ? { authorization } : {}) }
  if (version === 5) {
    return v5.getToken({ req: { headers }, secret, cookieName: cookie, logger })
  }
  const cookies = Object.fromEntries((header ?? "").split("; ").filter(Boolean).map((pair) => {
    const at = pair.indexOf("=")
    return [pair.slice(0, at), pair.slice(at + 1)]
  }))
  return v4.getToken({ req: { headers, cookies }, secret, cookieName: cookie, logger })
}

const vectors = []

/** keys: the gateway's configuration; from: its cookies, null for the defaults; secret and cookie: the application's. */
async function add(name, { keys, from = null, version, secret, cookie, header = null, authorization = null, expect }) {
  const claims = await read(version, secret, cookie, header, authorization)
  if ((expect === "valid") !== (claims !== null)) throw new Error(`${name}: the package disagrees`)
  vectors.push({ name, keys, from, cookie: header, authorization, expect, claims })
}

for (const version of [4, 5]) {
  for (const [scheme, cookie] of Object.entries(NAMES[version])) {
    const value = await encode(version, NEW, cookie, USER)
    await add(`v${version} over ${scheme}`, { keys: [{ version, secrets: [NEW] }], version, secret: NEW, cookie,
      header: cookieHeader(chunk(version, cookie, value)), expect: "valid" })
    await add(`v${version} over ${scheme}, another secret`, { keys: [{ version, secrets: [OLD] }], version, secret: OLD, cookie,
      header: cookieHeader(chunk(version, cookie, value)), expect: version === 4 ? "BAD_SIGNATURE" : "UNKNOWN_KEY" })
    await add(`v${version} over ${scheme}, as a bearer`, { keys: [{ version, secrets: [NEW] }], version, secret: NEW, cookie,
      from: ["Authorization", cookie], authorization: `Bearer ${encodeURIComponent(value)}`, expect: "valid" })
    for (const size of [5000, 9000, 11500, 14500]) {
      const big = await encode(version, NEW, cookie, { ...USER, groups: "g".repeat(size * 0.72) })
      const chunks = chunk(version, cookie, big)
      await add(`v${version} over ${scheme} in ${chunks.length} chunks`, { keys: [{ version, secrets: [NEW] }], version,
        secret: NEW, cookie, header: cookieHeader([{ name: "theme", value: "dark" }, ...chunks.reverse()]), expect: "valid" })
    }
  }
  const [cookie] = Object.values(NAMES[version])
  const other = { ...USER, name: "Łukasz Ø 山田 🙂", note: "\"quoted\" \u2028 and \\ back" }
  await add(`v${version}, a secret and claims beyond ASCII`, { keys: [{ version, secrets: [UNICODE] }], version, secret: UNICODE, cookie,
    header: cookieHeader(chunk(version, cookie, await encode(version, UNICODE, cookie, other))), expect: "valid" })
  await add(`v${version}, a cookie of another name`, { keys: [{ version, secrets: [NEW] }], from: ["my.cookie"], version, secret: NEW,
    cookie: "my.cookie", header: `my.cookie=${await encode(version, NEW, "my.cookie", USER)}`, expect: "valid" })
  await add(`v${version}, the old secret of two`, { keys: [{ version, secrets: [NEW, OLD] }], version,
    secret: version === 4 ? OLD : [NEW, OLD], cookie, header: `${cookie}=${await encode(version, OLD, cookie, USER)}`, expect: "valid" })
  await add(`v${version}, both versions configured`, { keys: [{ version: 5, secrets: [NEW] }, { version: 4, secrets: [NEW] }], version,
    secret: NEW, cookie, header: `${cookie}=${await encode(version, NEW, cookie, USER)}`, expect: "valid" })
  await add(`v${version}, over for 10 s`, { keys: [{ version, secrets: [NEW] }], version, secret: NEW, cookie,
    header: `${cookie}=${await encode(version, NEW, cookie, USER, -10)}`, expect: "valid" })
  await add(`v${version}, over for 60 s`, { keys: [{ version, secrets: [NEW] }], version, secret: NEW, cookie,
    header: `${cookie}=${await encode(version, NEW, cookie, USER, -60)}`, expect: "EXPIRED" })
  await add(`v${version}, a number as sub`, { keys: [{ version, secrets: [NEW] }], version, secret: NEW, cookie,
    header: `${cookie}=${await encode(version, NEW, cookie, { ...USER, sub: "42" })}`, expect: "valid" })
}

// One secret, the other version; one secret, the cookie's other name.
await add("v5 cookie, secret configured for v4", { keys: [{ version: 4, secrets: [NEW] }], from: [NAMES[5].https], version: 4, secret: NEW,
  cookie: NAMES[5].https, header: `${NAMES[5].https}=${await encode(5, NEW, NAMES[5].https, USER)}`, expect: "UNKNOWN_KEY" })
await add("v4 cookie, secret configured for v5", { keys: [{ version: 5, secrets: [NEW] }], from: [NAMES[4].https], version: 5, secret: NEW,
  cookie: NAMES[4].https, header: `${NAMES[4].https}=${await encode(4, NEW, NAMES[4].https, USER)}`, expect: "BAD_SIGNATURE" })
await add("v5, a token of http in the cookie of https", { keys: [{ version: 5, secrets: [NEW] }], version: 5, secret: NEW,
  cookie: NAMES[5].https, header: `${NAMES[5].https}=${await encode(5, NEW, NAMES[5].http, USER)}`, expect: "UNKNOWN_KEY" })
await add("v5, a token of https in the cookie of http", { keys: [{ version: 5, secrets: [NEW] }], version: 5, secret: NEW,
  cookie: NAMES[5].http, header: `${NAMES[5].http}=${await encode(5, NEW, NAMES[5].https, USER)}`, expect: "UNKNOWN_KEY" })

// Version 5 also reads A256GCM with the shorter key, named or not.
async function derived(cookie, bytes) {
  return hkdf("sha256", NEW, cookie, `Auth.js Generated Encryption Key (${cookie})`, bytes)
}
const payload = (more = {}) =>
  new TextEncoder().encode(JSON.stringify({ ...USER, iat: mintedAt, exp: mintedAt + 3600, jti: "forged-1", ...more }))
const b64 = (bytes) => Buffer.from(bytes).toString("base64url")
const kid = (key) => createHash(key.length === 64 ? "sha512" : "sha256").update(`{"k":"${b64(key)}","kty":"oct"}`).digest("base64url")
const cookie = NAMES[5].https
const key64 = await derived(cookie, 64)
const key32 = await derived(cookie, 32)
const seal = (header, key) => new CompactEncrypt(payload()).setProtectedHeader(header).encrypt(key)
const v5Vector = async (name, value, expect) => add(name, { keys: [{ version: 5, secrets: [NEW] }], version: 5, secret: NEW, cookie,
  header: `${cookie}=${value}`, expect })

await v5Vector("v5, A256GCM with kid", await seal({ alg: "dir", enc: "A256GCM", kid: kid(key32) }, key32), "valid")
await v5Vector("v5, A256GCM without kid", await seal({ alg: "dir", enc: "A256GCM" }, key32), "valid")
await v5Vector("v5, A256CBC-HS512 without kid", await seal({ alg: "dir", enc: "A256CBC-HS512" }, key64), "valid")
await v5Vector("v5, the kid of another key", await seal({ alg: "dir", enc: "A256CBC-HS512", kid: kid(randomBytes(64)) }, key64), "UNKNOWN_KEY")
await v5Vector("v5, the kid of the shorter key", await seal({ alg: "dir", enc: "A256CBC-HS512", kid: kid(key32) }, key64), "UNKNOWN_KEY")

// With the right key, by ways that Auth.js never goes.
const keyManagement = {
  "A256KW": key32, "A256GCMKW": key32, "PBES2-HS256+A128KW": key32, "PBES2-HS512+A256KW": key64,
}
for (const [alg, key] of Object.entries(keyManagement)) {
  const jwe = new CompactEncrypt(payload()).setProtectedHeader({ alg, enc: "A256GCM", kid: kid(key32) })
  if (alg.startsWith("PBES2")) jwe.setKeyManagementParameters({ p2c: 100000 })
  await v5Vector(`v5, alg ${alg}`, await jwe.encrypt(key), "MALFORMED")
}
const ec = await generateKeyPair("ECDH-ES", { crv: "P-256" })
await v5Vector("v5, alg ECDH-ES", await seal({ alg: "ECDH-ES", enc: "A256GCM", kid: kid(key32) }, ec.publicKey), "MALFORMED")
const rsa = await generateKeyPair("RSA-OAEP-256")
await v5Vector("v5, alg RSA-OAEP-256", await seal({ alg: "RSA-OAEP-256", enc: "A256GCM", kid: kid(key32) }, rsa.publicKey), "MALFORMED")
for (const [enc, bytes] of [["A128GCM", 16], ["A192GCM", 24], ["A128CBC-HS256", 32], ["A192CBC-HS384", 48]]) {
  await v5Vector(`v5, enc ${enc}`, await seal({ alg: "dir", enc, kid: kid(key32) }, key64.slice(0, bytes)), "MALFORMED")
}
const sign = (alg, key) => new CompactSign(payload()).setProtectedHeader({ alg, kid: kid(key32) }).sign(key)
await v5Vector("v5, a JWS signed with the derived key", await sign("HS256", key32), "UNKNOWN_KEY")
await v5Vector("v5, a JWS signed with the secret", await sign("HS256", new TextEncoder().encode(NEW)), "UNKNOWN_KEY")
const inner = await sign("HS256", key32)
await v5Vector("v5, a JWS inside",
  await new CompactEncrypt(new TextEncoder().encode(inner)).setProtectedHeader({ alg: "dir", enc: "A256CBC-HS512", kid: kid(key64) })
    .encrypt(key64), "MALFORMED")

// The whole way of a sign-in, through the packages' own handlers.
const profile = { id: "user-1", name: USER.name, email: USER.email }
async function signIn5(origin, big) {
  const answer = await Auth(new Request(`${origin}/api/auth/callback/credentials`, {
    method: "POST", body: new URLSearchParams({ user: "ada" }), headers: { "content-type": "application/x-www-form-urlencoded" },
  }), {
    secret: NEW, trustHost: true, basePath: "/api/auth", skipCSRFCheck, session: { strategy: "jwt" },
    providers: [Credentials({ credentials: { user: {} }, authorize: () => profile })],
    callbacks: { jwt: ({ token }) => ({ ...token, ...(big ? { groups: "g".repeat(6000) } : {}) }) },
  })
  return answer.headers.getSetCookie().map((line) => line.split(";")[0]).filter((pair) => pair.includes("session-token"))
}
async function signIn4(origin, big) {
  const secure = origin.startsWith("https")
  const csrf = randomBytes(16).toString("hex")
  const csrfCookie = `${csrf}|${createHash("sha256").update(`${csrf}${NEW}`).digest("hex")}`
  process.env.NEXTAUTH_URL = origin
  const answer = await v4Core.AuthHandler({
    req: { origin, host: origin, method: "POST", action: "callback", providerId: "credentials", query: {}, headers: {},
      body: { csrfToken: csrf, user: "ada" }, cookies: { [secure ? "__Host-next-auth.csrf-token" : "next-auth.csrf-token"]: csrfCookie } },
    options: {
      secret: NEW, session: { strategy: "jwt" },
      providers: [v4Credentials({ credentials: { user: {} }, authorize: () => profile })],
      callbacks: { jwt: ({ token }) => ({ ...token, ...(big ? { groups: "g".repeat(6000) } : {}) }) },
    },
  })
  return answer.cookies.filter((c) => c.name.includes("session-token")).map((c) => `${c.name}=${c.value}`)
}
for (const [version, signIn] of [[4, signIn4], [5, signIn5]]) {
  for (const [scheme, name] of Object.entries(NAMES[version])) {
    for (const big of [false, true]) {
      const pairs = await signIn(`${scheme}://app.example.com`, big)
      await add(`v${version}, signed in over ${scheme}${big ? `, ${pairs.length} chunks` : ""}`, { keys: [{ version, secrets: [NEW] }],
        version, secret: NEW, cookie: name, header: pairs.join("; "), expect: "valid" })
    }
  }
}

const packages = {
  "next-auth": versionOf(dirname(require.resolve("next-auth"))),
  "@auth/core": versionOf(v5Folder),
}
const counts = vectors.reduce((all, v) => ({ ...all, [v.expect]: (all[v.expect] ?? 0) + 1 }), {})
writeFileSync(process.argv[2], JSON.stringify({ packages, mintedAt, vectors }, null, 1) + "\n")
console.log(packages, counts)
