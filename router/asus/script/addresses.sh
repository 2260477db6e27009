# --- addresses ---

# Sets $masked to the bitwise AND of addresses $1 and $2. It works by octets because some shells have signed 32-bit numbers.
mask_address() {
  saved_ifs=$IFS
  IFS=.
  set -- $1 $2
  IFS=$saved_ifs
  masked=$(($1 & $5)).$(($2 & $6)).$(($3 & $7)).$(($4 & $8))
}

is_address() {
  case $1 in
    *[!0-9.]* | '' | *.*.*.*.* | *..* | .* | *. | *.0[0-9]* | 0[0-9]* | *[0-9][0-9][0-9][0-9]*) return 1 ;;
    *.*.*.*) mask_address "$1" 255.255.255.255 && [ "$masked" = "$1" ] ;;
    *) return 1 ;;
  esac
}

need_address() {
  is_address "$2" || fail "the router's $1 is '$2', not an address"
}

# Sets $made to the netmask of a prefix length.
make_mask() {
  bits=$1 made=
  for octet in 1 2 3 4; do
    ones=$bits
    [ "$ones" -le 8 ] || ones=8
    [ "$ones" -ge 0 ] || ones=0
    made=$made${made:+.}$((256 - (1 << (8 - ones))))
    bits=$((bits - 8))
  done
}

# Whether network $1 with mask $2 overlaps the route. A default route overlaps none, because the more specific route wins.
overlaps_route() {
  [ "$2" != 0.0.0.0 ] || return 1
  mask_address "$mask" "$2"
  both=$masked
  mask_address "$net" "$both"
  ours=$masked
  mask_address "$1" "$both"
  [ "$masked" = "$ours" ]
}
