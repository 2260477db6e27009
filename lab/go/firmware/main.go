// The router twin's firmware: one static binary that runs, by the name it is called with, as each program of an Asus router's
// firmware that handles static routes. docs/reference/asus-router.md has the source of each behaviour.
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

// rcMain is the part of the firmware's rc that the lab calls itself ("boot") or that service starts ("handle").
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
