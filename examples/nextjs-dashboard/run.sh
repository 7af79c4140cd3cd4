#!/bin/sh
# Everything of this example on this machine: a database, the application and, unless told otherwise, Sessiongate in front.
#   ./run.sh             behind Sessiongate
#   ./run.sh self        the application alone, which checks each session itself
# Taken from the environment where set: GATEWAY_ADDRESS, GATEWAY_ADMIN (127.0.0.1:8080 and :9901), PORT (the application's, 3000),
# AUTH_SECRET, REVALIDATE_AFTER (60s), TRIGGERS=yes (revocations at once), USERS (so many more, for measurements).
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$here/../.." && pwd -P)
cd "$here"

mode=${1:-gateway}
case $mode in
  gateway | self) ;;
  *) echo "usage: ./run.sh [gateway|self]" >&2; exit 2 ;;
esac

PORT=${PORT:-3000}
GATEWAY_ADDRESS=${GATEWAY_ADDRESS:-127.0.0.1:8080}
GATEWAY_ADMIN=${GATEWAY_ADMIN:-127.0.0.1:9901}
AUTH_SECRET=${AUTH_SECRET:-$(node -p 'require("crypto").randomBytes(32).toString("base64url")')}
APPLICATION=http://127.0.0.1:$PORT
SESSIONGATE_JWKS=http://$GATEWAY_ADMIN/.well-known/jwks.json
export PORT GATEWAY_ADDRESS GATEWAY_ADMIN AUTH_SECRET APPLICATION SESSIONGATE_JWKS NEXT_TELEMETRY_DISABLED=1

say() { printf '%s\n' "$*" >&2; }

work=$(mktemp -d)
pids=''
finish() {
  trap - EXIT INT TERM
  # Last started, first stopped; closing descriptor 3 ends the database.
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  for pid in $pids; do wait "$pid" 2>/dev/null || true; done
  exec 3>&-
  [ -z "${database:-}" ] || wait "$database" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Waits until $2 says so, or $1 is gone.
until_ready() {
  while ! sh -c "$2" >/dev/null 2>&1; do
    kill -0 "$1" 2>/dev/null || { say "it did not start:"; cat "$work"/*.log >&2; exit 1; }
    sleep 0.2
  done
}
listens() { printf 'node -e "fetch(process.argv[1]).then(() => process.exit(0), () => process.exit(1))" %s' "$1"; }

"$here/build.sh"

say "Starting PostgreSQL ..."
mkfifo "$work/open"
java -cp "$root/gateway/target/sessiongate.jar:$root/demo/target/sessiongate-demo.jar:$root/gateway/target/lib/*:$root/demo/target/lib/*" \
  io.sessiongate.demo.DatabaseMain db/schema.sql db/gateway.sql <"$work/open" >"$work/database" 2>"$work/database.log" &
database=$!
exec 3>"$work/open"
until_ready "$database" "grep -q OWNER_DATABASE_URL '$work/database'"
while IFS='=' read -r name value; do export "$name=$value"; done <"$work/database"

node db/seed.js "${USERS:-0}"

if [ "$mode" = gateway ]; then
  say "Starting Sessiongate ..."
  if [ "${TRIGGERS:-}" = yes ]; then
    "$root/sessiongate" install-revocations -c sessiongate.yaml --apply --url "$DATABASE_URL" >&2
  fi
  "$root/sessiongate" run -c sessiongate.yaml >"$work/gateway.log" 2>&1 3>&- &
  gateway=$!
  pids=$gateway
  until_ready "$gateway" "$(listens "http://$GATEWAY_ADMIN/")"
fi

say "Starting the application ..."
# By name, as Next.js writes 127.0.0.1 so in redirections.
if [ "$mode" = gateway ]; then address=http://localhost:${GATEWAY_ADDRESS##*:}; else address=http://localhost:$PORT; fi
# Behind a proxy Auth.js has to be told where browsers come.
AUTH_URL=$address SESSION_CHECK=$mode node node_modules/next/dist/bin/next start -H 127.0.0.1 -p "$PORT" >"$work/application.log" 2>&1 3>&- &
application=$!
pids="$application $pids"
until_ready "$application" "$(listens "$APPLICATION/login")"

say ""
say "$address/   sign in as admin, user or auditor; the password is the name. Ctrl-C ends it all."
say ""
# For programs that started this one.
printf 'ADDRESS=%s\n' "$address"
cat "$work/database"
wait "$application"
