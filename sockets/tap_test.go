package sockets

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// tapSegment is a segment from the tap's address to the host's port 80.
func tapSegment(tap *Tap, h *Host, tcp wire.TCP, payload string) []byte {
	src, dst := tap.far.ranges[0].lo, h.ranges[0].lo
	n := tcp.HeaderLen() + len(payload)
	b := make([]byte, wire.IPv4Len+n)
	ip := wire.IPv4{TotalLen: uint16(len(b)), TTL: 64, Proto: wire.ProtoTCP, Src: src, Dst: dst}
	ip.Put(b)
	tcp.Put(b[wire.IPv4Len:], wire.PseudoHeader4(src, dst, wire.ProtoTCP, n), []byte(payload))
	copy(b[wire.IPv4Len+tcp.HeaderLen():], payload)
	return b
}

// A handshake by hand: the tap sends a SYN, sees the SYN-ACK, and the server
// accepts when the tap's ACK has come.
func TestTapHandshake(t *testing.T) {
	lab := NewNetwork(Seed(1), Record())
	defer lab.Close()
	h := lab.NewHost("host", Limits{})
	var seen []wire.TCP
	tap := lab.NewTap(h, TapOptions{Receive: func(_ sim.Time, packet []byte) {
		_, body, err := wire.ParseIPv4(packet)
		if err != nil {
			t.Fatalf("the host sends a packet that is none: %v", err)
		}
		tcp, _, err := wire.ParseTCP(body)
		if err != nil {
			t.Fatalf("the host sends a segment that is none: %v", err)
		}
		tcp.Options = nil
		seen = append(seen, tcp)
	}})
	p := h.NewProcess("server")
	l, err := p.ListenOn(Any(80), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := tap.InjectAt(lab.Now().Add(time.Second), tapSegment(tap, h, wire.TCP{SrcPort: 4000, DstPort: 80, Seq: 99, Flags: wire.SYN, Window: 1000}, "")); err != nil {
		t.Fatal(err)
	}
	if err := lab.RunFor(time.Second + time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 || seen[0].Flags != wire.SYN|wire.ACK || seen[0].Ack != 100 {
		t.Fatalf("after a SYN with sequence number 99 the tap sees %+v, want one SYN-ACK for 100", seen)
	}
	if err := tap.Inject(tapSegment(tap, h, wire.TCP{SrcPort: 4000, DstPort: 80, Seq: 100, Ack: seen[0].Seq + 1, Flags: wire.ACK, Window: 1000}, "hello")); err != nil {
		t.Fatal(err)
	}
	fd, peer, err := p.Accept4(l, 0)
	if err != nil || peer != tap.Addr(4000) {
		t.Fatalf("accept4: %v, %v, want a connection of %v", peer, err, tap.Addr(4000))
	}
	buf := make([]byte, 10)
	if n, err := p.Read(fd, buf); err != nil || string(buf[:n]) != "hello" {
		t.Fatalf("read %q, %v, want what the tap sent", buf[:n], err)
	}
	if got := len(lab.Hosts()); got != 1 {
		t.Errorf("the network has %d hosts, want 1: a tap is none", got)
	}
	if !strings.Contains(lab.Tape().Tcpdump(tap.Host()), "Flags [S.]") {
		t.Errorf("the tape of the tap:\n%swant the SYN-ACK in it", lab.Tape().Tcpdump(tap.Host()))
	}
	for _, wrong := range audit(lab) {
		t.Error(wrong)
	}
}

// A tap refuses what no wire carries, and says what it takes.
func TestTapBounds(t *testing.T) {
	lab := NewNetwork()
	tap := lab.NewTap(lab.NewHost("host", Limits{}), TapOptions{})
	lab.RunFor(time.Second)
	good := append([]byte{0x45}, make([]byte, 19)...)
	for name, try := range map[string]func() error{
		"no bytes":      func() error { return tap.Inject(nil) },
		"too short":     func() error { return tap.Inject(good[:19]) },
		"too long":      func() error { return tap.Inject(append(good, make([]byte, 65516)...)) },
		"version 5":     func() error { return tap.Inject(append([]byte{0x55}, good[1:]...)) },
		"in the past":   func() error { return tap.InjectAt(lab.Now()-1, good) },
		"after the end": func() error { return tap.InjectAt(lastTime+1, good) },
		"short frame":   func() error { return tap.InjectFrame(lab.Now(), good[:13]) },
	} {
		var limit *LimitError
		if err := try(); !errors.As(err, &limit) {
			t.Errorf("%s: %v, want a *LimitError", name, err)
		}
	}
	if err := tap.Inject(good); err != nil {
		t.Errorf("twenty bytes of IP: %v, want them sent", err)
	}
	if lab.NewTap(nil, TapOptions{}); lab.Err() == nil {
		t.Error("a tap at no host is taken")
	}
}

// Whatever arrives, the host's books are right.
func TestTapNonsense(t *testing.T) {
	for seed := uint64(0); seed < 20; seed++ {
		r := rand.New(rand.NewPCG(seed, 6))
		lab := NewNetwork(Seed(seed))
		h := lab.NewHost("host", Limits{})
		tap := lab.NewTap(h, TapOptions{})
		p := h.NewProcess("server")
		p.ListenOn(Any(80), 3)
		for range 200 {
			tcp := wire.TCP{SrcPort: uint16(r.IntN(3)), DstPort: 80, Seq: uint32(r.IntN(4)), Ack: r.Uint32(), Flags: wire.Flags(r.IntN(64)), Window: uint16(r.Uint32())}
			b := tapSegment(tap, h, tcp, strings.Repeat("x", r.IntN(3)*700))
			switch r.IntN(4) {
			case 0:
				b[1+r.IntN(len(b)-1)] ^= byte(1 + r.IntN(255))
			case 1:
				b = b[:20+r.IntN(len(b)-20)]
			}
			if err := tap.Inject(b); err != nil {
				t.Fatal(err)
			}
			lab.RunFor(time.Duration(r.IntN(2_000_000)))
			if wrong := audit(lab); len(wrong) > 0 {
				t.Fatalf("seed %d: %v", seed, wrong)
			}
		}
		lab.Close()
	}
}
