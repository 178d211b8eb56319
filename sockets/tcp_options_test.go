package sockets

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"socketbook/sockets/wire"
)

// frames is every TCP segment that h sends while f runs, read off the wire.
func (st *story) frames(h *Host, f func()) (all []segment) {
	st.Helper()
	var file bytes.Buffer
	c, err := st.net.links[0].Capture(&file, CaptureOptions{From: h})
	st.ok(err, "Capture")
	f()
	st.ok(c.Close(), "the end of the capture")
	for _, b := range blocks(st.T, file.Bytes()) {
		if b.kind != 6 { // an enhanced packet
			continue
		}
		n := binary.LittleEndian.Uint32(b.body[12:])
		var g segment
		if p, err := wire.ParseTCP4(b.body[20:20+n], &g.ip, &g.tcp); err == nil {
			g.len = uint32(len(p))
			if g.opt, err = wire.ParseTCPOptions(g.tcp.Options); err != nil {
				st.Errorf("%s sends bad options: %v", h.name, err)
			}
			all = append(all, g)
		}
	}
	return all
}

// What the two SYNs offer decides what the connection does: MSS, SACK,
// timestamps, window scale (RFC 2018 §2, RFC 7323 §2.2 and §3.2), each by its
// setting.
func TestSynOptions(t *testing.T) {
	for _, c := range []struct {
		key              string // what is switched off at the server
		sack, stamps     bool
		clientShift, mss int
	}{
		{"", true, true, 10, 1448},
		{"net.ipv4.tcp_sack", false, true, 10, 1448},
		{"net.ipv4.tcp_timestamps", true, false, 10, 1460},
		{"net.ipv4.tcp_window_scaling", true, true, 0, 1448},
	} {
		st := lanStory(t)
		if c.key != "" {
			st.ok(st.server.SetSysctl(c.key, "0"), c.key)
		}
		var cfd, sfd int
		segs := st.frames(st.client, func() { _, cfd, sfd = st.pair(80) })
		syn := segs[0].opt
		if syn.MSS != 1460 || !syn.SACKPermitted || !syn.Timestamps || syn.WindowScale != 10 || segs[0].tcp.Window != 64240 {
			t.Errorf("a SYN offers all it can, with a window of 64,240: %+v", segs[0])
		}
		if fmt.Sprint(segs[0].tcp.Options[:6]) != "[2 4 5 180 4 2]" || len(segs[0].tcp.Options) != 20 {
			t.Errorf("Linux's SYN begins with MSS and SACK permitted, and its options are 20 bytes: %v", segs[0].tcp.Options)
		}
		cs, ss := st.c.sock(cfd), st.s.sock(sfd)
		for _, s := range []*sock{cs, ss} {
			if s.flags&flagSACK != 0 != c.sack || s.flags&flagTS != 0 != c.stamps || int(s.recvShift()) != c.clientShift || int(s.mss) != c.mss {
				t.Errorf("without %q: SACK %v, timestamps %v, shift %d, mss %d", c.key, s.flags&flagSACK != 0, s.flags&flagTS != 0, s.recvShift(), s.mss)
			}
		}
		if ack := segs[1]; ack.opt.Timestamps != c.stamps || ack.tcp.Window != uint16((64240+1<<c.clientShift-1)>>c.clientShift) {
			t.Errorf("without %q: the third segment has timestamps %v and window %d", c.key, ack.opt.Timestamps, ack.tcp.Window)
		}
		st.write(st.c, cfd, "with or without")
		st.settle()
		st.read(st.s, sfd, "with or without", "and data goes")
		st.audit()
		st.clean()
	}
}

// With a window scale more than 64 KiB are on their way at once: a buffer of a
// megabyte fills a path of 40 ms far beyond 65,535 bytes a round trip.
func TestWindowBeyond64K(t *testing.T) {
	st := newStory(t, Limits{Rmem: 4 << 20, Wmem: 1 << 20}, LinkOptions{Delay: 20 * time.Millisecond})
	l := st.listen(80, 5)
	c := st.connect(80)
	st.net.RunFor(100 * time.Millisecond)
	s := st.accept(l)
	if w := st.c.sock(c).sndWnd(); w != 65535 {
		t.Errorf("the window of a SYN-ACK is not scaled, and 65,535 at most: %d", w)
	}
	st.write(st.s, s, "a segment with a scaled window")
	st.net.RunFor(100 * time.Millisecond)
	if w := st.c.sock(c).sndWnd(); w < 1<<20 {
		t.Errorf("a scaled window is as large as the buffer: %d", w)
	}
	st.audit()
}

// An old segment that comes around again is known by its timestamp, even if its
// sequence number fits (PAWS, RFC 7323 §5). A reset is taken all the same.
func TestPAWS(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	st.net.RunFor(time.Second)
	ss, cs := st.s.sock(s), st.c.sock(c)
	from, to := st.client.local(cs), st.server.local(ss)
	stamped := func(back uint32) []byte {
		o := wire.NoTCPOptions
		o.Timestamps, o.TSVal, o.TSEcr = true, ss.tsRecent-back, cs.tsRecent
		return o.Append(nil)
	}
	recent := ss.tsRecent
	send := func(flags wire.Flags, back uint32, data string) {
		st.inject(st.client, from, to, wire.TCP{Flags: flags, Seq: uint32(ss.rcvNxt), Ack: uint32(ss.sndUna), Window: 1000, Options: stamped(back)}, data)
	}
	send(wire.ACK, 2, "old")
	if st.s.unread(s) != 0 || st.server.stats.PAWSEstab != 1 {
		t.Errorf("data two ticks old is dropped and counted: %d bytes, PAWSEstab %d", st.s.unread(s), st.server.stats.PAWSEstab)
	}
	if ss.tsRecent != recent {
		t.Error("an old timestamp is not remembered")
	}
	send(wire.ACK, 0, "new")
	if st.s.unread(s) != 3 {
		t.Errorf("data of the same tick is taken, %d bytes are there", st.s.unread(s))
	}
	st.audit()
	st.read(st.s, s, "new", "and can be read")
	// What was quiet for 25 days has no time to compare with (§5.5).
	for range 25 {
		st.net.RunFor(24 * time.Hour)
	}
	send(wire.ACK, 1<<20, "month")
	if st.s.unread(s) != 5 {
		t.Errorf("after 24 days an old timestamp says nothing, %d bytes are there", st.s.unread(s))
	}
	send(wire.RST, 1000, "")
	st.read(st.s, s, "month", "what came before")
	st.readErrno(st.s, s, ECONNRESET, "a reset does not need a new timestamp")
	st.audit()
}

// A cookie has three bits for the MSS; everything else the two SYNs agreed on
// comes back in the timestamp, or is forgone (net/ipv4/syncookies.c).
func TestCookiesKeepOptionsInTimestamps(t *testing.T) {
	for _, stamps := range []bool{true, false} {
		st := lanStory(t)
		st.ok(st.server.SetSysctl("net.ipv4.tcp_syncookies", "2"), "sysctl")
		if !stamps {
			st.ok(st.client.SetSysctl("net.ipv4.tcp_timestamps", "0"), "sysctl")
		}
		st.net.RunFor(1234 * time.Millisecond)
		_, c, s := st.pair(80)
		if got := st.server.Stats().SyncookiesRecv; got != 1 {
			t.Fatalf("the connection comes from a cookie: SyncookiesRecv %d", got)
		}
		for _, e := range []*sock{st.c.sock(c), st.s.sock(s)} {
			if e.flags&flagSACK != 0 != stamps || e.flags&flagTS != 0 != stamps || (e.recvShift() == 10) != stamps || (e.sendShift() == 10) != stamps {
				t.Errorf("timestamps %v: SACK %v, timestamps %v, shifts %d and %d", stamps, e.flags&flagSACK != 0, e.flags&flagTS != 0, e.recvShift(), e.sendShift())
			}
		}
		st.write(st.c, c, "data")
		st.settle()
		st.read(st.s, s, "data", "over it")
		st.audit()
		st.clean()
	}
}

// With net.ipv4.tcp_rfc1337 a late reset does not end TIME-WAIT (RFC 1337 §3).
func TestRFC1337(t *testing.T) {
	for value, survives := range []bool{false, true} {
		st, _, rcvNxt, _ := timeWait(t)
		st.ok(st.server.SetSysctl("net.ipv4.tcp_rfc1337", itoa(value)), "sysctl")
		st.client.nics[0].limit = 0
		st.inject(st.client, st.client.Addr(6000), st.server.Addr(80), wire.TCP{Flags: wire.RST, Seq: uint32(rcvNxt)}, "")
		if got := st.server.timeWaiter() != nil; got != survives {
			t.Errorf("tcp_rfc1337 = %d: TIME-WAIT is still there after a reset: %v", value, got)
		}
		st.audit()
	}
}
