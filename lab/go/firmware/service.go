package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const serviceWait = 15 * time.Second

// serviceMain passes an event to rc and does not wait for it, so exit status 0 does not mean that the event was handled. It waits
// for an earlier event, with a time limit.
func serviceMain(args []string) int {
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: service <event>")
		return 1
	}
	event := args[0]
	for deadline := time.Now().Add(serviceWait); !claimEvent(event); {
		if time.Now().After(deadline) {
			logf("skip the event: %s.", event)
			return 1
		}
		time.Sleep(100 * time.Millisecond)
	}
	// In a session of its own, because restart_net ends the SSH session that requested it.
	handler := exec.Command("/sbin/rc", "handle", event)
	handler.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	handler.Dir = "/"
	if err := handler.Start(); err != nil {
		fmt.Fprintf(os.Stderr, "service: %v\n", err)
		return 1
	}
	fmt.Println("\nDone.")
	return 0
}

func claimEvent(event string) (claimed bool) {
	err := withNvram(func(s *store) bool {
		if s.values["rc_service"] != "" {
			return false
		}
		claimed = s.set("rc_service", event)
		return claimed
	})
	if err != nil {
		logf("service: %v", err)
	}
	return claimed
}

// eventSteps are the events that the twin knows. None is for static routes alone.
var eventSteps = map[string][]func() error{
	"restart_net":     {stopSshd, stopDnsmasq, stopLan, startLan, startDnsmasq, startFirewall, startSshd},
	"restart_dnsmasq": {startDnsmasq},
	"restart_dns":     {reloadDnsmasq},
}

// handle carries out events, which are joined by ';'.
func handle(events string) int {
	defer nvramUnset("rc_service")
	for event := range strings.SplitSeq(events, ";") {
		steps, known := eventSteps[event]
		if !known {
			logf("unrecognized event %s", event)
		}
		for _, step := range steps {
			if err := step(); err != nil {
				logf("%s: %v", event, err)
			}
		}
	}
	return 0
}
