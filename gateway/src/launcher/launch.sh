# What every launcher of Sessiongate does once its jars are there: picks a Java and its options, and becomes the program.
# Sourced, not run: by ./sessiongate of a source checkout and by bin/sessiongate of a release. POSIX sh.
#   JAVA_OPTS              options for the JVM
#   SESSIONGATE_JAVA_HOME  a JDK or JRE to use instead of the newest installed one
#   SESSIONGATE_ARCHIVE    no: neither use nor make the archive of classes that shortens the next start of 'run'
# shellcheck shell=sh

floor=17

say() { printf 'sessiongate: %s\n' "$*" >&2; }

# Sets 'release' to the feature release of the Java in a directory (17, 25), or to nothing. Without a process of its own: every
# 'run' asks, and waits for it.
release_of() {
  release=''
  [ -x "$1/bin/java" ] || return 0
  if [ -r "$1/release" ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      case "$line" in JAVA_VERSION=\"*)
        release=${line#JAVA_VERSION=\"} release=${release#1.} release=${release%%[!0-9]*}
        break
        ;;
      esac
    done <"$1/release"
  else
    release=$("$1/bin/java" -version 2>&1 | sed -n 's/.*version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -n 1)
  fi
}

# Sets 'best' to the newest Java of at least $floor and 'best_release' to its release; with "javac" as argument one that can compile.
newest_java() {
  best='' best_release=0
  on_path=$(command -v java 2>/dev/null || true)
  if [ -n "$on_path" ]; then
    on_path=$(readlink -f "$on_path" 2>/dev/null || printf '%s' "$on_path")
    on_path=${on_path%/bin/java}
  fi
  for candidate in "${SESSIONGATE_JAVA_HOME:-}" "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /opt/java/* /opt/jdk* \
    "${HOME:-/dev/null}"/.sdkman/candidates/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$candidate" ] || continue
    release_of "$candidate"
    [ -n "$release" ] && [ "$release" -ge "$floor" ] || continue
    [ "${1:-}" != javac ] || [ -x "$candidate/bin/javac" ] || continue
    if [ "$release" -gt "$best_release" ]; then
      best=$candidate best_release=$release
    fi
    if [ "$candidate" = "${SESSIONGATE_JAVA_HOME:-}" ]; then
      break
    fi
  done
}

# Becomes the program. What the caller has set before:
#   product_jar, libraries  the jar of the product, and the folder of the jars it needs
#   class_path              both, and what else the caller wants on it
#   archives                where an archive of classes is kept, if it can be written
launch() {
  newest_java
  java_home=$best
  [ -n "$java_home" ] || {
    say "no Java of $floor or later is installed (looked at SESSIONGATE_JAVA_HOME, JAVA_HOME, PATH and /usr/lib/jvm)"
    exit 1
  }
  # Netty loads its native transport and uses Unsafe; a newer Java wants that said.
  native=''
  if [ "$best_release" -ge 24 ]; then
    native='--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow'
  fi
  # The JIT gives way to what carries requests, and to the start itself. Anybody may make a thread of theirs nicer; that only root
  # may do the opposite Java says at every start, to everybody else.
  priority=''
  if [ -d /proc/self/task ]; then
    priority='-XX:ThreadPriorityPolicy=1 -XX:CompilerThreadPriority=5'
    [ "$(id -u)" = 0 ] || priority="$priority -XX:-PrintWarnings"
  fi
  # The archive of loaded classes (AOT cache from JDK 25 on, class-data sharing before): made once, beside the first 'run' and
  # at the lowest priority, by a gateway that serves nobody. Whatever goes wrong with it, the start goes on without it.
  archive=''
  # What listens, attaches or records must not be there twice.
  case "${JAVA_OPTS:-}" in *agent* | *jmxremote* | *FlightRecording* | *-Xlog*) SESSIONGATE_ARCHIVE=no ;; esac
  if [ "${1:-}" = run ] && [ "${SESSIONGATE_ARCHIVE:-}" != no ]; then
    class_path=$product_jar
    for jar in "$libraries"/*.jar; do
      [ "$jar" = "$product_jar" ] || class_path=$class_path:$jar
    done
    # Another JDK, other jars or other options make another archive; old ones are swept when a new one is made.
    key=$({ cat "$java_home/release"; ls -lLnic "$product_jar" "$libraries"; echo "$class_path ${JAVA_OPTS:-}"; } 2>/dev/null | cksum | tr ' ' -)
    for folder in "$archives" "${XDG_CACHE_HOME:-${HOME:-/dev/null}/.cache}/sessiongate"; do
      file=$folder/$key
      # A path with a space in it cannot be an option of the JVM's here.
      case "$file" in *' '*) continue ;; esac
      if [ -r "$file" ] || { mkdir -p "$folder" && [ -w "$folder" ]; } 2>/dev/null; then
        if [ "$best_release" -ge 25 ]; then
          use=-XX:AOTCache= make=-XX:AOTCacheOutput= log='-Xlog:aot*=off -Xlog:cds*=off'
        else
          use=-XX:SharedArchiveFile= make=-XX:ArchiveClassesAtExit= log='-Xlog:cds*=off -Xlog:class+path=off'
        fi
        if [ -r "$file" ]; then
          archive="$use$file $log"
        elif mkdir "$file.lock" 2>/dev/null; then
          # In a child's child: what ends here would be a zombie of the gateway's, which waits for nobody.
          (
            (
              # shellcheck disable=SC2086
              if JDK_JAVA_OPTIONS='' JAVA_TOOL_OPTIONS='' nice -n 19 "$java_home/bin/java" $native ${JAVA_OPTS:-} $log "$make$file.new" -cp "$class_path" \
                io.sessiongate.cli.Rehearsal && [ -s "$file.new" ]; then
                find "$folder" -type f ! -name "$key.new" -exec rm -f {} +
                mv "$file.new" "$file"
              fi
              rm -f "$file.new" "$file.new.config"
              rmdir "$file.lock"
            ) >/dev/null 2>&1 </dev/null &
          )
        else
          # One that was interrupted, a power cut say, does not keep the next from trying.
          find "$file.lock" -prune -mmin +10 -exec rmdir {} \; 2>/dev/null || true
        fi
        break
      fi
    done
  fi
  # shellcheck disable=SC2086 # options are meant to be split
  exec "$java_home/bin/java" $native $archive $priority ${JAVA_OPTS:-} -cp "$class_path" io.sessiongate.cli.Main "$@"
}
