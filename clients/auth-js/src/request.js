import { AsyncLocalStorage } from "node:async_hooks";

/** Requests given by `run`, for frameworks that have no `next/headers`; every gate has the same. */
const CURRENT = new AsyncLocalStorage();

/** @type {Promise<any> | undefined} */
let next;

/**
 * @template T
 * @param {unknown} request
 * @param {() => T} then
 * @returns {T}
 */
export function runWith(request, then) {
  return CURRENT.run(request, then);
}

/**
 * The headers of the request being answered, from `run` or from Next.js; null outside of any.
 *
 * @param {(() => any) | undefined} headers the `headers` of `next/headers`, where the application gave it
 */
export async function currentHeaders(headers) {
  const given = CURRENT.getStore();
  if (given !== undefined) {
    return given;
  }
  const read = headers ?? (await (next ??= nextHeaders()))?.headers;
  if (typeof read !== "function") {
    return null;
  }
  try {
    return await read(); // a promise since Next.js 15
  } catch (error) {
    if (isOutsideOfRequests(error)) {
      return null;
    }
    // By throwing Next.js says other things too: that a page cannot be made while building, for one.
    throw error;
  }
}

async function nextHeaders() {
  try {
    return await import("next/headers");
  } catch {
    // Node.js itself, where no bundler resolves it, wants the file's name.
    return import("next/headers.js").catch(() => null);
  }
}

function isOutsideOfRequests(error) {
  // The second is what Next.js 14 says.
  return error instanceof Error && /outside a request scope|expects to have requestAsyncStorage/.test(error.message);
}
