package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

const (
	ramFile     = "/var/nvram/ram"
	lockFile    = "/var/nvram/lock"
	flashFile   = "/flash/nvram"
	storeSize   = 64 * 1024
	headerSize  = 20
	unknownSize = 255 // the cap on the value of a name without a table entry
)

// valueCaps are the names with a table entry of their own, which limits the value to the entry's size without the name and 9 bytes.
var valueCaps = map[string]int{
	"sr_rulelist":   1024 - len("sr_rulelist") - 9,
	"sshd_authkeys": 3500,
	"lan_route":     1024 - len("lan_route") - 9,
	// In Asuswrt-Merlin 2999.
	"dhcp_staticlist": 2500 - len("dhcp_staticlist") - 9,
}

// store is a copy of the variables, in the order in which they were first set. RAM and flash hold the same format:
// name=value, each ended by a NUL byte.
type store struct {
	names  []string
	values map[string]string
}

func parseStore(content []byte) *store {
	s := &store{values: map[string]string{}}
	for _, entry := range bytes.Split(content, []byte{0}) {
		if name, value, found := strings.Cut(string(entry), "="); found && name != "" {
			s.put(name, value)
		}
	}
	return s
}

func (s *store) put(name, value string) {
	if _, present := s.values[name]; !present {
		s.names = append(s.names, name)
	}
	s.values[name] = value
}

// set reports whether the store accepted the value. It rejects one that is too long for its name or for the remaining space, and
// keeps the old value.
func (s *store) set(name, value string) bool {
	limit, known := valueCaps[name]
	if !known {
		limit = unknownSize
	}
	old, present := s.values[name]
	grown := s.size() + len(value) - len(old)
	if !present {
		grown += len(name) + 2
	}
	if name == "" || len(value) > limit || grown > storeSize {
		return false
	}
	s.put(name, value)
	return true
}

func (s *store) unset(name string) {
	delete(s.values, name)
	s.names = slices.DeleteFunc(s.names, func(other string) bool { return other == name })
}

func (s *store) bytes() []byte {
	var content bytes.Buffer
	for _, name := range s.names {
		content.WriteString(name + "=" + s.values[name] + "\x00")
	}
	return content.Bytes()
}

func (s *store) size() int {
	return headerSize + len(s.bytes())
}

// withNvram runs work on the RAM copy while it holds the copy's lock, and writes the copy back if work returns true.
func withNvram(work func(*store) (changed bool)) error {
	if err := os.MkdirAll(filepath.Dir(lockFile), 0o755); err != nil {
		return err
	}
	lock, err := os.OpenFile(lockFile, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	content, err := os.ReadFile(ramFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s := parseStore(content)
	if !work(s) {
		return nil
	}
	return replaceFile(ramFile, s.bytes(), 0o600)
}

// nvramGet returns a variable as the firmware's own code reads it: an empty string if it is not set.
func nvramGet(name string) (value string) {
	if err := withNvram(func(s *store) bool { value = s.values[name]; return false }); err != nil {
		logf("nvram: %v", err)
	}
	return value
}

func nvramSet(name, value string) {
	taken := false
	if err := withNvram(func(s *store) bool { taken = s.set(name, value); return taken }); err != nil {
		logf("nvram: %v", err)
	}
	if !taken {
		logf("nvram: setting %s dropped: %d bytes do not fit", name, len(value))
	}
}

// replaceFile replaces a file's content at once, and returns when the content is on the disk.
func replaceFile(file string, content []byte, mode os.FileMode) error {
	next := file + ".next"
	out, err := os.OpenFile(next, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = out.Write(content)
	err = errors.Join(err, out.Sync(), out.Close())
	if err != nil {
		return err
	}
	return os.Rename(next, file)
}
