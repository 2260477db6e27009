# Prints a line. A full /tmp must not swallow it, so it gets the space that was kept for it.
print_message() {
  [ -z "$locked" ] || rm -f "$lock/reserve"
  echo "$1"
}

fail() {
  print_message "homelab-network: $1" >&2
  exit 1
}

# Whether text $1 is $2. On the router [ is a program, and starting it a hundred times would take longer than everything else.
same() {
  case $1 in
    "$2") ;;
    *) return 1 ;;
  esac
}
