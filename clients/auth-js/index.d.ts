/** A public key (RFC 7517) for ES256 or EdDSA, or a secret for HS256. */
export interface Jwk {
  kty?: string;
  [member: string]: unknown;
}

/** Whatever has headers: a `Request`, its `Headers` or those of `next/headers`, an `IncomingMessage`, a plain object of headers. */
export type HeaderSource =
  | { get(name: string): string | null; has(name: string): boolean }
  | { headers: object }
  | Record<string, string | string[] | undefined>;

/** What a good assertion says. */
export interface Verified {
  /** The user: claim `sub`. */
  subject: string;
  /** The id of the session: claim `sid`. */
  session: string;
  roles: string[];
  /** All claims, the attributes of `identity.assertion.attributes` among them. */
  claims: Record<string, unknown>;
  /** When the assertion (not the session) ends. */
  expires: Date;
}

export interface User {
  /** The assertion's `sub`. */
  id: string;
  name: string | null;
  email: string | null;
  image: string | null;
  roles: string[];
  /** Every other attribute of the assertion. */
  [attribute: string]: any;
}

export interface Session {
  user: User;
  /** ISO 8601 */
  expires: string;
}

/** Exactly one of `jwks`, `jwk` and `secret` is given. */
export interface SessiongateOptions {
  /** Where the gateway's admin port has its keys (`…/.well-known/jwks.json`), or the key set itself. */
  jwks?: string | URL | { keys: Jwk[] };
  jwk?: Jwk;
  /** The gateway's `identity.assertion.secret`, for HS256. */
  secret?: string | Uint8Array;
  /** The gateway's name of this application: that of its upstream. */
  audience: string | string[];
  /** The gateway's `identity.assertion.issuer`; absent means that any will do. */
  issuer?: string;
  /** Default `X-Auth-Assertion`. */
  header?: string;
  /** Names of the session cookie; default: those of next-auth 4 and Auth.js 5. */
  cookie?: string | string[];
  /** Seconds that clocks may differ; default 5. */
  clockTolerance?: number;
  /** Seconds that an assertion may live; default 60, the gateway's longest. */
  maxLifetime?: number;
  /** Auth.js's `session.maxAge` in seconds, for the `expires` of sessions; default 30 days. */
  maxAge?: number;
  /** What the application's `session` callback would do; gets the session and what the assertion says. */
  mapSession?(session: Session, verified: Verified): any;
  /** Gets every assertion that was refused; default: a line on standard error, at most every 10 s. */
  onError?(error: SessiongateError): void;
  /** The `headers` of `next/headers`; absent means that it is imported when first needed. */
  headers?(): unknown;
  /** For tests: milliseconds since the epoch. */
  now?(): number;
  /** For tests. */
  fetch?: typeof fetch;
}

type SessionCode =
  | "too_large"
  | "repeated"
  | "malformed"
  | "wrong_algorithm"
  | "bad_signature"
  | "bad_key"
  | "unknown_key"
  | "keys_unavailable"
  | "wrong_issuer"
  | "wrong_audience"
  | "expired"
  | "not_yet_valid"
  | "too_long_lived"
  | "wrong_session"
  | "ambiguous_session_cookie";

/** An assertion that is there but does not count. Holds nothing of the assertion. */
export declare class SessiongateError extends Error {
  readonly code: SessionCode;
}

export interface Sessiongate {
  /** What the request's assertion says; null when it has none. Rejects with a {@link SessiongateError} when it is wrong. */
  verify(source: HeaderSource): Promise<Verified | null>;
  /** The session of a request, or of the one that Next.js is answering; null when there is no assertion, or a wrong one. */
  session(source?: HeaderSource): Promise<Session | null>;
  /** `auth` of Auth.js 5; the fallback is asked where there is no assertion. */
  auth<F extends (...args: any[]) => any>(fallback: F): F;
  /** `getServerSession` of next-auth 4; the fallback is asked where there is no assertion. */
  getServerSession<F extends (...args: any[]) => any>(fallback: F): F;
  /** The adapter, but with sessions from the assertion where there is one. */
  adapter<A extends object>(adapter: A): A;
  /** Makes the request known to `session`, `auth`, `getServerSession` and `adapter` within `then`, where there is no Next.js. */
  run<T>(request: HeaderSource, then: () => T): T;
}

export declare function sessiongate(options: SessiongateOptions): Sessiongate;
