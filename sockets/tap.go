package sockets

import (
	"fmt"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// A Tap is the far end of a wire at which there is no host, only whoever holds
// the tap: a script, a test, a fuzzer. What the host sends to the tap's
// addresses is handed to a function; what the holder injects arrives at the
// host's card as if a peer had sent it, with whatever is wrong in it.
//
//	host ── eth0 ═══ wire ═══ tap ──▶ Receive
//	                              ◀── Inject
//
// It is what a TUN device is to a real kernel.
type Tap struct {
	net  *Network
	host *Host // whose wire it is
	far  *Host // a name and addresses, without a kernel
	card *nic  // its end of the wire
	take func(at sim.Time, packet []byte)

	inject sim.Handler
	later  map[uint64][]byte // frames to be injected, by number
	number uint64
	got    uint64
}

// TapOptions describe a tap.
type TapOptions struct {
	// Receive is called with each IP packet that arrives at the tap's end of
	// the wire, from its first header byte to its last. The bytes belong to
	// the network: a copy outlives the call. It may inject, but not run the
	// network. nil: packets vanish.
	Receive func(at sim.Time, packet []byte)

	// Link is the wire. Its zero value has no delay and no limit.
	Link LinkOptions
}

// Bounds of what a tap injects, in bytes: an IP header at least, and at most
// what the length field of one can say (RFC 791 §3.1, 16 bits), behind an
// Ethernet header.
const (
	minTapPacket = wire.IPv4Len
	maxTapPacket = 65535
)

// NewTap joins a host to a tap by a wire of its own. The tap's first address is
// given out automatically, as a host's is; [Tap.Host] takes more.
func (n *Network) NewTap(h *Host, o TapOptions) *Tap {
	t := &Tap{net: n, host: h, take: o.Receive, later: map[uint64][]byte{}}
	t.inject = n.sim.Handle(func(i uint64) {
		frame := t.later[i]
		delete(t.later, i)
		t.send(frame)
	})
	if h == nil || h.net != n {
		n.fail(&LimitError{"tap", "at this host", "a host of this network"})
		h = nil
	}
	t.far = n.NewHost(fmt.Sprintf("tap%d", len(n.hosts)), Limits{})
	t.far.tap = t
	if h != nil {
		t.card = n.NewLink(h, t.far, o.Link).b
	}
	return t
}

// Host is the tap's name and addresses. There is no kernel behind it: what it
// is asked to do reaches nobody.
func (t *Tap) Host() *Host { return t.far }

// Addr is the tap's first address with a port.
func (t *Tap) Addr(port uint16) SockAddr { return t.far.Addr(port) }

// Received is how many frames have arrived at the tap.
func (t *Tap) Received() uint64 { return t.got }

// Inject sends an IP packet to the host, at the present instant. The packet may
// be anything with a version of 4 or 6 in front, 20 to 65,535 bytes long: what
// is wrong in it is for the host to find. The error is a *[LimitError].
func (t *Tap) Inject(packet []byte) error { return t.InjectAt(t.net.sim.Now(), packet) }

// InjectAt is Inject at a later instant of virtual time.
func (t *Tap) InjectAt(at sim.Time, packet []byte) error {
	if n := len(packet); n < minTapPacket || n > maxTapPacket {
		return &LimitError{"packet", fmt.Sprintf("%d bytes", n), fmt.Sprintf("%d to %d bytes", minTapPacket, maxTapPacket)}
	}
	var kind uint16
	switch v := packet[0] >> 4; v {
	case 4:
		kind = wire.EtherTypeIPv4
	case 6:
		kind = wire.EtherTypeIPv6
	default:
		return &LimitError{"packet", fmt.Sprintf("IP version %d", v), "4 or 6"}
	}
	if t.card == nil {
		return t.net.err
	}
	frame := make([]byte, wire.EthernetLen+len(packet))
	wire.Ethernet{Dst: t.card.peer.mac, Src: t.card.mac, Type: kind}.Put(frame)
	copy(frame[wire.EthernetLen:], packet)
	return t.InjectFrame(at, frame)
}

// InjectFrame sends any Ethernet frame to the host, 14 to 65,549 bytes, without
// its frame check sequence. The error is a *[LimitError].
func (t *Tap) InjectFrame(at sim.Time, frame []byte) error {
	now := t.net.sim.Now()
	switch n := len(frame); {
	case n < wire.EthernetLen || n > wire.EthernetLen+maxTapPacket:
		return &LimitError{"frame", fmt.Sprintf("%d bytes", n), fmt.Sprintf("%d to %d bytes", wire.EthernetLen, wire.EthernetLen+maxTapPacket)}
	case at < now || at > lastTime:
		return &LimitError{"time", at, fmt.Sprintf("%v (now) to %v", now, lastTime)}
	case t.card == nil:
		return t.net.err
	case at == now:
		t.send(frame)
		return nil
	}
	t.number++
	t.later[t.number] = append([]byte(nil), frame...)
	t.net.sim.At(at, t.inject, t.number)
	return nil
}

// send puts a frame on the wire to the host.
func (t *Tap) send(frame []byte) {
	buf := t.net.frames.alloc(len(frame))
	copy(t.net.frames.of(buf), frame)
	t.card.transmit(buf, len(frame))
}

// receive is the end of a frame's way, called by the wire.
func (t *Tap) receive(frame []byte) {
	t.got++
	t.far.stats.RxPackets++
	t.far.stats.RxBytes += uint64(len(frame))
	if t.net.tape != nil {
		t.net.tape.frame(t.far, StationDMA, frame, "tap")
	}
	eth, packet, err := wire.ParseEthernet(frame)
	if err == nil && t.take != nil && (eth.Type == wire.EtherTypeIPv4 || eth.Type == wire.EtherTypeIPv6) {
		t.take(t.net.sim.Now(), packet)
	}
}
