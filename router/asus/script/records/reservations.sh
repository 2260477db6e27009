# --- the list of reservations: MAC>ADDRESS>DNS server>host name; the last two are the user's, and stay as they are ---

# Sets $capital to a hardware address in capitals. Other texts stay as they are.
capitals() {
  capital=$1
  case $capital in
    ??:??:??:??:??:??) ;;
    *) return 0 ;;
  esac
  small=$capital capital=
  until same "$small" ''; do
    after=${small#?}
    char=${small%"$after"}
    case $char in
      a) char=A ;;
      b) char=B ;;
      c) char=C ;;
      d) char=D ;;
      e) char=E ;;
      f) char=F ;;
    esac
    capital=$capital$char small=$after
  done
}

# Splits the record $found into $capital (hardware address), $has_address (address) and $has_rest (all after it). Fails if the record has only one field, which the firmware ignores.
split_reservation() {
  case $found in
    *"$gt"*) ;;
    *) return 1 ;;
  esac
  capital=${found%%"$gt"*}
  case $capital in
    *[a-f]*) capitals "$capital" ;;
  esac
  has_rest=${found#*"$gt"}
  has_address=${has_rest%%"$gt"*}
  has_rest=${has_rest#"$has_address"}
}

# Whether $found is the record's reservation, with any DNS server and host name.
is_own_reservation() {
  split_reservation && same "$capital" "$key" && same "$has_address" "$value"
}

# Sets $held to how many copies of the reservation $new has, and $conflicts to how many other records of its node or address, with $conflict the last one.
look_up_reservation() {
  held=0 conflicts=0 conflict=
  rest=$new
  while has_record; do
    next_record
    split_reservation || continue
    case $capital,$has_address in
      "$key,$value") held=$((held + 1)) ;;
      "$key",* | *,"$value") conflicts=$((conflicts + 1)) conflict=$found ;;
    esac
  done
}

# Clears $in_place if a reservation is missing or duplicated, or if one is still there that the stack has no longer.
check_reservation_in_place() {
  new=$list
  look_up_reservation
  case $kind in
    reserve | add) same "$held,$switch" 1,1 || in_place= ;;
    gone) same "$held" 0 || in_place= ;;
  esac
}

remedy="remove it on the page LAN > DHCP Server, or change the stack's reservation"

# Puts the reservation into $new: in its old place, in place of a changed one, or at the end. Removes a second copy.
place_reservation() {
  is_reservation || return 0
  wanted=1 reserves=yes
  look_up_reservation
  owned=
  ! same "$action,$kind" update,reserve || owned=yes
  if same "$held" 0; then
    same "$conflicts" 0 || { same "$owned,$conflicts" yes,1 || fail "the router's list of reservations already has '<$conflict' for $value or $key; $remedy"; }
    ! same "$conflicts" 0 || new="$new$lt$key>$value>>"
    same "$conflicts" 0 || rewrite_list correct_record
  else
    same "$conflicts" 0 || fail "the router's list of reservations has '<$conflict' beside the stack's own for $value; $remedy"
    [ -n "$owned" ] || [ "$adopt" = 1 ] || fail "the router's list of reservations already has $value for $key, made by hand or by an interrupted run; set router.adopt: true to take it over, or remove it on the page LAN > DHCP Server"
    placed=
    same "$held" 1 || rewrite_list drop_second
  fi
}

# Calls function $1 for each record of $new. It may change $found, or clear it to remove the record.
rewrite_list() {
  rest=$new
  new=${rest%%"$lt"*}
  while has_record; do
    next_record
    dropped=
    $1
    [ -n "$dropped" ] || new="$new$lt$found"
  done
}

correct_record() {
  same "$found" "$conflict" || return 0
  split_reservation
  found="$key>$value${has_rest:->>}"
}

drop_second() {
  is_own_reservation || return 0
  dropped=$placed placed=yes
}

drop_own() {
  ! is_own_reservation || dropped=yes
}

drop_gone() {
  ! same "$kind" gone || rewrite_list drop_own
}

drop_reservation() {
  ! is_reservation || rewrite_list drop_own
}
