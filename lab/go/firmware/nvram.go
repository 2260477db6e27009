package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	commitCounter = "/flash/commits" // how often the store was written, for tests: a commit wears the flash
	commitResult  = "/var/log/commit_ret"
)

// nvramMain is the nvram tool. Like the firmware's, it exits with 0 even if it failed: only reading the value back shows that.
func nvramMain(args []string) int {
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: nvram [get name] [set name=value] [unset name] [show] [commit]")
		return 0
	}
	for i := 0; i < len(args); i++ {
		operand := ""
		if i+1 < len(args) {
			operand = args[i+1]
		}
		switch args[i] {
		case "get":
			nvramPrint(operand)
			i++
		case "set":
			name, value, assigned := strings.Cut(operand, "=")
			if assigned {
				nvramSet(name, value)
			} else {
				nvramUnset(name)
			}
			i++
		case "unset":
			nvramUnset(operand)
			i++
		case "show":
			nvramShow()
		case "commit":
			nvramCommit()
		}
	}
	return 0
}

func nvramPrint(name string) {
	err := withNvram(func(s *store) bool {
		if value, present := s.values[name]; present {
			fmt.Println(value)
		}
		return false
	})
	if err != nil {
		logf("nvram: %v", err)
	}
}

func nvramUnset(name string) {
	if err := withNvram(func(s *store) bool { s.unset(name); return true }); err != nil {
		logf("nvram: %v", err)
	}
}

// nvramShow lists all variables; the size line goes to standard error, as in Broadcom's tool.
func nvramShow() {
	err := withNvram(func(s *store) bool {
		for _, name := range s.names {
			fmt.Printf("%s=%s\n", name, s.values[name])
		}
		fmt.Fprintf(os.Stderr, "size: %d bytes (%d left)\n", s.size(), storeSize-s.size())
		return false
	})
	if err != nil {
		logf("nvram: %v", err)
	}
}

// nvramCommit rewrites the whole flash copy before it returns. During an upgrade or a reset it only prints
// that it was skipped.
func nvramCommit() {
	err := withNvram(func(s *store) bool {
		if _, stopped := s.values["asus_stop_commit"]; stopped {
			fmt.Println("# skip nvram commit #")
			return false
		}
		if err := errors.Join(replaceFile(flashFile, s.bytes(), 0o600), countCommit()); err != nil {
			logf("nvram: commit: %v", err)
			return false
		}
		_ = reportCommit()
		return false
	})
	if err != nil {
		logf("nvram: %v", err)
	}
}

// reportCommit writes the file that newer firmware writes after each commit. That firmware also commits at boot, which the twin
// only reports.
func reportCommit() error {
	if err := os.MkdirAll(filepath.Dir(commitResult), 0o755); err != nil {
		return err
	}
	return os.WriteFile(commitResult, []byte("commit: OK\n"), 0o644)
}

func countCommit() error {
	content, err := os.ReadFile(commitCounter)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	count, _ := strconv.Atoi(strings.TrimSpace(string(content)))
	return replaceFile(commitCounter, []byte(strconv.Itoa(count+1)+"\n"), 0o644)
}
