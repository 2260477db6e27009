# --- the kernel's table ---

# Whether the table has the route to $1 via $2 with metric $3.
has_live() {
  ip route show "$1" 2>/dev/null | grep -F " via $2 dev $lan_if " | grep -q " metric $3\( \|$\)"
}
