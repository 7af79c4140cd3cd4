import { auth } from "@/auth";
import { db } from "@/lib/db";

export async function GET() {
  const session = await auth();
  if (!session) {
    return Response.json({ error: "not signed in" }, { status: 401 });
  }
  if (session.user.role !== "admin") {
    return Response.json({ error: "for admins only" }, { status: 403 });
  }
  const orders = await db.order.aggregate({ _count: true, _sum: { cents: true }, _avg: { cents: true } });
  return Response.json({
    orders: orders._count,
    cents: orders._sum.cents ?? 0,
    average: Math.round(orders._avg.cents ?? 0),
  });
}
