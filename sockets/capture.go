package sockets

import (
	"fmt"
	"io"
	"slices"

	"socketbook/sockets/wire"
)

// CaptureOptions say what is written down. The zero value is everything.
type CaptureOptions struct {
	// From keeps only the frames that this host sends. Nil: both directions.
	From *Host

	// Snaplen is how many bytes of each frame are kept, 14 or more. Default
	// 262,144, which is all of it: tcpdump's (netdissect.h MAXIMUM_SNAPLEN).
	Snaplen int

	// Comment is about the whole file: `capinfos` and Wireshark show it.
	Comment string
}

// Capture is a recording of real bytes: a pcapng file that Wireshark, tshark
// and tcpdump read. Times are virtual, in nanoseconds since the start of the
// run, which the file calls 1970-01-01.
//
// There are two points of view. [Link.Capture] and [Network.Capture] watch the
// wire: each frame stands in the file once, under the card that sent it, at
// the instant that card began to deal with it, with a comment when the wire
// lost or changed it. It is the view of somebody who sees both ends at once.
//
// [Host.Capture] watches a device of one host as `tcpdump -i` does there: what
// was handed to the card, and what the card has put into memory. A frame that
// the wire lost on the way here was never here. With TSO a segment is seen before
// the card cuts it, with GRO after the driver has put it together, as on a real
// host: such segments are longer than any frame on the wire.
//
// Nothing needs to be closed: after each frame the file is whole.
type Capture struct {
	net    *Network
	out    *wire.Pcapng
	o      CaptureOptions
	one    bool // of the network's first link only, see Replay.Pcapng
	link   *nic // an end of that link
	frames int
	closed bool
	ids    map[*nic]int
}

// tap is a capture's place at a card or a wire. The slice of them is nil where
// nobody captures, and that is all that is looked at then.
type tap struct {
	to    *Capture
	card  *nic
	flags uint32 // direction
}

// Capture records the wire between the two ends of a link, both directions or
// one. It writes to w at every frame, so w may want a buffer.
func (l *Link) Capture(w io.Writer, o CaptureOptions) (*Capture, error) {
	if l.a == nil {
		return nil, &LimitError{"link", "between no hosts", "a link that NewLink could make"}
	}
	if o.From != nil && o.From != l.a.host && o.From != l.b.host {
		return nil, &LimitError{"From", o.From.name, fmt.Sprintf("%s or %s, the ends of this link", l.a.host.name, l.b.host.name)}
	}
	c, err := l.net.newCapture(w, o)
	if err == nil {
		c.wire(l.a)
		c.wire(l.b)
	}
	return c, err
}

// Capture records every wire of the network, lo included, also of hosts and
// links that are made later. A card is described when its first frame comes. A
// frame that a router hands on crosses two wires, and stands in the file twice.
func (n *Network) Capture(w io.Writer, o CaptureOptions) (*Capture, error) {
	c, err := n.newCapture(w, o)
	if err != nil {
		return nil, err
	}
	n.captures = append(n.captures, c)
	for _, h := range n.hosts {
		c.join(h.lo)
		for _, d := range h.nics {
			c.join(d)
		}
	}
	return c, nil
}

// Capture records a device of the host, "eth0" or "lo", as tcpdump -i does.
func (h *Host) Capture(w io.Writer, device string, o CaptureOptions) (*Capture, error) {
	names := ""
	for _, d := range append([]*nic{h.lo}, h.nics...) {
		if d.name != device {
			names += " " + d.name
			continue
		}
		c, err := h.net.newCapture(w, o)
		if err != nil {
			return nil, err
		}
		c.describe(d)
		if d == h.lo {
			c.join(d) // each frame once, as on Linux
			return c, nil
		}
		if o.From == nil || o.From == h {
			d.taps = append(d.taps, tap{c, d, wire.PcapngOutbound})
		}
		if o.From == nil || o.From != h {
			d.taps = append(d.taps, tap{c, d, wire.PcapngInbound})
		}
		return c, nil
	}
	return nil, &LimitError{"device", device, "a device of host " + h.name + ":" + names}
}

func (n *Network) newCapture(w io.Writer, o CaptureOptions) (*Capture, error) {
	const most = 262144
	set(&o.Snaplen, most)
	switch {
	case w == nil:
		return nil, &LimitError{"writer", "nil", "an io.Writer"}
	case o.Snaplen < wire.EthernetLen || o.Snaplen > most:
		return nil, &LimitError{"Snaplen", o.Snaplen, fmt.Sprintf("%d to %d bytes", wire.EthernetLen, most)}
	case o.From != nil && o.From.net != n:
		return nil, &LimitError{"From", o.From.name, "a host of this network"}
	}
	c := &Capture{net: n, o: o, ids: map[*nic]int{}}
	c.out = wire.NewPcapng(w, wire.PcapngSection{Application: "socketbook", Comment: o.Comment})
	return c, c.out.Err()
}

// wire begins to record what a card sends, and describes the card.
func (c *Capture) wire(d *nic) {
	if c.o.From == nil || c.o.From == d.host {
		c.describe(d)
		c.join(d)
	}
}

func (c *Capture) join(d *nic) {
	if c.o.From == nil || c.o.From == d.host {
		d.tx.taps = append(d.tx.taps, tap{c, d, wire.PcapngOutbound})
	}
}

// describe gives a card its number in the file.
func (c *Capture) describe(d *nic) int {
	id, ok := c.ids[d]
	if !ok {
		what := "loopback"
		if d != d.host.lo {
			what = "link to " + d.peer.host.name
		}
		id = c.out.Interface(wire.PcapngInterface{Name: d.host.name + "/" + d.name, Description: what, MAC: d.mac,
			Speed: uint64(d.tx.rate), Snaplen: uint32(c.o.Snaplen)})
		c.ids[d] = id
	}
	return id
}

// newDevice lets the captures of the network join a new device. One of a single
// wire takes the first link, and lo only while there is none.
func (n *Network) newDevice(d *nic) {
	for _, c := range n.captures {
		lo := d.peer == d
		if c.one && c.link != nil && (lo || c.link != d && c.link != d.peer) {
			continue
		}
		if c.one && c.link == nil && !lo {
			c.link = d
			for _, h := range n.hosts {
				c.leave(h.lo)
			}
		}
		c.join(d)
	}
}

// leave ends the recording of what a card sends.
func (c *Capture) leave(d *nic) {
	d.tx.taps = slices.DeleteFunc(d.tx.taps, func(t tap) bool { return t.to == c })
	if len(d.tx.taps) == 0 {
		d.tx.taps = nil
	}
}

// captured writes a frame to every capture at this place that wants its
// direction. fate says what becomes of it, if that is not what should.
func (n *Network) captured(taps []tap, direction uint32, frame []byte, fate string) {
	for _, t := range taps {
		if t.flags == direction && !t.to.closed {
			t.to.frames++
			t.to.out.Packet(wire.PcapngPacket{Interface: t.to.describe(t.card), At: int64(n.sim.Now()),
				Data: frame[:min(len(frame), t.to.o.Snaplen)], Len: len(frame), Flags: direction, Comment: fate})
		}
	}
}

// Frames is how many frames have been recorded.
func (c *Capture) Frames() int { return c.frames }

// Err is the first error of the writer; after it nothing more is written.
func (c *Capture) Err() error { return c.out.Err() }

// Close ends the recording and returns [Capture.Err]. The writer stays open,
// for it is the caller's.
func (c *Capture) Close() error {
	c.closed = true
	return c.Err()
}
