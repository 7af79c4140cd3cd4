import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { chromium } from "playwright-core";

const FOLDER = fileURLToPath(new URL("..", import.meta.url));

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts run.sh on free ports; its address, its database's owner, and an end to all of it. */
export async function start(mode, environment = {}) {
  const ports = { PORT: await freePort(), GATEWAY_ADDRESS: `127.0.0.1:${await freePort()}`, GATEWAY_ADMIN: `127.0.0.1:${await freePort()}` };
  const child = spawn("./run.sh", [mode], {
    cwd: FOLDER,
    env: { ...process.env, ...ports, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (text) => (errors += text));
  const told = await new Promise((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (text) => {
      output += text;
      if (/^OWNER_DATABASE_URL=.*\n/m.test(output)) {
        resolve(Object.fromEntries(output.trim().split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)])));
      }
    });
    child.once("exit", () => reject(new Error(`run.sh ended:\n${errors}`)));
  });
  const owner = new pg.Client({ connectionString: told.OWNER_DATABASE_URL });
  await owner.connect();
  return {
    address: told.ADDRESS,
    owner,
    ownerUrl: told.OWNER_DATABASE_URL,
    /** What run.sh gave the gateway, for other commands of it. */
    environment: { ...process.env, ...ports, ...environment, GATEWAY_DATABASE_URL: told.GATEWAY_DATABASE_URL, APPLICATION: `http://127.0.0.1:${ports.PORT}` },
    async stop() {
      await owner.end();
      const over = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await over;
    },
  };
}

/** Statements that read the table of sessions since the last reset, by who made them, as PostgreSQL counted them. */
export async function sessionQueries(owner) {
  const { rows } = await owner.query(`
    SELECT coalesce(sum(calls) FILTER (WHERE rolname = 'dashboard'), 0)::int AS application,
           coalesce(sum(calls) FILTER (WHERE rolname = 'sessiongate'), 0)::int AS gateway
    FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
    WHERE query LIKE '%"Session"%' AND query ILIKE '%select%'`);
  return rows[0];
}

export const forget = (owner) => owner.query("SELECT pg_stat_statements_reset()");

export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A window of its own, signed in. */
export async function signIn(browser, address, name, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${address}/dashboard`);
  await page.waitForURL(/\/login/);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(name);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${address}/dashboard`);
  return page;
}

/** The status of the application's numbers for the cookies of a page. */
export async function statusOf(page, address) {
  return (await page.request.get(`${address}/api/admin/dashboard-stats`)).status();
}

export const sessionCookies = async (page) =>
  (await page.context().cookies()).filter(({ name }) => name.startsWith("authjs.session-token"));
