# --- the journal of reservations: what to restore if the change fails; a line that has no full stop at its end was not written completely ---

make_journal_folder() {
  mkdir "$journal_folder" 2>/dev/null
  is_own d "$journal_folder" || fail "$journal_folder on the router has another owner or type than this program's folder; find out what made it, and remove it"
}

has_journal() {
  is_own d "$journal_folder" && is_own f "$journal_folder/journal"
}

note_record() {
  printf '%s .\n' "$1" 2>/dev/null >>"$journal_folder/journal"
  case $(cat "$journal_folder/journal") in
    *"$1 .") ;;
    *) fail "cannot write to $journal_folder on the router; is its /tmp full?" ;;
  esac
}

# Restores the settings before the change, if they are as the change left them. Settings that another program has changed since stay.
undo_records() {
  has_journal || return 0
  old_list= new_list= old_switch= noted= committed= restarted=
  while IFS= read -r line; do
    case $line in
      'old '*' .') line=${line#old } && old_list=${line% .} && noted=$noted.old ;;
      'new '*' .') line=${line#new } && new_list=${line% .} && noted=$noted.new ;;
      'switch '[01]' .' | 'switch  .') line=${line#switch } && old_switch=${line% .} && noted=$noted.switch ;;
      'hosts .') undo_file hosts "$hosts_add" ;;
      'settings .') undo_file settings "$settings_add" ;;
      'commit .') committed=yes ;;
      'restart .') restarted=yes ;;
    esac
  done <"$journal_folder/journal"
  if same "$noted" .old.new.switch && [ "$(nvram get dhcp_staticlist)" = "$new_list" ]; then
    restore_nvram dhcp_staticlist "$old_list"
    restore_nvram dhcp_static_x "$old_switch"
  fi
  [ -z "$committed" ] || nvram commit >/dev/null 2>&1
  [ -z "$restarted" ] || service restart_dnsmasq >/dev/null 2>&1
  rm -rf "$journal_folder"
}
