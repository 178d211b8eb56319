package sockets

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// deviationTests has, for each record of the register, a look at the
// difference: it reports what is to be seen here, and whether that is still
// other than on Linux.
var deviationTests = map[string]func(t *testing.T) (seen any, differs bool){
	"multicast": func(t *testing.T) (any, bool) {
		_, _, client, _ := deviationPair(t)
		fd, _ := client.Socket(AF_INET, SOCK_DGRAM, 0)
		to := Addr("224.0.0.251:5353")
		_, err := client.Sendto(fd, []byte("x"), 0, &to)
		return err, errors.Is(err, ENETUNREACH)
	},
	"ancillary-data": func(t *testing.T) (any, bool) {
		server, _, _, _ := deviationPair(t)
		p := server.procs[0]
		fd, _ := p.Socket(AF_INET, SOCK_DGRAM|SOCK_NONBLOCK, 0)
		p.Bind(fd, Addr("127.0.0.1:53"))
		if err := p.Setsockopt(fd, IPPROTO_IP, 8, []byte{1, 0, 0, 0}, 4); err != nil { // IP_PKTINFO
			t.Fatal(err)
		}
		to := Addr("127.0.0.1:53")
		p.Sendto(fd, []byte("x"), 0, &to)
		server.net.RunFor(time.Millisecond)
		m := Msg{Bufs: [][]byte{make([]byte, 10)}, Control: make([]byte, 64)}
		n, err := p.Recvmsg(fd, &m, 0)
		return m.Control, err == nil && n == 1 && string(m.Control) == string(make([]byte, 64))
	},
	"other-families": func(t *testing.T) (any, bool) {
		server, _, _, _ := deviationPair(t)
		p := server.procs[0]
		fd, err := p.Socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)
		if err != nil {
			t.Fatal(err)
		}
		to := Addr("127.0.0.1:0")
		p.Sendto(fd, []byte{8, 0, 0xf7, 0xff, 0, 0, 0, 0}, 0, &to) // an echo request
		server.net.RunFor(time.Millisecond)
		n, _, err := p.Recvfrom(fd, make([]byte, 100), MSG_DONTWAIT) // Linux: its own request, and the reply
		return n, err != nil
	},
	"tcp-mem": func(t *testing.T) (any, bool) {
		lab := NewNetwork(Seed(1))
		p := lab.NewHost("tiny", Limits{RAM: 1 << 20}).NewProcess("deaf")
		door, _ := p.ListenOn(Any(80), 1)
		fd, err := p.Socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		p.Connect(fd, Addr("127.0.0.1:80"))
		lab.RunFor(time.Millisecond)
		p.Accept4(door, 0)
		n, _ := p.Write(fd, make([]byte, 200_000)) // Linux: 24 pages at most, 98,304 bytes
		lab.RunFor(time.Millisecond)
		more, _ := p.Write(fd, make([]byte, 200_000))
		return n + more, n+more > 98_304
	},
	"stored-options": func(t *testing.T) (any, bool) {
		server, clientHost, client, _ := deviationPair(t)
		var file bytes.Buffer
		if _, err := clientHost.Capture(&file, "eth0", CaptureOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := client.Setsockopt(3, IPPROTO_IP, IP_TOS, []byte{0x10, 0, 0, 0}, 4); err != nil {
			t.Fatal(err)
		}
		client.Write(3, []byte("x"))
		server.net.RunFor(time.Millisecond)
		at := bytes.Index(file.Bytes(), []byte{8, 0, 0x45}) // Ethernet's type, then IPv4's first byte
		if at < 0 {
			t.Fatal("no packet was captured")
		}
		tos := file.Bytes()[at+3]
		return tos, tos != 0x10
	},
	"accurate-ecn": func(t *testing.T) (any, bool) {
		lab := NewNetwork(Seed(1))
		host := lab.NewHost("host", Limits{})
		host.SetSysctl("net.ipv4.tcp_ecn", "1")
		var answer wire.Flags
		var tap *Tap
		tap = lab.NewTap(host, TapOptions{Receive: func(_ sim.Time, packet []byte) {
			ip, body, _ := wire.ParseIPv4(packet)
			tcp, _, err := wire.ParseTCP(body)
			if err != nil || ip.Proto != wire.ProtoTCP {
				return
			}
			if answer = tcp.Flags; answer&wire.SYN == 0 {
				return
			}
			frame := make([]byte, 100)
			back := wire.IPv4{TTL: 64, Src: ip.Dst, Dst: ip.Src}
			n := wire.PutTCP4(frame, wire.Ethernet{}, &back, &wire.TCP{SrcPort: tcp.DstPort, DstPort: tcp.SrcPort, Ack: tcp.Seq + 1, Window: 1000,
				Flags: wire.SYN | wire.ACK | wire.ECE | wire.CWR}, nil)
			tap.Inject(frame[wire.EthernetLen:n])
		}})
		p := host.NewProcess("client")
		fd, _ := p.Socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0)
		to := tap.Addr(0)
		to.Port = 80
		p.Connect(fd, to)
		lab.RunFor(time.Millisecond)
		return answer, answer == wire.ACK
	},
	"local-drop": func(t *testing.T) (any, bool) {
		lab := NewNetwork(Seed(1))
		server, client := lab.NewHost("server", Limits{}), lab.NewHost("client", Limits{})
		lab.NewLink(client, server, LinkOptions{Delay: time.Millisecond, Rate: 1_000_000, Queue: 4})
		q, p := server.NewProcess("server"), client.NewProcess("client")
		l, _ := q.Socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0)
		q.Bind(l, Any(80))
		q.Listen(l, 5)
		c, _ := p.Socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0)
		p.Connect(c, server.Addr(80))
		lab.RunFor(100 * time.Millisecond)
		if n, err := p.Write(c, make([]byte, 14_480)); n != 14_480 || err != nil {
			t.Fatal(n, err)
		}
		s := client.socks.at(p.fds.get(c).index())
		out := client.traffic.at(s.traffic).packetsOut
		return out, client.stats.TxDropped > 0 && out == 10
	},
	"offload-defaults": func(t *testing.T) (any, bool) {
		server, _, _, _ := deviationPair(t)
		text, err := server.Ethtool("-k", "eth0")
		return text, err == nil && strings.Contains(text, "tcp-segmentation-offload: off") && strings.Contains(text, "generic-receive-offload: off")
	},
	"blocking-signals": func(t *testing.T) (any, bool) {
		_, _, client, _ := deviationPair(t)
		client.Shutdown(3, 1)
		_, err := client.Write(3, []byte("x"))
		return err, errors.Is(err, EPIPE) && !client.ended
	},
}

// deviationPair is a connection over a wire: the client's end is descriptor 3
// of its process, the server's is fd. Both are non-blocking.
func deviationPair(t *testing.T) (server, client *Host, p *Process, fd int) {
	t.Helper()
	lab := NewNetwork(Seed(1))
	server, client = lab.NewHost("server", Limits{}), lab.NewHost("client", Limits{})
	lab.NewLink(client, server, LAN)
	q := server.NewProcess("server")
	l, _ := q.Socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0)
	if err := q.Bind(l, Any(80)); err != nil {
		t.Fatal(err)
	}
	q.Listen(l, 5)
	p = client.NewProcess("client")
	c, _ := p.Socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0)
	p.Connect(c, server.Addr(80))
	lab.RunFor(10 * time.Millisecond)
	fd, _, err := q.Accept4(l, SOCK_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	return server, client, p, fd
}

// Every record of the register is true, and there is no other.
func TestDeviations(t *testing.T) {
	if n := len(Deviations); n > 10 {
		t.Errorf("the register has %d records, and ten are the most", n)
	}
	known := map[string]bool{}
	for _, d := range Deviations {
		known[d.ID] = true
		look := deviationTests[d.ID]
		if look == nil {
			t.Errorf("nobody looks whether %q is still so", d.ID)
			continue
		}
		if d.Linux == "" || d.Here == "" || d.Why == "" || d.See == "" {
			t.Errorf("the record of %q is not complete", d.ID)
		}
		if seen, differs := look(t); !differs {
			t.Errorf("%q seems mended (seen: %v): take the record out", d.ID, seen)
		}
	}
	for id := range deviationTests {
		if !known[id] {
			t.Errorf("a test looks at %q, which is not in the register", id)
		}
	}
}
