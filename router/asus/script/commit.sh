# A firmware that writes the result of each commit to a file has written it at boot. There, a commit that writes nothing shows.
commit() {
  [ -n "$uncommitted" ] || return 0
  reports=
  [ ! -f "$commit_result" ] || reports=yes
  rm -f "$commit_result"
  output=$(nvram commit 2>&1) || fail "nvram commit failed: $output"
  case $output in
    *'skip nvram commit'*) fail "the router skipped nvram commit, as it does during an upgrade or a reset; try again when that is over" ;;
  esac
  [ -n "$reports" ] || [ -f "$commit_result" ] || return 0
  output=$(cat "$commit_result" 2>/dev/null)
  case $output in
    *OK*) ;;
    *) fail "nvram commit wrote nothing to the router's flash ($commit_result has '$output'); reboot the router, and try again" ;;
  esac
}
