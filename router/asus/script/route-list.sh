is_ours() {
  same "$found" "$record" || same "$found" "$short_record"
}

# Splits $found into its five fields. False if it is not a record with a destination.
split_record() {
  saved_ifs=$IFS
  IFS='>'
  set -- $found
  IFS=$saved_ifs
  same $# 5 && same "$found" "$1>$2>$3>$4>$5" && is_address "$1" && is_address "$2" || return 1
  to=$1 to_mask=$2 to_gateway=$3 to_metric=$4 to_if=$5
  # The firmware reads the leading digits and ignores leading zeros.
  to_metric=${to_metric%%[!0-9]*}
  to_metric=${to_metric:-0}
  until same "$to_metric" "${to_metric#0?}"; do
    to_metric=${to_metric#0}
  done
}

# Clears $applied if a route that update makes is not in the list.
check_applied() {
  case "$kind $list$lt" in
    "add "*"$lt$record$lt"* | "add "*"$lt$short_record$lt"*) ;;
    add*) applied= ;;
  esac
}

# Whether the stack manages the route already. An update that runs again has made its new routes.
is_managed() {
  same "$action,$kind" update,route || same "$action,$applied" update,yes
}

remedy="remove it on the page LAN > Route, or make the stack's values the same"

# Sets $in_list if the stack's record exists, and $edited_record to a record of the stack that was changed on the router.
find_in_list() {
  in_list= edited_record= found_edited=
  rest=$kept
  while has_record; do
    next_record
    if is_ours; then
      in_list=yes
      continue
    fi
    # The changed record may exist twice, if the original did.
    same "$found_edited" '' || ! same "$found" "$found_edited" || continue
    split_record && is_within_route "$to" "$to_mask" || continue
    same "$to" "$net" && same "$to_mask" "$mask" || fail "the router's list has '<$found', which overlaps pool $net/$prefix; remove it on the page LAN > Route, or move the pool"
    is_managed && [ -z "$found_edited" ] && [ "$to_if" = LAN ] || fail "the router's list already has '<$found' for $net/$prefix; $remedy"
    found_edited=$found edited_live=$to_gateway,$((to_metric + 1))
  done
  if [ -n "$in_list" ]; then
    [ -z "$found_edited" ] || fail "the router's list has '<$found_edited' for $net/$prefix beside the stack's own record; $remedy"
    is_managed || [ "$adopt" = 1 ] || fail "the router's list already has '<$record', made by hand or by an interrupted run; set router.adopt: true to take it over, or remove it on the page LAN > Route"
  fi
  edited_record=$found_edited
}

# Puts the stack's record into $new: in its old place, in place of a changed one, or at the end. Removes a second copy.
place_record() {
  rest=$new
  new=${rest%%"$lt"*}
  placed=
  while has_record; do
    next_record
    if is_ours || { ! same "$edited_record" '' && same "$found" "$edited_record"; }; then
      same "$placed" '' || continue
      placed=yes
      is_ours || found=$record
    fi
    new="$new$lt$found"
  done
  [ -n "$placed" ] || new="$new$lt$record"
}

drop_record() {
  rest=$new
  new=${rest%%"$lt"*}
  while has_record; do
    next_record
    if is_ours; then
      removed_records="$removed_records$lt$found"
    else
      new="$new$lt$found"
    fi
  done
}
