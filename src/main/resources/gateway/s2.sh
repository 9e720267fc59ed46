#!/bin/sh
# The command of an agent, for people and scripts. It needs a POSIX shell and curl. Its texts come from the fabric.
#
#   s2 join --swarm SWARM [--name NAME]   become a session: with an operator's token at once, else by a code to be approved
#   s2 approve CODE                       let the agent that shows this code in (operators)
#   s2 run [--swarm S] [--name N] claude|codex|gemini|opencode|COMMAND...
#                                         join, and run an agent with the fabric's tools; any other command as by keep
#   s2 claim [--wait SECONDS] [TASK]      get a task
#   s2 keep -- COMMAND...                 run a command for a claimed task: its exit code completes or fails the task
#   s2 done [RESULT]                      hand in the task that you hold; RESULT is JSON or a text
#   s2 fail WHY | s2 release              end the attempt; give the task back
#   s2 submit TITLE [FIELD=VALUE...]      add a task
#   s2 inbox                              read your messages
#   s2 why [ID]                           how a thing stands, or where you stand
#   s2 cost AMOUNT [FIELD=VALUE...]       report what you spent, in US dollars
#   s2 ask QUESTION [--options A,B] [FIELD=VALUE...]
#                                         ask a human; deadline=PT30M and onNoAnswer=A say what is taken if nobody answers
#   s2 tool NAME [FIELD=VALUE...]         call any tool; s2 tool alone lists them
#   s2 doctor                             look whether all of this works
#
# S2_URL says where the fabric is (http://localhost:8080). The session's token comes from S2_TOKEN, else from the file that
# join wrote: $S2_SESSION_FILE, or ~/.config/s2/session. An operator's token comes from S2_OPERATOR_TOKEN, else from
# .s2/operator.token, which an embedded fabric keeps in its data directory ($S2_DATA_DIR).
set -eu

session_file=${S2_SESSION_FILE:-${XDG_CONFIG_HOME:-${HOME:-.}/.config}/s2/session}
work=$(mktemp -d "${TMPDIR:-/tmp}/s2.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

die() {
  echo "s2: $*" >&2
  exit 1
}

usage() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
}

command -v curl >/dev/null 2>&1 || die "curl is missing. Install it with your system's packages."

load() {
  if [ -z "${S2_TOKEN:-}" ] && [ -r "$session_file" ]; then
    S2_TOKEN=$(sed -n 's/^token=//p' "$session_file")
    S2_NAME=${S2_NAME:-$(sed -n 's/^name=//p' "$session_file")}
    S2_SWARM=${S2_SWARM:-$(sed -n 's/^swarm=//p' "$session_file")}
    S2_URL=${S2_URL:-$(sed -n 's/^url=//p' "$session_file")}
  fi
  S2_URL=${S2_URL:-http://localhost:8080}
  S2_URL=${S2_URL%/}
}

operator() {
  if [ -n "${S2_OPERATOR_TOKEN:-}" ]; then
    printf %s "$S2_OPERATOR_TOKEN"
  elif [ -r "${S2_DATA_DIR:-.s2}/operator.token" ]; then
    cat "${S2_DATA_DIR:-.s2}/operator.token"
  fi
}

# ask TOKEN CURL-ARGUMENTS...: the answer goes to $work/answer, the status to $status. Tokens never stand in the list of processes.
ask() {
  if [ -n "$1" ]; then
    printf 'header = "Authorization: Bearer %s"\n' "$1" >"$work/token"
  else
    : >"$work/token"
  fi
  shift
  rm -f "$work/status"
  status=$(curl -sS -K "$work/token" -o "$work/answer" -w '%{http_code}' --connect-timeout 5 --max-time 70 "$@") ||
    die "no fabric answers at $S2_URL. Is it running (./s2)? S2_URL says where it is."
  rm -f "$work/token"
  echo "$status" >"$work/status"
}

# A member of a flat JSON answer whose values have no quotes in them: ids, tokens, codes.
member() {
  sed -n 's/.*"'"$1"'" *: *"\([^"]*\)".*/\1/p' "$work/answer" | head -n 1
}

refusal() {
  detail=$(member detail)
  todo=$(member whatToDo)
  printf 's2: %s%s\n' "${detail:-$(cat "$work/answer")}" "${todo:+ $todo}" >&2
}

must_have_token() {
  load
  [ -n "${S2_TOKEN:-}" ] || die "there is no session. Join first: s2 join --swarm SWARM"
}

# tool NAME FIELD=VALUE...: prints what the fabric says; fails if it refuses.
tool() {
  must_have_token
  name=$1
  shift
  set -- "$@" --
  while [ "$1" != -- ]; do
    set -- "$@" --data-urlencode "$1"
    shift
  done
  shift
  [ $# -gt 0 ] || set -- -d ''
  ask "$S2_TOKEN" -X POST -H 'Accept: text/plain' -D "$work/head" "$@" "$S2_URL/gateway/tools/$name"
  if [ "$status" -ge 400 ]; then
    cat "$work/answer" >&2
    return 1
  fi
  cat "$work/answer"
}

header() {
  sed -n 's/^'"$1"': *\([^[:cntrl:]]*\).*/\1/p' "$work/head" | head -n 1
}

keep_session() { # NAME SWARM TOKEN
  mkdir -p "$(dirname "$session_file")"
  (
    umask 077
    printf 'url=%s\nname=%s\nswarm=%s\ntoken=%s\n' "$S2_URL" "$1" "$2" "$3" >"$session_file.$$"
  )
  mv "$session_file.$$" "$session_file"
}

id_like() {
  case $1 in
    '' | *[!A-Za-z0-9._-]*) die "'$1' is no name: use letters, digits, '.', '_' and '-'." ;;
  esac
}

join() {
  swarm=${S2_SWARM:-} name='' agent=''
  while [ $# -gt 0 ]; do
    case $1 in
      --swarm) swarm=${2:?--swarm needs a name}; shift 2 ;;
      --name) name=${2:?--name needs a name}; shift 2 ;;
      --agent) agent=${2:?--agent needs a word}; shift 2 ;;
      *) die "join takes --swarm, --name and --agent, not '$1'." ;;
    esac
  done
  S2_URL=${S2_URL:-http://localhost:8080}
  S2_URL=${S2_URL%/}
  [ -n "$swarm" ] || die "which swarm? s2 join --swarm SWARM"
  name=${name:-$(id -un 2>/dev/null || echo agent)-$(hostname 2>/dev/null | cut -d. -f1 | tr -cd 'A-Za-z0-9-')-$$}
  id_like "$swarm"
  id_like "$name"
  boss=$(operator)
  if [ -n "$boss" ]; then
    ask "$boss" -X PUT -H 'Content-Type: application/json' -d "{\"swarm\":\"$swarm\"}" "$S2_URL/coordinator/sessions/$name"
    [ "$status" -lt 400 ] || { refusal; exit 1; }
    ask "$boss" -X POST -H 'Content-Type: application/json' -d '{}' "$S2_URL/coordinator/sessions/$name/tokens"
    [ "$status" -lt 400 ] || { refusal; exit 1; }
  else
    ask '' -X POST -H 'Content-Type: application/json' \
      -d "{\"swarm\":\"$swarm\",\"name\":\"$name\"${agent:+,\"agent\":\"$agent\"}}" "$S2_URL/coordinator/joins"
    [ "$status" -lt 400 ] || { refusal; exit 1; }
    code=$(member code)
    printf 'header = "S2-Join-Secret: %s"\n' "$(member secret)" >"$work/secret"
    echo "An operator lets you in with:  s2 approve $code" >&2
    while :; do
      ask '' -K "$work/secret" "$S2_URL/coordinator/joins/$code"
      case $status in
        200) break ;;
        202) sleep 2 ;;
        5*) sleep 5 ;;
        *) refusal; exit 1 ;;
      esac
    done
  fi
  token=$(member token)
  [ -n "$token" ] || die "the fabric gave no token: $(cat "$work/answer")"
  keep_session "$name" "$swarm" "$token"
  S2_TOKEN=$token S2_NAME=$name S2_SWARM=$swarm
  echo "You are $name in $swarm. Next: s2 claim --wait 45"
}

approve() {
  load
  [ $# -eq 1 ] || die "which code? s2 approve CODE"
  boss=$(operator)
  [ -n "$boss" ] || die "only operators approve. Set S2_OPERATOR_TOKEN, or call this where .s2/operator.token is."
  code=$(printf %s "$1" | tr -cd 'A-Za-z-')
  ask "$boss" "$S2_URL/coordinator/joins/$code"
  [ "$status" -lt 400 ] || { refusal; exit 1; }
  who="$(member session), for swarm $(member swarm), asked from $(member address)"
  ask "$boss" -X POST "$S2_URL/coordinator/joins/$code/approve"
  [ "$status" -lt 400 ] || { refusal; exit 1; }
  echo "Let in: $who."
}

claim() {
  wait=0 task=''
  while [ $# -gt 0 ]; do
    case $1 in
      --wait) wait=${2:?--wait needs seconds}; shift 2 ;;
      -*) die "claim takes --wait and a task, not '$1'." ;;
      *) task=$1; shift ;;
    esac
  done
  tool claim_task "waitSeconds=$wait" ${task:+"task=$task"}
}

# Runs a command for a task, renews the lease meanwhile, and tells the fabric how it ended.
keep() {
  [ "${1:-}" != -- ] || shift
  [ $# -gt 0 ] || die "which command? s2 keep -- COMMAND"
  must_have_token
  if [ -n "${S2_TASK:-}" ]; then
    [ -n "${S2_EPOCH:-}" ] || die "S2_TASK is set, and S2_EPOCH is not."
  else
    while :; do
      tool claim_task waitSeconds=45 >&2 || exit 1
      S2_TASK=$(header S2-Task) S2_EPOCH=$(header S2-Epoch)
      [ -z "$S2_TASK" ] || break
    done
  fi
  export S2_TASK S2_EPOCH S2_TOKEN S2_URL
  "$@" &
  child=$!
  trap 'kill -TERM "$child" 2>/dev/null || :' TERM INT
  (
    # A lease of five minutes is renewed every minute. Only a refusal means that somebody else may have the task by now.
    while sleep 60; do
      (tool renew_lease "task=$S2_TASK" "epoch=$S2_EPOCH") || :
      case $(cat "$work/status" 2>/dev/null) in
        4*)
          : >"$work/gone"
          kill -TERM "$child" 2>/dev/null || :
          exit
          ;;
      esac
    done
  ) >/dev/null 2>"$work/keeper" &
  keeper=$!
  code=0
  wait "$child" || code=$?
  while kill -0 "$child" 2>/dev/null; do
    code=0
    wait "$child" || code=$?
  done
  kill "$keeper" 2>/dev/null || :
  if [ -e "$work/gone" ]; then
    cat "$work/keeper" >&2
    die "the lease of $S2_TASK is lost; the command was stopped."
  elif [ "$code" -eq 0 ]; then
    tool complete_task "task=$S2_TASK" "epoch=$S2_EPOCH" 'result={"exitCode":0}'
  else
    tool fail_task "task=$S2_TASK" "epoch=$S2_EPOCH" "error=exit code $code of: $*" || :
    exit "$code"
  fi
}

# Joins if need be, and runs an agent with the fabric's tools; it changes no file of the agent.
run() {
  swarm=${S2_SWARM:-} name=${S2_NAME:-}
  while [ $# -gt 0 ]; do
    case $1 in
      --swarm) swarm=${2:?--swarm needs a name}; shift 2 ;;
      --name) name=${2:?--name needs a name}; shift 2 ;;
      *) break ;;
    esac
  done
  [ $# -gt 0 ] || die "which agent? s2 run claude, or any command"
  if [ -n "$swarm$name" ] || { load && [ -z "${S2_TOKEN:-}" ]; }; then
    session_file=$work/session
    S2_TOKEN=
    join ${swarm:+--swarm "$swarm"} ${name:+--name "$name"} --agent "$(basename "$1")" >&2
  fi
  load
  export S2_TOKEN S2_URL S2_NAME S2_SWARM
  umask 077
  case $(basename "$1") in
    claude) with=claude_code ;;
    codex) with=codex ;;
    gemini) with=gemini ;;
    opencode) with=opencode ;;
    *) with=keep ;;
  esac
  code=0
  "$with" "$@" || code=$?
  exit "$code"
}

claude_code() {
  program=$1
  shift
  printf '{"mcpServers":{"s2":{"type":"http","url":"%s/gateway/mcp","headers":{"Authorization":"Bearer %s"}}}}\n' \
    "$S2_URL" "$S2_TOKEN" >"$work/mcp.json"
  hook=$(printf '{"hooks":[{"type":"http","url":"%s/gateway/hooks/claude","headers":{"Authorization":"Bearer %s"},"timeout":5}]}' \
    "$S2_URL" "$S2_TOKEN")
  # Hooks of type http do not fire when a session starts.
  printf 'header = "Authorization: Bearer %s"\n' "$S2_TOKEN" >"$work/hook.curl"
  start=$(printf '{"hooks":[{"type":"command","command":"curl -sS -K %s -m 5 -H Content-Type:application/json --data-binary @- %s/gateway/hooks/claude || :"}]}' \
    "$work/hook.curl" "$S2_URL")
  printf '{"hooks":{"SessionStart":[%s],"UserPromptSubmit":[%s],"PreToolUse":[%s],"PostToolUse":[%s],"Stop":[%s],"SessionEnd":[%s]}}\n' \
    "$start" "$hook" "$hook" "$hook" "$hook" "$start" >"$work/settings.json"
  export CLAUDE_CODE_ENABLE_TELEMETRY=1 OTEL_LOGS_EXPORTER=otlp OTEL_EXPORTER_OTLP_PROTOCOL=http/json
  export OTEL_EXPORTER_OTLP_LOGS_ENDPOINT="$S2_URL/gateway/otlp/v1/logs"
  export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer $S2_TOKEN"
  "$program" --mcp-config "$work/mcp.json" --settings "$work/settings.json" "$@"
}

codex() {
  program=$1
  shift
  command "$program" \
    -c "mcp_servers.s2={url=\"$S2_URL/gateway/mcp\",bearer_token_env_var=\"S2_TOKEN\"}" \
    -c "otel={exporter={otlp-http={endpoint=\"$S2_URL/gateway/otlp/v1/logs\",protocol=\"json\",headers={Authorization=\"Bearer $S2_TOKEN\"}}}}" \
    "$@"
}

gemini() {
  program=$1
  shift
  # It reads settings only from a directory that nobody else could write, so not below /tmp.
  mkdir -p "${XDG_CACHE_HOME:-$HOME/.cache}"
  settings=$(mktemp -d "${XDG_CACHE_HOME:-$HOME/.cache}/s2.XXXXXX")
  printf '{"mcpServers":{"s2":{"httpUrl":"%s/gateway/mcp","headers":{"Authorization":"Bearer %s"},"trust":true}},"telemetry":{"enabled":true,"target":"local","otlpEndpoint":"%s/gateway/otlp","otlpProtocol":"http","logPrompts":false}}\n' \
    "$S2_URL" "$S2_TOKEN" "$S2_URL" >"$settings/settings.json"
  export GEMINI_CLI_SYSTEM_SETTINGS_PATH="$settings/settings.json" OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer $S2_TOKEN"
  ended=0
  command "$program" "$@" || ended=$?
  rm -rf "$settings"
  return "$ended"
}

opencode() {
  program=$1
  shift
  OPENCODE_CONFIG_CONTENT=$(printf '{"mcp":{"s2":{"type":"remote","url":"%s/gateway/mcp","headers":{"Authorization":"Bearer %s"}}}}' "$S2_URL" "$S2_TOKEN")
  export OPENCODE_CONFIG_CONTENT
  command "$program" "$@"
}

doctor() {
  load
  ask '' "$S2_URL/q/health/ready" || exit 1
  echo "fabric    $S2_URL answers ($status)"
  if [ -n "$(operator)" ]; then echo "operator  there is a token"; else echo "operator  no token here (not needed to work)"; fi
  if [ -z "${S2_TOKEN:-}" ]; then
    echo "session   none: s2 join --swarm SWARM"
    exit 1
  fi
  printf 'session   '
  tool why || exit 1
}

verb=${1:-help}
[ $# -eq 0 ] || shift
case $verb in
  join) join "$@" ;;
  approve) approve "$@" ;;
  run) run "$@" ;;
  claim) claim "$@" ;;
  keep) keep "$@" ;;
  done) tool complete_task ${1:+"result=$*"} ;;
  fail) [ $# -gt 0 ] || die "why? s2 fail WHY"; tool fail_task "error=$*" ;;
  release) tool release_task ;;
  renew) tool renew_lease ;;
  submit) [ $# -gt 0 ] || die "what? s2 submit TITLE"; title=$1; shift; tool submit_task "title=$title" "$@" ;;
  inbox) tool read_inbox "$@" ;;
  why) tool why ${1:+"id=$1"} ;;
  cost) [ $# -gt 0 ] || die "how much? s2 cost AMOUNT"; amount=$1; shift; tool report_cost "amount=$amount" "$@" ;;
  ask)
    question=${1:?what do you ask? s2 ask QUESTION --options A,B}
    shift
    options=''
    if [ "${1:-}" = --options ]; then
      options=${2:?--options needs answers}
      shift 2
    fi
    tool ask_human "question=$question" ${options:+"options=$options"} "$@"
    ;;
  tool)
    if [ $# -gt 0 ]; then
      tool "$@"
    else
      must_have_token
      ask "$S2_TOKEN" -H 'Accept: text/plain' "$S2_URL/gateway/tools"
      cat "$work/answer"
    fi
    ;;
  doctor) doctor ;;
  help | -h | --help) usage ;;
  *) echo "s2: there is no '$verb'." >&2; usage >&2; exit 2 ;;
esac
