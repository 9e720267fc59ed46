#!/bin/sh
# The command of an agent, for people and scripts. It needs a POSIX shell and curl. Its texts come from the fabric.
#
#   s2 join --swarm SWARM [--name NAME]   become a session: with an operator's token at once, else by a code to be approved
#   s2 approve CODE                       let the agent that shows this code in (operators)
#   s2 run [--swarm S] [--name N] claude|codex|gemini|opencode|COMMAND...
#                                         join, and run an agent with the fabric's tools; any other command as by keep
#   s2 connect claude|codex|gemini|opencode|openhands [--print|--undo]
#                                         write the fabric's tools into an agent's own settings; --undo takes them out again
#   s2 ready                              what you could do now
#   s2 claim [--wait SECONDS] [TASK]      get a task
#   s2 keep -- COMMAND...                 run a command for a claimed task: its exit code completes or fails the task
#   s2 done [RESULT]                      hand in the task that you hold; RESULT is JSON or a text
#   s2 fail WHY | s2 release              end the attempt; give the task back
#   s2 submit TITLE [FIELD=VALUE...]      add a task
#   s2 inbox [-f]                         read your messages; -f follows them until you stop it
#   s2 why [ID]                           how a thing stands, or where you stand
#   s2 cost AMOUNT [FIELD=VALUE...]       report what you spent, in US dollars
#   s2 ask QUESTION [--options A,B] [FIELD=VALUE...]
#                                         ask a human; deadline=PT30M and onNoAnswer=A say what is taken if nobody answers
#   s2 github resync SOURCE OWNER/NAME    read from GitHub what a source has missed of a repository (operators)
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

github() {
  load
  [ "${1:-}" = resync ] && [ $# -eq 3 ] ||
    die "which source, and which repository? s2 github resync SOURCE OWNER/NAME"
  id_like "$2"
  case $3 in
    *[!A-Za-z0-9._/-]* | */*/* | /* | */) die "'$3' is no repository: write OWNER/NAME." ;;
    */*) ;;
    *) die "'$3' is no repository: write OWNER/NAME." ;;
  esac
  boss=$(operator)
  [ -n "$boss" ] || die "only operators resync. Set S2_OPERATOR_TOKEN, or call this where .s2/operator.token is."
  ask "$boss" --max-time 600 -X POST -H 'Content-Type: application/json' -d "{\"repository\":\"$3\"}" \
    "$S2_URL/gateway/sources/$2/resync"
  [ "$status" -lt 400 ] || { refusal; exit 1; }
  seen=$(sed -n 's/.*"read" *: *\([0-9]*\).*/\1/p' "$work/answer")
  taken=$(sed -n 's/.*"taken" *: *\([0-9]*\).*/\1/p' "$work/answer")
  echo "Read $seen issues, comments, failures and merged pull requests of $3; took in $taken."
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

# What the session could do now.
ready() {
  must_have_token
  ask "$S2_TOKEN" -H 'Accept: text/plain' "$S2_URL/gateway/ready"
  [ "$status" -lt 400 ] || { refusal; exit 1; }
  cat "$work/answer"
}

# Follows the inbox by a stream, which is opened again where it ended.
follow() {
  must_have_token
  printf 'header = "Authorization: Bearer %s"\n' "$S2_TOKEN" >"$work/token"
  echo 0 >"$work/after"
  while :; do
    rm -f "$work/head"
    # The stream says every 15 s that it is there.
    { curl -sSNf -K "$work/token" -D "$work/head" --connect-timeout 5 --speed-limit 1 --speed-time 60 \
      "$S2_URL/gateway/listen?after=$(cat "$work/after")" 2>"$work/err" || :; } |
      while IFS= read -r line; do
        case $line in
          :* | '') continue ;;
        esac
        number=${line%% *} text=${line#* * * }
        printf '%s. %s\n' "$number" "$text"
        echo "$number" >"$work/after"
      done
    case $(sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' "$work/head" 2>/dev/null) in
      401 | 403) die "the session's token does not hold any more. Join again: s2 join" ;;
    esac
    sleep 2
  done
}

# Passes on what a command writes, unread, and leaves a mark that there was something.
pass() {
  exec 3<&0
  trap 'kill "$copy" 2>/dev/null; exit 0' TERM
  while :; do
    LC_ALL=C dd bs=65536 count=1 <&3 2>"$work/$1" &
    copy=$!
    wait "$copy" || return 0
    case $(head -n 1 "$work/$1") in
      0+0*) return 0 ;;
    esac
    : >"$work/moved"
  done
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
  passing=''
  if [ -t 1 ] || [ -t 2 ]; then
    # A command on a terminal keeps it, so nobody sees whether it writes.
    "$@" &
    child=$!
  else
    mkfifo "$work/out" "$work/err"
    pass passed-out <"$work/out" &
    passing=$!
    pass passed-err <"$work/err" >&2 &
    passing="$passing $!"
    "$@" >"$work/out" 2>"$work/err" &
    child=$!
  fi
  trap 'kill -TERM "$child" 2>/dev/null || :' TERM INT
  (
    # Its calls leave their files beside ours.
    shared=$work work=$work/beside
    mkdir "$work"
    # A lease of five minutes is renewed every minute. Only a refusal means that somebody else may have the task by now.
    while sleep "${S2_KEEP_SECONDS:-60}"; do
      # If we were killed, nobody hands in what the command makes of the task: it is stopped, and the lease ends by itself.
      kill -0 "$$" 2>/dev/null || {
        kill -TERM "$child" 2>/dev/null || :
        exit
      }
      if [ -e "$shared/moved" ]; then
        rm -f "$shared/moved"
        # A call of a tool is progress; renewing is none.
        (tool why) || :
      fi
      (tool renew_lease "task=$S2_TASK" "epoch=$S2_EPOCH") || :
      case $(cat "$work/status" 2>/dev/null) in
        4*)
          : >"$shared/gone"
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
  # What was written last is passed on; what the command left running does not hold us up.
  left=50
  for one in $passing; do
    while [ "$left" -gt 0 ] && kill -0 "$one" 2>/dev/null; do
      left=$((left - 1))
      sleep 0.1 2>/dev/null || sleep 1
    done
    kill "$one" 2>/dev/null || :
  done
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

# A command that passes a hook on; it says nothing where the fabric is away, so that the agent works on.
hook_command() { # AGENT
  printf 'header = "Authorization: Bearer %s"\n' "$S2_TOKEN" >"$work/hook.curl"
  hook_line="curl -sS -K $work/hook.curl -m 5 -H Content-Type:application/json --data-binary @- $S2_URL/gateway/hooks/$1 || :"
}

claude_code() {
  program=$1
  shift
  printf '{"mcpServers":{"s2":{"type":"http","url":"%s/gateway/mcp","headers":{"Authorization":"Bearer %s"}}}}\n' \
    "$S2_URL" "$S2_TOKEN" >"$work/mcp.json"
  hook=$(printf '{"hooks":[{"type":"http","url":"%s/gateway/hooks/claude","headers":{"Authorization":"Bearer %s"},"timeout":5}]}' \
    "$S2_URL" "$S2_TOKEN")
  # Hooks of type http do not fire when a session starts.
  hook_command claude
  start=$(printf '{"hooks":[{"type":"command","command":"%s"}]}' "$hook_line")
  printf '{"hooks":{"SessionStart":[%s],"UserPromptSubmit":[%s],"PreToolUse":[%s],"PostToolUse":[%s],"Stop":[%s],"SessionEnd":[%s]}}\n' \
    "$start" "$hook" "$hook" "$hook" "$hook" "$start" >"$work/settings.json"
  export CLAUDE_CODE_ENABLE_TELEMETRY=1 OTEL_LOGS_EXPORTER=otlp OTEL_EXPORTER_OTLP_PROTOCOL=http/json
  export OTEL_EXPORTER_OTLP_LOGS_ENDPOINT="$S2_URL/gateway/otlp/v1/logs"
  export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer $S2_TOKEN"
  "$program" --mcp-config "$work/mcp.json" --settings "$work/settings.json" "$@"
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256
  else
    openssl dgst -sha256 -r
  fi | cut -d ' ' -f 1
}

# Codex runs hooks only that its user trusts, each by the hash of what it is. These are told for this run alone, and with them that
# they are trusted; the user's own hooks are as they were.
codex_hook() { # EVENT LABEL SECONDS
  hash=$(printf '{"event_name":"%s","hooks":[{"async":false,"command":"%s","timeout":%s,"type":"command"}]}' "$2" "$hook_line" "$3" | sha256)
  hooks="$hooks$1=[{hooks=[{type=\"command\",command=\"$hook_line\",timeout=$3}]}],"
  trusted="$trusted\"/<session-flags>/config.toml:$2:0:0\"={trusted_hash=\"sha256:$hash\"},"
}

codex() {
  program=$1
  shift
  hook_command codex
  hooks='' trusted=''
  codex_hook SessionStart session_start 5
  codex_hook UserPromptSubmit user_prompt_submit 5
  codex_hook PreToolUse pre_tool_use 5
  codex_hook PostToolUse post_tool_use 5
  codex_hook Stop stop 5
  codex_hook SessionEnd session_end 3
  command "$program" \
    -c "hooks={${hooks}state={${trusted%,}}}" \
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
  hook_command gemini
  hook=$(printf '[{"hooks":[{"type":"command","name":"s2","command":"%s","timeout":5000}]}]' "$hook_line")
  printf '{"mcpServers":{"s2":{"httpUrl":"%s/gateway/mcp","headers":{"Authorization":"Bearer %s"},"trust":true}},"telemetry":{"enabled":true,"target":"local","otlpEndpoint":"%s/gateway/otlp","otlpProtocol":"http","logPrompts":false},"hooks":{"SessionStart":%s,"BeforeAgent":%s,"BeforeTool":%s,"AfterTool":%s,"AfterAgent":%s,"SessionEnd":%s}}\n' \
    "$S2_URL" "$S2_TOKEN" "$S2_URL" "$hook" "$hook" "$hook" "$hook" "$hook" "$hook" >"$settings/settings.json"
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

# Writes the fabric's tools into an agent's own settings. They name S2_TOKEN and hold no token, so they can stay.
connect() {
  load
  agent=${1:?which agent? s2 connect claude, codex, gemini, opencode or openhands}
  how=${2:-}
  case $how in
    '' | --print | --undo) ;;
    *) die "connect takes --print and --undo, not '$how'." ;;
  esac
  # The agents put in the value of S2_TOKEN, not this shell.
  # shellcheck disable=SC2016
  headers='"headers": {"Authorization": "Bearer ${S2_TOKEN}"}'
  case $agent in
    claude) connect_json "$HOME/.claude.json" mcpServers "{\"type\": \"http\", \"url\": \"$S2_URL/gateway/mcp\", $headers}" ;;
    codex) connect_codex "$how" ;;
    gemini) connect_json "$HOME/.gemini/settings.json" mcpServers "{\"httpUrl\": \"$S2_URL/gateway/mcp\", $headers}" ;;
    opencode)
      connect_json "${XDG_CONFIG_HOME:-$HOME/.config}/opencode/opencode.json" mcp \
        "{\"type\": \"remote\", \"url\": \"$S2_URL/gateway/mcp\", \"headers\": {\"Authorization\": \"Bearer {env:S2_TOKEN}\"}}"
      ;;
    openhands) connect_json "$HOME/.openhands/mcp.json" mcpServers "{\"url\": \"$S2_URL/gateway/mcp\", $headers}" ;;
    *) die "connect knows claude, codex, gemini, opencode and openhands, not '$agent'." ;;
  esac
}

token_hint() {
  echo "Before the agent starts:  export S2_TOKEN=\$(sed -n 's/^token=//p' $session_file)"
  [ "$agent" = openhands ] ||
    echo "Hooks and costs are not set up by this; s2 run $agent hands them over without changing a file."
}

# One more member in a file of JSON; every other byte stays. What was put in is noted, so that --undo takes out that and nothing else.
connect_json() { # FILE KEY SERVER
  file=$1 note=$(dirname "$session_file")/connected-$agent
  if [ "$how" = --print ]; then
    printf '{"%s": {"s2": %s}}\n' "$2" "$3"
    return
  fi
  : >"$work/old"
  [ ! -e "$file" ] || cat "$file" >"$work/old"
  if [ "$how" = --undo ]; then
    [ -e "$note" ] || die "s2 connect has written nothing to $file."
    case $agent in
      claude | gemini) by="with $agent mcp remove --scope user s2" ;;
      *) by='by hand' ;;
    esac
    take_out "$work/old" "$note" >"$work/new" || die "$file was written anew since. Take the server s2 out of it $by."
  else
    found=0
    put_in "$2" "$3" "$work/added" <"$work/old" >"$work/new" || found=$?
    case $found in
      0) ;;
      3) echo "s2 stands in $file already."; return ;;
      *)
        echo "s2: $file is no plain JSON, so s2 connect leaves it alone. Add this yourself:" >&2
        printf '{"%s": {"s2": %s}}\n' "$2" "$3"
        exit 1
        ;;
    esac
  fi
  diff -u "$work/old" "$work/new" || :
  mkdir -p "$(dirname "$file")" "$(dirname "$note")"
  if [ "$how" = --undo ]; then
    # A file that was not there before goes again.
    if [ -e "$note-made" ] && [ ! -s "$work/new" ]; then rm -f "$file"; else cat "$work/new" >"$file"; fi
    rm -f "$note" "$note-made"
    echo "Taken out of $file."
  else
    rm -f "$note-made"
    [ -e "$file" ] || : >"$note-made"
    cat "$work/added" >"$note"
    cat "$work/new" >"$file"
    echo "Written to $file."
    token_hint
  fi
}

# Puts the member s2 into the object KEY of the JSON that it reads; what it put in goes to ADDED. Ends with 3 if s2 stands there, and
# with 4 if it reads no JSON object without comments, or KEY is no object.
put_in() { # KEY SERVER ADDED
  LC_ALL=C S2_MEMBER="\"s2\": $2" awk -v key="$1" -v added="$3" '
    BEGIN { RS = "\001"; text = "" }
    { text = text $0 }
    END {
      member = ENVIRON["S2_MEMBER"]
      length_ = length(text)
      for (i = 1; i <= length_; i++) {
        c = substr(text, i, 1)
        if (quoted) {
          if (c == "\\") i++
          else if (c == "\"") { quoted = 0; last = substr(text, start, i - start) }
        } else if (c == "\"") { quoted = 1; start = i + 1 }
        else if (c == ":") {
          if (depth == 1) { name = last; if (name == key) seen = 1 }
          if (depth == 2 && at && name == key && last == "s2") there = 1
        }
        else if (c == "," && depth == 1) name = ""
        else if (c == "{" || c == "[") {
          depth++
          if (depth == 1) { if (c == "[" || top) bad = 1; top = i }
          if (depth == 2 && name == key && c == "{") at = i
        }
        else if (c == "}" || c == "]") { depth--; if (depth < 0) bad = 1 }
        else if (c == "/" || c == "#") bad = 1
        else if (depth == 0 && c !~ /[ \t\r\n]/) bad = 1
      }
      if (there) exit 3
      if (bad || quoted || depth != 0 || (seen && !at) || (length_ && !top)) exit 4
      if (!top) { put = "{\"" key "\": {" member "}}\n"; at = 0 }
      else {
        put = at ? member : "\"" key "\": {" member "}"
        if (!at) at = top
        rest = substr(text, at + 1)
        space = match(rest, /^[ \t\r\n]+/) ? substr(rest, 1, RLENGTH) : ""
        if (substr(rest, length(space) + 1, 1) != "}") put = space put ","
      }
      printf "%s", put >added
      printf "%s%s%s", substr(text, 1, at), put, substr(text, at + 1)
    }'
}

# The file without what stands in NOTE; fails if that does not stand there.
take_out() { # FILE NOTE
  LC_ALL=C awk -v note="$2" '
    BEGIN { RS = "\001"; getline put <note; text = "" }
    { text = text $0 }
    END {
      at = put == "" ? 0 : index(text, put)
      if (!at) exit 1
      printf "%s%s", substr(text, 1, at - 1), substr(text, at + length(put))
    }' "$1"
}

connect_codex() { # HOW
  file=${CODEX_HOME:-$HOME/.codex}/config.toml made=$(dirname "$session_file")/connected-codex-made
  begin='# s2 connect: begin'
  # The last line of the file may lack its end, and gets it back so.
  cut='# s2 connect: begin, after a line without an end'
  if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then begin=$cut; fi
  {
    echo "$begin"
    echo '[mcp_servers.s2]'
    echo "url = \"$S2_URL/gateway/mcp\""
    echo 'bearer_token_env_var = "S2_TOKEN"'
    echo '# s2 connect: end'
  } >"$work/block"
  if [ "$1" = --print ]; then
    cat "$work/block"
    return
  fi
  mkdir -p "$(dirname "$file")" "$(dirname "$made")"
  if [ ! -e "$file" ]; then
    : >"$file"
    : >"$made"
  fi
  # What stood there by an earlier call, and nothing else, is taken out.
  sed '/^# s2 connect: begin/,/^# s2 connect: end$/d' "$file" >"$work/new"
  if grep -qxF "$cut" "$file"; then
    printf %s "$(cat "$work/new")" >"$work/cut"
    mv "$work/cut" "$work/new"
    sed "1s/.*/$cut/" "$work/block" >"$work/again"
    mv "$work/again" "$work/block"
  fi
  if [ "$1" != --undo ]; then
    ! grep -q '^\[mcp_servers\.s2\]' "$work/new" || die "$file has an s2 of its own; s2 connect leaves it alone."
    [ ! -s "$work/new" ] || [ -z "$(tail -c 1 "$work/new")" ] || echo >>"$work/new"
    cat "$work/block" >>"$work/new"
  fi
  if diff -u "$file" "$work/new"; then
    echo "Nothing to change in $file."
  else
    cat "$work/new" >"$file"
    if [ "$1" = --undo ]; then echo "Taken out of $file."; else echo "Written to $file."; token_hint; fi
  fi
  # A file that was not there before goes again.
  if [ "$1" = --undo ]; then
    [ ! -e "$made" ] || [ -s "$file" ] || rm -f "$file"
    rm -f "$made"
  fi
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
  connect) connect "$@" ;;
  ready) ready ;;
  claim) claim "$@" ;;
  keep) keep "$@" ;;
  done) tool complete_task ${1:+"result=$*"} ;;
  fail) [ $# -gt 0 ] || die "why? s2 fail WHY"; tool fail_task "error=$*" ;;
  release) tool release_task ;;
  renew) tool renew_lease ;;
  submit) [ $# -gt 0 ] || die "what? s2 submit TITLE"; title=$1; shift; tool submit_task "title=$title" "$@" ;;
  inbox)
    if [ "${1:-}" = -f ]; then
      follow
    else
      tool read_inbox "$@"
    fi
    ;;
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
  github) github "$@" ;;
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
