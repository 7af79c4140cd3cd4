// Users whose password is their name, and some orders. What is there already stays.
//   node db/seed.js [number of further admins: user1, user2 …]
import { hashSync } from "bcryptjs";
import { randomUUID } from "node:crypto";
import pg from "pg";

const COST = 10;

/** So many that a token with all of them does not fit into one cookie. */
const PERMISSIONS = Array.from({ length: 160 }, (_, i) => `region-${String(i + 1).padStart(3, "0")}:orders:read`);

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const add = (name, hash, role, permissions = []) =>
  client.query(
    `INSERT INTO "User" ("id", "name", "email", "role", "passwordHash", "permissions")
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [randomUUID(), name, `${name}@example.com`, role, hash, permissions],
  );

await add("admin", hashSync("admin", COST), "admin");
await add("user", hashSync("user", COST), "user");
await add("auditor", hashSync("auditor", COST), "admin", PERMISSIONS);

// For measurements: one hash for all of them, their password is "password".
const many = Number(process.argv[2] ?? 0);
const hash = many > 0 ? hashSync("password", 4) : "";
for (let i = 1; i <= many; i++) {
  await add(`user${i}`, hash, "admin");
}

await client.query(`
  INSERT INTO "Order" ("customer", "cents", "placedAt")
  SELECT 'customer ' || n % 97, 900 + n * 7919 % 24000, now() - n * interval '17 minutes'
  FROM generate_series(1, 2000) n WHERE NOT EXISTS (SELECT FROM "Order")`);
await client.end();
