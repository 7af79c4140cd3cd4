import { headers } from "next/headers";
import { sessiongate, type Verified } from "@sessiongate/auth-js";

/**
 * SESSION_CHECK=gateway: the gateway has judged the request, and says so in a signed header. Else (SESSION_CHECK=self) there
 * is none, and such a header is not looked at.
 */
export const gate =
  process.env.SESSION_CHECK === "gateway"
    ? sessiongate({
        jwks: process.env.SESSIONGATE_JWKS ?? "http://127.0.0.1:9901/.well-known/jwks.json",
        audience: "app",
        mapSession: ({ user, expires }, { roles, session }) => ({
          sid: session,
          user: { ...user, role: roles[0] ?? "user" },
          expires,
        }),
      })
    : null;

/** What the gateway says of the request under way; null where it says nothing, or nothing that can be believed. */
export async function verified(): Promise<Verified | null> {
  return gate ? gate.verify(await headers()).catch(() => null) : null;
}
