"use client";

import { signIn } from "next-auth/react";
import { useState } from "react";

export default function Login() {
  const [wrong, setWrong] = useState(false);
  const [waiting, setWaiting] = useState(false);

  async function logIn(form: FormData) {
    setWaiting(true);
    const { error } = await signIn("credentials", {
      name: form.get("name"),
      password: form.get("password"),
      redirect: false,
    });
    if (error) {
      setWrong(true);
      setWaiting(false);
    } else {
      // A whole page: what Next.js remembers of other pages is of whoever was signed in before.
      window.location.assign("/dashboard");
    }
  }

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
        {wrong && <p role="alert">Name or password is wrong.</p>}
        <button className="primary" disabled={waiting}>
          Sign in
        </button>
        <p className="quiet">
          <code>admin</code>, <code>user</code> or <code>auditor</code>; the password is the name.
        </p>
      </form>
    </main>
  );
}
