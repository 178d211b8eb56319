package sockets

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// offloaded is a stage whose cards have these offloads at both ends.
func offloaded(t *testing.T, l Limits, o LinkOptions, on Offloads, options ...Option) *story {
	t.Helper()
	st := newStory(t, l, o, options...)
	for _, h := range []*Host{st.client, st.server} {
		st.ok(h.SetOffload("eth0", on, true), "ethtool -K")
	}
	return st
}

// lens are the payloads of a host's data segments at a station.
func (st *story) lens(h *Host, at Station) (lens []int) {
	for _, e := range st.net.Tape().Events() {
		if e.Host == h.name && e.Station == at && e.Len > 0 && e.Flow.Proto == wire.ProtoTCP {
			lens = append(lens, e.Len)
		}
	}
	return lens
}

// What TCP hands down once is on the wire in frames as always, and TCP at the
// far end sees what the driver has put together.
func TestTSOAndGRO(t *testing.T) {
	const n = 20_000
	for _, c := range []struct {
		on       Offloads
		down, up bool // whether segments are larger than the wire's
	}{{0, false, false}, {OffloadTSO, true, false}, {OffloadGRO, false, true}, {OffloadTSO | OffloadGRO, true, true}} {
		st := offloaded(t, Limits{}, LAN, c.on, Record())
		_, cfd, sfd := st.pair(80)
		data := make([]byte, n)
		for k := range data {
			data[k] = byteAt(k)
		}
		st.write(st.c, cfd, string(data))
		st.settle()
		st.read(st.s, sfd, string(data), "with "+c.on.String())
		large := func(lens []int) bool {
			for _, k := range lens {
				if k > 1460 {
					return true
				}
			}
			return false
		}
		if got := large(st.lens(st.client, StationTx)); got != c.down {
			t.Errorf("%v: a segment larger than a frame goes down: %v, want %v", c.on, got, c.down)
		}
		if got := large(st.lens(st.server, StationIP)); got != c.up {
			t.Errorf("%v: a segment larger than a frame goes up: %v, want %v", c.on, got, c.up)
		}
		if large(st.lens(st.server, StationDMA)) {
			t.Errorf("%v: no frame on the wire may be larger than others", c.on)
		}
		s := st.client.stats
		if c.down && (s.TSOPackets == 0 || s.TSOFrames < 2*s.TSOPackets) || !c.down && s.TSOPackets != 0 {
			t.Errorf("%v: %d large segments in %d frames", c.on, s.TSOPackets, s.TSOFrames)
		}
		if merged := st.server.stats.GROMerged; (merged > 0) != c.up {
			t.Errorf("%v: %d frames merged", c.on, merged)
		}
		// tcpdump looks in above the driver, so it sees the large ones at both ends.
		for _, side := range []struct {
			h     *Host
			large bool
		}{{st.client, c.down}, {st.server, c.up}} {
			text := st.net.Tape().Tcpdump(side.h)
			if got := regexp.MustCompile(`> 10\.0\.0\.1\.80: .*length [0-9]{5}`).MatchString(text) ||
				regexp.MustCompile(`length ([2-9]...|1[5-9]..|14[6-9][1-9])\n`).MatchString(text); got != side.large {
				t.Errorf("%v: tcpdump at the %s shows a large segment: %v, want %v\n%s", c.on, side.h.name, got, side.large, text)
			}
		}
		way := st.net.Tape().Journey(0)
		if n := len(way); n == 0 || way[n-1].Station != StationCopyOut {
			t.Errorf("%v: the first byte's way must end at the copy to the reader:\n%v", c.on, way)
		}
		if in := strings.Count(st.net.Tape().Tcpdump(st.server), " > 10.0.0.1.80: Flags [S]"); in != 1 {
			t.Errorf("%v: tcpdump must show the SYN once, not %d times", c.on, in)
		}
		st.audit()
		st.clean()
	}
}

// IPv6 goes down large as well.
func TestTSOOverIPv6(t *testing.T) {
	six := wire.IPv6{Next: wire.ProtoTCP, HopLimit: 64}
	six.Src[15], six.Dst[15] = 1, 2
	tcp := wire.TCP{SrcPort: 1, DstPort: 2, Seq: 1000, Flags: wire.ACK | wire.PSH}
	payload := make([]byte, 2500)
	st := lanStory(t)
	c := st.client.nics[0]
	size := wire.EthernetLen + wire.IPv6Len + wire.TCPLen + len(payload)
	frame := st.net.frames.alloc(size)
	b := st.net.frames.of(frame)
	wire.Ethernet{Type: wire.EtherTypeIPv6}.Put(b)
	six.PayloadLen = uint16(wire.TCPLen + len(payload))
	six.Put(b[wire.EthernetLen:])
	copy(b[size-len(payload):], payload)
	tcp.Put(b[wire.EthernetLen+wire.IPv6Len:], wire.PseudoHeader6(six.Src, six.Dst, wire.ProtoTCP, int(six.PayloadLen)), payload)
	st.client.gso = 1000
	c.transmit(frame, size)
	for k, want := range []int{1000, 1000, 500} {
		f := c.tx.at(c.tx.head + uint32(k))
		_, rest, _ := wire.ParseEthernet(st.net.frames.of(f.frame)[:f.n])
		ip, body, err := wire.ParseIPv6(rest)
		got, data, err2 := wire.ParseTCP(body)
		sum := wire.VerifyTCP(body, wire.PseudoHeader6(ip.Src, ip.Dst, wire.ProtoTCP, len(body)))
		if err != nil || err2 != nil || sum != nil || len(data) != want || got.Seq != uint32(1000+1000*k) || (got.Flags&wire.PSH != 0) != (k == 2) {
			t.Errorf("frame %d is %+v with %d bytes (%v, %v, %v)", k, got, len(data), err, err2, sum)
		}
	}
}

// The rules of merging: frame after frame is given to the ring, and what goes
// up is looked at.
func TestGRORules(t *testing.T) {
	type frame struct {
		port  uint16
		seq   uint32
		n     int
		flags wire.Flags
		flip  bool
	}
	const A, P = wire.ACK, wire.ACK | wire.PSH
	for _, c := range []struct {
		name   string
		frames []frame
		up     []int
	}{
		{"in order", []frame{{1, 0, 100, A, false}, {1, 100, 100, A, false}, {1, 200, 100, A, false}}, []int{300}},
		{"a short one is the last", []frame{{1, 0, 100, A, false}, {1, 100, 50, A, false}, {1, 150, 100, A, false}}, []int{150, 100}},
		{"a longer one begins anew", []frame{{1, 0, 100, A, false}, {1, 100, 101, A, false}}, []int{100, 101}},
		{"PSH is the last", []frame{{1, 0, 100, A, false}, {1, 100, 100, P, false}, {1, 200, 100, A, false}}, []int{200, 100}},
		{"a hole", []frame{{1, 0, 100, A, false}, {1, 200, 100, A, false}}, []int{100, 100}},
		{"two connections", []frame{{1, 0, 100, A, false}, {2, 0, 70, A, false}, {1, 100, 100, A, false}, {2, 70, 70, A, false}}, []int{200, 140}},
		{"FIN may join", []frame{{1, 0, 100, A, false}, {1, 100, 100, A | wire.FIN, false}}, []int{200}},
		{"URG may not", []frame{{1, 0, 100, A, false}, {1, 100, 100, A | wire.URG, false}}, []int{100, 100}},
		{"a damaged one is none", []frame{{1, 0, 100, A, false}, {1, 100, 100, A, true}, {1, 200, 100, A, false}}, []int{100, 100}},
	} {
		st := offloaded(t, Limits{RxFrames: len(c.frames), RxUsecs: time.Second}, LinkOptions{}, OffloadGRO, Record())
		tap := st.client.ranges[0].lo
		for _, f := range c.frames {
			b := make([]byte, wire.FrameLen4+f.n)
			payload := make([]byte, f.n)
			ip := wire.IPv4{TTL: 64, DF: true, Src: tap, Dst: st.server.ranges[0].lo}
			tcp := wire.TCP{SrcPort: f.port, DstPort: 80, Seq: f.seq, Ack: 5, Flags: f.flags}
			wire.PutTCP4(b, wire.Ethernet{}, &ip, &tcp, payload)
			if f.flip {
				b[len(b)-1] ^= 1
			}
			st.server.nics[0].receive(st.frame(b), uint32(len(b)), hint{})
		}
		st.net.RunFor(time.Millisecond)
		got := st.lens(st.server, StationIP)
		damaged := 0
		for _, f := range c.frames {
			damaged += int(bit(f.flip))
		}

		if text(got) != text(c.up) || int(st.server.stats.InCsumErrors) != damaged {
			t.Errorf("%s: %v goes up, want %v; %d damaged, want %d", c.name, got, c.up, st.server.stats.InCsumErrors, damaged)
		}
	}
}

// Whatever differs in a header keeps segments apart, a merged one is bounded,
// and the last one's PSH is the whole one's.
func TestGROKeepsApart(t *testing.T) {
	up := func(n, count int, change func(k int, ip *wire.IPv4, tcp *wire.TCP)) (lens []int, flags wire.Flags) {
		st := offloaded(t, Limits{RxFrames: count, RxUsecs: time.Second, RxBudget: 100}, LinkOptions{}, OffloadGRO, Record())
		for k := range count {
			ip := wire.IPv4{TTL: 64, DF: true, Src: st.client.ranges[0].lo, Dst: st.server.ranges[0].lo}
			tcp := wire.TCP{SrcPort: 1, DstPort: 80, Seq: uint32(k * n), Ack: 5, Flags: wire.ACK, Window: 100, Options: []byte{1, 1, 1, 1}}
			change(k, &ip, &tcp)
			b := make([]byte, wire.FrameLen4+4+n)
			wire.PutTCP4(b, wire.Ethernet{}, &ip, &tcp, make([]byte, n))
			st.server.nics[0].receive(st.frame(b), uint32(len(b)), hint{})
		}
		st.net.RunFor(time.Millisecond)
		for _, e := range st.net.Tape().Events() {
			if e.Station == StationIP && e.Host == "server" {
				flags = e.Flags
			}
		}
		return st.lens(st.server, StationIP), flags
	}
	for name, change := range map[string]func(*wire.IPv4, *wire.TCP){
		"another TTL":         func(ip *wire.IPv4, _ *wire.TCP) { ip.TTL = 63 },
		"another TOS":         func(ip *wire.IPv4, _ *wire.TCP) { ip.TOS = 4 },
		"another ACK":         func(_ *wire.IPv4, tcp *wire.TCP) { tcp.Ack = 6 },
		"another window":      func(_ *wire.IPv4, tcp *wire.TCP) { tcp.Window = 99 },
		"other options":       func(_ *wire.IPv4, tcp *wire.TCP) { tcp.Options = []byte{1, 1, 1, 0} },
		"a sender's CWR flag": func(_ *wire.IPv4, tcp *wire.TCP) { tcp.Flags |= wire.CWR },
	} {
		lens, _ := up(100, 2, func(k int, ip *wire.IPv4, tcp *wire.TCP) {
			if k == 1 {
				change(ip, tcp)
			}
		})
		if len(lens) != 2 {
			t.Errorf("%s: must go up by itself: %v", name, lens)
		}
	}
	lens, flags := up(1000, 70, func(k int, _ *wire.IPv4, tcp *wire.TCP) {
		if k == 69 {
			tcp.Flags |= wire.PSH
		}
	})
	if text(lens) != "65000 5000" || flags != wire.ACK|wire.PSH {
		t.Errorf("70 segments of 1000 go up as 65 and 5, the last with PSH: %v, %v", lens, flags)
	}
}

func text(x []int) string {
	var s []string
	for _, k := range x {
		s = append(s, itoa(k))
	}
	return strings.Join(s, " ")
}

// With offloads, costs, several rings and a bad link every byte arrives once,
// and after each event everything is accounted for.
func TestOffloadsConserve(t *testing.T) {
	for seed := range uint64(6) {
		l := Limits{Queues: 1 + int(seed%2), RxRing: 64}
		if seed%3 == 0 {
			l.Costs = KernelCosts
		}
		o := LinkOptions{Delay: 100 * time.Microsecond, Rate: 100_000_000, Loss: 0.02, Duplicate: 0.05, Corrupt: 0.01, SwitchFlip: 0.01,
			Reorder: 0.05, ReorderDelay: 200 * time.Microsecond}
		st := offloaded(t, l, o, OffloadTSO|OffloadGRO, Seed(seed))
		const total = 60_000
		got := 0
		st.server.Spawn("server", func(p *Process) {
			l, _ := p.ListenOn(Any(80), 4)
			fd, _, _ := p.Accept4(l, 0)
			for buf := make([]byte, 10_000); ; {
				n, err := p.Read(fd, buf)
				if n <= 0 || err != nil {
					break
				}
				for k, x := range buf[:n] {
					if x != byteAt(got+k) {
						t.Errorf("seed %d: byte %d is %d", seed, got+k, x)
						break
					}
				}
				got += n
			}
		})
		st.client.Spawn("client", func(p *Process) {
			p.Sleep(time.Millisecond)
			fd, err := p.Dial(st.server.Addr(80))
			if err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			data := make([]byte, total)
			for k := range data {
				data[k] = byteAt(k)
			}
			p.Write(fd, data)
			p.Close(fd)
		})
		for until := sim.Time(10 * time.Minute); st.net.Now() < until && st.net.sim.Step(); {
			if st.audit(); t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		if got != total {
			t.Errorf("seed %d: %d bytes of %d arrived", seed, got, total)
		}
	}
}

func TestSetOffloadIsChecked(t *testing.T) {
	st := lanStory(t)
	refuses(t, st.client.SetOffload("eth7", OffloadGRO, true), "device", "a card that is not there")
	refuses(t, st.client.SetOffload("eth0", 128, true), "offloads", "an offload that is none")
	st.ok(st.client.SetOffload("eth0", OffloadRxChecksum, false), "off")
	if got := st.client.nics[0].offloads.String(); got != "tx-checksumming" {
		t.Errorf("tx-checksumming must be left, not %q", got)
	}
}
