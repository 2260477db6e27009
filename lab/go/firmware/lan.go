package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	lanPortFile = "/etc/lan-port"
	logFile     = "/tmp/syslog.log"
	routerMode  = "1"
)

// startLan builds the bridge around the LAN port and puts the stored routes on it, in routing mode only.
func startLan() error {
	convertRoutes()
	bridge, err := lanBridge()
	if err != nil {
		return err
	}
	port, err := os.ReadFile(lanPortFile)
	if err != nil {
		return err
	}
	lan := strings.TrimSpace(string(port))
	own, prefix := nvramGet("lan_ipaddr"), lanPrefix()
	for _, command := range []string{
		"link set lo up",
		"link add " + bridge + " type bridge stp_state 0 forward_delay 0",
		"link set " + lan + " master " + bridge,
		"link set " + lan + " up",
		fmt.Sprintf("addr add %s/%d broadcast + dev %s", own, prefix, bridge),
		"link set " + bridge + " up",
	} {
		if err := run("/usr/sbin/ip", strings.Fields(command)...); err != nil {
			return err
		}
	}
	if nvramGet("sw_mode") == routerMode {
		addLanRoutes(bridge)
	}
	return nil
}

// stopLan removes the stored routes, and then the bridge. The kernel then deletes all other routes on it, also those made by hand.
func stopLan() error {
	bridge, err := lanBridge()
	if err != nil {
		return err
	}
	deleteLanRoutes(bridge)
	return run("/usr/sbin/ip", "link", "delete", bridge, "type", "bridge")
}

func lanBridge() (string, error) {
	bridge := nvramGet("lan_ifname")
	if bridge == "" || strings.ContainsAny(bridge, " /") {
		return "", fmt.Errorf("lan_ifname is %q, which is no name for a bridge", bridge)
	}
	return bridge, nil
}

func lanPrefix() int {
	mask := address(nvramGet("lan_netmask")).As4()
	ones, _ := net.IPMask(mask[:]).Size()
	return ones
}

func run(program string, args ...string) error {
	output, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, strings.TrimSpace(string(output)))
	}
	return err
}

// logf writes to the system log, the only place where the firmware reports failures.
func logf(format string, args ...any) {
	log, err := openLog()
	if err != nil {
		return
	}
	defer log.Close()
	fmt.Fprintf(log, "%s rc: %s\n", time.Now().Format(time.Stamp), fmt.Sprintf(format, args...))
}

func openLog() (*os.File, error) {
	return os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
