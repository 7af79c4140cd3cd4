import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import test from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import express from "express";
import { claims, COOKIE, signer } from "../test/mint.js";

// The snippets of docs/backends.md, as they stand there.
const page = readFileSync(new URL("../../../docs/backends.md", import.meta.url), "utf8");
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

function snippet(heading, language) {
  const section = page.split(`\n## ${heading}\n`)[1].split("\n## ")[0];
  return new RegExp("```" + language + "\\n(.*?)```", "s").exec(section)[1];
}

const key = await signer("ES256");
const other = await signer("ES256");
const eddsa = await signer("EdDSA", "k2");
const hmac = await signer("HS256");

const server = createServer((req, res) => res.end(JSON.stringify({ keys: [key.jwk, eddsa.jwk] })));
await new Promise((done) => server.listen(0, "127.0.0.1", done));
process.env.SESSIONGATE_JWKS = `http://127.0.0.1:${server.address().port}/.well-known/jwks.json`;
test.after(() => server.close());

const now = Math.floor(Date.now() / 1000);
const good = (changes) => claims("t", { iat: now, exp: now + 60, ...changes });
const unsigned = (await key.sign(good())).split(".").map((part, i) => (i === 2 ? "" : part)).join(".");

/** What each backend is shown, and whether it is to believe it. */
const CASES = [
  ["a good assertion", await key.sign(good()), 200],
  ["none", undefined, 401],
  ["no JWT", "text", 401],
  ["another audience", await key.sign(good({ aud: "other" })), 401],
  ["no audience", await key.sign(good({ aud: undefined })), 401],
  ["another issuer", await key.sign(good({ iss: "other" })), 401],
  ["an expired one", await key.sign(good({ iat: now - 90, exp: now - 30 })), 401],
  ["one without an end", await key.sign(good({ exp: undefined })), 401],
  ["one from the future", await key.sign(good({ iat: now + 30, exp: now + 90 })), 401],
  ["another gateway's", await other.sign(good()), 401],
  ["an unknown key's", await other.sign(good(), { kid: "k9" }), 401],
  ["another algorithm's", await eddsa.sign(good()), 401],
  ["one signed with a secret", await hmac.sign(good()), 401],
  ["one without signature", unsigned, 401],
  ["one that says none", await key.sign(good(), { alg: "none" }), 401],
  ["one that brings its key", await other.sign(good(), { jwk: other.jwk }), 401],
];

test("Express believes good assertions only", async (t) => {
  // Where it finds jose, and git does not find it.
  const folder = here("../node_modules/.sessiongate/");
  mkdirSync(folder, { recursive: true });
  writeFileSync(folder + "express.mjs", snippet("Express", "js"));
  const { requireSession } = await import(pathToFileURL(folder + "express.mjs").href);

  const app = express();
  const tokenOf = (req) => req.get("cookie")?.split("; ").find((pair) => pair.startsWith(COOKIE + "="))?.slice(COOKIE.length + 1);
  app.use(requireSession(tokenOf));
  app.get("/", (req, res) => res.json(req.user));
  const listening = app.listen(0, "127.0.0.1");
  t.after(() => listening.close());
  await new Promise((done) => listening.once("listening", done));
  const ask = (assertion, cookie = `${COOKIE}=t`) =>
    fetch(`http://127.0.0.1:${listening.address().port}/`, {
      headers: { cookie, connection: "close", ...(assertion === undefined ? {} : { "x-auth-assertion": assertion }) },
    });

  for (const [what, assertion, expected] of CASES) {
    assert.equal((await ask(assertion)).status, expected, what);
  }
  assert.deepEqual(await (await ask(CASES[0][1])).json(), { id: "u1", session: "s1", roles: ["user"] });
  assert.equal((await ask(CASES[0][1], `${COOKIE}=another`)).status, 401, "another session's");
  assert.equal((await ask(CASES[0][1], "a=b")).status, 401, "no session");
});

const python = process.env.PYTHON ?? "python3";
const hasDjango = spawnSync(python, ["-c", "import django, jwt, cryptography"]).status === 0;

test("Django believes good assertions only", { skip: !hasDjango && "no Python with django, PyJWT and cryptography" }, async () => {
  const child = spawn(python, [here("django_snippet.py")], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify({ snippet: snippet("Django", "python"), cases: CASES.map((one) => one[1] ?? null) }));
  let output = "";
  for await (const part of child.stdout) {
    output += part;
  }
  const answers = JSON.parse(output);
  CASES.forEach(([what, , expected], i) => assert.equal(answers[i].status, expected, what));
  assert.equal(answers[0].body, "u1");
});
