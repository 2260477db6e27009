package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

const (
	dnsmasqConf  = "/etc/dnsmasq.conf"
	dnsmasqPid   = "/var/run/dnsmasq.pid"
	dnsmasqLog   = "/tmp/dnsmasq.log"
	leasesFolder = "/var/lib/misc"
	hostsFile    = "/etc/hosts"
	serversFile  = "/tmp/resolv.dnsmasq"
	lanHostname  = "router-twin"
	jffsConfigs  = "/jffs/configs"
	jffsScripts  = "/jffs/scripts"
	merlinHelper = "/usr/sbin/helper.sh" // by which add-ons recognize Asuswrt-Merlin
	firmwareFile = "/flash/firmware"     // "stock" instead of Asuswrt-Merlin
)

// hostnameForm is what the firmware accepts as a host name: no dots.
var hostnameForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func isStock() bool {
	content, _ := os.ReadFile(firmwareFile)
	return strings.TrimSpace(string(content)) == "stock"
}

// prepareJffs creates the folders for the owner's files, which only Asuswrt-Merlin has.
func prepareJffs() error {
	if isStock() {
		return ignoreMissing(os.Remove(merlinHelper))
	}
	return errors.Join(os.MkdirAll(jffsConfigs, 0o755), os.MkdirAll(jffsScripts, 0o755))
}

// startDnsmasq writes dnsmasq's files and starts it. As in the firmware, only the log shows that it did not start.
func startDnsmasq() error {
	if err := stopDnsmasq(); err != nil {
		return err
	}
	reservations := readReservations()
	if err := writeConfig("hosts", hostsFile, hostsLines(reservations)); err != nil {
		return err
	}
	if err := writeConfig("dnsmasq", dnsmasqConf, dnsmasqLines(reservations)); err != nil {
		return err
	}
	for _, folder := range []string{filepath.Dir(dnsmasqPid), leasesFolder} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	// The list of the provider's servers, empty without a WAN.
	servers, err := os.OpenFile(serversFile, os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	servers.Close()
	// Its messages would go to the machine's own system log.
	if err := run("/usr/sbin/dnsmasq", "--log-async", "--log-facility="+dnsmasqLog); err != nil {
		logf("%v", err)
	}
	return nil
}

// stopDnsmasq ends dnsmasq, if it runs, and waits until it has ended.
func stopDnsmasq() error {
	return endProgram("dnsmasq")
}

// reloadDnsmasq makes dnsmasq read its hosts files again, which does not write them anew.
func reloadDnsmasq() error {
	for _, process := range processesNamed("dnsmasq") {
		_ = syscall.Kill(process, syscall.SIGHUP)
	}
	return nil
}

// reservation is a record of dhcp_staticlist: <MAC>IP>DNS>HOSTNAME. Stock firmware and Asuswrt-Merlin add fields over time.
type reservation struct {
	hardware, ip, dns, hostname string
}

// readReservations skips records without a valid hardware address, and a host name that is none, without a message.
func readReservations() (found []reservation) {
	for record := range strings.SplitSeq(nvramGet("dhcp_staticlist"), "<") {
		fields := append(strings.Split(record, ">"), "", "")
		if hardware, err := net.ParseMAC(fields[0]); err != nil || len(hardware) != 6 || len(fields) < 4 {
			continue
		}
		one := reservation{hardware: fields[0], ip: fields[1], dns: fields[2], hostname: fields[3]}
		if !hostnameForm.MatchString(one.hostname) {
			one.hostname = ""
		}
		found = append(found, one)
	}
	return found
}

// hostsLines has a line for each reservation with a name, also if it is outside the LAN or reservations are switched off.
func hostsLines(reservations []reservation) []string {
	own, domain := nvramGet("lan_ipaddr"), nvramGet("lan_domain")
	lines := []string{
		"127.0.0.1 localhost.localdomain localhost",
		fmt.Sprintf("%s %s.%s %s", own, lanHostname, domain, lanHostname),
		own + " www.asusrouter.com",
		own + " router.asus.com",
	}
	for _, one := range reservations {
		if one.ip == "" || one.hostname == "" {
			continue
		}
		line := fmt.Sprintf("%s %s.%s", one.ip, one.hostname, domain)
		if !isStock() {
			line += " " + one.hostname
		}
		lines = append(lines, line)
	}
	return lines
}

func dnsmasqLines(reservations []reservation) []string {
	bridge, own, mask, domain := nvramGet("lan_ifname"), nvramGet("lan_ipaddr"), nvramGet("lan_netmask"), nvramGet("lan_domain")
	lines := []string{
		"pid-file=" + dnsmasqPid, "user=nobody", "bind-dynamic", "interface=" + bridge,
		"no-resolv", "servers-file=" + serversFile, "no-poll", "no-negcache", "cache-size=1500", "min-port=4096",
	}
	if domain != "" {
		lines = append(lines, "domain="+domain, "expand-hosts")
	}
	if nvramGet("dns_fwd_local") != "1" {
		lines = append(lines, "bogus-priv", "domain-needed")
		if domain != "" {
			lines = append(lines, "local=/"+domain+"/")
		}
	}
	if nvramGet("dhcp_enable_x") == "1" && nvramGet("sw_mode") == routerMode {
		lines = append(lines,
			fmt.Sprintf("dhcp-range=lan,%s,%s,%s,%ss", nvramGet("dhcp_start"), nvramGet("dhcp_end"), mask, nvramGet("dhcp_lease")),
			"dhcp-option=lan,3,"+own)
		if domain != "" {
			lines = append(lines, "dhcp-option=lan,15,"+domain)
		}
		lines = append(lines, "dhcp-authoritative")
	} else {
		lines = append(lines, "no-dhcp-interface="+bridge)
	}
	if nvramGet("dhcp_static_x") == "1" {
		lines = append(lines, staticLeases(reservations)...)
	}
	if nvramGet("dns_norebind") == "1" {
		lines = append(lines, "stop-dns-rebind")
	}
	return append(lines, "edns-packet-max=1232")
}

// staticLeases ignores reservations outside the LAN. Two with the same address keep dnsmasq from starting.
func staticLeases(reservations []reservation) (lines []string) {
	lan := netip.PrefixFrom(address(nvramGet("lan_ipaddr")), lanPrefix()).Masked()
	for _, one := range reservations {
		if !address(one.dns).IsUnspecified() {
			lines = append(lines, fmt.Sprintf("dhcp-option=tag:%s,6,%s", one.hardware, one.dns))
		}
		if ip, err := netip.ParseAddr(one.ip); err != nil || !lan.Contains(ip) {
			continue
		}
		name := ""
		if one.hostname != "" {
			name = one.hostname + ","
		}
		lines = append(lines, fmt.Sprintf("dhcp-host=%s,set:%s,%s%s", one.hardware, one.hardware, name, one.ip))
	}
	return lines
}

// writeConfig writes a file as Asuswrt-Merlin lets its owner change it: lines of NAME.add are appended, a file with the whole name replaces it, and
// NAME.postconf may edit it. Stock firmware has none of these.
func writeConfig(name, target string, lines []string) error {
	content := []byte(strings.Join(lines, "\n") + "\n")
	file, custom := filepath.Base(target), !isStock() && nvramGet("jffs2_scripts") != "0"
	if custom {
		added, err := os.ReadFile(filepath.Join(jffsConfigs, file+".add"))
		if ignoreMissing(err) != nil {
			return err
		}
		content = append(content, added...)
		if whole, err := os.ReadFile(filepath.Join(jffsConfigs, file)); err == nil {
			content = whole
		}
	}
	if err := os.WriteFile(target, content, 0o644); err != nil {
		return err
	}
	script := filepath.Join(jffsScripts, name+".postconf")
	if found, err := os.Stat(script); custom && err == nil && found.Mode()&0o111 != 0 {
		if output, err := exec.Command(script, target).CombinedOutput(); err != nil {
			logf("%s: %v: %s", script, err, output)
		}
	}
	return nil
}
