package wire

import (
	"encoding/binary"
	"strconv"
)

// Kinds and lengths of TCP options. Kinds 0 and 1 are one byte; every other
// option is kind, length (of the whole option), value.
const (
	optEnd           = 0 // end of option list: RFC 9293 §3.2
	optNop           = 1 // padding between options: RFC 9293 §3.2
	optMSS           = 2 // maximum segment size: RFC 9293 §3.2
	optWindowScale   = 3 // RFC 7323 §2.2
	optSACKPermitted = 4 // RFC 2018 §2
	optSACK          = 5 // RFC 2018 §3
	optTimestamps    = 8 // RFC 7323 §3.2

	lenMSS           = 4
	lenWindowScale   = 3
	lenSACKPermitted = 2
	lenTimestamps    = 10
	lenSACKBlock     = 8

	// MaxWindowScale is the largest shift; more is taken as this (RFC 7323 §2.3).
	MaxWindowScale = 14
	// MaxSACKBlocks is how many blocks the option area has room for.
	MaxSACKBlocks = 4
)

// SACKBlock is a range of sequence numbers received out of order: [Start, End).
type SACKBlock struct{ Start, End uint32 }

// TCPOptions are the options of a segment that Linux knows and sends. Note
// that the zero value has a window scale of 0; absent is -1, as [NoTCPOptions]
// has it.
type TCPOptions struct {
	MSS           uint16 // in bytes; 0 absent
	WindowScale   int8   // shift count, 0 to 14; -1 absent
	SACKPermitted bool
	Timestamps    bool // TSVal and TSEcr are present
	TSVal, TSEcr  uint32
	SACK          [MaxSACKBlocks]SACKBlock
	SACKCount     int // how many of SACK are present
}

// NoTCPOptions is the value without any option.
var NoTCPOptions = TCPOptions{WindowScale: -1}

// ParseTCPOptions reads the raw options of a header. With an error, the first
// one met, the value holds what Linux would take all the same: it passes over
// an option of wrong length, and stops where the length leads nowhere
// (net/ipv4/tcp_input.c tcp_parse_options). Unknown options are passed over.
func ParseTCPOptions(raw []byte) (o TCPOptions, err error) {
	if len(raw) == lenUsualSYN && o.usualSYN((*[lenUsualSYN]byte)(raw)) {
		return o, nil
	}
	err = o.parse(raw)
	return o, err
}

func (o *TCPOptions) parse(raw []byte) (err error) {
	o.WindowScale = -1
	for len(raw) > 0 && raw[0] != optEnd {
		if raw[0] == optNop {
			raw = raw[1:]
			continue
		}
		if len(raw) < 2 || raw[1] < 2 || int(raw[1]) > len(raw) {
			return firstOf(err, strayOption(raw))
		}
		option := raw[:raw[1]]
		raw = raw[raw[1]:]
		if !o.take(option) {
			err = firstOf(err, wrongOption(option))
		}
	}
	return err
}

// lenUsualSYN is how long the options of nearly every SYN are, as Append writes
// them: MSS, SACK permitted, timestamps, NOP, window scale.
const lenUsualSYN = lenMSS + lenSACKPermitted + lenTimestamps + 1 + lenWindowScale

// usualSYN reads them at once, if they are these.
func (o *TCPOptions) usualSYN(b *[lenUsualSYN]byte) bool {
	first, second, last := binary.BigEndian.Uint32(b[0:]), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[16:])
	if first>>16 != optMSS<<8|lenMSS || second != optSACKPermitted<<24|lenSACKPermitted<<16|optTimestamps<<8|lenTimestamps ||
		last>>8 != optNop<<16|optWindowScale<<8|lenWindowScale || last&255 > MaxWindowScale {
		return false
	}
	o.MSS, o.WindowScale, o.SACKPermitted, o.Timestamps = uint16(first), int8(last), true, true
	o.TSVal, o.TSEcr = binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])
	return true
}

// take takes one option: kind, length, value. It is false for one that no
// sender should send.
func (o *TCPOptions) take(b []byte) bool {
	switch kind, n := b[0], len(b); {
	case kind == optMSS && n == lenMSS:
		o.MSS = binary.BigEndian.Uint16(b[2:])
	case kind == optWindowScale && n == lenWindowScale:
		o.WindowScale = int8(min(b[2], MaxWindowScale))
		return b[2] <= MaxWindowScale
	case kind == optSACKPermitted && n == lenSACKPermitted:
		o.SACKPermitted = true
	case kind == optTimestamps && n == lenTimestamps:
		o.Timestamps = true
		o.TSVal = binary.BigEndian.Uint32(b[2:])
		o.TSEcr = binary.BigEndian.Uint32(b[6:])
	case kind == optSACK && n%lenSACKBlock == 2 && n > 2 && n <= 2+MaxSACKBlocks*lenSACKBlock:
		o.SACKCount = n / lenSACKBlock
		for i := range o.SACKCount {
			o.SACK[i].Start = binary.BigEndian.Uint32(b[2+i*lenSACKBlock:])
			o.SACK[i].End = binary.BigEndian.Uint32(b[6+i*lenSACKBlock:])
		}
	default:
		return !known(kind) // of an unknown one any length is right
	}
	return true
}

// known reports whether take reads options of this kind.
func known(kind byte) bool {
	switch kind {
	case optMSS, optWindowScale, optSACKPermitted, optSACK, optTimestamps:
		return true
	}
	return false
}

// strayOption is the error for an option whose end cannot be found.
func strayOption(b []byte) error {
	switch {
	case len(b) < 2:
		return optionError(b[0], "length", 0, "a length byte after the kind", ErrTruncated)
	case b[1] < 2:
		return optionError(b[0], "length", int(b[1]), "2 or more", ErrField)
	}
	return optionError(b[0], "length", int(b[1]), "up to "+strconv.Itoa(len(b)), ErrTruncated)
}

// wrongOption is the error for an option of a known kind that take refused.
func wrongOption(b []byte) error {
	if b[0] == optWindowScale && len(b) == lenWindowScale {
		return optionError(b[0], "shift count", int(b[2]), "0 to 14", ErrField)
	}
	allowed := [...]string{optMSS: "4", optWindowScale: "3", optSACKPermitted: "2",
		optSACK: "10, 18, 26 or 34", optTimestamps: "10"}
	return optionError(b[0], "length", len(b), allowed[b[0]], ErrField)
}

// Append appends the options to b and returns the longer b. Order and padding
// are Linux's (net/ipv4/tcp_output.c tcp_options_write): what goes together
// fills whole words. SACK blocks that would not fit into 40 bytes are left out.
//
//	MSS · SACK permitted + timestamps · NOP + window scale · NOP NOP + SACK blocks
func (o TCPOptions) Append(b []byte) []byte {
	start := len(b)
	if o.MSS != 0 {
		b = append(b, optMSS, lenMSS)
		b = binary.BigEndian.AppendUint16(b, o.MSS)
	}
	if o.SACKPermitted {
		if !o.Timestamps {
			b = append(b, optNop, optNop)
		}
		b = append(b, optSACKPermitted, lenSACKPermitted)
	}
	if o.Timestamps {
		if !o.SACKPermitted {
			b = append(b, optNop, optNop)
		}
		b = append(b, optTimestamps, lenTimestamps)
		b = binary.BigEndian.AppendUint32(b, o.TSVal)
		b = binary.BigEndian.AppendUint32(b, o.TSEcr)
	}
	if o.WindowScale >= 0 {
		b = append(b, optNop, optWindowScale, lenWindowScale, byte(min(o.WindowScale, MaxWindowScale)))
	}
	room := (maxOptions - (len(b) - start) - 4) / lenSACKBlock
	if n := min(o.SACKCount, room); n > 0 {
		b = append(b, optNop, optNop, optSACK, byte(2+n*lenSACKBlock))
		for _, block := range o.SACK[:n] {
			b = binary.BigEndian.AppendUint32(b, block.Start)
			b = binary.BigEndian.AppendUint32(b, block.End)
		}
	}
	return b
}

func optionError(kind byte, field string, value int, allowed string, class error) error {
	name := "option " + strconv.Itoa(int(kind)) + " " + field
	return &Error{"TCP", name, int64(value), allowed, class}
}

// firstOf is the first error that is not nil.
func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
