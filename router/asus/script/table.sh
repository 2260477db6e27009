# Splits a line of the kernel's table into $to, $to_prefix, $to_gateway, $to_if and $to_metric, and sets $made_mask to its netmask. False for a
# default route and for one next hop of several.
split_line() {
  case $1 in
    unreachable | blackhole | prohibit | throw) shift ;;
    default | nexthop) return 1 ;;
  esac
  to=${1%/*} to_prefix=${1#*/} to_gateway= to_if= to_metric=0
  ! same "$to_prefix" "$1" || to_prefix=32
  until same $# 1; do
    case $1 in
      via) to_gateway=$2 ;;
      dev) to_if=$2 ;;
      metric) to_metric=$2 ;;
    esac
    shift
  done
  make_mask "$to_prefix"
}

# Clears $in_place if the route's record or its line in the table is missing, duplicated or different.
check_in_place() {
  copies=0
  rest=$list
  while has_record; do
    next_record
    ! is_ours || copies=$((copies + 1))
  done
  lines=0 matching=0
  saved_ifs=$IFS
  IFS=$line_break
  set -- $table
  IFS=$saved_ifs
  for line in "$@"; do
    split_line $line && same "$to/$to_prefix" "$net/$prefix" || continue
    lines=$((lines + 1))
    ! same "$to_gateway,$to_if,$to_metric" "$gateway,$lan_if,$live_metric" || matching=$((matching + 1))
  done
  same "$copies $lines $matching" "1 1 1" || in_place=
}

# Fails if a route in the kernel's table conflicts. Otherwise adds what is missing there to $add_live, and what is wrong to $drop_live.
plan_live() {
  in_table=
  saved_ifs=$IFS
  IFS=$line_break
  set -- $table
  IFS=$saved_ifs
  for line in "$@"; do
    line=${line%" "}
    split_line $line && is_within_route "$to" "$made_mask" || continue
    case "$to_if $gone_live " in
      "$lan_if "*" $to/$to_prefix,$to_gateway,$to_metric "*) continue ;;
    esac
    same "$to/$to_prefix" "$net/$prefix" || fail "the router's table has '$line', which overlaps pool $net/$prefix; remove that route, or move the pool"
    if same "$to_gateway,$to_if" "$gateway,$lan_if"; then
      is_managed || [ "$adopt" = 1 ] || fail "the router already routes $net/$prefix via $gateway ('$line'), by hand or by an interrupted run; set router.adopt: true to take it over"
      if same "$to_metric" "$live_metric"; then
        in_table=yes
        continue
      fi
    elif [ -z "$edited_record" ] || [ "$to_gateway,$to_metric" != "$edited_live" ] || [ "$to_if" != "$lan_if" ]; then
      fail "the router already routes $net/$prefix another way ('$line'); remove that route, or correct gateway.addresses"
    fi
    drop_live="$drop_live $net/$prefix,$to_gateway,$to_metric"
  done
  [ -n "$in_table" ] || add_live="$add_live $net/$prefix,$gateway,$live_metric"
}
