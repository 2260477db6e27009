#!/bin/sh
# Called by udhcpc for each event of a lease. Prints the lease, and configures nothing.
[ "$1" = bound ] || exit 0
printf '{"ip":"%s","router":"%s","dns":"%s","domain":"%s","seconds":%s}\n' "$ip" "$router" "$dns" "$domain" "$lease"
