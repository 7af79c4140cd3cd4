# What check.sh and check-release.sh have in common. Sourced; wants $work, a folder whose *.log files are shown when something fails.
# shellcheck shell=sh

say() { printf '%s\n' "$*"; }
die() { say "FAILED: $*"; for log in "$work"/*.log; do [ ! -s "$log" ] || { say "--- $log"; tail -n 20 "$log"; }; done; exit 1; }
stop() { [ -z "$1" ] || { kill -TERM "$1" 2>/dev/null && wait "$1" 2>/dev/null || true; }; }
# Not a function: what runs in the background must be the program itself, or a signal would reach a shell.
# shellcheck disable=SC2034
nobody='setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all'
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
status() { curl -s -o /dev/null --max-time 10 -w '%{http_code}' "$@" || true; }
expect() { # WANTED WHAT CURL-ARGUMENTS
  wanted=$1 what=$2; shift 2
  got=$(status "$@")
  [ "$got" = "$wanted" ] || die "$what: expected $wanted, got $got"
  say "ok  $what: $got"
}
# Tries something once a second, for a minute ($patience is another number), while a process lives.
until_alive() { # PID WHAT COMMAND…
  pid=$1 what=$2 tries=0; shift 2
  until "$@" >>"$work/wait.log" 2>&1; do
    tries=$((tries + 1))
    kill -0 "$pid" 2>/dev/null && [ "$tries" -lt "${patience:-60}" ] || die "$what"
    sleep 1
  done
}
