-- The tables of prisma/schema.prisma, as `prisma migrate` would make them.
CREATE TABLE IF NOT EXISTS "User" (
    "id"           TEXT PRIMARY KEY,
    "name"         TEXT NOT NULL UNIQUE,
    "email"        TEXT NOT NULL UNIQUE,
    "role"         TEXT NOT NULL DEFAULT 'user',
    "passwordHash" TEXT NOT NULL,
    "permissions"  TEXT[] NOT NULL DEFAULT '{}',
    "disabledAt"   TIMESTAMP(3)
);

CREATE TABLE IF NOT EXISTS "Session" (
    "id"        TEXT PRIMARY KEY,
    "userId"    TEXT NOT NULL REFERENCES "User" ("id") ON UPDATE CASCADE ON DELETE CASCADE,
    "userAgent" TEXT NOT NULL DEFAULT '',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires"   TIMESTAMP(3) NOT NULL
);
CREATE INDEX IF NOT EXISTS "Session_userId_idx" ON "Session" ("userId");

CREATE TABLE IF NOT EXISTS "Order" (
    "id"       SERIAL PRIMARY KEY,
    "customer" TEXT NOT NULL,
    "cents"    INTEGER NOT NULL,
    "placedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
