# Sourced by ./mvnw: sets JAVA_HOME to a JDK >= 25 unless it already is one. Only this build is affected.
s2_jdk_major() {
  [ -x "$1/bin/javac" ] || return 1
  "$1/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9][0-9]*\).*/\1/p'
}
s2_find_jdk() {
  set +f
  for s2_home in "${JAVA_HOME:-}" "${JAVA_HOME_25_X64:-}" /usr/lib/jvm/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/* \
    "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$s2_home" ] || continue
    s2_major=$(s2_jdk_major "$s2_home") || continue
    if [ "${s2_major:-0}" -ge 25 ]; then
      set -f
      JAVA_HOME=$s2_home
      export JAVA_HOME
      return 0
    fi
  done
  set -f
  echo "S2 fabric needs a JDK 25 or newer, and found none (looked at JAVA_HOME, /usr/lib/jvm, /opt, ~/.sdkman, ~/.jdks)." >&2
  echo "Install one (for example Temurin 25) or set JAVA_HOME to it, and run this again." >&2
  return 1
}
s2_find_jdk || exit 1
