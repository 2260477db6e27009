# Runs $1, add or del. $2 is the command that undoes it; $3 is network, gateway and metric, separated by commas.
change_live() {
  destination=${3%%,*} via=${3#*,}
  via_metric=${via#*,} via=${via%,*}
  note "$2 $destination $via $via_metric"
  output=$(ip route "$1" "$destination" via "$via" dev "$lan_if" metric "$via_metric" 2>&1) || fail "the kernel refused to $1 the route to $destination via $via: $output"
  if has_live "$destination" "$via" "$via_metric"; then
    [ "$1" = add ] || fail "the route to $destination was deleted, but is still in the router's table"
  else
    [ "$1" = del ] || fail "the route to $destination was added, but is not in the router's table"
  fi
}

set_live() {
  for words in $drop_live; do
    change_live del add "$words"
  done
  for words in $add_live; do
    change_live add del "$words"
  done
}

# Adds the stack's live route to $drop_live, by destination, gateway and metric.
find_own_live() {
  ! has_live "$net/$prefix" "$gateway" "$live_metric" || drop_live="$drop_live $net/$prefix,$gateway,$live_metric"
}
