# --- the checks, all before the first write ---

read_settings() {
  mode=$(nvram get sw_mode) || fail "nvram does not run on $(cat /proc/sys/kernel/hostname); is this an ASUS router?"
  dhcp=$(nvram get dhcp_enable_x)
  list=$(nvram get dhcp_staticlist)
  switch=$(nvram get dhcp_static_x)
  new=$list
}

check_mode() {
  [ "$mode" = 1 ] || fail "the router is not in routing mode (sw_mode is '$mode', not 1) and gives no addresses and names; set it to wireless router mode"
}

check_settings() {
  [ "$dhcp" = 1 ] || fail "the router's DHCP server is off, so it reserves no address; switch it on at LAN > DHCP Server, or remove the reservations"
  ! uses_own_files || [ ! -f /jffs/configs/dnsmasq.conf ] || fail "/jffs/configs/dnsmasq.conf on the router replaces the firmware's settings, reservations included; rename it to dnsmasq.conf.add with only the lines that you added"
}

# Fails if a line of others reserves the address, too: dnsmasq does not start with two such lines, and the house would be without DNS until the change is
# undone.
check_added_reservation() {
  is_reservation && uses_own_files || return 0
  line=$(grep "^[[:space:]]*dhcp-host[[:space:]]*=.*[=,[:space:]]$value\([,[:space:]]\|\$\)" "$settings_add" 2>/dev/null)
  line=${line%%"$line_break"*}
  line=${line%"$carriage_return"}
  same "$line" '' || fail "$settings_add on the router has '$line', and the router's DNS and DHCP server does not start with a second reservation of $value; remove that line there, or the reservation"
}

check_dormant_reservations() {
  [ "$switch" != 1 ] && [ "$wake" != 1 ] || return 0
  placed_list=$new
  each_record drop_reservation "$@"
  [ -z "$new" ] || fail "reservations are switched off on the router, and switching them on would activate '$new'; remove those on the page LAN > DHCP Server, switch Manual Assignment on there, or set router.enableDormant: true"
  new=$placed_list
}

check_reservation_limits() {
  [ ${#new} -gt ${#list} ] || return 0
  rest=$new count=0
  while has_record; do
    next_record
    count=$((count + 1))
  done
  [ ${#new} -lt 2400 ] && [ $count -le 64 ] || fail "the router's list would hold $count reservations in ${#new} bytes, and some firmware drops more than 64 or 2399 bytes; remove reservations"
}

# --- nvram: a failed set prints no error, so values are read back; commit wears the flash, so it runs once and only after a change ---

set_reservations() {
  [ "$new" != "$list" ] || [ "$switch" != "$wanted" ] || return 0
  [ "$(nvram get dhcp_staticlist)" = "$list" ] || fail "another program changed the router's list of reservations during this change; try again"
  make_journal_folder
  note_record "old $list"
  note_record "new $new"
  note_record "switch $switch"
  [ "$new" = "$list" ] || nvram set "dhcp_staticlist=$new" >/dev/null
  [ "$switch" = "$wanted" ] || nvram set "dhcp_static_x=$wanted" >/dev/null
  [ "$(nvram get dhcp_staticlist)" = "$new" ] || fail "the router did not keep dhcp_staticlist; its nvram may be full (see 'nvram show')"
  [ "$(nvram get dhcp_static_x)" = "$wanted" ] || fail "the router did not keep dhcp_static_x; its nvram may be full (see 'nvram show')"
  uncommitted=yes
}

# --- dnsmasq: the router's DNS and DHCP server reads its settings only when it starts ---

# Whether dnsmasq runs. Sets $server to its process number.
is_running() {
  server=$(cat /var/run/dnsmasq.pid 2>/dev/null)
  kill -0 "$server" 2>/dev/null
}

# Restarts dnsmasq, which takes DNS and DHCP away for about a second. The firmware does it later, and may skip it.
restart_dnsmasq() {
  note_record restart
  is_running
  server_before=$server
  service restart_dnsmasq >/dev/null 2>&1
  # Without a server before, a removal has its effect already.
  [ -z "$stopped" ] || return 0
  tries=12
  until is_restarted; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "the router did not restart its DNS and DHCP server with the change within 12 s, and gets its earlier settings back; see its System Log, and run pulumi up again"
    sleep 1
  done
}

# Whether another dnsmasq runs than before, and has each reservation.
is_restarted() {
  [ -z "$(nvram get rc_service)" ] || return 1
  is_running && ! same "$server" "$server_before" || return 1
  served=yes
  same "$action" remove || each_record check_served $records
  [ -n "$served" ] && has_names
}

check_served() {
  ! is_reservation || grep -qi "^dhcp-host=.*$key.*,$value\(,\|\$\)" /etc/dnsmasq.conf 2>/dev/null || served=
}
