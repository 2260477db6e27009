# --- names and forwarded domains: the stack's lines in files of the user on Asuswrt-Merlin, between two comments; all other lines stay byte for byte ---

hosts_add=/jffs/configs/hosts.add
settings_add=/jffs/configs/dnsmasq.conf.add

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
  case $kind in
    name) names="$names$value $key$line_break" ;;
    domain) domains="${domains}server=/$key/$value${line_break}rebind-domain-ok=/$key/$line_break" ;;
  esac
}

# Sets $before and $after to what surrounds the stack's lines in $text, which is of file $1. False if it has none. The last line may lack its line break.
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
    *) fail "$1 on the router has the line '$begin_mark' without '$end_mark' after it; remove the stack's lines there" ;;
  esac
  after=${after#*"$line_break$end_mark$line_break"}
  after=${after%"$line_break"}
  before=${before%%"$line_break$begin_mark$line_break"*}$line_break
  before=${before#"$line_break"}
}

# Removes the stack's lines from $text, and further copies of them.
drop_blocks() {
  while find_block "$1"; do
    text=$before$after
  done
}

# Sets $text to the content of file $1, and $new_text to that with block $2 in place of the stack's lines.
place_block() {
  read_file "$1"
  new_text=$text old_text=$text
  if find_block "$1"; then
    kept=$before text=$after
    drop_blocks "$1"
    new_text=$kept$2$text
    text=$old_text
  elif [ -n "$2" ]; then
    # Below a last line without a line break, the block would need one that is not the stack's.
    case $text in
      '' | *"$line_break") new_text=$text$2 ;;
      *) new_text=$2$text ;;
    esac
  fi
}

# Sets $names and $domains to the stack's blocks, $hosts and $settings to the files' contents, and $new_hosts and $new_settings to the new ones.
read_names() {
  begin_mark="# homelab-network $stack begin" end_mark="# homelab-network $stack end"
  names= domains=
  same "$action" remove || each_record add_name "$@"
  [ -z "$names" ] || names=$begin_mark$line_break$names$end_mark$line_break
  [ -z "$domains" ] || domains=$begin_mark$line_break$domains$end_mark$line_break
  place_block "$hosts_add" "$names"
  hosts=$text new_hosts=$new_text
  place_block "$settings_add" "$domains"
  settings=$text new_settings=$new_text
}

# Whether the router's DNS server has exactly the stack's names and domains.
has_names() {
  has_block /etc/hosts "$names" && has_block /etc/dnsmasq.conf "$domains"
}

# Whether file $1 has block $2, or no block of the stack if $2 is empty.
has_block() {
  read_file "$1"
  case $2,$text in
    ,*"$begin_mark"*) return 1 ;;
    ,*) return 0 ;;
    *,*"$2"*) ;;
    *) return 1 ;;
  esac
}

check_names() {
  check_file names "$names" "$hosts_add" /jffs/configs/hosts
  check_file domains "$domains" "$settings_add" /jffs/configs/dnsmasq.conf
  read_file /etc/hosts
  drop_blocks "$hosts_add"
  other_hosts=$text
  read_file /etc/dnsmasq.conf
  drop_blocks "$settings_add"
  other_settings=$text
  each_record check_name "$@"
  each_record check_domain "$@"
}

# Fails if a line of others in dnsmasq.conf.add would keep dnsmasq from starting again.
check_added_settings() {
  uses_own_files && [ -f "$settings_add" ] || return 0
  reason=$(dnsmasq --test -C "$settings_add" 2>&1) || fail "with $settings_add, the router's DNS and DHCP server would not start again ($(echo $reason)); remove that line there"
}

# Fails if block $2 of names or domains ($1) can have no effect in file $3, which file $4 replaces.
check_file() {
  [ -n "$2" ] || return 0
  [ -f /usr/sbin/helper.sh ] || fail "stock firmware has no file for $1, and its host names of reservations are for devices only; install Asuswrt-Merlin, use a DNS server outside the router, or remove the $1"
  uses_own_files || fail "the router ignores files with $1; switch JFFS custom scripts and configs on on the page Administration > System, or remove the $1"
  [ ! -f "$4" ] || fail "$4 on the router replaces the firmware's, $1 included; rename it to ${3##*/} with only the lines that you added"
  [ ! -L "$3" ] || fail "$3 on the router is a link; replace it with the file"
}

# Calls function $1 for each line of $2, with the line in $line.
each_line() {
  saved_ifs=$IFS on_line=$1
  IFS=$line_break
  set -- $2
  IFS=$saved_ifs
  for line in "$@"; do
    $on_line
  done
}

# Fails if a line that the stack does not manage has the name with another address.
check_name() {
  ! same "$kind" name || each_line check_host "$other_hosts"
}

check_host() {
  set -- ${line%%#*}
  same $# 0 && return 0
  to=$1
  shift
  for word in "$@"; do
    ! same "$word" "$key" || same "$to" "$value" || fail "the router already resolves $key to $to; remove that name there, or change the stack's"
  done
}

# Fails if a line that the stack does not manage forwards or answers the domain otherwise.
check_domain() {
  ! same "$kind" domain || each_line check_setting "$other_settings"
}

check_setting() {
  case $line in
    *"/$key/"*) ;;
    *) return 0 ;;
  esac
  setting=
  for word in $line; do
    setting=$setting$word
  done
  case $setting in
    "server=/$key/$value") ;;
    server=* | local=* | address=*) fail "the router's DNS server already has '$line' for $key; remove that setting there, or change the stack's domain" ;;
  esac
}

# Writes text $2 to file $1, whole or not at all; an empty text removes the file.
write_file() {
  [ -n "$2" ] || { rm -f "$1"; return; }
  rm -f "$1.homelab-network" 2>/dev/null
  (umask 022 && mkdir -p /jffs/configs && set -C && printf '%s' "$2" >"$1.homelab-network") 2>/dev/null
  read_file "$1.homelab-network"
  same "$text" "$2" && mv -f "$1.homelab-network" "$1" && return
  rm -f "$1.homelab-network" 2>/dev/null
  return 1
}

# Writes text $2 to file $1 of the journal, whole: an incomplete text would later be restored.
keep_text() {
  (printf '%s' "$2" >"$journal_folder/$1") 2>/dev/null
  read_file "$journal_folder/$1"
  same "$text" "$2" || fail "cannot write to $journal_folder on the router; is its /tmp full?"
}

set_names() {
  set_file hosts "$hosts_add" "$hosts" "$new_hosts"
  set_file settings "$settings_add" "$settings" "$new_settings"
}

# Writes file $2, and its content before ($3) and after ($4) into the journal under name $1.
set_file() {
  [ "$3" != "$4" ] || return 0
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
