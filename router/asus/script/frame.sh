# Applies the static routes of one stack to an ASUS router (create, update), or removes them (remove).
#
# The line before this script sets its arguments. Only the action comes from the command line:
#   set -- "$1" STACK ADOPT WAKE  NETWORK PREFIX NETMASK GATEWAY METRIC  [five more per route]
# STACK is a number that identifies the stack.
# create: the routes are new; with ADOPT 1 it takes over routes that exist already. update: the stack manages the routes, and they are corrected.
# WAKE 1: switching static routes on may activate unmanaged records.
#
# Keeps to what every firmware has: cat, cut, echo, grep, ip, kill, mkdir, nvram, ping, printf, rm, sleep, [ and the shell. Every wait has a limit.
set -uf
# A lost connection must not interrupt a change. The script has its own time limits.
trap '' HUP INT TERM PIPE

action=$1 adopt=$3 wake=$4
removed=/tmp/homelab-network.removed-$2
shift 4
lock=/tmp/homelab-network.lock
locked=
lt='<'
line_break='
'

fail() {
  echo "homelab-network: $1" >&2
  exit 1
}

# Calls a function once per route, with the route's values in variables.
each() {
  call=$1
  shift
  while [ $# -ge 5 ]; do
    net=$1 prefix=$2 mask=$3 gateway=$4 metric=$5
    record="$net>$mask>$gateway>$metric>LAN"
    # The router's form leaves an unset metric empty, and the firmware reads that as 0.
    twin=$record
    [ "$metric" != 0 ] || twin="$net>$mask>$gateway>>LAN"
    # At boot the firmware adds one to the form's metric, so the live route gets the same metric.
    live_metric=$((metric + 1))
    $call
    shift 5
  done
}

# --- the lock: a folder with the process number and start time of its owner; taken over only if the owner has ended ---

start_time() {
  cut -d ' ' -f 22 "/proc/$1/stat" 2>/dev/null
}

# Whether the process in file $1 has ended, or the file names none.
is_gone() {
  named=$(cat "$1" 2>/dev/null)
  [ -z "$named" ] || [ "${named%% *} $(start_time "${named%% *}")" != "$named" ]
}

take_lock() {
  me="$$ $(start_time $$)"
  tries=25
  until mkdir "$lock" 2>/dev/null; do
    owner=$(cat "$lock/owner" 2>/dev/null)
    pid=${owner%% *}
    if [ -n "$owner" ] && is_gone "$lock/owner" && is_gone "$lock/worker"; then
      # Only one waiting process can create this folder. Reading the owner again makes sure that the lock is still the old one.
      if mkdir "$lock/after-${owner#* }-$pid" 2>/dev/null && [ "$(cat "$lock/owner" 2>/dev/null)" = "$owner" ]; then
        locked=inherited
        break
      fi
    fi
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "another change of this router's routes (process ${pid:-unknown}) has not ended within 25 s; if none is running, remove $lock on the router"
    sleep 1
  done
  [ -n "$locked" ] || locked=fresh
  echo "$me" >"$lock/owner" || fail "cannot write $lock/owner on the router; is its /tmp full?"
}

# --- the journal: what to restore if the change fails ---

note_nvram() {
  [ ! -e "$lock/switch" ] || return 0
  printf '%s\n' "$list" >"$lock/list" && printf '%s\n' "$switch" >"$lock/switch" || fail "cannot write to $lock on the router; is its /tmp full?"
}

# The newest line comes first, because a route may replace another one.
note_live() {
  noted=$(cat "$lock/live" 2>/dev/null)
  printf '%s\n' "$*" ${noted:+"$noted"} >"$lock/live" || fail "cannot write to $lock on the router; is its /tmp full?"
}

# Makes the changes permanent.
forget_journal() {
  rm -f "$lock/list" "$lock/switch" "$lock/live"
}

undo() {
  if [ -e "$lock/switch" ]; then
    list=$(cat "$lock/list") switch=$(cat "$lock/switch")
    [ "$(nvram get sr_rulelist)" = "$list" ] || nvram set "sr_rulelist=$list" >/dev/null
    [ "$(nvram get sr_enable_x)" = "$switch" ] || nvram set "sr_enable_x=$switch" >/dev/null
  fi
  if [ -e "$lock/live" ]; then
    while read -r verb destination via device number; do
      ip route "$verb" "$destination" via "$via" dev "$device" metric "$number" 2>/dev/null
    done <"$lock/live"
  fi
  forget_journal
}

# --- the time limit: neither the firmware nor the SSH client sets one ---

# Prints the child processes of $1. Only this wildcard must be expanded.
children_of() {
  set +f
  cat /proc/[0-9]*/stat 2>/dev/null | grep ") [A-Z] $1 " | cut -d ' ' -f 1
  set -f
}

# Ends a process and its descendants. The process ends first, so that it does not continue after the end of a child.
end_tree() {
  tree=$1
  for child in $(children_of "$1"); do
    tree="$tree $child $(children_of "$child")"
  done
  kill -9 $tree
}

# Runs function $2 in a process of its own for at most $1 seconds; the status is 137 if it takes longer. Its output goes to a file, so that a
# command that hangs does not keep the connection open.
within() {
  ("$2") >"$lock/said" 2>&1 &
  worker=$!
  named="$worker $(start_time $worker)"
  echo "$named" >"$lock/worker"
  (
    trap 'kill $sleeper; exit' TERM
    sleep "$1" &
    sleeper=$!
    wait $sleeper
    # Another process may have the same number by now.
    [ "$worker $(start_time $worker)" != "$named" ] || end_tree $worker
  ) >/dev/null 2>&1 &
  alarm=$!
  # The shell would report a worker that was killed.
  { wait $worker; } 2>/dev/null
  status=$?
  kill $alarm 2>/dev/null
  return $status
}
