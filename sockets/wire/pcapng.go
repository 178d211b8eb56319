package wire

import (
	"encoding/binary"
	"io"
	"unicode/utf8"
)

// A pcapng file (draft-ietf-opsawg-pcapng) is a row of blocks. Ours has one
// section: its header, a description for each interface before the interface's
// first packet, and a block for each packet.
//
//	┌──────────────┬──────────────┬─────────────────────────┬──────────────┐
//	│ block type 4 │ total len. 4 │ body, then options      │ total len. 4 │
//	└──────────────┴──────────────┴─────────────────────────┴──────────────┘
//
// Everything is little-endian and padded to four bytes. The length stands at
// both ends, so that a reader can walk backwards. A file cut short after any
// block is still a file, so nothing has to be closed.
const (
	pcapngSection   = 0x0a0d0d0a
	pcapngMagic     = 0x1a2b3c4d // says which end comes first
	pcapngInterface = 1
	pcapngPacket    = 6

	linkTypeEthernet = 1

	// Options: a code, a length, a value. Code 0 ends them.
	optDone        = 0
	optComment     = 1
	optApplication = 4 // of a section
	optName        = 2 // of an interface, and the four below
	optDescription = 3
	optMAC         = 6
	optSpeed       = 8
	optResolution  = 9
	optFlags       = 2 // of a packet

	// PcapngInbound and PcapngOutbound are values of [PcapngPacket.Flags]: the
	// direction of a packet, as its interface sees it.
	PcapngInbound  = 1
	PcapngOutbound = 2
)

// Pcapng writes a pcapng file for Wireshark, tshark and tcpdump: Ethernet
// frames with times in nanoseconds. Each block is one call of the writer.
type Pcapng struct {
	w          io.Writer
	interfaces int
	block      []byte // scratch
	err        error  // the writer's first
}

// PcapngSection is what a file says of itself. Both may be empty.
type PcapngSection struct {
	Application string // what wrote it
	Comment     string
}

// PcapngInterface is a card whose frames are in the file.
type PcapngInterface struct {
	Name, Description string
	MAC               MAC    // zero: none
	Speed             uint64 // bits per second, 0: none
	Snaplen           uint32 // the most bytes kept of a packet, 0: no limit
}

// PcapngPacket is one frame.
type PcapngPacket struct {
	Interface int    // as [Pcapng.Interface] returned it
	At        int64  // nanoseconds since 1970-01-01 00:00 UTC
	Data      []byte // from the first byte of the Ethernet header on
	Len       int    // the frame's length, where Data is cut short; 0: all of Data
	Flags     uint32 // PcapngInbound, PcapngOutbound, or 0
	Comment   string
}

// NewPcapng begins a file: it writes the section header.
func NewPcapng(w io.Writer, s PcapngSection) *Pcapng {
	p := &Pcapng{w: w}
	p.begin(pcapngSection)
	p.u32(pcapngMagic)
	p.u32(1)          // version 1.0: major in the low half
	p.u64(^uint64(0)) // the section's length: to the end of the file
	p.text(optComment, s.Comment)
	p.text(optApplication, s.Application)
	p.end(s != PcapngSection{})
	return p
}

// Interface describes a card and returns its number, 0 for the first.
func (p *Pcapng) Interface(i PcapngInterface) int {
	p.begin(pcapngInterface)
	p.u32(linkTypeEthernet)
	p.u32(i.Snaplen)
	p.text(optName, i.Name)
	p.text(optDescription, i.Description)
	if i.MAC != (MAC{}) {
		p.option(optMAC, i.MAC[:])
	}
	if i.Speed != 0 {
		p.option(optSpeed, binary.LittleEndian.AppendUint64(nil, i.Speed))
	}
	p.option(optResolution, []byte{9}) // 10⁻⁹ s; without it, times are microseconds
	p.end(true)
	p.interfaces++
	return p.interfaces - 1
}

// Packet writes one frame. An interface nobody described is a bug, and panics.
func (p *Pcapng) Packet(q PcapngPacket) {
	if q.Interface < 0 || q.Interface >= p.interfaces {
		panic("wire: pcapng packet of an interface that was not described")
	}
	p.begin(pcapngPacket)
	p.u32(uint32(q.Interface))
	p.u32(uint32(uint64(q.At) >> 32))
	p.u32(uint32(q.At))
	p.u32(uint32(len(q.Data)))
	p.u32(uint32(max(q.Len, len(q.Data))))
	p.padded(q.Data)
	if q.Flags != 0 {
		p.option(optFlags, binary.LittleEndian.AppendUint32(nil, q.Flags))
	}
	p.text(optComment, q.Comment)
	p.end(q.Flags != 0 || q.Comment != "")
}

// Err is the first error of the writer. After it nothing more is written.
func (p *Pcapng) Err() error { return p.err }

func (p *Pcapng) u32(v uint32) { p.block = binary.LittleEndian.AppendUint32(p.block, v) }
func (p *Pcapng) u64(v uint64) { p.block = binary.LittleEndian.AppendUint64(p.block, v) }

func (p *Pcapng) padded(b []byte) {
	p.block = append(p.block, b...)
	for len(p.block)%4 != 0 {
		p.block = append(p.block, 0)
	}
}

// begin starts a block; end puts the length at both its ends and writes it.
func (p *Pcapng) begin(kind uint32) {
	p.block = p.block[:0]
	p.u32(kind)
	p.u32(0)
}

func (p *Pcapng) end(options bool) {
	if options {
		p.u32(optDone)
	}
	n := uint32(len(p.block) + 4)
	p.u32(n)
	binary.LittleEndian.PutUint32(p.block[4:], n)
	if p.err == nil {
		_, p.err = p.w.Write(p.block)
	}
}

func (p *Pcapng) option(code uint16, value []byte) {
	p.u32(uint32(code) | uint32(len(value))<<16)
	p.padded(value)
}

// text is an option of UTF-8, left out when empty. A length has 16 bits: a
// longer text is cut between two characters.
func (p *Pcapng) text(code uint16, s string) {
	if s == "" {
		return
	}
	if len(s) > 0xffff {
		n := 0xffff
		for !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	p.option(code, []byte(s))
}
