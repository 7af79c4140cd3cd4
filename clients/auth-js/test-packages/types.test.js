import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import test from "node:test";
import { fileURLToPath } from "node:url";

test("the types fit those of next-auth 4, next-auth 5 and Next.js", () => {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "preserve", "--moduleResolution"];
  const usage = fileURLToPath(new URL("usage.ts", import.meta.url));
  const { stdout, status } = spawnSync(process.execPath, [tsc, ...options, "bundler", usage], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
