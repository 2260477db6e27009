# --- the checks, all before the first write ---

read_router() {
  mode=$(nvram get sw_mode) || fail "nvram does not run on $(cat /proc/sys/kernel/hostname); is this an ASUS router?"
  lan_if=$(nvram get lan_ifname)
  lan_ip=$(nvram get lan_ipaddr)
  lan_mask=$(nvram get lan_netmask)
  list=$(nvram get sr_rulelist)
  switch=$(nvram get sr_enable_x)
  table=$(ip route show)
  new=$list
  [ -n "$lan_if" ] || fail "the router's lan_ifname is empty, so it has no LAN bridge to route to"
}

check_router() {
  [ "$mode" = 1 ] || fail "the router is not in routing mode (sw_mode is '$mode', not 1) and ignores static routes; set it to wireless router mode"
  need_address lan_ipaddr "$lan_ip"
  need_address lan_netmask "$lan_mask"
  mask_address "$lan_ip" "$lan_mask"
  lan_net=$masked
}

check_route() {
  for value in "$net" "$mask" "$gateway"; do
    is_address "$value" || fail "'$value' is not an IPv4 address, and the router's list holds nothing else"
  done
  mask_address "$net" "$mask"
  same "$masked" "$net" || fail "destination $net has bits set beyond its mask $mask, which the kernel would refuse; use $masked"
  mask_address "$gateway" "$lan_mask"
  same "$masked" "$lan_net" || check_bridge "is outside the router's LAN $lan_net/$lan_mask; correct gateway.addresses or router.lan"
  ! same "$gateway" "$lan_ip" || fail "next hop $gateway is the router itself; correct gateway.addresses"
  check_bridge
  mask_address "$net" "$lan_mask"
  ! same "$masked" "$lan_net" || fail "pool $net/$prefix lies in the router's LAN $lan_net/$lan_mask; correct pools"
  mask_address "$lan_ip" "$mask"
  ! same "$masked" "$net" || fail "pool $net/$prefix holds the router's LAN $lan_net/$lan_mask; correct pools"
  find_in_list
  plan_live
  place_record
}

# Checks that the gateway is on the LAN bridge, the only interface for static routes. $1 is the message if it is on no network of the router.
check_bridge() {
  answer=$(ip route get "$gateway" 2>/dev/null)
  case $answer in
    *" via "* | '') fail "next hop $gateway ${1:-is no neighbour of the router; correct gateway.addresses}" ;;
    *" dev $lan_if "*) same $# 0 || fail "next hop $gateway $1" ;;
    *)
      answer=${answer#* dev }
      fail "next hop $gateway is on ${answer%% *}, a guest, VLAN or other network, and the firmware installs static routes on $lan_if alone; use a node on the LAN"
      ;;
  esac
}

check_dormant() {
  placed_list=$new
  each drop_record "$@"
  [ "$switch" = 1 ] || [ "$wake" = 1 ] || [ -z "$new" ] || fail "static routes are switched off on the router, and switching them on would activate '$new'; remove those on the page LAN > Route, switch static routes on there, or set router.enableDormant: true"
  new=$placed_list
}

check_limits() {
  rest=$new
  count=0
  while has_record; do
    next_record
    count=$((count + 1))
  done
  [ ${#new} -lt 1000 ] && [ $count -lt 20 ] || fail "the router's list would hold $count routes in ${#new} bytes, and from 20 routes or 1000 bytes on the firmware may crash at boot; merge pools or remove routes"
}

# Checks that the gateway answers. The ping makes the router resolve it. An entry may outlive its host by a minute, so the router asks again for a
# gateway that answers no ping.
check_neighbour() {
  ! same "$gateway" "$pinged" || return 0
  pinged=$gateway
  ping -c 1 -W 1 "$gateway" >/dev/null 2>&1 || { ip neigh change "$gateway" dev "$lan_if" nud probe 2>/dev/null && sleep 4; }
  case $(ip neigh show "$gateway" dev "$lan_if" 2>/dev/null) in
    *FAILED* | *INCOMPLETE*) fail "next hop $gateway does not answer on the router's LAN ($lan_if); start that node, or correct gateway.addresses" ;;
  esac
}
