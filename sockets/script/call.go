package script

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"socketbook/sockets"
)

// bound is a system call ready to be made. It fills in an answer.
type bound func(k sockets.Calls, a *answer)

// answer is what a call answered: the number, what it filled in, and where that
// differs from what the story says.
type answer struct {
	n     int
	err   error
	wrong string
	value string // what poll found
}

// argError is an argument that the call cannot have.
type argError struct {
	at      int // column, -1: the call's
	allowed string
}

// binder reads the arguments of one call.
type binder struct {
	c   *Call
	err *argError
}

func (b *binder) fail(i int, allowed string) {
	if b.err == nil {
		at := -1
		if i < len(b.c.Args) {
			at = b.c.Args[i].col
		}
		b.err = &argError{at, allowed}
	}
}

// number is a number or a name.
func (b *binder) number(i int) int {
	e := &b.c.Args[i]
	switch e.Kind {
	case Number:
		return int(e.Num)
	case Symbol:
		return int(*symbols(e.Text))
	}
	b.fail(i, "a number or a name")
	return 0
}

// size is a count of bytes.
func (b *binder) size(i int) int {
	n := b.number(i)
	if n < 0 || n > maxData {
		b.fail(i, fmt.Sprintf("0 to %d bytes", maxData))
		return 0
	}
	return n
}

const maxData = 16 << 20

// address is an address that is passed.
func (b *binder) address(i int) sockets.SockAddr {
	e := &b.c.Args[i]
	if e.Kind == Addr {
		if a, err := netip.ParseAddrPort(e.Text); err == nil {
			return sockets.SockAddrFrom(a)
		}
	}
	if e.Kind != Struct || len(e.Keys) != 1 || e.Keys[0] != "sa_family" {
		b.fail(i, "an address and a port, as in 10.0.0.2:80 or [2001:db8::2]:80, or {sa_family=AF_UNSPEC}")
		return sockets.SockAddr{}
	}
	return sockets.SockAddr{Family: uint16(b.numberOf(&e.List[0], i))}
}

func (b *binder) numberOf(e *Expr, i int) int64 {
	switch e.Kind {
	case Number:
		return e.Num
	case Symbol:
		return *symbols(e.Text)
	}
	b.fail(i, "a number or a name in it")
	return 0
}

// filled is an address that the call fills in: what it must be, or nil.
func (b *binder) filled(i int) *sockets.SockAddr {
	if e := &b.c.Args[i]; e.Kind == Dots || e.Kind == Symbol && e.Text == "NULL" {
		return nil
	}
	a := b.address(i)
	return &a
}

// output is data that is written, input data that is read.
func (b *binder) output(i, size int) []byte {
	e := &b.c.Args[i]
	switch {
	case e.Kind == Dots:
		return pattern(0, size)
	case e.Kind != Text || len(e.Text) > size || len(e.Text) < size && !e.More:
		b.fail(i, fmt.Sprintf("%d bytes of data, or ... for the pattern abc…", size))
		return nil
	case e.More:
		return append([]byte(e.Text), pattern(len(e.Text), size-len(e.Text))...)
	}
	return []byte(e.Text)
}

// pattern is n bytes of the alphabet, from a place in it on: what ... stands
// for in data that is sent.
func pattern(from, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte((from+i)%26)
	}
	return b
}

func (b *binder) input(i int) *Expr {
	e := &b.c.Args[i]
	if e.Kind != Dots && e.Kind != Text && (e.Kind != Symbol || e.Text != "NULL") {
		b.fail(i, `the data read, as in "hello", the beginning of it, as in "hel"..., or ...`)
	}
	return e
}

// words are 4-byte numbers: the value of an option.
func (b *binder) words(i int) []byte {
	e := &b.c.Args[i]
	var out []byte
	switch e.Kind {
	case List, Struct:
		size := 4
		if e.Kind == Struct && len(e.Keys) > 0 && e.Keys[0] == "tv_sec" {
			size = 8
		}
		for k := range e.List {
			n := b.numberOf(&e.List[k], i)
			if size == 8 {
				out = binary.NativeEndian.AppendUint64(out, uint64(n))
			} else {
				out = binary.NativeEndian.AppendUint32(out, uint32(n))
			}
		}
	case Text:
		out = []byte(e.Text)
	default:
		b.fail(i, `the option's value, as in [1], {l_onoff=1, l_linger=0}, {tv_sec=1, tv_usec=0} or "cubic"`)
	}
	return out
}

// bind reads the arguments and gives the call, ready to be made.
func (c *Call) bind() (bound, *argError) {
	spec := calls[c.Name]
	if n := len(c.Args); n < spec.min || n > spec.max {
		need := strconv.Itoa(spec.min)
		if spec.max > spec.min {
			need += " to " + strconv.Itoa(spec.max)
		}
		return nil, &argError{-1, need + " arguments for " + c.Name + ": " + spec.usage}
	}
	b := &binder{c: c}
	call := spec.bind(b)
	return call, b.err
}

// done notes the number and the error.
func (a *answer) done(n int, err error) { a.n, a.err = n, err }

// address compares an address that was filled in.
func (a *answer) address(got sockets.SockAddr, want *sockets.SockAddr) {
	if a.err == nil && want != nil && got.String() != want.String() {
		a.wrong = "the address is " + got.String() + ", want " + want.String()
	}
}

// data compares data that was read.
func (a *answer) data(got []byte, want *Expr) {
	if a.err != nil || want.Kind != Text {
		return
	}
	if len(got) > len(want.Text) && want.More {
		got = got[:len(want.Text)]
	}
	if string(got) != want.Text {
		a.wrong = "the data is " + shorten(got) + ", want " + shorten([]byte(want.Text))
	}
}

// shorten prints data, a long one's first 60 bytes.
func shorten(b []byte) string {
	if len(b) > 60 {
		return string(appendQuoted(nil, string(b[:60]))) + fmt.Sprintf("... (%d bytes)", len(b))
	}
	return string(appendQuoted(nil, string(b)))
}

// milliseconds is a timeout of poll.
func milliseconds(n int) time.Duration {
	if n < 0 {
		return -1
	}
	return time.Duration(n) * time.Millisecond
}
