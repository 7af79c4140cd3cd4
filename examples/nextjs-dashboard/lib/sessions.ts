import { headers } from "next/headers";
import { db } from "@/lib/db";
import { verified } from "@/lib/gate";

const DAYS = 24 * 60 * 60 * 1000;

/** The row that makes a token worth something. */
export async function begin(userId: string): Promise<string> {
  const userAgent = (await headers()).get("user-agent")?.slice(0, 200) ?? "";
  const { id } = await db.session.create({
    data: { userId, userAgent, expires: new Date(Date.now() + 30 * DAYS) },
    select: { id: true },
  });
  return id;
}

/** Whether the session of a token is still there: by the gateway's word where there is one, else by a query. */
export async function lives(id: string): Promise<boolean> {
  if ((await verified())?.session === id) {
    return true;
  }
  const row = await db.session.findUnique({ where: { id }, select: { expires: true } });
  return row !== null && row.expires > new Date();
}

export async function end(id: string): Promise<void> {
  await db.session.deleteMany({ where: { id } });
}
