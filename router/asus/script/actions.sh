# --- the actions ---

tell() {
  told="$told${told:+, }$net/$prefix via $gateway metric $metric"
}

put_in_place() {
  read_router
  in_place=$action,$switch
  each seek_route $routes
  # Routes that are complete need no checks, so that unmanaged settings cannot block them.
  if [ "$in_place" != update,1 ]; then
    check_router
    each check_route $routes
    check_dormant $routes
    [ "$new" = "$list" ] || check_limits
    [ "$new" = "$list" ] && [ "$switch" = 1 ] && [ -z "$add_live$drop_live" ] || each check_neighbour $routes
    set_nvram
    set_live
    check_ways $routes
    commit
    forget_journal
  fi
  rm -f "$removed"
  tell_user "static routes in place: $told"
}

take_away() {
  read_router
  each drop_record $routes
  set_nvram
  commit
  forget_journal
  each find_own_live $routes
  # If a replacement fails, its message must name the routes that were removed before.
  [ -z "$gone" ] || write_new "$removed" "$(cut -d . -f 1 /proc/uptime) $gone" || rm -f "$removed"
  set_live
  forget_journal
  tell_user "static routes removed: $told; the router's switch for static routes stays as it is"
}

# Reports a removal of the last two minutes, after which the replacement failed.
last_removal() {
  is_own f "$removed" && read -r moment records <"$removed" || return 0
  case $moment in
    *[!0-9]* | '') return 0 ;;
  esac
  age=$(($(cut -d . -f 1 /proc/uptime) - moment))
  [ $age -gt 120 ] || echo "homelab-network: '$records' was removed from the router's list $age s earlier; fix the cause and run pulumi up again, which restores the stack's routes" >&2
}

# The end of the run, however it ends. What could not be restored is printed after the reason.
at_exit() {
  [ -n "$locked" ] || return 0
  if [ -e "$lock/journal" ]; then
    within 5 undo
    cat "$lock/said" >&2
  fi
  rm -rf "$lock"
}

routes=$* told= gone= asked= add_live= drop_live= uncommitted=
each tell $routes
case $action in
  create | update) work=put_in_place ;;
  remove) work=take_away ;;
  *) fail "unknown action '$action'" ;;
esac
trap at_exit EXIT
take_lock
[ "$locked" = fresh ] || within 5 undo
within 25 $work
status=$?
[ $status != 0 ] || { cat "$lock/said"; exit 0; }
cat "$lock/said" >&2
if [ $status = 137 ]; then
  echo "homelab-network: the router did not finish within 25 s; it restores its earlier settings and routes, as far as it answers" >&2
elif [ ! -s "$lock/said" ]; then
  echo "homelab-network: the change failed, and the router could not keep the reason; is its /tmp full?" >&2
fi
[ $work != put_in_place ] || last_removal
exit 1
