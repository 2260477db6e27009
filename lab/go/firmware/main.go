// The router twin's firmware: one static binary that answers, by the name it is called with, as the parts of an Asus router's
// firmware which a static route passes through. See docs/reference for what each behaviour is taken from.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

var programs = map[string]func(args []string) int{
	"nvram":   nvramMain,
	"service": serviceMain,
	"rc":      rcMain,
}

func main() {
	name := filepath.Base(os.Args[0])
	program, known := programs[name]
	if !known {
		fmt.Fprintf(os.Stderr, "%s: call this binary as nvram, service or rc\n", name)
		os.Exit(2)
	}
	os.Exit(program(os.Args[1:]))
}

// rcMain is the part of the firmware's rc that the lab calls itself ("boot") or that service sets going ("handle").
func rcMain(args []string) int {
	if len(args) == 1 && args[0] == "boot" {
		return boot()
	}
	if len(args) == 2 && args[0] == "handle" {
		return handle(args[1])
	}
	fmt.Fprintln(os.Stderr, "usage: rc boot")
	return 2
}
