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
  wanted_text=$2 wanted_status=0
  ! same "$2" '' || wanted_text=$begin_mark wanted_status=1
  case $text in
    *"$wanted_text"*) return $wanted_status ;;
    *) return $((1 - wanted_status)) ;;
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
  uses_own_files || fail "the router ignores files with $1; switch on JFFS custom scripts and configs on the page Administration > System, or remove the $1"
  [ ! -f "$4" ] || fail "$4 on the router replaces the firmware's, $1 included; rename it to ${3##*/} with only the lines that you added"
}

# Fails if file $1 is to change and is a link or a folder, which a new file would replace or land in.
check_type() {
  ! same "$2" "$3" || return 0
  [ ! -L "$1" ] || fail "$1 on the router is a link; replace it with the file"
  [ ! -e "$1" ] || [ -f "$1" ] || fail "$1 on the router is a folder; replace it with a file"
}

# Fails if a line that the stack does not manage has the name with another address.
check_name() {
  same "$kind" name || return 0
  about_key=$(grep -iF -e "$key" <<END
$other_hosts
END
  )
  each_line check_host "$about_key"
}

check_host() {
  set -- ${line%%#*}
  same $# 0 && return 0
  to=$1
  shift
  for word in "$@"; do
    same ${#word} ${#key} && echo "$word" | grep -qiF -e "$key" || continue
    same "$to" "$value" || fail "the router already resolves $key to $to; remove that name there, or change the stack's"
  done
}

# Fails if a line that the stack does not manage forwards or answers the domain otherwise.
check_domain() {
  same "$kind" domain || return 0
  about_key=$(grep -iF -e "/$key/" <<END
$other_settings
END
  )
  each_line check_setting "$about_key"
}

check_setting() {
  setting=
  for word in $line; do
    setting=$setting$word
  done
  case $setting in
    "server=/$key/$value") ;;
    server=* | local=* | address=*) fail "the router's DNS server already has '$line' for $key; remove that setting there, or change the stack's domain" ;;
  esac
}
