# Sourced by the commands beside it: builds what is missing or older than its sources, then sets JAVA, HOME_DIR,
# CLASS_PATH and LOGGING. POSIX sh.
HOME_DIR=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
MODULE=$HOME_DIR/benchmarks
JAR=$MODULE/target/sessiongate-benchmarks.jar
if [ ! -f "$JAR" ] || [ -n "$(find "$HOME_DIR"/pom.xml "$HOME_DIR"/*/pom.xml "$HOME_DIR"/*/src/main "$HOME_DIR"/config \
      -type f -newer "$JAR" 2>/dev/null | head -n 1)" ]; then
  echo "Building..." >&2
  (cd "$HOME_DIR" && mvn -q -B -DskipTests -pl benchmarks -am package) || exit 1
  touch "$JAR"
fi
LOGGING=-Dlogback.configurationFile=io/sessiongate/benchmarks/logback.xml
JAVA=java
[ -n "$JAVA_HOME" ] && JAVA=$JAVA_HOME/bin/java
CLASS_PATH=$MODULE/target/classes:$HOME_DIR/demo/target/classes:$HOME_DIR/gateway/target/classes:$MODULE/target/lib/*
