# Calls a function once per route, with the route's values in variables.
each() {
  call=$1
  shift
  until same $# 0; do
    kind=$1 net=$2 prefix=$3 mask=$4 gateway=$5 metric=$6
    record="$net>$mask>$gateway>$metric>LAN"
    # The router's form leaves an unset metric empty, and the firmware reads that as 0.
    short_record=$record
    ! same "$metric" 0 || short_record="$net>$mask>$gateway>>LAN"
    # At boot the firmware adds one to the form's metric, so the live route gets the same metric.
    live_metric=$((metric + 1))
    $call
    shift 6
  done
}
