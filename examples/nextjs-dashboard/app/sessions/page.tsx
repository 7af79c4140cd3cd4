import { revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import { Frame } from "@/app/frame";
import { auth } from "@/auth";
import { db } from "@/lib/db";

async function revoke(form: FormData) {
  "use server";
  const session = await auth();
  if (session) {
    await db.session.deleteMany({ where: { id: String(form.get("id")), userId: session.user.id } });
    revalidatePath("/sessions");
  }
}

export default async function Sessions() {
  const session = await auth();
  if (!session) {
    redirect("/login");
  }
  const rows = await db.session.findMany({
    where: { userId: session.user.id, expires: { gt: new Date() } },
    orderBy: { createdAt: "desc" },
    take: 50,
  });
  return (
    <Frame>
      <h1>Sessions</h1>
      <p className="quiet">Where {session.user.name} is signed in. What is revoked here is signed out there.</p>
      <ul className="card rows">
        {rows.map(({ id, userAgent, createdAt }) => (
          <li key={id}>
            <span className="agent">
              {browser(userAgent)} {id === session.sid && <span className="quiet">· this one</span>}
            </span>
            <time className="quiet" dateTime={createdAt.toISOString()}>
              since {createdAt.toISOString().slice(0, 16).replace("T", " ")} UTC
            </time>
            <form action={revoke}>
              <input type="hidden" name="id" value={id} />
              <button aria-label={`Revoke the session in ${browser(userAgent)}`}>Revoke</button>
            </form>
          </li>
        ))}
      </ul>
    </Frame>
  );
}

function browser(userAgent: string) {
  const name = /(Firefox|Edg|HeadlessChrome|Chrome|Safari|curl)\/(\d+)/.exec(userAgent);
  const system = /(Windows|Mac OS X|Android|Linux)/.exec(userAgent);
  if (!name) {
    return userAgent || "unknown";
  }
  const product = name[1].replace("Headless", "").replace("Edg", "Edge");
  return `${product} ${name[2]}${system ? ` on ${system[1]}` : ""}`;
}
