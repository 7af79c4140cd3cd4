import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@/generated/prisma/client";

/** One pool for the process: as large, and as long in giving up, as in the reports of P2024. */
export const db = new PrismaClient({
  adapter: new PrismaPg({
    connectionString: process.env.DATABASE_URL,
    max: 20,
    connectionTimeoutMillis: 20_000,
  }),
});
