package main

import (
	"strings"
	"testing"
)

func TestSymptomsVerb(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"symptoms", "  EMFILE\n"},
		{"symptoms emfile", "host: socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = -1 EMFILE (Too many open files)"},
		{"symptoms ListenOverflows", "server: TcpExtListenOverflows"},
		{"symptoms close-wait", "users:((\"web\",pid="},
		{"symptoms listen, recv-q above send-q", "Recv-Q 6 Send-Q 5"},
		{"symptoms IpOutErrors", ""},
		{"symptoms Icmp6OutErrors", "Not shown here"},
	} {
		status, stdout, stderr := call(t, strings.Fields(tt.args)...)
		if tt.want == "" {
			if status != exitUsage || !strings.Contains(stderr, "no symptom is called") {
				t.Errorf("%q: status %d, %q", tt.args, status, stderr)
			}
			continue
		}
		if status != exitOK || stderr != "" || !strings.Contains(stdout, tt.want) {
			t.Errorf("%q: status %d, %q, %q; want %q", tt.args, status, stdout, stderr, tt.want)
		}
	}
	if _, _, stderr := call(t, "symptoms", "overflow"); !strings.Contains(stderr, "TcpExtListenOverflows") {
		t.Errorf("a part of a name must lead to it: %q", stderr)
	}
}
