# --- the actions ---

describe_record() {
  case $kind in
    reserve | add) summary="$summary${summary:+, }$value for $key" ;;
    name) summary="$summary${summary:+, }$key is $value" what="reservations and names" ;;
    domain) summary="$summary${summary:+, }domain $key by $value" what="reservations and names" ;;
  esac
}

apply_records() {
  read_settings
  read_names $records
  in_place=$action
  each_record check_reservation_in_place $records
  served=yes
  each_record check_served $records
  [ -n "$served" ] && has_names && same "$new_hosts,$new_settings" "$hosts,$settings" || in_place=
  # What is complete needs no checks, so that unmanaged settings cannot block it.
  if [ "$in_place" != update ]; then
    new=$list wanted=$switch
    each_record drop_gone $records
    each_record place_reservation $records
    check_mode
    [ -z "$reserves" ] || check_settings
    each_record check_added_reservation $records
    [ -z "$reserves" ] || check_dormant_reservations $records
    check_reservation_limits
    check_names $records
    check_added_settings
    [ -n "$served" ] && has_names || unused=yes
    set_names
    set_reservations
    finish
  fi
  print_message "$what in place: $summary"
}

remove_records() {
  read_settings
  read_names
  wanted=$switch
  each_record drop_reservation $records
  is_running || stopped="; the router's DNS and DHCP server was not running"
  [ -n "$stopped" ] || same "$new,$new_hosts,$new_settings" "$list,$hosts,$settings" || check_added_settings
  set_names
  set_reservations
  finish
  print_message "$what removed: $summary; the router's switch for reservations stays as it is$stopped"
}

# Makes the change permanent, and lets dnsmasq use it.
finish() {
  [ -n "$uncommitted$unused" ] || return 0
  make_journal_folder
  [ -z "$uncommitted" ] || note_record commit
  commit
  restart_dnsmasq
  rm -rf "$journal_folder"
}

# Runs on exit: undoes an unfinished change, and prints what could not be restored, after the reason.
at_exit() {
  [ -n "$locked" ] || return 0
  if has_journal; then
    within 5 undo_records
    cat "$lock/messages" >&2
  else
    rm -rf "$journal_folder"
  fi
  rm -rf "$lock"
}

records=$* what=reservations summary= uncommitted= unused= reserves= stopped=
each_record describe_record $records
case $action in
  create | update) work=apply_records ;;
  remove) work=remove_records ;;
  *) fail "unknown action '$action'" ;;
esac
trap at_exit EXIT
take_lock
[ "$locked" = fresh ] || within 5 undo
# A run that was killed has left its journal.
! has_journal || within 5 undo_records
rm -rf "$journal_folder"
within 25 $work
status=$?
[ $status != 0 ] || { cat "$lock/messages"; exit 0; }
cat "$lock/messages" >&2
if [ $status = 137 ]; then
  echo "homelab-network: the router did not finish within 25 s; it restores its earlier settings, as far as it answers" >&2
elif [ ! -s "$lock/messages" ]; then
  echo "homelab-network: the change failed, and the router could not keep the reason; is its /tmp full?" >&2
fi
exit 1
