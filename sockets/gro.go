package sockets

import (
	"bytes"

	"socketbook/sockets/wire"
)

// GRO: while it polls, the driver puts segments of one connection that follow
// each other together again and hands them up as one. The way up is walked once
// for all of them, and TCP acknowledges once. What is held back goes up when
// the poll ends, so no frame waits for another (napi_complete_done).
//
// The kernel links the pieces, this copies them to each other: nothing on the
// tape depends on it, and no CPU is charged for it. Only TCP over IPv4 is
// merged here.

// groFlow is a segment that grows. Its headers are those of its first frame,
// and nobody computes its checksum: those of the frames were right.
type groFlow struct {
	seg    segment
	n      int    // bytes of the frame so far
	head   int    // of which headers
	next   uint32 // the sequence number that follows
	mss    int    // payload of the first frame
	frames int
}

// maxFlows is how many are held back at once (MAX_GRO_SKBS).
const maxFlows = 8

// merge takes a frame that may be merged, or reports false (dev_gro_receive,
// inet_gro_receive, tcp_gro_receive).
func (q *rxQueue) merge(buf bufRef, n int) bool {
	h := q.nic.host
	frame := h.mem.of(buf)[:n]
	seg := &h.seg
	tcp := &seg.tcp
	payload, err := wire.ParseTCP4(frame, &seg.ip, tcp)
	if err != nil || len(seg.ip.Options) > 0 || !h.owns(seg.ip.Dst) || h.martianSource(q.nic, seg.ip.Src) {
		return false
	}
	head := wire.FrameLen4 + len(tcp.Options)
	whole := head+len(payload) == n && len(payload) > 0 && tcp.Flags&^(wire.PSH|wire.FIN|wire.ECE) == wire.ACK
	for k := range q.flows {
		f := &q.flows[k]
		first := h.mem.of(f.seg.buf)
		if !bytes.Equal(first[26:38], frame[26:38]) { // addresses and ports
			continue
		}
		if !whole || tcp.Seq != f.next || len(payload) > f.mss || f.n+len(payload) > maxGSO || !alike(first[:f.head], frame[:head]) {
			keep := *seg
			q.send(k) // another story: the old one goes up, in its order
			*seg = keep
			break
		}
		last := len(payload) < f.mss || tcp.Flags&(wire.PSH|wire.FIN) != 0
		q.join(f, payload, tcp.Flags)
		h.mem.release(buf)
		if last { // nothing is to be expected behind it
			q.send(k)
		}
		return true
	}
	if !whole || tcp.Flags&^wire.ECE != wire.ACK {
		return false
	}
	seg.buf, seg.off, seg.len = buf, uint32(head), uint32(len(payload))
	f := groFlow{seg: *seg, n: n, head: head, next: tcp.Seq + uint32(len(payload)), mss: len(payload), frames: 1}
	if len(q.flows) == maxFlows {
		q.send(0)
	}
	q.flows = append(q.flows, f)
	return true
}

// join puts a payload behind a segment.
func (q *rxQueue) join(f *groFlow, payload []byte, flags wire.Flags) {
	h := q.nic.host
	b := h.mem.of(f.seg.buf)
	if len(b) < maxGSO { // the first that joins: make room
		bigger := h.mem.alloc(maxGSO)
		copy(h.mem.of(bigger), b[:f.n])
		h.mem.release(f.seg.buf)
		f.seg.buf, b = bigger, h.mem.of(bigger)
	}
	copy(b[f.n:], payload)
	f.seg.tcp.Flags |= flags
	f.seg.len += uint32(len(payload))
	f.n, f.next, f.frames = f.n+len(payload), f.next+uint32(len(payload)), f.frames+1
	h.stats.GROMerged++
	q.nic.count.groMerged++
}

// alike reports whether two frames' headers differ only in what may differ:
// lengths, identification, checksums, sequence numbers, PSH and FIN.
func alike(a, b []byte) bool {
	return len(a) == len(b) && bytes.Equal(a[:16], b[:16]) && bytes.Equal(a[20:24], b[20:24]) &&
		bytes.Equal(a[42:47], b[42:47]) && (a[47]^b[47])&^byte(wire.PSH|wire.FIN) == 0 &&
		bytes.Equal(a[48:50], b[48:50]) && bytes.Equal(a[54:], b[54:])
}

// send hands up what was held back.
func (q *rxQueue) send(k int) {
	h, f := q.nic.host, q.flows[k]
	q.flows = append(q.flows[:k], q.flows[k+1:]...)
	b := h.mem.of(f.seg.buf)[:f.n]
	total := f.n - wire.EthernetLen
	h.seg = f.seg
	h.seg.ip.TotalLen, h.seg.tcp.Options = uint16(total), b[wire.FrameLen4:f.head:f.head]
	if f.frames > 1 && q.nic.taps != nil { // a capture is for others' eyes
		eth, _, _ := wire.ParseEthernet(b)
		tcp := h.seg.tcp
		tcp.Options = append(h.opts[:0], tcp.Options...)
		wire.PutTCP4(b, eth, &h.seg.ip, &tcp, b[f.head:])
	}
	b[16], b[17], b[47] = byte(total>>8), byte(total), byte(f.seg.tcp.Flags)
	if q.nic.taps != nil {
		h.net.captured(q.nic.taps, wire.PcapngInbound, b, "")
	}
	if h.net.tape != nil {
		h.net.tape.frame(h, StationGRO, b, q.nic.name+": "+itoa(f.frames)+" frames merged")
	}
	if h.charged {
		h.owe(h.limits.Costs.IP + h.limits.Costs.TCP)
	}
	h.segmentIn(&h.seg, b)
}

// flush hands up everything, oldest first.
func (q *rxQueue) flush() {
	for len(q.flows) > 0 {
		q.send(0)
	}
}

// merges reports whether a frame will be looked at by merge and perhaps be held
// back: then its way up is charged when it goes.
func (c *nic) merges(frame []byte) bool {
	return c.offloads&OffloadGRO != 0 && len(frame) >= wire.FrameLen4 && frame[12] == 8 && frame[14] == 0x45 && frame[23] == wire.ProtoTCP && c.host.owns(be32(frame[30:])) &&
		frame[47]&^byte(wire.PSH|wire.FIN|wire.ECE) == byte(wire.ACK) && int(frame[16])<<8+int(frame[17]) > wire.IPv4Len+int(frame[46]>>4)*4
}
