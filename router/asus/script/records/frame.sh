# Applies the DHCP reservations and the names of one stack to an ASUS router (create, update), or removes them (remove).
#
# The line before this script sets its arguments. Only the action comes from the command line:
#   set -- "$1" STACK ADOPT WAKE  KIND KEY VALUE  [three more per record]
# STACK is a number that identifies the stack. KEY and VALUE of a reservation are a hardware address and an address. The kinds:
#   reserve: a reservation; create makes it, and update corrects it
#   add: one that update makes, because the stack did not have it before
#   gone: one that update removes, because the stack has it no longer
#   name: a name and its address; names that the stack has no longer are removed by themselves
# ADOPT 1: takes over reservations that exist already. WAKE 1: switching reservations on may activate unmanaged records.
#
# Keeps to what every firmware has: cat, cut, echo, grep, ip, kill, mkdir, mv, nvram, printf, rm, service, sleep, [ and the shell. Every wait has a limit.
set -uf
# No other user may write into the lock's folder.
umask 077
# A lost connection must not interrupt a change. The script has its own time limits.
trap '' HUP INT TERM PIPE

action=$1 stack=$2 adopt=$3 wake=$4
shift 4
lock=/tmp/homelab-network.lock
# The journal is not in the lock, because the script for routes may take over the lock of a run that was killed, and would remove it.
journal_folder=/tmp/homelab-network.records
commit_result=/var/log/commit_ret
locked=
lt='<' gt='>'
line_break='
'
carriage_return=$(printf '\r')

# Calls a function once per record, with the record's values in variables.
each_record() {
  call=$1
  shift
  until same $# 0; do
    kind=$1 key=$2 value=$3
    $call
    shift 3
  done
}

# Whether the record is a reservation that the stack wants.
is_reservation() {
  same "$kind" reserve || same "$kind" add
}
