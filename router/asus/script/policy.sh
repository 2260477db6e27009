# --- policy routing: rules and other tables decide about a packet before the main table does ---

# Prints the networks that the rules name after word $1.
named_by_rules() {
  last=
  for word in $rules; do
    case $last in
      "$1") echo "$word" ;;
    esac
    last=$word
  done
}

# Sets $next_address to address $1 with $2 added to its last octet.
step_address() {
  next_address=${1%.*}.$((${1##*.} + $2))
}

# Sets $clients to the first and the last host of the LAN, and one address of each part of it that a rule names; never the router itself.
find_clients() {
  saved_ifs=$IFS
  IFS=.
  set -- $lan_net $lan_mask
  IFS=$saved_ifs
  top=$(($1 + 255 - $5)).$(($2 + 255 - $6)).$(($3 + 255 - $7)).$(($4 + 255 - $8))
  step_address "$lan_net" 1
  ! same "$next_address" "$lan_ip" || step_address "$lan_net" 2
  clients=$next_address
  step_address "$top" -1
  ! same "$next_address" "$lan_ip" || step_address "$top" -2
  clients="$clients $next_address"
  for part in $(named_by_rules from); do
    is_address "${part%/*}" || continue
    mask_address "${part%/*}" "$lan_mask"
    same "$masked" "$lan_net" || continue
    case $part in
      */*) step_address "${part%/*}" 1 ;;
      *) next_address=$part ;;
    esac
    same "$next_address" "$lan_ip" || clients="$clients $next_address"
  done
}

add_target() {
  is_address "$1" || return 0
  mask_address "$1" "$mask"
  same "$masked" "$net" || return 0
  case " $targets " in
    *" $1 "*) ;;
    *) targets="$targets $1" ;;
  esac
}

# Looks up, for packets from the LAN, the route's first address, and one address of each part of it that a rule or another table names.
check_route_lookup() {
  targets=$net
  saved_ifs=$IFS
  IFS=$line_break
  set -- $(ip -4 route show table all root "$net/$prefix" 2>/dev/null)
  IFS=$saved_ifs
  for line in "$@"; do
    set -- $line
    case $1 in
      [0-9]*) ;;
      *) shift ;;
    esac
    case $* in
      "$net/$prefix "* | '') ;;
      *) add_target "${1%/*}" ;;
    esac
  done
  for part in $(named_by_rules to); do
    add_target "${part%/*}"
  done
  for target in $targets; do
    check_packets
  done
}

# Fails if the router sends packets to $target from no client by the route, and from at least one elsewhere.
check_packets() {
  elsewhere=
  for client in $clients; do
    answer=$(ip route get "$target" from "$client" iif "$lan_if" 2>&1)
    answer=${answer%%"$line_break"*}
    answer=${answer% }
    case "$answer " in
      *" via $gateway dev $lan_if "*) return 0 ;;
      *" from $client"*" dev "* | *': Network is unreachable '* | *': No route to host '* | *': Permission denied '* | *': Invalid argument '*)
        elsewhere=$client
        ;;
    esac
  done
  ! same "$elsewhere" '' || return 0
  find_rule
  fail "the router's table is overridden: for a packet from $elsewhere to $target of pool $net/$prefix it answers '$answer'$rule_text; remove that rule, or exempt the pool in the settings that made it, such as those of a VPN client"
}

# Sets $rule_text to the rule that leads to the table in $answer.
find_rule() {
  rule_text=
  case $answer in
    *' table '*) lookup=${answer##* table } ;;
    'local '*) lookup=local ;;
    *) return 0 ;;
  esac
  saved_ifs=$IFS
  IFS=$line_break
  set -- $rules
  IFS=$saved_ifs
  for line in "$@"; do
    case "$line " in
      *" lookup ${lookup%% *} "*) rule_text=", by its rule '$(echo $line)'" && return 0 ;;
    esac
  done
}

# Checks that the router uses the routes for packets from its LAN, whatever its rules and tables are.
check_route_lookups() {
  rules=$(ip rule show 2>/dev/null)
  [ -n "$rules" ] || return 0
  find_clients
  each check_route_lookup "$@"
}
