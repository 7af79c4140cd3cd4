import { SessiongateError } from "./error.js";
import { publicKey } from "./key.js";

const MOST_BYTES = 64 * 1024;
const MOST_KEYS = 32;
const FETCH_MILLIS = 3_000;

/** Older keys are refreshed beside the requests, which go on with what there is. */
const FRESH_MILLIS = 10 * 60_000;

/** Older keys do not count any more: the gateway has been away for too long to know whether they are still its own. */
const USABLE_MILLIS = 60 * 60_000;

/** Between two fetches: whoever could have unknown kids looked up without end would have the gateway flooded. */
const COOLDOWN_MILLIS = 30_000;

const FIRST_RETRY_MILLIS = 1_000;

/**
 * The gateway's public keys, fetched when first needed. One fetch at a time; bounds: 64 KiB, 32 keys, 3 s. A fetch that
 * fails leaves the keys as they were, and is tried again after 1 s, then twice as long each time, up to 30 s.
 */
export class Jwks {
  #url;
  #fetch;
  #now;
  /** @type {Map<string, import("./key.js").Key>} */
  #keys = new Map();
  #fetchedAt = -Infinity;
  #notBefore = -Infinity;
  #retryMillis = FIRST_RETRY_MILLIS;
  /** @type {Promise<void> | null} */
  #underWay = null;

  /**
   * @param {string | URL} url
   * @param {typeof fetch | undefined} fetcher
   * @param {() => number} now milliseconds
   */
  constructor(url, fetcher, now) {
    this.#url = new URL(url);
    if (this.#url.protocol !== "http:" && this.#url.protocol !== "https:") {
      throw new TypeError("sessiongate: jwks must be an http or https URL");
    }
    this.#fetch = fetcher;
    this.#now = now;
  }

  /**
   * The key of that name.
   *
   * @param {string} kid
   * @returns {Promise<import("./key.js").Key>}
   */
  async key(kid) {
    const age = this.#now() - this.#fetchedAt;
    const known = age < USABLE_MILLIS ? this.#keys.get(kid) : undefined;
    if (known !== undefined) {
      if (age >= FRESH_MILLIS) {
        void this.#refresh();
      }
      return known;
    }
    await this.#refresh();
    if (this.#now() - this.#fetchedAt >= USABLE_MILLIS) {
      throw new SessiongateError("keys_unavailable", "The gateway's keys could not be fetched");
    }
    const found = this.#keys.get(kid);
    if (found === undefined) {
      throw new SessiongateError("unknown_key", "The gateway's key set has no key of that name");
    }
    return found;
  }

  /** Fetches, unless it is too soon; never rejects. */
  #refresh() {
    if (this.#underWay === null) {
      if (this.#now() < this.#notBefore) {
        return Promise.resolve();
      }
      this.#underWay = this.#load().finally(() => {
        this.#underWay = null;
      });
    }
    return this.#underWay;
  }

  async #load() {
    try {
      this.#keys = keysOf(await this.#text());
      this.#fetchedAt = this.#now();
      this.#notBefore = this.#fetchedAt + COOLDOWN_MILLIS;
      this.#retryMillis = FIRST_RETRY_MILLIS;
    } catch {
      this.#notBefore = this.#now() + this.#retryMillis;
      this.#retryMillis = Math.min(2 * this.#retryMillis, COOLDOWN_MILLIS);
    }
  }

  async #text() {
    const response = await (this.#fetch ?? fetch)(this.#url, {
      headers: { accept: "application/jwk-set+json, application/json" },
      signal: AbortSignal.timeout(FETCH_MILLIS),
      redirect: "error",
      // Next.js would else keep it on its own terms.
      cache: "no-store",
    });
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel();
      throw new Error("no key set");
    }
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let text = "";
    let bytes = 0;
    for await (const part of response.body) {
      bytes += part.length;
      if (bytes > MOST_BYTES) {
        throw new Error("the key set is too large");
      }
      text += decoder.decode(part, { stream: true });
    }
    return text + decoder.decode();
  }
}

/**
 * The usable keys by name; of two with one name neither.
 *
 * @param {string} text a JWK set (RFC 7517 section 5)
 */
export function keysOf(text) {
  const { keys } = JSON.parse(text);
  if (!Array.isArray(keys) || keys.length > MOST_KEYS) {
    throw new Error("no key set");
  }
  const found = new Map();
  const twice = new Set();
  for (const jwk of keys) {
    const key = typeof jwk?.kid === "string" ? publicKey(jwk) : null;
    if (key !== null && found.has(jwk.kid)) {
      twice.add(jwk.kid);
    } else if (key !== null) {
      found.set(jwk.kid, key);
    }
  }
  twice.forEach((kid) => found.delete(kid));
  return found;
}
