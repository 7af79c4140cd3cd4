#!/bin/sh
# Checks what can be checked of the images without a container engine: lays out the built jars as the Dockerfile does,
# runs the images' own command lines from there as a user who may write nothing, and looks at what they answer. With
# PostgreSQL installed (initdb, postgres) the application and a login are checked as well.
# Needs: ./sessiongate demo or mvn package before it, root (to become somebody else), curl, openssl, python3, a Java as in the image.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
top=$(dirname -- "$here")
work=$(mktemp -d -p /var/tmp) # /tmp is another one to what runs sealed
chmod 755 "$work"
gateway='' application='' database=''

cleanup() {
  stop "$gateway"; stop "$application"
  [ -z "$database" ] || { kill -INT "$database" 2>/dev/null && wait "$database" 2>/dev/null || true; }
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# shellcheck source=docker/checking.sh
. "$here/checking.sh"

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

# A step of a RUN, without the && before it and what leads to the next line.
step() { sed -n "s/^\(RUN\|  &&\) \($1 .*\)/\2/p" "$here/Dockerfile" | sed -e 's/ \\$//' -e "s#/opt/#$work/opt/#g"; }

# ---- the layout of the images
for part in gateway demo; do
  mkdir -p "$work/src/$part/target"
  cp -r "$top/$part/target/lib" "$top/$part"/target/*.jar "$work/src/$part/target/" || die "build first: ./sessiongate demo, or mvn package"
done
(cd "$work/src" && eval "$(step rm)" && eval "$(step find)") || die "what the Dockerfile leaves out"
mkdir -p "$work/opt/sessiongate" "$work/opt/demo" "$work/etc/sessiongate"
cp -r "$work/src/gateway/target/lib" "$work/src/gateway/target/sessiongate.jar" "$work/opt/sessiongate/"
cp -r "$work/src/demo/target/lib" "$work/src/gateway/target/sessiongate.jar" "$work/src/demo/target/sessiongate-demo.jar" "$work/opt/demo/"
rm -rf "$work/src"
cp "$top"/config/* "$work/etc/sessiongate/"
natives=$(find "$work/opt/sessiongate/lib" -name '*-linux-*' | sed 's/.*-\(linux-.*\)\.jar/\1/' | sort -u | tr '\n' ' ')
[ "$natives" = "linux-$(uname -m | sed s/aarch64/aarch_64/) " ] || die "native libraries for: $natives"
eval "$(step java)" >"$work/aot.log" 2>&1 && eval "$(step test)" || die "the AOT cache"
say "ok  layout: $(find "$work/opt/sessiongate/lib" -name '*.jar' | wc -l) libraries, natives for $natives, $(du -sm "$work/opt/sessiongate/lib" | cut -f1) MiB, AOT cache $(du -sm "$work/opt/sessiongate/start.aot" | cut -f1) MiB"
listen=$(free_port) tls=$(free_port) admin=$(free_port) app=$(free_port) pg=$(free_port)
sed -e "s/0\\.0\\.0\\.0:8080/127.0.0.1:$listen/" -e "s/0\\.0\\.0\\.0:9901/127.0.0.1:$admin/" \
  -e "s#http://application:3000#http://127.0.0.1:$app#" "$here/sessiongate.yaml" >"$work/etc/sessiongate/sessiongate.yaml"
# A second listener with TLS, for the native library of it.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout "$work/etc/sessiongate/tls.key" -out "$work/etc/sessiongate/tls.pem" >"$work/openssl.log" 2>&1 || die "a certificate"
sed -i "s|^listeners:|&\n  - { address: 127.0.0.1:$tls, tls: { certificates: [ { certificate: tls.pem, key: tls.key } ] } }|" \
  "$work/etc/sessiongate/sessiongate.yaml"
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
# Every file system but /tmp is for reading, as with --read-only --tmpfs /tmp:exec.
cat >"$work/sealed" <<'SH'
#!/bin/sh
set -e
mount -o remount,bind,ro /
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs /tmp
if touch /etc/sessiongate.probe 2>/dev/null; then exit 1; fi
exec "$@"
SH
chmod +x "$work/sealed"
sealed="unshare --mount --propagation private $work/sealed"
if $sealed true >"$work/sealed.log" 2>&1; then
  say "ok  the root is for reading only"
else
  sealed=''
  say "--  no mounts of one's own here: not run with a root for reading only"
fi
# shellcheck disable=SC2086
$sealed $nobody $entry $command >"$work/gateway.log" 2>&1 &
gateway=$!
# shellcheck disable=SC2086
until_alive "$gateway" "the gateway is not alive" $nobody $probe "http://127.0.0.1:$admin/livez"
user=$(ps -o uid= -p "$gateway" | tr -d ' ')
[ "$user" = 65534 ] || die "the gateway runs as user $user"
say "ok  health check of the image, as user $user"
grep -q epoll "$work/gateway.log" || die "no native transport"
grep -q 'TLS is spoken.*BoringSSL' "$work/gateway.log" || die "no native TLS"
say "ok  native transport and TLS"
! grep -qi 'aot.*\(error\|warning\|unable\|mismatch\)' "$work/gateway.log" || die "the AOT cache is not used"
grep -q "$work/opt/sessiongate/start.aot" "/proc/$gateway/maps" || die "the AOT cache is not mapped"
say "ok  AOT cache"
expect 503 "/readyz without a database" "http://127.0.0.1:$admin/readyz"
expect 401 "no token" "$site/api/me"
expect 401 "no token, over TLS" --cacert "$work/etc/sessiongate/tls.pem" --resolve "localhost:$tls:127.0.0.1" "https://localhost:$tls/api/me"

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
  # shellcheck disable=SC2086
  until_alive "$application" "the application is not healthy" $nobody $app_probe
  say "ok  health check of the application's image"
  until_alive "$gateway" "the gateway did not find the database" curl -sf "http://127.0.0.1:$admin/readyz"
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
