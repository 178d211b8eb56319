package script

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/sim"
)

// simulated is the simulated host as a story's kernel: virtual time, and a tap
// at the end of the wire.
type simulated struct {
	lab  *sockets.Network
	host *sockets.Host
	tap  *sockets.Tap
	proc *sockets.Process
	six  bool
	got  []arrival
}

// The addresses of stories over IPv6.
const host6, peer6 = "2001:db8::1", "2001:db8::2"

type arrival struct {
	at     time.Duration
	packet []byte
}

// Simulated makes a kernel of package sockets. Its card interrupts for each
// frame, its wire takes no time, so that what a story measures is TCP's.
func Simulated(s Setup) (Kernel, error) {
	k := &simulated{six: s.IPv6}
	l := s.Limits
	l.RxUsecs = -1
	k.lab = sockets.NewNetwork(sockets.Seed(s.Seed), sockets.Record())
	k.host = k.lab.NewHost("host", l)
	k.tap = k.lab.NewTap(k.host, sockets.TapOptions{Link: sockets.LinkOptions{MTU: s.MTU}, Receive: func(at sim.Time, packet []byte) {
		k.got = append(k.got, arrival{time.Duration(at), append([]byte(nil), packet...)})
	}})
	if s.IPv6 {
		if err := errors.Join(k.host.AddAddr6(host6), k.tap.Host().AddAddr6(peer6)); err != nil {
			return nil, err
		}
	}
	if err := k.lab.Err(); err != nil {
		return nil, err
	}
	k.proc = k.host.NewProcess("program")
	return k, nil
}

func (k *simulated) Ends() (host, peer netip.Addr) {
	if k.six {
		return netip.MustParseAddr(host6), netip.MustParseAddr(peer6)
	}
	return k.host.Addr(0).AddrPort().Addr(), k.tap.Addr(0).AddrPort().Addr()
}

func (k *simulated) Now() time.Duration { return time.Duration(k.lab.Now()) }

// Wait goes from event to event.
func (k *simulated) Wait(until time.Duration, stop func() bool) error {
	if err := k.lab.RunFor(0); err != nil { // what is due now
		return err
	}
	for !stop() && k.Now() < until {
		d, ok := k.lab.NextEvent()
		if rest := until - k.Now(); !ok || d > rest {
			d = rest
		}
		if err := k.lab.RunFor(d); err != nil {
			return err
		}
	}
	return nil
}

// Late: virtual timers are never late.
func (k *simulated) Late(time.Duration) time.Duration { return 0 }

func (k *simulated) Start(f func(k sockets.Calls)) (func() (time.Duration, bool), error) {
	var at time.Duration
	over := false
	k.proc.Go(func() {
		f(k.proc)
		at, over = k.Now(), true
	})
	err := k.lab.RunFor(0)
	return func() (time.Duration, bool) { return at, over }, err
}

func (k *simulated) Inject(packet []byte) error { return k.tap.Inject(packet) }

func (k *simulated) Receive() ([]byte, time.Duration) {
	if len(k.got) == 0 {
		return nil, 0
	}
	a := k.got[0]
	k.got = k.got[1:]
	return a.packet, a.at
}

func (k *simulated) SetSysctl(key, value string) error { return k.host.SetSysctl(key, value) }

func (k *simulated) Counter(name string) (uint64, error) {
	for _, c := range k.host.Stats().Protocols() {
		if c.Name == name {
			return c.Value, nil
		}
	}
	return 0, fmt.Errorf("the simulated host has no counter %s", name)
}

func (k *simulated) State(local, remote netip.AddrPort) (sockets.State, error) {
	for _, r := range k.host.Sockets() {
		if r.Local.AddrPort() == local && r.Peer.AddrPort() == remote {
			return r.State, nil
		}
	}
	return sockets.Closed, nil
}

func (k *simulated) Tail(n int) string {
	lines := strings.SplitAfter(k.lab.Tape().String(), "\n")
	return strings.Join(lines[max(0, len(lines)-n-1):], "")
}

func (k *simulated) Close() { k.lab.Close() }

// Network is what the kernel is part of.
func (k *simulated) Network() *sockets.Network { return k.lab }
