import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { Frame } from "@/app/frame";
import { StatsPanel } from "@/app/dashboard/stats";
import { auth } from "@/auth";
import { verified } from "@/lib/gate";

export default async function Dashboard() {
  const session = await auth();
  if (!session) {
    redirect("/login");
  }
  const judged = await verified();
  const chunks = (await cookies()).getAll().filter(({ name }) => name.includes("authjs.session-token"));
  const size = chunks.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  return (
    <Frame>
      <h1>Dashboard</h1>
      <StatsPanel />
      <section className="card">
        <h2>Your session</h2>
        <dl>
          <dt>Signed in as</dt>
          <dd>{session.user.email}</dd>
          <dt>Checked by</dt>
          <dd data-testid="checked-by">
            {judged ? `Sessiongate, at ${time(judged.claims.checked_at)} UTC` : "this application, just now"}
          </dd>
          <dt>Cookie</dt>
          <dd data-testid="cookie">
            {size.toLocaleString("en")} bytes in {chunks.length} {chunks.length === 1 ? "piece" : "pieces"}
          </dd>
        </dl>
      </section>
    </Frame>
  );
}

function time(seconds: unknown) {
  return new Date(Number(seconds) * 1000).toISOString().slice(11, 19);
}
