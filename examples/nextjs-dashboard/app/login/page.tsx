import { AuthError } from "next-auth";
import { redirect } from "next/navigation";
import { signIn } from "@/auth";

async function logIn(form: FormData) {
  "use server";
  try {
    await signIn("credentials", { name: form.get("name"), password: form.get("password"), redirectTo: "/dashboard" });
  } catch (error) {
    if (error instanceof AuthError) {
      redirect("/login?wrong");
    }
    throw error; // the redirect of a sign-in that worked
  }
}

export default async function Login({ searchParams }: { searchParams: Promise<Record<string, string>> }) {
  const { wrong } = await searchParams;
  return (
    <main className="login">
      <form action={logIn} className="card">
        <h1>Sign in</h1>
        <label>
          Name
          <input name="name" autoComplete="username" autoFocus required />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        {wrong !== undefined && <p role="alert">Name or password is wrong.</p>}
        <button className="primary">Sign in</button>
        <p className="quiet">
          <code>admin</code>, <code>user</code> or <code>auditor</code>; the password is the name.
        </p>
      </form>
    </main>
  );
}
