import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire, register } from "node:module";

// As Next.js does when it starts.
globalThis.AsyncLocalStorage = AsyncLocalStorage;
process.env.NODE_ENV = "production";

// next-auth 5 imports "next/headers", which a bundler finds and Node.js alone does not, for want of its ".js".
const hook = `export const resolve = (name, context, next) => next(/^next\\/(headers|server|navigation)$/.test(name) ? name + ".js" : name, context);`;
register("data:text/javascript," + encodeURIComponent(hook));

const require = createRequire(import.meta.url);
const { workAsyncStorage } = require("next/dist/server/app-render/work-async-storage.external.js");
const { workUnitAsyncStorage } = require("next/dist/server/app-render/work-unit-async-storage.external.js");
const { HeadersAdapter } = require("next/dist/server/web/spec-extension/adapters/headers.js");
const { RequestCookiesAdapter } = require("next/dist/server/web/spec-extension/adapters/request-cookies.js");
const { RequestCookies } = require("next/dist/server/web/spec-extension/cookies.js");

/** Runs as if Next.js were rendering a page for a request with these headers: its own `next/headers` says so. */
export function inNext(headers, then) {
  const given = new Headers(headers);
  const unit = {
    type: "request",
    phase: "render",
    headers: HeadersAdapter.seal(given),
    cookies: RequestCookiesAdapter.seal(new RequestCookies(given)),
  };
  return workAsyncStorage.run({ route: "/", isStaticGeneration: false }, () => workUnitAsyncStorage.run(unit, then));
}
