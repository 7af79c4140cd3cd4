-- What the gateway's role may see; make the role itself before: CREATE ROLE sessiongate LOGIN PASSWORD '…'
GRANT SELECT ("id", "userId", "expires") ON "Session" TO sessiongate;
GRANT SELECT ("id", "name", "email", "role", "disabledAt") ON "User" TO sessiongate;
