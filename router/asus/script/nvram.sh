# --- nvram: a failed set prints no error, so values are read back; commit wears the flash, so it runs once and only after a change ---

set_nvram() {
  wanted=$switch
  [ "$action" = remove ] || wanted=1
  [ "$new" != "$list" ] || [ "$switch" != "$wanted" ] || return 0
  [ "$(nvram get sr_rulelist)" = "$list" ] || fail "another program changed the router's list of routes during this change; try again"
  note_nvram
  [ "$new" = "$list" ] || nvram set "sr_rulelist=$new" >/dev/null
  [ "$switch" = "$wanted" ] || nvram set "sr_enable_x=$wanted" >/dev/null
  [ "$(nvram get sr_rulelist)" = "$new" ] || fail "the router did not keep sr_rulelist; its nvram may be full (see 'nvram show')"
  [ "$(nvram get sr_enable_x)" = "$wanted" ] || fail "the router did not keep sr_enable_x; its nvram may be full (see 'nvram show')"
  uncommitted=yes
}
