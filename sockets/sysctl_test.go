package sockets

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// What is written below /proc/sys, and what is read there afterwards.
// survey_test.go has more texts for every setting.
func TestSysctlValues(t *testing.T) {
	for _, c := range []struct {
		key, write string
		err        Errno
		read, why  string
	}{
		{"net.core.somaxconn", "8", 0, "8", "proc_dointvec_minmax"},
		{"net.core.somaxconn", " 0x10 \n", 0, "16", "any base, blanks around it"},
		{"net.core.somaxconn", "-1", EINVAL, "4096", "from 0"},
		{"net.core.somaxconn", "many", EINVAL, "4096", "no number"},
		{"net.core.somaxconn", "", 0, "4096", "a write of no bytes"},
		{"net.core.rmem_max", "2303", EINVAL, "4194304", "SOCK_MIN_RCVBUF"},
		{"net.core.wmem_default", "4608", 0, "4608", "SOCK_MIN_SNDBUF"},
		{"net.ipv4.ip_local_port_range", "40000 50000", 0, "40000\t50000", "two numbers, told with a tab"},
		{"net.ipv4.ip_local_port_range", "50000 40000", EINVAL, "32768\t60999", "an empty range"},
		{"net.ipv4.ip_local_port_range", "1023 5000", EINVAL, "32768\t60999", "below ip_unprivileged_port_start"},
		{"net.ipv4.ip_local_port_range", "40000", 0, "40000\t60999", "fewer numbers change the first ones"},
		{"net.ipv4.ip_unprivileged_port_start", "32769", EINVAL, "1024", "above the first ephemeral port"},
		{"net.ipv4.ip_local_reserved_ports", "8080,9000-9010,8081", 0, "8080-8081,9000-9010", "proc_do_large_bitmap"},
		{"net.ipv4.ip_local_reserved_ports", "10-5", EINVAL, "", "a range backwards"},
		{"net.ipv4.tcp_rmem", "4096 8192", 0, "4096\t8192\t33554432", "three numbers"},
		{"net.ipv4.tcp_rmem", "0", EINVAL, "4096\t131072\t33554432", "from 1"},
		{"net.ipv4.tcp_syn_retries", "128", EINVAL, "6", "MAX_TCP_SYNCNT"},
		{"net.ipv4.tcp_fin_timeout", "-5", 0, "-5", "proc_dointvec_jiffies takes any number"},
		{"net.ipv4.tcp_tw_reuse", "3", EINVAL, "2", "0 to 2"},
		{"net.ipv4.tcp_syncookies", "2", 0, "2", "0 to 255"},
		{"net.ipv4.ping_group_range", "9 3", 0, "1\t0", "an empty range"},
		{"net.ipv6.bindv6only", "256", EINVAL, "0", "a byte"},
		{"fs.nr_open", "7", EINVAL, "1048576", "sysctl_nr_open_min"},
	} {
		h := NewNetwork(Seed(1)).NewHost("host", Limits{})
		if err := h.SetSysctl(c.key, c.write); c.err == 0 && err != nil || c.err != 0 && !errors.Is(err, c.err) {
			t.Errorf("%s = %q (%s): %v, want %v", c.key, c.write, c.why, err, c.err)
		}
		if v, err := h.Sysctl(c.key); err != nil || v != c.read {
			t.Errorf("%s after %q (%s) is %q, %v; want %q", c.key, c.write, c.why, v, err, c.read)
		}
	}
}

// A setting nobody knows is named.
func TestUnknownSysctlIsNamed(t *testing.T) {
	h := NewNetwork(Seed(1)).NewHost("host", Limits{})
	_, get := h.Sysctl("net.ipv4.no_such")
	for _, err := range []error{get, h.SetSysctl("net.ipv4.no_such", "1")} {
		var e *SysctlError
		if !errors.As(err, &e) || e.Key != "net.ipv4.no_such" || !errors.Is(err, ENOENT) || !strings.Contains(err.Error(), "net.ipv4.no_such") {
			t.Errorf("an unknown setting answers %v, which must name it", err)
		}
	}
}

// Every setting takes back what it tells.
func TestSysctlsTakeBackWhatTheyTell(t *testing.T) {
	h := NewNetwork(Seed(1)).NewHost("host", Limits{})
	keys := []string{reservedPortsKey}
	for k := range sysctls {
		keys = append(keys, k)
	}
	for k := range sysctlTexts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, key := range keys {
		before, err := h.Sysctl(key)
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		if err := h.SetSysctl(key, before); err != nil && !errors.Is(err, EACCES) {
			t.Errorf("%s tells %q and does not take it: %v", key, before, err)
		}
		if after, _ := h.Sysctl(key); after != before {
			t.Errorf("%s was %q and is %q after being set to that", key, before, after)
		}
	}
}

// Sockets keep the buffers they were made with; new ones begin with the new
// size (sock_init_data, tcp_init_sock).
func TestSysctlsAreForNewSockets(t *testing.T) {
	st := lanStory(t)
	old := st.socket(st.s)
	st.ok(st.server.SetSysctl("net.ipv4.tcp_rmem", "4096 10000 20000"), "sysctl")
	if got := st.told(st.s, old, SOL_SOCKET, SO_RCVBUF); !slices.Equal(got, ints(131072)) {
		t.Errorf("the old socket's buffer is %v", got)
	}
	if got := st.told(st.s, st.socket(st.s), SOL_SOCKET, SO_RCVBUF); !slices.Equal(got, ints(10000)) {
		t.Errorf("the new socket's buffer is %v", got)
	}
}
