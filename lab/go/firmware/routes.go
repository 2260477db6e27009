package main

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// convertRoutes fills lan_route from the rule list, as rc does at every start of the LAN. A record that is not five fields, or
// not for the LAN, is skipped without a message.
func convertRoutes() {
	words := ""
	if nvramGet("sr_enable_x") == "1" {
		for record := range strings.SplitSeq(nvramGet("sr_rulelist"), "<") {
			fields := strings.Split(record, ">")
			if len(fields) != 5 || fields[4] != "LAN" {
				continue
			}
			words += fmt.Sprintf(" %s:%s:%s:%d", fields[0], fields[1], fields[2], leadingInt(fields[3])+1)
		}
	}
	nvramSet("lan_route", words)
}

type lanRoute struct {
	destination, netmask, gateway string
	metric                        int
}

// lanRoutes reads what convertRoutes wrote.
func lanRoutes() (routes []lanRoute) {
	for word := range strings.FieldsSeq(nvramGet("lan_route")) {
		fields := strings.Split(word, ":")
		if len(fields) != 4 {
			continue
		}
		gateway := fields[2]
		if address(gateway) == netip.IPv4Unspecified() {
			gateway = nvramGet("lan_gateway")
		}
		routes = append(routes, lanRoute{fields[0], fields[1], gateway, leadingInt(fields[3])})
	}
	return routes
}

// addLanRoutes installs the routes on the bridge. A route that the kernel refuses (host bits set, a gateway off the
// LAN) is skipped, and only the twin's log names it.
func addLanRoutes(device string) {
	for _, route := range lanRoutes() {
		if err := route.manipulate(syscall.SIOCADDRT, device); err != nil {
			logf("%s: route %s/%s via %s: %v", device, route.destination, route.netmask, route.gateway, err)
		}
	}
}

func deleteLanRoutes(device string) {
	for _, route := range lanRoutes() {
		for route.manipulate(syscall.SIOCDELRT, device) == nil {
		}
	}
}

// rtentry is struct rtentry of linux/route.h.
type rtentry struct {
	_                             uintptr
	destination, gateway, netmask syscall.RawSockaddrInet4
	flags                         uint16
	_                             int16
	_, _                          uintptr
	metric                        int16
	device                        *byte
	mtu, window                   uintptr
	irtt                          uint16
}

// manipulate adds or deletes the route by the same ioctl as rc does. The ioctl's metric is one more than the kernel's, hence +1.
func (r lanRoute) manipulate(request uintptr, device string) error {
	name, err := syscall.BytePtrFromString(device)
	if err != nil {
		return err
	}
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(socket)
	entry := rtentry{
		destination: socketAddress(r.destination),
		gateway:     socketAddress(r.gateway),
		netmask:     socketAddress(r.netmask),
		flags:       syscall.RTF_UP,
		metric:      int16(r.metric + 1),
		device:      name,
	}
	if entry.gateway.Addr != [4]byte{} {
		entry.flags |= syscall.RTF_GATEWAY
	}
	if entry.netmask.Addr == [4]byte{255, 255, 255, 255} {
		entry.flags |= syscall.RTF_HOST
	}
	_, _, failure := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), request, uintptr(unsafe.Pointer(&entry)))
	runtime.KeepAlive(name)
	if failure != 0 {
		return errors.New(failure.Error())
	}
	return nil
}

func socketAddress(text string) syscall.RawSockaddrInet4 {
	return syscall.RawSockaddrInet4{Family: syscall.AF_INET, Addr: address(text).As4()}
}

// address parses as leniently as the firmware: a text that is no address is 0.0.0.0.
func address(text string) netip.Addr {
	parsed, err := netip.ParseAddr(text)
	if err != nil || !parsed.Is4() {
		return netip.IPv4Unspecified()
	}
	return parsed
}

// leadingInt reads a number as C's atoi does: the digits before the first other character, 0 if there are none.
func leadingInt(text string) int {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(text)
	}
	number, _ := strconv.Atoi(text[:end])
	return number
}
