# Sets nvram variable $1 to $2, as it was before.
restore_nvram() {
  [ "$(nvram get "$1")" != "$2" ] || return 0
  nvram set "$1=$2" >/dev/null
  [ "$(nvram get "$1")" = "$2" ] || print_message "homelab-network: the router did not take its earlier $1 back; it is '$2' again after a reboot" >&2
}
