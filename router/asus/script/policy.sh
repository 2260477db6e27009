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

# Sets $stepped to address $1 with $2 added to its last octet.
step_address() {
  stepped=${1%.*}.$((${1##*.} + $2))
}

# Sets $clients to the first and the last host of the LAN, and one of each part of it that a rule names. Never the router itself.
find_clients() {
  saved_ifs=$IFS
  IFS=.
  set -- $lan_net $lan_mask
  IFS=$saved_ifs
  top=$(($1 + 255 - $5)).$(($2 + 255 - $6)).$(($3 + 255 - $7)).$(($4 + 255 - $8))
  step_address "$lan_net" 1
  ! same "$stepped" "$lan_ip" || step_address "$lan_net" 2
  clients=$stepped
  step_address "$top" -1
  ! same "$stepped" "$lan_ip" || step_address "$top" -2
  clients="$clients $stepped"
  for part in $(named_by_rules from); do
    is_address "${part%/*}" || continue
    mask_address "${part%/*}" "$lan_mask"
    same "$masked" "$lan_net" || continue
    case $part in
      */*) step_address "${part%/*}" 1 ;;
      *) stepped=$part ;;
    esac
    same "$stepped" "$lan_ip" || clients="$clients $stepped"
  done
}

add_place() {
  is_address "$1" || return 0
  mask_address "$1" "$mask"
  same "$masked" "$net" || return 0
  case " $places " in
    *" $1 "*) ;;
    *) places="$places $1" ;;
  esac
}

# Asks the router about packets from the LAN to the route's first address, and to each part of it that a rule or a table names.
check_way() {
  places=$net
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
      *) add_place "${1%/*}" ;;
    esac
  done
  for part in $(named_by_rules to); do
    add_place "${part%/*}"
  done
  for place in $places; do
    check_packets
  done
}

# Fails if the router sends packets from every client to $place another way.
check_packets() {
  elsewhere=
  for client in $clients; do
    way=$(ip route get "$place" from "$client" iif "$lan_if" 2>&1)
    way=${way%%"$line_break"*}
    way=${way% }
    case "$way " in
      *" via $gateway dev $lan_if "*) return 0 ;;
      *" from $client"*" dev "* | *': Network is unreachable '* | *': No route to host '* | *': Permission denied '* | *': Invalid argument '*)
        elsewhere=$client
        ;;
    esac
  done
  ! same "$elsewhere" '' || return 0
  find_rule
  fail "the router's table is overridden: for a packet from $elsewhere to $place of pool $net/$prefix it answers '$way'$by; remove that rule, or exempt the pool in the settings that made it, such as those of a VPN client"
}

# Sets $by to the rule that leads to the table in $way.
find_rule() {
  by=
  case $way in
    *' table '*) lookup=${way##* table } ;;
    'local '*) lookup=local ;;
    *) return 0 ;;
  esac
  saved_ifs=$IFS
  IFS=$line_break
  set -- $rules
  IFS=$saved_ifs
  for line in "$@"; do
    case "$line " in
      *" lookup ${lookup%% *} "*) by=", by its rule '$(echo $line)'" && return 0 ;;
    esac
  done
}

# Checks that the router uses the routes for packets from its LAN, whatever its rules and tables are.
check_ways() {
  rules=$(ip rule show 2>/dev/null)
  [ -n "$rules" ] || return 0
  find_clients
  each check_way "$@"
}
