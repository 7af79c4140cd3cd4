#!/bin/sh
# Builds what run.sh runs, where that is needed: Sessiongate, the database's program, the application.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$here/../.." && pwd -P)
cd "$here"

say() { printf '%s\n' "$*" >&2; }

# `help` lists the demo's commands too, so that both are built.
"$root/sessiongate" help >/dev/null

newer() { [ ! -e "$1" ] || [ -n "$(find package.json ../../clients/auth-js/index.js ../../clients/auth-js/src "$2" -newer "$1" -type f 2>/dev/null | head -n 1)" ]; }

if newer node_modules/.installed package.json; then
  say "Installing the application's packages ..."
  rm -rf node_modules/@sessiongate
  npm install --no-audit --no-fund --loglevel=error >&2
  touch node_modules/.installed
fi
if newer .next/BUILD_ID app || newer .next/BUILD_ID lib || newer .next/BUILD_ID auth.ts || newer .next/BUILD_ID prisma; then
  say "Building the application ..."
  NEXT_TELEMETRY_DISABLED=1 npm run --silent build >&2
fi
[ -f assertion-key.pem ] || npm run --silent key
