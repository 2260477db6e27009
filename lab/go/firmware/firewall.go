package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// startFirewall builds the FORWARD chain in the order of current firmware: packets from the bridge to the bridge are accepted
// before INVALID ones are dropped, so that one-sided TCP passes (nodes answer clients directly).
func startFirewall() error {
	bridge, err := lanBridge()
	if err != nil {
		return err
	}
	lan := fmt.Sprintf("%s/%d", nvramGet("lan_ipaddr"), lanPrefix())
	rules := []string{
		"*filter", ":INPUT ACCEPT [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT ACCEPT [0:0]",
		"-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
		fmt.Sprintf("-A FORWARD ! -i %s -o %s -j DROP", bridge, nvramGet("wan0_ifname")),
		fmt.Sprintf("-A FORWARD -i %s -o %s -j ACCEPT", bridge, bridge),
	}
	if nvramGet("sr_enable_x") == "1" {
		for _, route := range lanRoutes() {
			rules = append(rules, fmt.Sprintf("-A FORWARD -s %s -d %s/%s -j ACCEPT", lan, route.destination, route.netmask))
		}
	}
	rules = append(rules, "-A FORWARD -m conntrack --ctstate INVALID -j DROP", "COMMIT", "")
	restore := exec.Command("/usr/sbin/iptables-restore")
	restore.Stdin = strings.NewReader(strings.Join(rules, "\n"))
	if output, err := restore.CombinedOutput(); err != nil {
		return fmt.Errorf("iptables-restore: %w: %s", err, strings.TrimSpace(string(output)))
	}
	// Bridged frames skip iptables. The switch is there only where the kernel could filter them.
	bridged := os.WriteFile("/proc/sys/net/bridge/bridge-nf-call-iptables", []byte("0"), 0)
	return errors.Join(ignoreMissing(bridged), os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0))
}
