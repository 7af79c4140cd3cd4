import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { forget, openBrowser, sessionCookies, sessionQueries, signIn, start, statusOf } from "./example.js";

const FOLDER = fileURLToPath(new URL("..", import.meta.url));
const SCREENSHOTS = fileURLToPath(new URL("screenshots/", import.meta.url));
const INTERVAL_SECONDS = 12;
const GATE = { timeout: 120_000 };

let example;
let browser;

before(async () => {
  example = await start("gateway", { REVALIDATE_AFTER: `${INTERVAL_SECONDS}s` });
  browser = await openBrowser();
  mkdirSync(SCREENSHOTS, { recursive: true });
}, { timeout: 600_000 });

after(async () => {
  await browser?.close();
  await example?.stop();
}, { timeout: 60_000 });

test("who signs in through the gateway sees the dashboard", GATE, async () => {
  const page = await signIn(browser, example.address, "admin");
  await page.getByText("2,000").waitFor();
  assert.match(await page.getByTestId("checked-by").innerText(), /^Sessiongate, at /);
  assert.match(await page.getByTestId("cookie").innerText(), /in 1 piece$/);
  await page.locator("header .who", { hasText: "admin" }).waitFor();
  await page.screenshot({ path: `${SCREENSHOTS}dashboard.png` });
  await page.getByRole("link", { name: "Sessions" }).click();
  await page.getByRole("heading", { name: "Sessions" }).waitFor();
  await page.getByText("this one").waitFor();
  await page.screenshot({ path: `${SCREENSHOTS}sessions.png` });
  await page.context().close();
});

test("a wrong password does not sign in", GATE, async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${example.address}/dashboard`);
  await page.getByLabel("Name").fill("admin");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Name or password is wrong.").waitFor();
  assert.equal(await statusOf(page, example.address), 401);
  await page.screenshot({ path: `${SCREENSHOTS}login.png` });
  await page.context().close();
});

test("who is no admin gets the page and not the numbers", GATE, async () => {
  const page = await signIn(browser, example.address, "user");
  await page.getByText("These numbers are for admins.").waitFor();
  assert.equal(await statusOf(page, example.address), 403);
  await page.context().close();
});

test("a session cookie of more than 4 kB works in its pieces", GATE, async () => {
  const page = await signIn(browser, example.address, "auditor", { colorScheme: "dark" });
  await page.getByText("2,000").waitFor();
  const cookies = await sessionCookies(page);
  assert.deepEqual(cookies.map(({ name }) => name).sort(), ["authjs.session-token.0", "authjs.session-token.1"]);
  assert.ok(cookies.reduce((sum, { value }) => sum + value.length, 0) > 4096);
  assert.match(await page.getByTestId("checked-by").innerText(), /^Sessiongate, at /);
  await page.screenshot({ path: `${SCREENSHOTS}dashboard-dark.png` });
  await page.context().clearCookies({ name: "authjs.session-token.1" });
  assert.equal(await statusOf(page, example.address), 401);
  await page.context().close();
});

test("sign-out ends the session at once, whoever kept its cookie", GATE, async () => {
  const page = await signIn(browser, example.address, "admin");
  // A session that is being asked for meanwhile would bring its cookie back, here as with Auth.js alone.
  await page.locator("header .who", { hasText: "admin" }).waitFor();
  const kept = await sessionCookies(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/login/);
  assert.deepEqual(await sessionCookies(page), []);
  await page.context().addCookies(kept);
  assert.equal(await statusOf(page, example.address), 401);
  await page.context().close();
});

test("a session that is revoked in another window ends within the interval", GATE, async (t) => {
  const { first, seconds } = await revokeElsewhere();
  t.diagnostic(`ended after ${seconds.toFixed(2)} s of at most ${INTERVAL_SECONDS}`);
  assert.ok(seconds < INTERVAL_SECONDS + 2, `${seconds} s`);
  await first.waitForURL(/\/login/);
  await first.context().close();
});

test("ordinary traffic costs the application no session query", GATE, async (t) => {
  const page = await signIn(browser, example.address, "admin");
  await page.getByText("2,000").waitFor();
  await forget(example.owner);
  for (let i = 0; i < 10; i++) {
    assert.equal(await statusOf(page, example.address), 200);
    const session = await page.request.get(`${example.address}/api/auth/session`);
    assert.equal((await session.json()).user.name, "admin");
    await page.goto(`${example.address}/dashboard`);
    await page.getByText("2,000").waitFor();
  }
  const queries = await sessionQueries(example.owner);
  t.diagnostic(`session queries: application ${queries.application}, gateway ${queries.gateway}`);
  assert.equal(queries.application, 0);
  await page.context().close();
});

test("with the triggers it ends at once", GATE, async (t) => {
  execFileSync("../../sessiongate", ["install-revocations", "-c", "sessiongate.yaml", "--apply", "--url", example.ownerUrl], {
    cwd: FOLDER,
    env: { AUTH_SECRET: "of no matter to this command, but it has to be there", ...example.environment },
    stdio: "pipe",
  });
  const { first, seconds } = await revokeElsewhere();
  t.diagnostic(`ended after ${seconds.toFixed(2)} s`);
  assert.ok(seconds < 1, `${seconds} s`);
  await first.waitForURL(/\/login/);
  await first.context().close();
});

/** Two windows of one user; the second revokes the first, which asks until it is refused. */
async function revokeElsewhere() {
  const first = await signIn(browser, example.address, "admin", { userAgent: "curl/8" });
  await first.getByText("2,000").waitFor();
  const second = await signIn(browser, example.address, "admin");
  await second.goto(`${example.address}/sessions`);
  const button = second.locator("li", { hasText: "curl 8" }).getByRole("button", { name: "Revoke" }).first();
  assert.equal(await statusOf(first, example.address), 200);
  await button.click();
  await second.locator("li", { hasText: "curl 8" }).waitFor({ state: "detached" });
  const start = performance.now();
  while ((await statusOf(first, example.address)) !== 401) {
    assert.ok(performance.now() - start < 60_000, "the session goes on");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const seconds = (performance.now() - start) / 1000;
  assert.equal(await statusOf(second, example.address), 200);
  await second.context().close();
  return { first, seconds };
}
