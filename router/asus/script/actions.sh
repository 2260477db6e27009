# --- the actions ---

# Adds the route to $routes or $gone, and its text to a summary.
sort_route() {
  text="$net/$prefix via $gateway metric $metric"
  values="$kind $net $prefix $mask $gateway $metric"
  case $action,$kind in
    update,gone) gone="$gone $values" gone_summary="$gone_summary${gone_summary:+, }$text" ;;
    *,gone) ;;
    *) routes="$routes $values" summary="$summary${summary:+, }$text" ;;
  esac
}

apply_routes() {
  read_router
  each drop_record $gone
  kept=$new applied=yes
  same "$kept" "$list" || applied=
  each check_applied $routes
  each find_own_live $gone
  gone_live=$drop_live drop_live=
  in_place=$action,$switch,$gone_live
  same "$kept" "$list" || in_place=
  each check_in_place $routes
  # Routes that are complete need no checks, so that unmanaged settings cannot block them.
  if [ "$in_place" != update,1, ]; then
    check_router
    each check_route $routes
    check_dormant $routes
    [ "$new" = "$kept" ] || check_limits
    [ "$new" = "$kept" ] && [ "$switch" = 1 ] && [ -z "$add_live$drop_live" ] || each check_neighbour $routes
    set_nvram
    drop_live=$gone_live$drop_live
    set_live
    check_route_lookups $routes
    commit
    forget_journal
  fi
  rm -f "$removed"
  print_message "static routes in place: $summary${gone_summary:+; removed: $gone_summary}"
}

remove_routes() {
  read_router
  each drop_record $routes
  set_nvram
  commit
  forget_journal
  each find_own_live $routes
  # If a replacement fails, its message must name the routes that were removed before.
  [ -z "$removed_records" ] || write_new "$removed" "$(cut -d . -f 1 /proc/uptime) $removed_records" || rm -f "$removed"
  set_live
  forget_journal
  print_message "static routes removed: $summary; the router's switch for static routes stays as it is"
}

# Names the routes that were removed in the last two minutes, because the run that was to replace them failed.
report_recent_removal() {
  is_own f "$removed" && read -r moment records <"$removed" || return 0
  case $moment in
    *[!0-9]* | '') return 0 ;;
  esac
  age=$(($(cut -d . -f 1 /proc/uptime) - moment))
  [ $age -gt 120 ] || echo "homelab-network: '$records' was removed from the router's list $age s earlier; fix the cause and run pulumi up again, which restores the stack's routes" >&2
}

# Runs on exit: undoes an unfinished change, and prints what could not be restored, after the reason.
at_exit() {
  [ -n "$locked" ] || return 0
  if [ -e "$lock/journal" ]; then
    within 5 undo
    cat "$lock/messages" >&2
  fi
  rm -rf "$lock"
}

routes= summary= gone= gone_summary= removed_records= pinged= add_live= drop_live= uncommitted=
each sort_route "$@"
case $action in
  create | update) work=apply_routes ;;
  remove) work=remove_routes ;;
  *) fail "unknown action '$action'" ;;
esac
trap at_exit EXIT
take_lock
[ "$locked" = fresh ] || within 5 undo
within 25 $work
status=$?
[ $status != 0 ] || { cat "$lock/messages"; exit 0; }
cat "$lock/messages" >&2
if [ $status = 137 ]; then
  echo "homelab-network: the router did not finish within 25 s; it restores its earlier settings and routes, as far as it answers" >&2
elif [ ! -s "$lock/messages" ]; then
  echo "homelab-network: the change failed, and the router could not keep the reason; is its /tmp full?" >&2
fi
[ $work != apply_routes ] || report_recent_removal
exit 1
