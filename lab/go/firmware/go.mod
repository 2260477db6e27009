module homelab-network/lab/firmware

go 1.26
