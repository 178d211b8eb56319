// Package wire turns the bytes of a network frame into values and back:
// Ethernet, IPv4, TCP and UDP headers, their checksums, and the five-tuple
// that names a connection.
//
//	 0            14            34            54
//	┌────────────┬─────────────┬─────────────┬─────────────┐
//	│ Ethernet   │ IPv4        │ TCP         │ payload     │   a segment without options
//	└────────────┴─────────────┴─────────────┴─────────────┘
//
// The reading order: [Ethernet], [ARP], [IPv4], [IPv6] with [Fragment6], [ICMP]
// with [Neighbor], [TCP] with [TCPOptions], [UDP]; then [Sum], the Internet
// checksum; [Seq], which compares modulo 2³²; [FiveTuple]; [PutTCP4] with
// [ParseTCP4], which do a whole TCP frame in one step; then [Pcapng], a file of
// frames for Wireshark, and [Dump], tcpdump's line for one.
//
// Each header has a Parse function (bytes to value, the rest of the bytes, and
// an error) and a Put method (value to bytes). Parse checks what a kernel
// checks, copies nothing, and never panics: what it refuses is an [*Error].
// Put and Append trust their caller: values that no header can hold are bugs,
// and panic.
//
// Left out: VLAN tags, IPv6's extension headers but the fragment header, and
// the meaning of IPv4 options, which pass as bytes.
package wire

import (
	"errors"
	"strconv"
)

// The three ways in which bytes can be wrong. Test for them with errors.Is.
var (
	// ErrTruncated: fewer bytes than a header or its length field demands.
	ErrTruncated = errors.New("truncated")
	// ErrField: a field has a value that is not allowed.
	ErrField = errors.New("illegal field")
	// ErrChecksum: the bytes are not the ones that were sent.
	ErrChecksum = errors.New("wrong checksum")
)

// Error says what is wrong with a header: "wire: IPv4 version is 6, allowed: 4".
type Error struct {
	Header  string // "Ethernet", "IPv4", "TCP", "UDP"
	Field   string // as the RFC names it, for instance "data offset"
	Value   int64
	Allowed string // a range or a rule, in words
	Kind    error  // ErrTruncated, ErrField or ErrChecksum
}

func (e *Error) Error() string {
	return "wire: " + e.Header + " " + e.Field + " is " + strconv.FormatInt(e.Value, 10) +
		", allowed: " + e.Allowed
}

// Unwrap makes errors.Is(err, ErrChecksum) work.
func (e *Error) Unwrap() error { return e.Kind }

// short is the error for fewer than need bytes.
func short(header string, have, need int) error {
	return &Error{header, "length", int64(have), "at least " + strconv.Itoa(need) + " bytes", ErrTruncated}
}

// between is the error for a field outside [lo, hi].
func between(header, field string, value, lo, hi int, kind error) error {
	allowed := strconv.Itoa(lo)
	if hi != lo {
		allowed += " to " + strconv.Itoa(hi)
	}
	return &Error{header, field, int64(value), allowed, kind}
}

// badChecksum is the error for a checksum field with the wrong value.
func badChecksum(header string, value, want uint16) error {
	return &Error{header, "checksum", int64(value), strconv.Itoa(int(want)) + ", as these bytes add up", ErrChecksum}
}
