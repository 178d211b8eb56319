package sockets

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"socketbook/sockets/sim"
)

// The limits of datagrams on their way over a link: the sender's buffer, the
// device's queue, the wire, the receiver's buffer. Each drop has its counter,
// and all together they are what was sent.
func TestDatagramsOverALossyLink(t *testing.T) {
	families(t, func(t *testing.T, six bool) {
		o := LinkOptions{Delay: time.Millisecond, Rate: 10_000_000, Queue: 20, Loss: 0.1, Duplicate: 0.05, SwitchFlip: 0.1}
		st := newStory(t, Limits{}, o)
		st.ok(st.server.AddAddr6("fd00::1"), "ip -6 addr add")
		st.ok(st.client.AddAddr6("fd00::2"), "ip -6 addr add")
		s, c := st.of(st.s, six, SOCK_DGRAM), st.of(st.c, six, SOCK_DGRAM)
		st.ok(st.s.Bind(s, st.server.at(six, 53)), "bind")
		st.setsockopt(st.s, s, SOL_SOCKET, SO_RCVBUF, 10_000)
		to, luck := st.server.at(six, 53), sim.New(7).Stream(1)
		sent, again, got := 0, 0, 0
		buf := make([]byte, 2000)
		for k := range 2000 {
			_, err := st.c.Sendto(c, numbered(k, 1000), 0, &to)
			switch {
			case err == nil:
				sent++
			default:
				again++
				st.errno(err, EAGAIN, "a full send buffer")
			}
			st.net.RunFor(time.Duration(luck.IntN(1200)) * time.Microsecond)
			for luck.IntN(4) == 0 { // a slow reader
				n, _, err := st.s.Recvfrom(s, buf, 0)
				if err != nil {
					break
				}
				var was, size int
				fmt.Sscanf(string(buf[:20]), "%d/%d", &was, &size)
				if n != 1000 || !bytes.Equal(buf[:n], numbered(was, 1000)) {
					t.Fatalf("datagram %d arrived damaged", was)
				}
				got++
			}
			st.audit()
		}
		st.net.RunFor(time.Second)
		st.audit()
		a, b := st.client.stats, st.server.stats
		in, noBuf, sums, out := b.UdpInDatagrams, b.UdpRcvbufErrors, b.UdpInCsumErrors, a.UdpOutDatagrams
		full := a.UdpSndbufErrors
		if six {
			in, noBuf, sums, out, full = b.Udp6InDatagrams, b.Udp6RcvbufErrors, b.Udp6InCsumErrors, a.Udp6OutDatagrams, a.Udp6SndbufErrors
		}
		if in != uint64(got) || noBuf == 0 || sums == 0 || out == 0 || full == 0 {
			t.Errorf("InDatagrams %d of %d read, RcvbufErrors %d, InCsumErrors %d, OutDatagrams %d, SndbufErrors %d: all of them must have happened",
				in, got, noBuf, sums, out, full)
		}
		if uint64(sent) != out+full-uint64(again) {
			t.Errorf("sent %d, but %d went out and %d did not", sent, out, full-uint64(again))
		}
		st.clean()
	})
}

// A send buffer is full until the wire has taken what is in it: then writers
// sleep, poll says no, and ss and SIOCOUTQ say how much.
func TestDatagramSendBuffer(t *testing.T) {
	st := newStory(t, Limits{}, LinkOptions{Delay: time.Millisecond, Rate: 1_000_000})
	c := st.datagram(st.c, Any(5000))
	st.setsockopt(st.c, c, SOL_SOCKET, SO_SNDBUF, 10_000) // 20,000 as the kernel counts
	to := st.server.Addr(53)
	n := 0
	for {
		if _, err := st.c.Sendto(c, make([]byte, 1000), 0, &to); err != nil {
			st.errno(err, EAGAIN, "no room")
			break
		}
		n++
	}
	charge := truesize(1042)
	if want := 20_000/charge + 1; n != want {
		t.Errorf("%d datagrams fit, want %d: the last needs one byte of room", n, want)
	}
	if got, err := st.c.Ioctl(c, SIOCOUTQ); got != n*charge || err != nil {
		t.Errorf("SIOCOUTQ says %d, want %d", got, n*charge)
	}
	if row := st.client.UDPSockets()[0]; row.SendQ != n*charge {
		t.Errorf("ss says Send-Q %d, want %d", row.SendQ, n*charge)
	}
	if st.client.stats.UdpSndbufErrors != 1 {
		t.Errorf("UdpSndbufErrors is %d", st.client.stats.UdpSndbufErrors)
	}
	poll := func() bool {
		fds := []PollFD{{FD: c, Events: POLLOUT}}
		k, err := st.c.Poll(fds, 1, 0)
		st.ok(err, "poll")
		return k == 1
	}
	if poll() {
		t.Error("poll must say no")
	}
	st.audit()
	start := st.now()
	st.c.sock(c).flags &^= flagNonblock
	_, err := st.c.Sendto(c, make([]byte, 1000), 0, &to)
	st.ok(err, "a blocking send")
	// 1 Mbit/s: a frame of 1066 bytes takes 8.5 ms, and more than half of them
	// must have left.
	frames := n - 20_000/2/charge
	st.wantTook(start, time.Duration(frames)*8528*time.Microsecond, time.Millisecond, "until half of it has left")
	st.audit()
	st.net.RunFor(time.Second)
	if !poll() {
		t.Error("poll must say yes")
	}
	if got, _ := st.c.Ioctl(c, SIOCOUTQ); got != 0 {
		t.Errorf("SIOCOUTQ says %d at the end", got)
	}
	st.clean()
}

// A full device queue: told only to those who ask for errors, counted for all.
func TestDatagramsDeviceQueue(t *testing.T) {
	st := newStory(t, Limits{}, LinkOptions{Rate: 1_000_000, Queue: 3})
	c := st.datagram(st.c, Any(5000))
	to := st.server.Addr(53)
	send := func(times int) (errs int) {
		for range times {
			if _, err := st.c.Sendto(c, make([]byte, 100), 0, &to); err != nil {
				st.errno(err, ENOBUFS, "a full queue")
				errs++
			}
		}
		return errs
	}
	if errs := send(10); errs != 0 {
		t.Errorf("%d of 10 have failed, and nobody asked", errs)
	}
	st.setsockopt(st.c, c, IPPROTO_IP, IP_RECVERR, 1)
	errs := send(5)
	a := st.client.stats
	if errs != 5 || a.UdpSndbufErrors != a.IpOutDiscards || a.IpOutDiscards != a.TxDropped || a.UdpOutDatagrams+a.UdpSndbufErrors != 15 {
		t.Errorf("%d of 5 have failed; SndbufErrors %d, OutDiscards %d, tx_dropped %d, OutDatagrams %d",
			errs, a.UdpSndbufErrors, a.IpOutDiscards, a.TxDropped, a.UdpOutDatagrams)
	}
	st.audit()
}
