# Brings the static routes of one stack to an ASUS router (apply), or takes them away (remove).
#
#   sh -s -- apply|remove  NETWORK PREFIX NETMASK GATEWAY METRIC  [five more per route]
#
# Keeps to what every firmware has: the shell's own commands, cat, cut, grep, ip, mkdir, nvram, rm, sleep. Every wait has a limit.
# The braces make the shell read the whole script before it runs any of it, and keep the commands from reading the script's rest.
{
set -u
# A cut connection must not stop a change halfway; the script ends by itself.
trap '' HUP INT TERM PIPE

action=$1
shift
lock=/tmp/homelab-network.lock
locked=
undo_nvram=
undo_live=
lt='<'

fail() {
  echo "homelab-network: $1" >&2
  exit 1
}

at_exit() {
  if [ -n "$undo_nvram" ]; then
    [ "$(nvram get sr_rulelist)" = "$list" ] || nvram set "sr_rulelist=$list" >/dev/null
    [ "$(nvram get sr_enable_x)" = "$switch" ] || nvram set "sr_enable_x=$switch" >/dev/null
  fi
  for words in $undo_live; do
    delete_live "${words%%,*}" "${words#*,}" 2>/dev/null
  done
  [ -z "$locked" ] || rm -rf "$lock"
}
trap at_exit EXIT

# Calls a function once per route, with the route's values in variables.
each() {
  call=$1
  shift
  while [ $# -ge 5 ]; do
    net=$1 prefix=$2 mask=$3 gateway=$4 metric=$5
    record="$net>$mask>$gateway>$metric>LAN"
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

take_lock() {
  me="$$ $(start_time $$)"
  tries=30
  until mkdir "$lock" 2>/dev/null; do
    owner=$(cat "$lock/owner" 2>/dev/null)
    pid=${owner%% *}
    if [ -n "$owner" ] && [ "$pid $(start_time "$pid")" != "$owner" ]; then
      # One of those who wait can make this folder; the second look makes sure that it lies in the lock of the owner that is gone.
      if mkdir "$lock/after-${owner#* }-$pid" 2>/dev/null && [ "$(cat "$lock/owner" 2>/dev/null)" = "$owner" ]; then
        break
      fi
    fi
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "another change of this router's routes (process ${pid:-unknown}) has not ended within 30 s; if none is running, remove $lock on the router"
    sleep 1
  done
  locked=yes
  echo "$me" >"$lock/owner" || fail "cannot write $lock/owner on the router; is its /tmp full?"
}

# --- addresses ---

# Sets $masked to address $1 under mask $2, octet by octet, since some shells count in 32 bits with a sign.
mask_address() {
  saved_ifs=$IFS
  IFS=.
  set -- $1 $2
  IFS=$saved_ifs
  masked=$(($1 & $5)).$(($2 & $6)).$(($3 & $7)).$(($4 & $8))
}

need_address() {
  case $2 in
    *[!0-9.]* | '' | *.*.*.*.* | *..* | .* | *.) fail "the router's $1 is '$2', not an address" ;;
    *.*.*.*) ;;
    *) fail "the router's $1 is '$2', not an address" ;;
  esac
}

# --- refusals, all before the first write ---

read_router() {
  mode=$(nvram get sw_mode) || fail "nvram does not run on $(cat /proc/sys/kernel/hostname); is this an ASUS router?"
  lan_if=$(nvram get lan_ifname)
  lan_ip=$(nvram get lan_ipaddr)
  lan_mask=$(nvram get lan_netmask)
  list=$(nvram get sr_rulelist)
  switch=$(nvram get sr_enable_x)
  new=$list
  [ -n "$lan_if" ] || fail "the router's lan_ifname is empty, so it has no LAN bridge to route to"
}

check_router() {
  [ "$mode" = 1 ] || fail "the router is not in routing mode (sw_mode is '$mode', not 1) and ignores static routes; set it to wireless router mode"
  need_address lan_ipaddr "$lan_ip"
  need_address lan_netmask "$lan_mask"
  mask_address "$lan_ip" "$lan_mask"
  lan_net=$masked
}

check_route() {
  mask_address "$gateway" "$lan_mask"
  [ "$masked" = "$lan_net" ] || fail "next hop $gateway is outside the router's LAN $lan_net/$lan_mask; correct gateway.addresses or router.lan"
  [ "$gateway" != "$lan_ip" ] || fail "next hop $gateway is the router itself; correct gateway.addresses"
  mask_address "$net" "$lan_mask"
  [ "$masked" != "$lan_net" ] || fail "pool $net/$prefix lies in the router's LAN $lan_net/$lan_mask; correct pools"
  mask_address "$lan_ip" "$mask"
  [ "$masked" != "$net" ] || fail "pool $net/$prefix holds the router's LAN $lan_net/$lan_mask; correct pools"
  check_list
  foreign=$(ip route show "$net/$prefix" | grep -v -F " via $gateway dev ")
  [ -z "$foreign" ] || fail "the router already routes $net/$prefix another way ($foreign); remove that route, or correct gateway.addresses"
}

check_list() {
  rest=$list
  while has_record; do
    next_record
    case $found in
      "$record") ;;
      "$net>$mask>"*) fail "the router's list already has '<$found' for $net/$prefix; remove it on the page LAN > Route, or make the stack's values the same" ;;
    esac
  done
}

check_dormant() {
  new=$list
  each drop_record "$@"
  [ "$switch" = 1 ] || [ -z "$new" ] || fail "static routes are switched off on the router, and switching them on would wake '$new'; remove those on the page LAN > Route, or switch static routes on there"
  new=$list
}

check_limits() {
  rest=$new
  count=0
  while has_record; do
    next_record
    count=$((count + 1))
  done
  [ ${#new} -lt 1000 ] && [ $count -le 20 ] || fail "the router's list would hold $count routes in ${#new} bytes, and beyond 20 routes or 999 bytes the firmware may crash at boot; merge pools or remove routes"
}

# --- the list: records begin with <, and what is not ours stays byte for byte ---

has_record() {
  case $rest in
    *"$lt"*) return 0 ;;
    *) return 1 ;;
  esac
}

next_record() {
  rest=${rest#*"$lt"}
  found=${rest%%"$lt"*}
}

add_record() {
  case "$new$lt" in
    *"$lt$record$lt"*) ;;
    *) new="$new$lt$record" ;;
  esac
}

drop_record() {
  rest=$new
  new=${rest%%"$lt"*}
  while has_record; do
    next_record
    [ "$found" = "$record" ] || new="$new$lt$found"
  done
}

# --- nvram: set says nothing when it fails, so all is read back; commit wears the flash, so it runs once and only after a change ---

set_list() {
  [ "$new" != "$list" ] || return 0
  undo_nvram=yes
  nvram set "sr_rulelist=$new" >/dev/null
  [ "$(nvram get sr_rulelist)" = "$new" ] || fail "the router did not keep sr_rulelist; its nvram may be full (see 'nvram show')"
}

set_switch() {
  [ "$switch" != 1 ] || return 0
  undo_nvram=yes
  nvram set sr_enable_x=1 >/dev/null
  [ "$(nvram get sr_enable_x)" = 1 ] || fail "the router did not keep sr_enable_x; its nvram may be full (see 'nvram show')"
}

commit() {
  [ -n "$undo_nvram" ] || return 0
  said=$(nvram commit 2>&1) || fail "nvram commit failed: $said"
  case $said in
    *'skip nvram commit'*) fail "the router skipped nvram commit, as it does during an upgrade or a reset; try again when that is over" ;;
  esac
  undo_nvram=
}

# --- the kernel's table ---

has_live() {
  live=$(ip route show "$net/$prefix" | grep -F " via $gateway dev $lan_if ")
  case "$live " in
    *" metric $live_metric"[!0-9]*) return 0 ;;
    *) return 1 ;;
  esac
}

add_live() {
  has_live && return 0
  said=$(ip route add "$net/$prefix" via "$gateway" dev "$lan_if" metric "$live_metric" 2>&1) || fail "the kernel refused the route to $net/$prefix via $gateway: $said"
  undo_live="$undo_live $net/$prefix,$gateway,$live_metric"
  has_live || fail "the route to $net/$prefix via $gateway was added, but is not in the router's table"
}

# $1 is the destination, $2 gateway and metric with a comma between.
delete_live() {
  ip route del "$1" via "${2%,*}" dev "$lan_if" metric "${2#*,}"
}

drop_live() {
  has_live || return 0
  said=$(delete_live "$net/$prefix" "$gateway,$live_metric" 2>&1) || fail "the kernel kept the route to $net/$prefix via $gateway: $said"
}

tell() {
  told="$told${told:+, }$net/$prefix via $gateway metric $metric"
}

take_lock
read_router
told=
each tell "$@"
case $action in
  apply)
    check_router
    each check_route "$@"
    check_dormant "$@"
    each add_record "$@"
    [ "$new" = "$list" ] || check_limits
    set_list
    set_switch
    each add_live "$@"
    commit
    undo_live=
    echo "static routes in place: $told"
    ;;
  remove)
    each drop_record "$@"
    set_list
    commit
    each drop_live "$@"
    echo "static routes removed: $told"
    ;;
  *) fail "unknown action '$action'" ;;
esac
exit 0
} </dev/null
