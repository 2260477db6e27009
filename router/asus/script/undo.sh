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
