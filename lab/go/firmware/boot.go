package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
)

// factoryDefaults are the factory defaults of the variables that this twin reads.
var factoryDefaults = [][2]string{
	{"sw_mode", routerMode}, {"lan_ifname", "br0"}, {"lan_ipaddr", "192.168.50.1"}, {"lan_netmask", "255.255.255.0"},
	{"lan_gateway", "0.0.0.0"}, {"lan_route", ""}, {"wan0_ifname", "wan0"}, {"http_username", "homelab"}, {"http_passwd", ""},
	{"dhcp_enable_x", "1"}, {"dhcp_start", "192.168.50.150"}, {"dhcp_end", "192.168.50.199"}, {"dhcp_lease", "86400"},
	{"dhcp_static_x", "0"}, {"dhcp_staticlist", ""}, {"lan_domain", ""}, {"dns_norebind", "0"},
	{"sshd_enable", "2"}, {"sshd_port", "22"}, {"sshd_pass", "0"}, {"sshd_authkeys", ""}, {"sr_enable_x", "0"}, {"sr_rulelist", ""},
}

// boot starts the router's services in the firmware's order. It returns 1 if a step fails, so that the lab reports it; the real
// firmware would continue.
func boot() int {
	for _, step := range []func() error{loadNvram, writeUsers, prepareJffs, forgetLan, startLan, startFirewall, startDnsmasq, startSshd, reportCommit} {
		if err := step(); err != nil {
			logf("boot: %v", err)
			fmt.Fprintf(os.Stderr, "rc boot: %v\n", err)
			return 1
		}
	}
	return 0
}

// loadNvram fills the RAM copy from flash. Without a flash file the router has its factory defaults.
func loadNvram() error {
	content, err := os.ReadFile(flashFile)
	if ignoreMissing(err) != nil {
		return err
	}
	return withNvram(func(s *store) bool {
		*s = *parseStore(content)
		for _, variable := range factoryDefaults {
			if _, present := s.values[variable[0]]; !present {
				s.put(variable[0], variable[1])
			}
		}
		return true
	})
}

// forgetLan removes the bridge of an earlier boot. The lab keeps the network namespace, but a real power cycle would not.
func forgetLan() error {
	if _, err := net.InterfaceByName(nvramGet("lan_ifname")); err != nil {
		return nil
	}
	return stopLan()
}

// nobody is the user that dnsmasq runs as.
const nobody = "nobody:*:65534:65534:nobody:/dev/null:/dev/null\n"

// writeUsers creates the router's only user who can log in. Owners choose its name, so root and admin are refused here to catch programs that
// assume them.
func writeUsers() error {
	user := nvramGet("http_username")
	if user == "" || slices.Contains([]string{"root", "admin"}, user) {
		return fmt.Errorf("http_username is %q: give the twin's user a name of its own, not root or admin", user)
	}
	password := "*"
	if plain := nvramGet("http_passwd"); plain != "" {
		password = md5Crypt(plain, "homelab")
	}
	return errors.Join(
		os.WriteFile("/etc/passwd", []byte(fmt.Sprintf("%s:%s:0:0:%s:/root:/bin/sh\n%s", user, password, user, nobody)), 0o600),
		os.WriteFile("/etc/group", []byte(fmt.Sprintf("root:x:0:%s\n", user)), 0o644),
		os.WriteFile("/etc/shells", []byte("/bin/sh\n"), 0o644),
	)
}
