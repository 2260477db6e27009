# Brings the static routes of one stack to an ASUS router (create, update), or takes them away (remove).
#
# The line before this one sets the words; the action is the only one that comes on the command line:
#   set -- "$1" STACK ADOPT WAKE  NETWORK PREFIX NETMASK GATEWAY METRIC  [five more per route]
# STACK is a number that stands for the stack.
# create: the routes are new; with ADOPT 1 it takes over what is there already. update: they are the stack's, and are put right.
# WAKE 1: switching static routes on may bring others' records to life.
#
# Keeps to what every firmware has: cat, cut, echo, grep, ip, kill, mkdir, nvram, ping, printf, rm, sleep, [ and the shell. Every wait has a limit.
set -uf
# A cut connection must not stop a change halfway; the script ends by itself.
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
    # The form leaves the metric empty where none is typed, and the firmware reads that as 0.
    twin=$record
    [ "$metric" != 0 ] || twin="$net>$mask>$gateway>>LAN"
    # The firmware adds one to the metric on its form when it boots; the live route must not differ from that.
    live_metric=$((metric + 1))
    $call
    shift 5
  done
}

# --- lock: a folder that names its owner by process and start time; taken over only from an owner that is gone ---

start_time() {
  cut -d ' ' -f 22 "/proc/$1/stat" 2>/dev/null
}

# Whether the process that file $1 names is gone, or it names none.
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
      # One of those who wait can make this folder; the second look makes sure that it lies in the lock of the owner that is gone.
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

# --- the journal: what to put back if the change does not come to its end ---

note_nvram() {
  [ ! -e "$lock/switch" ] || return 0
  printf '%s\n' "$list" >"$lock/list" && printf '%s\n' "$switch" >"$lock/switch" || fail "cannot write to $lock on the router; is its /tmp full?"
}

# The newest line comes first, since a route may stand where another was before.
note_live() {
  noted=$(cat "$lock/live" 2>/dev/null)
  printf '%s\n' "$*" ${noted:+"$noted"} >"$lock/live" || fail "cannot write to $lock on the router; is its /tmp full?"
}

# What was written is to stay.
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

# --- a limit for it all, since neither the firmware nor the other end of the connection sets one ---

# Processes whose parent is $1. The wildcard is the one thing here that is to be expanded.
children_of() {
  set +f
  cat /proc/[0-9]*/stat 2>/dev/null | grep ") [A-Z] $1 " | cut -d ' ' -f 1
  set -f
}

# Ends a process and what it has started: itself first, so that it does not go on when a child of it ends.
end_tree() {
  tree=$1
  for child in $(children_of "$1"); do
    tree="$tree $child $(children_of "$child")"
  done
  kill -9 $tree
}

# Runs function $2 in a process of its own, for $1 seconds at most: the status is 137 where it took longer. Its words go to a file, so that a
# command that hangs on does not hold the connection.
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
    # Its number may be another's by now.
    [ "$worker $(start_time $worker)" != "$named" ] || end_tree $worker
  ) >/dev/null 2>&1 &
  alarm=$!
  # The shell would tell of a worker that was ended.
  { wait $worker; } 2>/dev/null
  status=$?
  kill $alarm 2>/dev/null
  return $status
}
