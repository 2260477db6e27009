# --- the files: written whole, noted in the journal, and restored if the change fails ---

# Prints text $1. A program can get only 128 KiB as an argument.
print_text() {
  tail=${1%"$line_break"}
  tail=${tail##*"$line_break"}
  case $1 in
    *"$line_break") tail=$tail$line_break ;;
  esac
  head=${1%"$tail"}
  head=${head%"$line_break"}
  same "$1" "$tail" || cat <<END || return
$head
END
  printf '%s' "$tail"
}

# Writes text $2 to file $1, whole or not at all; an empty text removes the file.
write_file() {
  ! same "$2" '' || { rm -f "$1"; return; }
  rm -f "$1.homelab-network" 2>/dev/null
  (umask 022 && mkdir -p /jffs/configs && set -C && print_text "$2" >"$1.homelab-network") 2>/dev/null
  read_file "$1.homelab-network"
  same "$text" "$2" && mv -f "$1.homelab-network" "$1" && return
  rm -f "$1.homelab-network" 2>/dev/null
  return 1
}

# Writes text $2 to file $1 of the journal, whole: an incomplete text would later be restored.
keep_text() {
  (print_text "$2" >"$journal_folder/$1") 2>/dev/null
  read_file "$journal_folder/$1"
  same "$text" "$2" || fail "cannot write to $journal_folder on the router; is its /tmp full?"
}

set_names() {
  check_type "$hosts_add" "$hosts" "$new_hosts"
  check_type "$settings_add" "$settings" "$new_settings"
  set_file hosts "$hosts_add" "$hosts" "$new_hosts"
  set_file settings "$settings_add" "$settings" "$new_settings"
}

# Writes file $2, and its content before ($3) and after ($4) into the journal under name $1.
set_file() {
  ! same "$3" "$4" || return 0
  make_journal_folder
  keep_text "$1" "$3"
  keep_text "new-$1" "$4"
  read_file "$2"
  same "$text" "$3" || fail "another program changed $2 on the router during this change; try again"
  note_record "$1"
  write_file "$2" "$4" || fail "cannot write $2 on the router; is its /jffs full or read-only?"
  unused=yes
}

# Restores file $2 from the journal's name $1, if it is as the change left it.
undo_file() {
  read_file "$journal_folder/$1"
  old_text=$text
  read_file "$journal_folder/new-$1"
  new_text=$text
  read_file "$2"
  same "$text" "$new_text" || return 0
  write_file "$2" "$old_text" || print_message "homelab-network: $2 on the router cannot be restored; is its /jffs full or read-only?" >&2
}
