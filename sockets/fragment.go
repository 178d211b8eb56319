package sockets

import (
	"encoding/binary"

	"socketbook/sockets/wire"
)

// fragment cuts a packet that is longer than the MTU, in a frame of n bytes,
// and sends the pieces (ip_do_fragment, ip6_fragment). Each but the last
// carries a multiple of 8 bytes. It takes the frame over.
func (h *Host) fragment(c *nic, frame bufRef, six bool, n, mtu int) {
	if six {
		h.fragment6(c, frame, n, mtu)
	} else {
		h.fragment4(c, frame, n, mtu)
	}
	h.net.frames.release(frame)
}

// fragment4 cuts by RFC 791 §3.2. A packet that is itself a fragment keeps its
// place.
func (h *Host) fragment4(c *nic, frame bufRef, n, mtu int) {
	whole := h.net.frames.of(frame)[:n]
	ip, payload, err := wire.ParseIPv4(whole[wire.EthernetLen:])
	room := (mtu - ip.HeaderLen()) &^ 7
	if err != nil || room < 8 {
		h.stats.IpFragFails++
		h.stats.fragDrops++
		h.note(StationDrop, "cannot be cut to an MTU of "+itoa(mtu)+": IpFragFails")
		return
	}
	first, last := ip.FragOff, !ip.MF
	for at := 0; at < len(payload); at += room {
		piece := payload[at:min(len(payload), at+room)]
		f := ip
		f.DF = false
		f.FragOff, f.MF = first+uint16(at/8), !last || at+room < len(payload)
		f.TotalLen = uint16(f.HeaderLen() + len(piece))
		if at > 0 {
			f.Options = laterOptions(ip.Options)
		}
		size := wire.EthernetLen + int(f.TotalLen)
		out := h.net.frames.alloc(size)
		b := h.net.frames.of(out)
		copy(b, whole[:wire.EthernetLen])
		f.Put(b[wire.EthernetLen:])
		copy(b[wire.EthernetLen+f.HeaderLen():], piece)
		h.stats.IpFragCreates++
		if h.net.tape != nil {
			h.net.tape.frame(h, StationOut, b[:size], "a fragment")
		}
		h.ipOutput(c, out, false, size)
	}
	h.stats.IpFragOKs++
}

// laterOptions are the options of fragments after the first: those that are not
// to be copied become no-operations (ip_options_fragment).
func laterOptions(o []byte) []byte {
	o = append([]byte(nil), o...)
	for at := 0; at < len(o) && o[at] != 0; {
		n := 1
		if o[at] != 1 && at+1 < len(o) {
			n = max(2, int(o[at+1]))
			if o[at]&0x80 == 0 {
				for k := at; k < min(len(o), at+n); k++ {
					o[k] = 1
				}
			}
		}
		at += n
	}
	return o
}

// fragment6 cuts by RFC 8200 §4.5: a fragment header in each piece.
func (h *Host) fragment6(c *nic, frame bufRef, n, mtu int) {
	const headers = wire.EthernetLen + wire.IPv6Len
	whole := h.net.frames.of(frame)[:n]
	payload := whole[headers:]
	room := (mtu - wire.IPv6Len - wire.Fragment6Len) &^ 7
	h.lastID++
	f := wire.Fragment6{Next: whole[wire.EthernetLen+6], ID: h.lastID}
	for at := 0; at < len(payload); at += room {
		piece := payload[at:min(len(payload), at+room)]
		f.Offset, f.More = uint16(at/8), at+room < len(payload)
		size := headers + wire.Fragment6Len + len(piece)
		out := h.net.frames.alloc(size)
		b := h.net.frames.of(out)
		copy(b, whole[:headers])
		binary.BigEndian.PutUint16(b[wire.EthernetLen+4:], uint16(wire.Fragment6Len+len(piece)))
		b[wire.EthernetLen+6] = wire.ProtoFragment6
		f.Put(b[headers:])
		copy(b[headers+wire.Fragment6Len:], piece)
		h.stats.Ip6FragCreates++
		if h.net.tape != nil {
			h.net.tape.frame(h, StationOut, b[:size], "a fragment")
		}
		h.ipOutput(c, out, true, size)
	}
	h.stats.Ip6FragOKs++
}
