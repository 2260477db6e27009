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
    *.*.*.*) mask_address "$1" 255.255.255.255 && same "$masked" "$1" ;;
    *) return 1 ;;
  esac
}

need_address() {
  is_address "$2" || fail "the router's $1 is '$2', not an address"
}

# Sets $made_mask to the netmask of a prefix length.
make_mask() {
  bits=$1 made_mask=
  for octet in 1 2 3 4; do
    case $bits in
      -*) ones=0 ;;
      [0-7]) ones=$bits ;;
      *) ones=8 ;;
    esac
    made_mask=$made_mask${made_mask:+.}$((256 - (1 << (8 - ones))))
    bits=$((bits - 8))
  done
}

# Whether network $1 with mask $2 is the route's network, or a part of it. A wider network does not matter, because the kernel uses the route with
# the longest prefix.
is_within_route() {
  mask_address "$2" "$mask"
  same "$masked" "$mask" || return 1
  mask_address "$1" "$mask"
  same "$masked" "$net"
}
