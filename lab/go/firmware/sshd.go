package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	hostKeyFolder  = "/jffs/.ssh"
	authorizedKeys = "/root/.ssh/authorized_keys"
	authKeysBuffer = 3500 // bytes of sshd_authkeys that the firmware reads
)

// startSshd writes the keys that may log in and starts dropbear, which goes to the background by itself.
func startSshd() error {
	enabled := nvramGet("sshd_enable")
	if enabled == "" || enabled == "0" {
		return nil
	}
	if err := writeAuthorizedKeys(nvramGet("sshd_authkeys")); err != nil {
		return err
	}
	listen := nvramGet("sshd_port")
	if enabled == "2" {
		listen = nvramGet("lan_ipaddr") + ":" + listen
	}
	args := []string{"-p", listen}
	if nvramGet("sshd_pass") != "1" {
		args = append(args, "-s")
	}
	for _, kind := range []string{"rsa", "ecdsa", "ed25519"} {
		key := filepath.Join(hostKeyFolder, "dropbear_"+kind+"_host_key")
		if err := makeHostKey(kind, key); err != nil {
			return err
		}
		args = append(args, "-r", key)
	}
	log, err := openLog()
	if err != nil {
		return err
	}
	defer log.Close()
	dropbear := exec.Command("/usr/sbin/dropbear", args...)
	// Its messages go to the log. It inherits no terminal, environment or working folder.
	dropbear.Stdout, dropbear.Stderr, dropbear.Dir, dropbear.Env = log, log, "/", []string{}
	if err := dropbear.Run(); err != nil {
		return fmt.Errorf("dropbear %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// makeHostKey creates a host key if it does not exist, so that the key survives a reboot.
func makeHostKey(kind, file string) error {
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return run("/usr/bin/dropbearkey", "-t", kind, "-f", file)
}

// writeAuthorizedKeys unpacks the variable, whose keys are joined by '>' in place of newlines.
func writeAuthorizedKeys(joined string) error {
	if len(joined) > authKeysBuffer {
		joined = joined[:authKeysBuffer]
	}
	if err := os.MkdirAll(filepath.Dir(authorizedKeys), 0o700); err != nil {
		return err
	}
	content := strings.ReplaceAll(joined, ">", "\n") + "\n"
	return errors.Join(os.Chmod("/root", 0o700), os.WriteFile(authorizedKeys, []byte(content), 0o600))
}

// stopSshd ends the server and every session with it, as killall does.
func stopSshd() error {
	return endProgram("dropbear")
}

// endProgram ends every process of a name, and waits until they have ended.
func endProgram(name string) error {
	deadline := time.Now().Add(5 * time.Second)
	for {
		processes := processesNamed(name)
		if len(processes) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s did not exit within 5 s: processes %v", name, processes)
		}
		for _, process := range processes {
			_ = syscall.Kill(process, syscall.SIGTERM)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// processesNamed lists the processes of a name, without zombies.
func processesNamed(name string) (found []int) {
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		process, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, _ := os.ReadFile(filepath.Join("/proc", entry.Name(), "stat"))
		_, rest, _ := strings.Cut(string(stat), "("+name+") ")
		if rest != "" && !strings.HasPrefix(rest, "Z") {
			found = append(found, process)
		}
	}
	return found
}
