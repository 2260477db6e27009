# Applies the static routes of one stack to an ASUS router (create, update), or removes them (remove).
#
# The line before this script sets its arguments. Only the action comes from the command line:
#   set -- "$1" STACK ADOPT WAKE  KIND NETWORK PREFIX NETMASK GATEWAY METRIC  [six more per route]
# STACK is a number that identifies the stack. The kinds:
#   route: a route; create makes it, and update corrects it
#   add: one that update makes, because the stack did not have it before
#   gone: one that update removes, because the stack has it no longer
# ADOPT 1: takes over routes that exist already. WAKE 1: switching static routes on may activate unmanaged records.
#
# Keeps to what every firmware has: cat, cut, echo, grep, ip, kill, mkdir, nvram, ping, printf, rm, sleep, [ and the shell. Every wait has a limit.
set -uf
# No other user may write into the lock's folder.
umask 077
# A lost connection must not interrupt a change. The script has its own time limits.
trap '' HUP INT TERM PIPE

action=$1 adopt=$3 wake=$4
removed=/tmp/homelab-network.removed-$2
shift 4
lock=/tmp/homelab-network.lock
commit_result=/var/log/commit_ret
locked=
lt='<'
line_break='
'
