// Process 1 of the lab's pods and hosts: holds their namespaces open, waits to be told to end, and reaps what is left to it meanwhile.
// A host gives it the mount point of the root it came from, to let go of: the host's own programs may have no umount among them.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) > 1 {
		if err := syscall.Unmount(os.Args[1], syscall.MNT_DETACH); err != nil {
			fmt.Fprintf(os.Stderr, "%s cannot be unmounted: %v\n", os.Args[1], err)
			os.Exit(1)
		}
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for s := range signals {
		if s != syscall.SIGCHLD {
			return
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}
