#!/bin/sh
# Checks what can be checked of the images without a container engine: lays out the built jars as the Dockerfile does,
# runs the images' own command lines from there as a user who may write nothing, and looks at what they answer. With
# PostgreSQL installed (initdb, postgres) the application and a login are checked as well.
# Needs: ./sessiongate demo or mvn package before it, root (to become somebody else), curl, a Java as in the image.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
top=$(dirname -- "$here")
work=$(mktemp -d)
chmod 755 "$work"
gateway='' application='' database=''

stop() { [ -z "$1" ] || { kill -TERM "$1" 2>/dev/null && wait "$1" 2>/dev/null || true; }; }
cleanup() {
  stop "$gateway"; stop "$application"
  [ -z "$database" ] || { kill -INT "$database" 2>/dev/null && wait "$database" 2>/dev/null || true; }
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

say() { printf '%s\n' "$*"; }
die() { say "FAILED: $*"; for log in "$work"/*.log; do [ ! -s "$log" ] || { say "--- $log"; tail -n 20 "$log"; }; done; exit 1; }
# Not a function: what runs in the background must be the program itself, or a signal would reach a shell.
nobody='setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all'
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
status() { curl -s -o /dev/null --max-time 10 -w '%{http_code}' "$@" || true; }
expect() { # WANTED WHAT CURL-ARGUMENTS
  wanted=$1 what=$2; shift 2
  got=$(status "$@")
  [ "$got" = "$wanted" ] || die "$what: expected $wanted, got $got"
  say "ok  $what: $got"
}

# An instruction of a build stage, as words; none of ours has a blank within one.
words() { # STAGE INSTRUCTION
  sed -n "/ AS $1\$/,/^FROM /p" "$here/Dockerfile" | sed -n "s/^ *$2 *\\[\\(.*\\)\\]/\\1/p" | tr -d '",' |
    sed "s#/opt/#$work/opt/#g; s#/etc/sessiongate/#$work/etc/sessiongate/#g"
}
JDK_JAVA_OPTIONS=$(sed -n 's/^ENV JDK_JAVA_OPTIONS="\(.*\)"/\1/p' "$here/Dockerfile")
export JDK_JAVA_OPTIONS

for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/java/*; do
  if [ -x "$home/bin/java" ] && "$home/bin/java" -version >"$work/java.log" 2>&1; then
    PATH=$home/bin:$PATH
    say "    java: $home"
    break
  fi
done
java -version >"$work/java.log" 2>&1 || die "no Java takes the options of the image"
rm "$work/java.log"

# ---- the layout of the images
mkdir -p "$work/opt/sessiongate" "$work/opt/demo" "$work/etc/sessiongate"
cp -r "$top/gateway/target/lib" "$work/opt/sessiongate/lib" || die "build first: ./sessiongate demo, or mvn package"
cp "$top/gateway/target/sessiongate.jar" "$work/opt/sessiongate/"
cp -r "$top/demo/target/lib" "$work/opt/demo/lib"
rm -f "$work"/opt/demo/lib/embedded-postgres*.jar
cp "$top/gateway/target/sessiongate.jar" "$top/demo/target/sessiongate-demo.jar" "$work/opt/demo/"
cp "$top"/config/* "$work/etc/sessiongate/"
listen=$(free_port) admin=$(free_port) app=$(free_port) pg=$(free_port)
sed -e "s/0\\.0\\.0\\.0:8080/127.0.0.1:$listen/" -e "s/0\\.0\\.0\\.0:9901/127.0.0.1:$admin/" \
  -e "s#http://application:3000#http://127.0.0.1:$app#" "$here/sessiongate.yaml" >"$work/etc/sessiongate/sessiongate.yaml"
chmod -R a-w,a+rX "$work/opt" "$work/etc"

JWT_SECRET=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
DATABASE_URL="postgresql://app@127.0.0.1:$pg/app?connection_limit=4&pool_timeout=10&sslmode=disable"
export JWT_SECRET DATABASE_URL
site=http://127.0.0.1:$listen

entry=$(words gateway ENTRYPOINT) command=$(words gateway CMD | tail -n 1)
probe=$(words gateway CMD | head -n 1)
# shellcheck disable=SC2086 # words
$nobody $entry check ${command#run } >"$work/check.log" 2>&1 || die "docker/sessiongate.yaml"
say "ok  sessiongate check"

# ---- the gateway alone: it starts without database and application
# shellcheck disable=SC2086
$nobody $entry $command >"$work/gateway.log" 2>&1 &
gateway=$!
tries=0
# shellcheck disable=SC2086
until $nobody $probe "http://127.0.0.1:$admin/livez" >"$work/probe.log" 2>&1; do
  tries=$((tries + 1))
  kill -0 "$gateway" 2>/dev/null && [ "$tries" -lt 60 ] || die "the gateway is not alive"
  sleep 1
done
user=$(ps -o uid= -p "$gateway" | tr -d ' ')
[ "$user" = 65534 ] || die "the gateway runs as user $user"
say "ok  health check of the image, as user $user"
grep -q epoll "$work/gateway.log" && say "ok  native transport"
expect 503 "/readyz without a database" "http://127.0.0.1:$admin/readyz"
expect 401 "no token" "$site/api/me"

# ---- with database and application
bin=$(pg_config --bindir 2>/dev/null || true)
if [ -x "$bin/initdb" ]; then
  mkdir "$work/data" && chown 65534:65534 "$work/data"
  # shellcheck disable=SC2086
  $nobody "$bin/initdb" -D "$work/data" -U app -A trust --no-sync >"$work/initdb.log" 2>&1 || die "initdb"
  # shellcheck disable=SC2086
  $nobody "$bin/postgres" -D "$work/data" -p "$pg" -k '' -c listen_addresses=127.0.0.1 >"$work/postgres.log" 2>&1 &
  database=$!
  until "$bin/pg_isready" -q -h 127.0.0.1 -p "$pg"; do kill -0 "$database" 2>/dev/null || die "PostgreSQL"; sleep 1; done
  "$bin/createdb" -h 127.0.0.1 -p "$pg" -U app app
  # shellcheck disable=SC2046,SC2086
  LISTEN=127.0.0.1:$app GATEWAY_METRICS=http://127.0.0.1:$admin/metrics $nobody $(words demo-application ENTRYPOINT) \
    >"$work/application.log" 2>&1 &
  application=$!
  app_probe=$(words demo-application CMD | sed "s#http://127.0.0.1:3000#http://127.0.0.1:$app#")
  tries=0
  # shellcheck disable=SC2086
  until $nobody $app_probe >"$work/probe.log" 2>&1; do
    tries=$((tries + 1))
    kill -0 "$application" 2>/dev/null && [ "$tries" -lt 60 ] || die "the application is not healthy"
    sleep 1
  done
  say "ok  health check of the application's image"
  tries=0
  until [ "$(status "http://127.0.0.1:$admin/readyz")" = 200 ]; do
    tries=$((tries + 1)); [ "$tries" -lt 30 ] || die "the gateway did not find the database"
    sleep 1
  done
  say "ok  /readyz once the database is there"
  expect 200 "sign-in page" "$site/login"
  expect 302 "a browser without a login" -H 'Accept: text/html' "$site/"
  expect 303 "sign in" -c "$work/cookies" -d 'email=ada@example.com&password=demo' "$site/login"
  expect 200 "the dashboard" -b "$work/cookies" "$site/"
  expect 200 "an administrator's page" -b "$work/cookies" "$site/api/admin/dashboard-stats"
  curl -s "http://127.0.0.1:$admin/metrics" | grep -E '^sessiongate_session_(requests|queries)_total' | sed 's/^/    /'
else
  say "--  no PostgreSQL here: the application was not checked"
fi

# ---- stop
kill -TERM "$gateway"
code=0
wait "$gateway" || code=$?
gateway=''
grep -q Stopped "$work/gateway.log" || die "the gateway did not stop in order"
say "ok  stopped in order on SIGTERM, exit code $code"
