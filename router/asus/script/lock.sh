# --- the lock: a folder with the process number and start time of its owner; taken over only if the owner has ended ---

# Whether $2 is of type $1, d or f, no link, and belongs to root, so that no other user wrote it.
is_own() {
  [ ! -L "$2" ] && [ "-$1" "$2" ] && [ -O "$2" ]
}

start_time() {
  cut -d ' ' -f 22 "/proc/$1/stat" 2>/dev/null
}

# Prints the process number and the start time in file $1, or nothing if it has anything else.
named_in() {
  is_own f "$1" || return 0
  named=$(cat "$1")
  case $named in
    *[!0-9\ ]* | *\ *\ * | \ * | *\ ) ;;
    *\ *) echo "$named" ;;
  esac
}

# Whether the process in file $1 has ended, or the file names none.
is_gone() {
  named=$(named_in "$1")
  [ -z "$named" ] || [ "${named%% *} $(start_time "${named%% *}")" != "$named" ]
}

# Writes text $2 to a new file $1 in the lock. A link that has its name is removed, not followed.
write_new() {
  rm -rf "$1"
  (set -C && printf '%s\n' "$2" >"$1") 2>/dev/null && [ "$(cat "$1")" = "$2" ]
}

take_lock() {
  me="$$ $(start_time $$)"
  tries=25 before=none waited=0 round=0 seen=0 missing=0
  until mkdir "$lock" 2>/dev/null; do
    is_own d "$lock" || [ ! -e "$lock" ] && [ ! -L "$lock" ] || fail "$lock on the router has another owner or type than this program's lock; find out what made it, and remove it"
    [ -e "$lock" ] || missing=$((missing + 1))
    [ $missing -lt 5 ] || fail "cannot make $lock on the router; is its /tmp full?"
    owner=$(named_in "$lock/owner")
    [ "$owner" = "$before" ] || waited=0 round=0 seen=0
    before=$owner waited=$((waited + 1))
    # A run that ended right after it made the lock has not named itself.
    { [ -z "$owner" ] && [ $waited -lt 6 ]; } || { is_gone "$lock/owner" && is_gone "$lock/worker" && take_over && break; }
    tries=$((tries - 1)) pid=${owner%% *}
    [ $tries -gt 0 ] || fail "another change of this router's routes (process ${pid:-unknown}) has not ended within 25 s; if none is running, remove $lock on the router"
    sleep 1
  done
  [ -n "$locked" ] || locked=fresh
  write_new "$lock/owner" "$me" && keep_space || fail "cannot write $lock/owner on the router; is its /tmp full?"
}

# Takes over the lock of $owner, which has ended. Only one waiting process can create the folder. One that sees it for 4 s without another owner
# knows that its maker has ended, too. Reading the owner again makes sure that the lock is still the old one.
take_over() {
  if mkdir "$lock/after-${owner#* }-${owner%% *}-$round" 2>/dev/null; then
    [ "$(named_in "$lock/owner")" = "$owner" ] && locked=inherited
    return
  fi
  seen=$((seen + 1))
  [ $seen -lt 4 ] || round=$((round + 1)) seen=0
  return 1
}

# Fills a file, which is removed to have space for messages.
keep_space() {
  filling=$me$me$me$me
  filling=$filling$filling$filling$filling
  filling=$filling$filling$filling$filling
  write_new "$lock/reserve" "$filling$filling$filling$filling"
}
