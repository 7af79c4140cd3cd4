import { compare } from "bcryptjs";
import NextAuth, { type DefaultSession } from "next-auth";
import Credentials from "next-auth/providers/credentials";
import { db } from "@/lib/db";
import { gate } from "@/lib/gate";
import { begin, end, lives } from "@/lib/sessions";

declare module "next-auth" {
  interface Session {
    /** Id of the session's row. */
    sid: string;
    user: { id: string; role: string } & DefaultSession["user"];
  }
  interface User {
    role?: string;
    permissions?: string[];
  }
}

/** Compared with where there is no such user, so that both cost the same. */
const NOBODY = "$2b$10$CwTycUXWue0Thq9StjUM0uJ8T8mF2s8zQ1l1sYvQ1sKcm1QbWv0xW";

const nextAuth = NextAuth({
  trustHost: true,
  pages: { signIn: "/login" },
  session: { strategy: "jwt" },
  providers: [
    Credentials({
      credentials: { name: {}, password: { type: "password" } },
      async authorize({ name, password }) {
        const user = await db.user.findUnique({ where: { name: String(name) } });
        const matches = await compare(String(password), user?.passwordHash ?? NOBODY);
        return user && matches && !user.disabledAt
          ? { id: user.id, name: user.name, email: user.email, role: user.role, permissions: user.permissions }
          : null;
      },
    }),
  ],
  callbacks: {
    /** Called at sign-in, with the user, and each time a token is looked at: what it returns is the token, or null for none. */
    async jwt({ token, user }) {
      if (user?.id) {
        const sid = await begin(user.id);
        return { ...token, sub: user.id, sid, role: user.role, permissions: user.permissions };
      }
      return typeof token.sid === "string" && (await lives(token.sid)) ? token : null;
    },
    session({ session, token }) {
      const { name, email } = session.user;
      const user = { id: token.sub, name, email, role: token.role };
      return { sid: token.sid, user, expires: session.expires } as typeof session;
    },
  },
  events: {
    async signOut(message) {
      if ("token" in message && typeof message.token?.sid === "string") {
        await end(message.token.sid);
      }
    },
  },
});

export const { handlers } = nextAuth;

/** The one line that a gateway takes: where it has judged the request, nothing is asked. */
export const auth = gate ? gate.auth(nextAuth.auth) : nextAuth.auth;
