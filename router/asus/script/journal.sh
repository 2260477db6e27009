# --- the journal: what to restore if the change fails; a line that has no full stop at its end was not written completely ---

note() {
  is_own f "$lock/journal" || rm -rf "$lock/journal"
  printf '%s .\n' "$1" 2>/dev/null >>"$lock/journal"
  case $(cat "$lock/journal") in
    *"$1 .") ;;
    *) fail "cannot write to $lock on the router; is its /tmp full?" ;;
  esac
}

note_nvram() {
  note "list $list"
  note "switch $switch"
}

# Makes the changes permanent.
forget_journal() {
  rm -rf "$lock/journal"
}
