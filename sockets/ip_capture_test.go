package sockets

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"socketbook/sockets/wire"
)

// tshark takes ARP, neighbour discovery, pings, errors, fragments, and TCP and
// UDP over both families for what a real network sends.
func TestTsharkReadsIP(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not here")
	}
	families(t, func(t *testing.T, six bool) {
		near, far := LAN, LAN
		near.ARP, far.ARP, far.MTU = true, true, 1280
		st, router := routerStory(t, near, far)
		var file bytes.Buffer
		_, err := st.net.links[0].Capture(&file, CaptureOptions{})
		st.ok(err, "capture")
		c := st.of(st.c, six, SOCK_DGRAM)
		to := st.server.at(six, 5300)
		level, ttl := IPPROTO_IP, IP_TTL
		if six {
			level, ttl = IPPROTO_IPV6, IPV6_UNICAST_HOPS
		}
		for _, n := range []int{10, 1400, 1400, 5000} {
			st.c.Sendto(c, pattern(n), 0, &to)
			st.settle()
		}
		st.setsockopt(st.c, c, level, ttl, 1)
		st.c.Sendto(c, []byte("probe"), 0, &to)
		st.settle()
		st.ok(router.AddRoute(Route{To: "10.9.0.0/16", Type: "prohibit"}), "ip route add")
		for _, a := range []string{"10.9.0.1:5300", "10.8.0.1:5300", "[fd09::1]:5300"} {
			to := Addr(a)
			if (to.Family == AF_INET6) == six {
				st.c.Sendto(st.of(st.c, six, SOCK_DGRAM), []byte("nobody"), 0, &to)
			}
			st.settle()
		}
		o := outgoing{src: st.client.ranges[0].lo, dst: st.server.ranges[0].lo, proto: wire.ProtoICMP}
		echo := wire.ICMP{Type: wire.ICMPEchoRequest, Rest: 7<<16 | 1}
		if six {
			o = outgoing{src: st.client.sixes[0], dst: st.server.sixes[0], proto: wire.ProtoICMPv6}
			echo.Type = wire.ICMPv6EchoRequest
		}
		st.client.icmpSend(st.client.nics[0], o, echo, pattern(56))
		st.settle()
		l := st.of(st.s, six, SOCK_STREAM)
		st.ok(st.s.Bind(l, st.server.at(six, 4000)), "bind")
		st.ok(st.s.Listen(l, 5), "listen")
		tcp := st.of(st.c, six, SOCK_STREAM)
		st.c.Connect(tcp, st.server.at(six, 4000))
		st.settle()
		s := st.accept(l)
		st.write(st.c, tcp, string(pattern(5000)))
		st.settle()
		st.ok(st.c.Close(tcp), "close")
		st.ok(st.s.Close(s), "close")
		st.settle()
		st.audit()
		tshark(t, file.Bytes(), append([]string{"Connection reset (RST)", "Response not found", "This frame is a (suspected) retransmission",
			"Time to live", "\"Time To Live\" only 1", "Hop Limit", "Encapsulated"}, closing...)...)
		info := tsharkInfo(t, file.Bytes())
		for _, want := range map[bool][]string{
			false: {"Who has 10.0.0.3? Tell 10.0.0.2", "10.0.0.3 is at 02:00:00:00:03:00", "Fragmented IP protocol", "Fragmentation needed",
				"Time-to-live exceeded", "Destination unreachable (Port unreachable)", "Destination unreachable (Network unreachable)",
				"Communication administratively filtered", "Echo (ping) reply"},
			true: {"Neighbor Solicitation for fd00::3 from 02:00:00:00:02:00", "Neighbor Advertisement fd00::3 (rtr, sol, ovr)", "IPv6 fragment", "Packet Too Big",
				"hop limit exceeded", "Destination Unreachable (Port unreachable)", "Destination Unreachable (no route", "Echo (ping) reply"},
		}[six] {
			if !strings.Contains(info, want) {
				t.Errorf("tshark must show %q, shows\n%s", want, info)
			}
		}
	})
}

// tsharkInfo is tshark's line for each frame.
func tsharkInfo(t *testing.T, file []byte) string {
	cmd := exec.Command("tshark", "-n", "-r", "-", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE")
	cmd.Stdin = bytes.NewReader(file)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
