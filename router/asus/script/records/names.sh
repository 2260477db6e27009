# --- names: the stack's lines in /jffs/configs/hosts.add, between two comments; all other lines stay byte for byte ---

hosts_add=/jffs/configs/hosts.add

# Whether the firmware is Merlin's, and uses the files in /jffs/configs.
uses_own_files() {
  [ -f /usr/sbin/helper.sh ] && [ "$(nvram get jffs2_scripts)" != 0 ]
}

# Sets $text to the content of file $1, with its last line breaks.
read_file() {
  text=$(cat "$1" 2>/dev/null; echo .)
  text=${text%.}
}

add_name() {
  ! same "$kind" name || block="$block$value $key$line_break"
}

# Sets $before and $after to what surrounds the stack's lines in $text. False if it has none. The last line may lack its line break.
find_block() {
  before=$text after=
  case $line_break$text in
    *"$line_break$begin_mark$line_break"*) ;;
    *) return 1 ;;
  esac
  before=$line_break$text
  after=$line_break${before#*"$line_break$begin_mark$line_break"}$line_break
  case $after in
    *"$line_break$end_mark$line_break"*) ;;
    *) fail "$hosts_add on the router has the line '$begin_mark' without '$end_mark' after it; remove the stack's lines there" ;;
  esac
  after=${after#*"$line_break$end_mark$line_break"}
  after=${after%"$line_break"}
  before=${before%%"$line_break$begin_mark$line_break"*}$line_break
  before=${before#"$line_break"}
}

# Removes the stack's lines from $text, and further copies of them.
drop_blocks() {
  while find_block; do
    text=$before$after
  done
}

read_names() {
  begin_mark="# homelab-network $stack begin" end_mark="# homelab-network $stack end"
  block=
  same "$action" remove || each_record add_name "$@"
  [ -z "$block" ] || block=$begin_mark$line_break$block$end_mark$line_break
  read_file "$hosts_add"
  hosts=$text new_hosts=$text
  if find_block; then
    kept=$before text=$after
    drop_blocks
    new_hosts=$kept$block$text
  elif [ -n "$block" ]; then
    case $hosts in
      '' | *"$line_break") new_hosts=$hosts$block ;;
      *) new_hosts=$hosts$line_break$block ;;
    esac
  fi
}

# Whether the router's DNS server has exactly the stack's names.
has_names() {
  read_file /etc/hosts
  case $block,$text in
    ,*"$begin_mark"*) return 1 ;;
    ,*) return 0 ;;
    *,*"$block"*) ;;
    *) return 1 ;;
  esac
}

check_names() {
  [ -n "$block" ] || return 0
  uses_own_files || fail "the router's firmware has no file for names; install Asuswrt-Merlin, and switch JFFS custom scripts and configs on on the page Administration > System, or remove the names"
  [ ! -f /jffs/configs/hosts ] || fail "/jffs/configs/hosts on the router replaces the firmware's, names included; rename it to hosts.add with only the lines that you added"
  [ ! -L "$hosts_add" ] || fail "$hosts_add on the router is a link; replace it with the file"
  read_file /etc/hosts
  drop_blocks
  others=$text
  each_record check_name "$@"
}

# Fails if a line that the stack does not manage has the name with another address.
check_name() {
  same "$kind" name || return 0
  saved_ifs=$IFS
  IFS=$line_break
  set -- $others
  IFS=$saved_ifs
  for line in "$@"; do
    set -- ${line%%#*}
    same $# 0 && continue
    to=$1
    shift
    for word in "$@"; do
      ! same "$word" "$key" || same "$to" "$value" || fail "the router already resolves $key to $to; remove that name there, or change the stack's"
    done
  done
}

# Writes text $1 to hosts.add, whole or not at all; an empty text removes the file.
write_hosts() {
  [ -n "$1" ] || { rm -f "$hosts_add"; return; }
  rm -f "$hosts_add.homelab-network"
  (umask 022 && mkdir -p /jffs/configs && set -C && printf '%s' "$1" >"$hosts_add.homelab-network") 2>/dev/null
  read_file "$hosts_add.homelab-network"
  same "$text" "$1" && mv -f "$hosts_add.homelab-network" "$hosts_add" && return
  rm -f "$hosts_add.homelab-network"
  return 1
}

# Writes text $2 to file $1 of the journal, whole: an incomplete text would later be restored.
keep_text() {
  (printf '%s' "$2" >"$journal_folder/$1") 2>/dev/null
  read_file "$journal_folder/$1"
  same "$text" "$2" || fail "cannot write to $journal_folder on the router; is its /tmp full?"
}

set_names() {
  [ "$new_hosts" != "$hosts" ] || return 0
  make_journal_folder
  keep_text hosts "$hosts"
  keep_text new-hosts "$new_hosts"
  note_record hosts
  write_hosts "$new_hosts" || fail "cannot write $hosts_add on the router; is its /jffs full?"
  unused=yes
}

# Restores hosts.add, if it is as the change left it.
undo_names() {
  read_file "$journal_folder/hosts"
  old_hosts=$text
  read_file "$journal_folder/new-hosts"
  new_hosts=$text
  read_file "$hosts_add"
  same "$text" "$new_hosts" || return 0
  write_hosts "$old_hosts" || print_message "homelab-network: $hosts_add on the router cannot be restored; is its /jffs full?" >&2
}
