import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { forget, openBrowser, sessionCookies, sessionQueries, signIn, start, statusOf } from "./example.js";

const GATE = { timeout: 120_000 };

let example;
let browser;

before(async () => {
  example = await start("self");
  browser = await openBrowser();
}, { timeout: 600_000 });

after(async () => {
  await browser?.close();
  await example?.stop();
}, { timeout: 60_000 });

test("the application alone works, with a session query for each request", GATE, async () => {
  const page = await signIn(browser, example.address, "admin");
  await page.getByText("2,000").waitFor();
  assert.equal(await page.getByTestId("checked-by").innerText(), "this application, just now");
  await page.goto("about:blank");
  await forget(example.owner);
  for (let i = 0; i < 10; i++) {
    assert.equal(await statusOf(page, example.address), 200);
  }
  assert.deepEqual(await sessionQueries(example.owner), { application: 10, gateway: 0 });
  await page.context().close();
});

test("alone, too, sign-out ends the session, whoever kept its cookie", GATE, async () => {
  const page = await signIn(browser, example.address, "auditor");
  const kept = await sessionCookies(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/login/);
  await page.context().addCookies(kept);
  assert.equal(await statusOf(page, example.address), 401);
  await page.context().close();
});

test("nobody is believed who brings an assertion of their own", GATE, async () => {
  const page = await (await browser.newContext()).newPage();
  const answer = await page.request.get(`${example.address}/api/admin/dashboard-stats`, {
    headers: { "X-Auth-Assertion": "e30.e30.AA" },
  });
  assert.equal(answer.status(), 401);
  await page.context().close();
});
