// Only compiled: how applications call the module, against the types of the real packages.
import { sessiongate, SessiongateError, type Session } from "../index.js";
import NextAuth5 from "next-auth-5";
import type { Adapter } from "next-auth-5/adapters";
import { getServerSession as getServerSession4, type NextAuthOptions } from "next-auth";
import type { IncomingMessage } from "node:http";
import { headers } from "next/headers";

declare const database: Adapter;
declare const options: NextAuthOptions;
declare const incoming: IncomingMessage;

const gate = sessiongate({ jwks: "http://127.0.0.1:9901/.well-known/jwks.json", audience: "app", headers });
const next = NextAuth5({ providers: [], adapter: gate.adapter(database), session: { strategy: "database" } });

export const auth = gate.auth(next.auth);
export const getServerSession = gate.getServerSession(getServerSession4);

export async function page(request: Request): Promise<(string | null | undefined)[]> {
  const five = await auth();
  const four = await getServerSession(options);
  const session: Session | null = await gate.session(request);
  const verified = await gate.verify(incoming).catch((error: unknown) => {
    if (error instanceof SessiongateError && error.code === "expired") {
      return null;
    }
    throw error;
  });
  await gate.session(await headers());
  await gate.session({ cookie: "a=b" });
  return [five?.user?.email, four?.user?.name, session?.user.id, verified?.subject];
}

// @ts-expect-error the audience is required
sessiongate({ jwks: "http://127.0.0.1:9901/.well-known/jwks.json" });
