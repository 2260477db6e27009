module homelab-network/lab/metallb-0.16

go 1.26

// For its chart alone: nothing of it is compiled.
require go.universe.tf/metallb v0.16.1 // indirect
