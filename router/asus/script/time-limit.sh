# --- the time limit: neither the firmware nor the SSH client sets one ---

# Prints the child processes of $1. Only this wildcard must be expanded.
children_of() {
  set +f
  cat /proc/[0-9]*/stat 2>/dev/null | grep ") [A-Z] $1 " | cut -d ' ' -f 1
  set -f
}

# Ends a process and its descendants. The process ends first, so that it does not continue after the end of a child.
end_tree() {
  tree=$1
  for child in $(children_of "$1"); do
    tree="$tree $child $(children_of "$child")"
  done
  kill -9 $tree
}

# Runs function $2 in a process of its own for at most $1 seconds; the status is 137 if it takes longer. Its output goes to a file, so that a
# command that hangs does not keep the connection open.
within() {
  rm -rf "$lock/messages"
  ("$2") >"$lock/messages" 2>&1 &
  worker=$!
  named="$worker $(start_time $worker)"
  write_new "$lock/worker" "$named"
  (
    trap 'kill $sleeper; exit' TERM
    sleep "$1" &
    sleeper=$!
    wait $sleeper
    # Another process may have the same number by now.
    [ "$worker $(start_time $worker)" != "$named" ] || end_tree $worker
  ) >/dev/null 2>&1 &
  alarm=$!
  # The shell would report a worker that was killed.
  { wait $worker; } 2>/dev/null
  status=$?
  kill $alarm 2>/dev/null
  return $status
}
