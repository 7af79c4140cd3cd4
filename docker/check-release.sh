#!/bin/sh
# Builds the release twice, in two places, with another time zone, language and umask, and compares the bytes. Then unpacks it
# elsewhere and runs it through a symbolic link, as a user who may write nothing there. Takes some minutes. Needs what a build needs,
# root (to become somebody else), curl, unzip, python3, and the network: what makes the SBOM refuses to work offline.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
top=$(dirname -- "$here")
work=$(mktemp -d)
chmod 755 "$work"
gateway=''
# shellcheck source=docker/checking.sh
. "$here/checking.sh"
trap 'stop "$gateway"; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

build() { # FOLDER; a copy has the modes that a checkout under this umask would have
  mkdir -p "$1"
  tar -xf "$work/source.tar" --no-same-permissions -C "$1"
  (cd "$1" && mvn -q -B -ntp -Prelease -Dmaven.test.skip=true -Djacoco.skip=true -Dspotless.check.skip=true \
    -pl gateway package) >"$work/build.log" 2>&1 || die "the build"
}

# ---- the same bytes
# What git would have in it, changed or not; what was deleted is left out.
(cd "$top" && git ls-files -co --exclude-standard -z | xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' sh |
  tar --null -T - -cf "$work/source.tar")
say "    building twice ..."
(umask 022; export TZ=UTC LC_ALL=C; build "$work/one")
(umask 027; export TZ=Pacific/Auckland LC_ALL=C.UTF-8; build "$work/another/folder")
one=$work/one/gateway/target/release other=$work/another/folder/gateway/target/release
for file in "$one"/*; do
  cmp "$file" "$other/${file##*/}" || die "${file##*/} is not the same in both builds"
  say "ok  the same twice: ${file##*/}, $(wc -c <"$file") bytes"
done
[ "$(ls "$one")" = "$(ls "$other")" ] || die "the builds made other files"
(cd "$one" && sha256sum --check --quiet --strict SHA256SUMS) || die "SHA256SUMS"
[ "$(awk '{ print $2 }' "$one/SHA256SUMS"; echo SHA256SUMS)" = "$(cd "$one" && LC_ALL=C ls | grep -v SUMS; echo SHA256SUMS)" ] ||
  die "SHA256SUMS does not name every file"
say "ok  SHA256SUMS"

# ---- what is in it
mkdir "$work/tar" "$work/zip" "$work/cache" "$work/links"
tar -xzf "$one"/*.tar.gz -C "$work/tar" --no-same-owner
unzip -q "$one"/*.zip -d "$work/zip"
diff -r "$work/tar" "$work/zip" || die "the archives have other contents"
home=$(echo "$work"/tar/*)
[ -x "$home/bin/sessiongate" ] && [ -x "$work/zip/${home##*/}/bin/sessiongate" ] || die "the launcher cannot be run"
cmp "$home/sbom.cdx.json" "$one"/*.cdx.json || die "the SBOM inside is another than the one beside"
python3 - "$home" <<'PY' || die "the SBOM does not list what is in lib/"
import json, os, sys
from urllib.parse import parse_qs, urlsplit
home = sys.argv[1]
named = set()
for part in json.load(open(home + "/sbom.cdx.json"))["components"]:
    query = parse_qs(urlsplit(part["purl"]).query)
    classifier = "".join("-" + c for c in query.get("classifier", []))
    named.add(f'{part["name"]}-{part["version"]}{classifier}.jar')
there = set(os.listdir(home + "/lib")) - {"sessiongate.jar"}
for name in sorted(named ^ there):
    print(name, "only in", "the SBOM" if name in named else "lib/")
sys.exit(named != there)
PY
say "ok  the SBOM lists the $(($(ls "$home/lib" | wc -l) - 1)) libraries"

# ---- it runs: from elsewhere, through two links, as nobody, with an empty environment
chmod -R a-w,a+rX "$work/tar"
ln -s "../tar/${home##*/}" "$work/links/current"
ln -s current/bin/sessiongate "$work/links/sessiongate"
chown 65534:65534 "$work/cache"
listen=$(free_port) admin=$(free_port)
sed -e "s/0\\.0\\.0\\.0:8080/127.0.0.1:$listen/" -e "s/127\\.0\\.0\\.1:9901/127.0.0.1:$admin/" "$home/config/sessiongate.yaml" >"$work/sessiongate.yaml"
cd /
bare="$nobody env -i PATH=$PATH XDG_CACHE_HOME=$work/cache"
version=$(sed -n 's/^# Sessiongate \(.*\)/\1/p' "$home/README.md")
# shellcheck disable=SC2086 # words, here and below
$bare "$work/links/sessiongate" version >"$work/version.log" 2>&1 || die "version"
grep -qx "sessiongate $version" "$work/version.log" || die "version is not $version"
say "ok  $(tr '\n' ' ' <"$work/version.log")"
bare="$bare JWT_SECRET=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n') DATABASE_URL=postgresql://nobody@127.0.0.1:1/none"
$bare "$work/links/sessiongate" check -c "$work/sessiongate.yaml" >"$work/check.log" 2>&1 || die "check"
say "ok  check"
run() { # sets gateway; not by itself in the background, or a signal would reach a shell
  # shellcheck disable=SC2086
  $bare "$work/links/sessiongate" run -c "$work/sessiongate.yaml" >"$work/run.log" 2>&1 &
  gateway=$!
  until_alive "$gateway" "the gateway is not alive" curl -sf --max-time 2 "http://127.0.0.1:$admin/livez"
  expect 200 "/livez" "http://127.0.0.1:$admin/livez"
  expect 401 "no token" "http://127.0.0.1:$listen/api/me"
}
end() {
  kill -TERM "$gateway"
  code=0
  wait "$gateway" || code=$?
  gateway=''
  [ "$code" = 0 ] || die "the gateway ended with $code"
  say "ok  stopped in order on SIGTERM"
}
run
# Made beside the first run, at the lowest priority: on a busy machine that takes its time.
patience=600
until_alive "$gateway" "no archive of classes was made" sh -c "ls '$work/cache/sessiongate' | grep -q '[0-9]\$' && ! ls '$work/cache/sessiongate' | grep -q '[.]'"
! grep -qs . "/proc/$gateway/task/$gateway/children" || die "what made the archive is still a child of the gateway"
patience=60
end
run
tr '\0' '\n' <"/proc/$gateway/cmdline" | grep -qE "^-XX:(AOTCache|SharedArchiveFile)=$work/cache/sessiongate/" || die "the second run does not use the archive"
say "ok  the second run uses the archive of classes"
# As `systemctl reload` does it, through the launcher.
kill -HUP "$gateway"
until_alive "$gateway" "SIGHUP does not reload" grep -q 'this configuration holds' "$work/run.log"
say "ok  reads its configuration again on SIGHUP"
end
