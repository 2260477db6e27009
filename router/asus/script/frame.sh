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
# No other user may write into the lock's folder.
umask 077
# A lost connection must not interrupt a change. The script has its own time limits.
trap '' HUP INT TERM PIPE

action=$1 adopt=$3 wake=$4
removed=/tmp/homelab-network.removed-$2
shift 4
lock=/tmp/homelab-network.lock
commit_result=/var/log/commit_ret
locked=
lt='<'
line_break='
'

# Prints a line. A full /tmp must not swallow it, so it gets the space that was kept for it.
print_message() {
  [ -z "$locked" ] || rm -f "$lock/reserve"
  echo "$1"
}

fail() {
  print_message "homelab-network: $1" >&2
  exit 1
}

# Whether text $1 is $2. On the router [ is a program, and starting it a hundred times would take longer than everything else.
same() {
  case $1 in
    "$2") ;;
    *) return 1 ;;
  esac
}

# Calls a function once per route, with the route's values in variables.
each() {
  call=$1
  shift
  until same $# 0; do
    net=$1 prefix=$2 mask=$3 gateway=$4 metric=$5
    record="$net>$mask>$gateway>$metric>LAN"
    # The router's form leaves an unset metric empty, and the firmware reads that as 0.
    short_record=$record
    ! same "$metric" 0 || short_record="$net>$mask>$gateway>>LAN"
    # At boot the firmware adds one to the form's metric, so the live route gets the same metric.
    live_metric=$((metric + 1))
    $call
    shift 5
  done
}

# --- the lock: a folder with the process number and start time of its owner; taken over only if the owner has ended ---

# Whether $2 is of type $1, d or f, no link, and belongs to root, so that no other user wrote it.
is_own() {
  [ ! -L "$2" ] && [ "-$1" "$2" ] && [ -O "$2" ]
}

start_time() {
  cut -d ' ' -f 22 "/proc/$1/stat" 2>/dev/null
}

# Prints the process number and the start time in file $1, or nothing if it has anything else.
named_in() {
  is_own f "$1" || return 0
  named=$(cat "$1")
  case $named in
    *[!0-9\ ]* | *\ *\ * | \ * | *\ ) ;;
    *\ *) echo "$named" ;;
  esac
}

# Whether the process in file $1 has ended, or the file names none.
is_gone() {
  named=$(named_in "$1")
  [ -z "$named" ] || [ "${named%% *} $(start_time "${named%% *}")" != "$named" ]
}

# Writes text $2 to a new file $1 in the lock. A link that has its name is removed, not followed.
write_new() {
  rm -rf "$1"
  (set -C && printf '%s\n' "$2" >"$1") 2>/dev/null && [ "$(cat "$1")" = "$2" ]
}

take_lock() {
  me="$$ $(start_time $$)"
  tries=25 before=none waited=0 round=0 seen=0 missing=0
  until mkdir "$lock" 2>/dev/null; do
    is_own d "$lock" || [ ! -e "$lock" ] && [ ! -L "$lock" ] || fail "$lock on the router has another owner or type than this program's lock; find out what made it, and remove it"
    [ -e "$lock" ] || missing=$((missing + 1))
    [ $missing -lt 5 ] || fail "cannot make $lock on the router; is its /tmp full?"
    owner=$(named_in "$lock/owner")
    [ "$owner" = "$before" ] || waited=0 round=0 seen=0
    before=$owner waited=$((waited + 1))
    # A run that ended right after it made the lock has not named itself.
    { [ -z "$owner" ] && [ $waited -lt 6 ]; } || { is_gone "$lock/owner" && is_gone "$lock/worker" && take_over && break; }
    tries=$((tries - 1)) pid=${owner%% *}
    [ $tries -gt 0 ] || fail "another change of this router's routes (process ${pid:-unknown}) has not ended within 25 s; if none is running, remove $lock on the router"
    sleep 1
  done
  [ -n "$locked" ] || locked=fresh
  write_new "$lock/owner" "$me" && keep_space || fail "cannot write $lock/owner on the router; is its /tmp full?"
}

# Takes over the lock of $owner, which has ended. Only one waiting process can create the folder. One that sees it for 4 s without another owner
# knows that its maker has ended, too. Reading the owner again makes sure that the lock is still the old one.
take_over() {
  if mkdir "$lock/after-${owner#* }-${owner%% *}-$round" 2>/dev/null; then
    [ "$(named_in "$lock/owner")" = "$owner" ] && locked=inherited
    return
  fi
  seen=$((seen + 1))
  [ $seen -lt 4 ] || round=$((round + 1)) seen=0
  return 1
}

# Fills a file, which is removed to have space for messages.
keep_space() {
  filling=$me$me$me$me
  filling=$filling$filling$filling$filling
  filling=$filling$filling$filling$filling
  write_new "$lock/reserve" "$filling$filling$filling$filling"
}

# --- the journal: what to restore if the change fails; a line that has no full stop at its end was not written completely ---

note() {
  is_own f "$lock/journal" || rm -rf "$lock/journal"
  printf '%s .\n' "$1" 2>/dev/null >>"$lock/journal"
  case $(cat "$lock/journal") in
    *"$1 .") ;;
    *) fail "cannot write to $lock on the router; is its /tmp full?" ;;
  esac
}

note_nvram() {
  note "list $list"
  note "switch $switch"
}

# Makes the changes permanent.
forget_journal() {
  rm -rf "$lock/journal"
}

# Sets nvram variable $1 to $2, as it was before.
restore_nvram() {
  [ "$(nvram get "$1")" != "$2" ] || return 0
  nvram set "$1=$2" >/dev/null
  [ "$(nvram get "$1")" = "$2" ] || print_message "homelab-network: the router did not take its earlier $1 back; it is '$2' again after a reboot" >&2
}

# Restores what route $2 via $3 with metric $4 was before: there for $1 add, not there for $1 del.
restore_live() {
  ip route "$1" "$2" via "$3" dev "$lan_if" metric "$4" >/dev/null 2>&1
  if has_live "$2" "$3" "$4"; then
    [ "$1" = add ] || print_message "homelab-network: the route to $2 via $3 stays in the router's table, because its ip does not remove it; run pulumi up again, or reboot the router" >&2
  else
    [ "$1" = del ] || print_message "homelab-network: the route to $2 via $3 is gone from the router's table, because its ip does not add it again; run pulumi up again, or reboot the router" >&2
  fi
}

# Whether $1 can be the destination of a route that this script sets.
is_network() {
  case ${1#*/} in
    [1-9] | [12][0-9] | 3[0-2]) ;;
    *) return 1 ;;
  esac
  is_address "${1%/*}" || return 1
  make_mask "${1#*/}"
  mask_address "${1%/*}" "$made_mask"
  same "$masked" "${1%/*}"
}

# Whether the words are a line of the journal about a route, as this script writes them: verb, network, gateway on the LAN, metric.
is_route_line() {
  same $# 5 && is_network "$2" && is_address "$3" || return 1
  case $4 in
    *[!0-9]* | '' | ?????*) return 1 ;;
  esac
  mask_address "$3" "$lan_mask"
  on_lan=$masked
  mask_address "$lan_ip" "$lan_mask"
  same "$on_lan" "$masked"
}

# Undoes the lines of the journal, the newest first. Lines in any other form than the script's are ignored.
undo() {
  is_own f "$lock/journal" || return 0
  lan_if=$(nvram get lan_ifname) lan_ip=$(nvram get lan_ipaddr) lan_mask=$(nvram get lan_netmask)
  lines=
  while IFS= read -r line; do
    lines=$line$line_break$lines
  done <"$lock/journal"
  saved_ifs=$IFS
  IFS=$line_break
  set -- $lines
  IFS=$saved_ifs
  for line in "$@"; do
    case $line in
      'list '*' .') line=${line#list } && restore_nvram sr_rulelist "${line% .}" ;;
      'switch '[01]' .' | 'switch  .') line=${line#switch } && restore_nvram sr_enable_x "${line% .}" ;;
      'add '*' .' | 'del '*' .')
        set -- $line
        ! is_route_line "$@" || restore_live "$1" "$2" "$3" "$4"
        ;;
    esac
  done
  forget_journal
}
