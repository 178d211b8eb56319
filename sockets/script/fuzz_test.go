package script

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// Whatever a text is, parsing it answers; and what it parses to prints as a
// text that parses to the same.
func FuzzParse(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.story")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range []string{
		"tolerance 0.02\nisn 4294967295\nmtu 1400\nipv6\nlimit TimeWait 1.5\nlimit Rmem 4096\nsimulator only: long # yes\npending: not yet\n",
		"any > 80 > 5000: [S.], seq 0, ack 1, options [mss 1,nop,wscale 14,sackOK,sack 2 {1:2}{-3:4},eol,unknown-254 \"\\0\"], length 0\n",
		"+0.25..1.5~0.01 < 10.0.0.3.1 > 10.0.0.1.2: Flags [FSRP.UEW], seq 1:4, ack 1, win 0, urg 1, length 3: \"a\\n\\x41\"\r\n",
		"0.5 > 2001:db8::1.80 > 2001:db8::2.90: UDP, length 2\n< ICMP need to frag (mtu 1300), seq 4\n< ICMP echo request, id 1, seq 2, length 3\n+1 > nothing\n",
		"poll([{fd=3, events=POLLIN|POLLOUT}], 1, -1) = 1 ([{fd=3, revents=POLLOUT}])\n<... poll resumed>) = ?\nrecv(3, \"a\"..., 0x10, MSG_PEEK) <unfinished ...>\n",
		"setsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=0}, 8) = 0\nconnect(3, [::1]:80) = -1 ECONNREFUSED (Connection refused)\nconnect(3, {sa_family=AF_UNSPEC}) = 0\n",
		"given server, win 5, options [mss 1000,TS val any ecr 0]\nsysctl -w net.ipv4.tcp_rmem = 1 2  3\nstate 3 TCP_FIN_WAIT2\nstate connection TIME-WAIT\ninfo 3 tcpi_snd_cwnd 10\nnstat TcpOutRsts 1\n",
	} {
		if _, err := Parse("seed", text); err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		st, err := Parse("fuzz", text)
		if err != nil {
			return
		}
		again, err := Parse("fuzz", st.String())
		if err != nil {
			t.Fatalf("%q prints as %q: %v", text, st, err)
		}
		if again.String() != st.String() {
			t.Fatalf("%q prints as %q, and that as %q", text, st, again)
		}
		forget(reflect.ValueOf(st))
		forget(reflect.ValueOf(again))
		if !reflect.DeepEqual(st, again) {
			t.Fatalf("%q is not the story that %q is", text, st)
		}
	})
}

// forget clears columns: they are the text's, not the story's.
func forget(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		if e, ok := v.Interface().(*Expr); ok {
			e.col = 0
		}
		if c, ok := v.Interface().(*Call); ok {
			c.col = 0
		}
		forget(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if v.Index(i).CanAddr() {
				forget(v.Index(i).Addr())
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				forget(v.Field(i))
			}
		}
	}
}
