"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { SessionProvider, signOut, useSession } from "next-auth/react";
import { type ReactNode, useEffect } from "react";

/** Around each page of who is signed in. Asks /api/auth/session, as next-auth does: at first, at each focus, and each minute. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <SessionProvider refetchInterval={60}>
      <Header />
      <main>{children}</main>
    </SessionProvider>
  );
}

function Header() {
  const { data, status } = useSession();
  const path = usePathname();
  useEffect(() => {
    if (status === "unauthenticated") {
      window.location.assign("/login");
    }
  }, [status]);
  return (
    <header>
      <nav>
        <Link href="/dashboard" aria-current={path === "/dashboard" ? "page" : undefined}>
          Dashboard
        </Link>
        <Link href="/sessions" aria-current={path === "/sessions" ? "page" : undefined}>
          Sessions
        </Link>
      </nav>
      <span className="who">
        {data?.user.name} <span className="quiet">{data?.user.role}</span>
      </span>
      <button onClick={() => signOut({ redirectTo: "/login" })}>Sign out</button>
    </header>
  );
}
