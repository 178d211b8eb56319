package script

import (
	"time"

	"socketbook/sockets"
	"socketbook/sockets/wire"
)

// Story is a parsed text: a line for each of its lines. [Story.String] prints
// it in one form, whatever blanks the text had.
type Story struct {
	Name  string // of the file, for errors
	Lines []Line
}

// Line is a step, a comment, both, or empty.
type Line struct {
	No      int // from 1
	When    When
	Step    Step   // nil: none
	Comment string // from its # on
}

// When is the time of a step.
type When struct {
	Kind     WhenKind
	From, To time.Duration // with At since the story's start, with After since the step before
	Slack    time.Duration // ~: how far beside it may be; 0: the story's tolerance
}

// WhenKind is how a time is written.
type WhenKind uint8

// The kinds of times.
const (
	Now   WhenKind = iota // nothing: at once
	After                 // +0.2 or +0.2..0.3
	At                    // 1.5 or 1.5..2
	Any                   // any: whenever it is
)

// Step is what a line does or expects: *Call, *Resumed, *Packet, *Quiet,
// *Sysctl, *StateIs, *InfoIs, *CounterIs, *Given, *Setting.
type Step interface{ append(b []byte) []byte }

// Call is a system call and its answer.
type Call struct {
	Name       string
	Args       []Expr
	Unfinished bool // it sleeps; a Resumed says what it answers
	Result     Result
	col        int
}

// Resumed is the end of a call that was left unfinished.
type Resumed struct {
	Name   string
	Result Result
}

// Result is what a system call answers.
type Result struct {
	Any   bool // ?: whatever
	N     int64
	Errno sockets.Errno // with N = -1
	Value *Expr         // in parentheses: what poll found
}

// Expr is an argument, as strace prints them.
type Expr struct {
	Kind ExprKind
	Num  int64
	Text string   // of a symbol, a string, an address
	More bool     // a string followed by ...: it goes on
	Keys []string // of a struct
	List []Expr   // elements of a list, values of a struct
	col  int
}

// ExprKind is the kind of an argument.
type ExprKind uint8

// The kinds of arguments.
const (
	Number ExprKind = iota // 100, -1, 0x10
	Symbol                 // SOCK_STREAM|SOCK_NONBLOCK, NULL
	Text                   // "hello", "hel"...
	Addr                   // 10.0.0.2:80, [2001:db8::2]:80
	List                   // [1]
	Struct                 // {l_onoff=1, l_linger=0}
	Dots                   // ...: whatever
)

// Packet is a packet that is injected or expected.
type Packet struct {
	Out  bool // > from the host, < to it
	Ends *[2]End
	Kind PacketKind

	// Of a segment. Sequence numbers are relative to the first.
	Flags            wire.Flags
	Seq, Ack         Opt
	SeqEnd           Opt // seq 1:101
	Win, Urg, Length Opt
	Options          []Option
	HasOptions       bool
	ECN              Opt     // the two bits of the IP header, see ecnWords
	Data             *string // the payload, if it is written out

	// Of an ICMP message.
	Message  int // index of icmpMessages
	Arg      Opt // its MTU
	ID, Echo Opt
}

// PacketKind is a protocol.
type PacketKind uint8

// The kinds of packets.
const (
	TCP PacketKind = iota
	UDP
	ICMP
	Other // one this language has no words for
)

// End is an address and a port of a packet, as tcpdump prints them.
type End struct {
	Addr string // "": the usual one
	Port uint16
}

// Opt is a number that may be missing.
type Opt struct {
	Set bool
	N   int64
}

// Option is one TCP option.
type Option struct {
	Kind   string // as tcpdump prints it: mss, sackOK, TS, nop, wscale, sack, eol, unknown-254
	A, B   Opt    // mss and wscale: A; TS: val A, ecr B; not set: any
	Blocks [][2]int64
	Raw    string // of an unknown one: its value
}

// Quiet expects that the host sends nothing up to its time.
type Quiet struct{}

// Sysctl sets a kernel setting.
type Sysctl struct{ Key, Value string }

// StateIs expects a state of a descriptor's connection, or (FD -1) of the
// connection that the packets are about.
type StateIs struct {
	FD    int
	State sockets.State
}

// InfoIs expects a number of getsockopt(TCP_INFO).
type InfoIs struct {
	FD    int
	Field string
	Value int64
}

// CounterIs expects a counter of nstat.
type CounterIs struct {
	Name  string
	Value uint64
}

// Given is the usual beginning of a story, as one line.
type Given struct {
	What   string // listener, server, client
	Packet Packet // options and window of the peer's SYN
	RTT    time.Duration
}

// Setting is about the whole story.
type Setting struct {
	Name string // tolerance, isn, mtu, ipv6, limit, pending, simulator
	Key  string // of a limit
	Time time.Duration
	N    int64
	Text string // a reason
}

// SimulatorOnly is why the story is not for a real kernel; "" if it is.
func (st *Story) SimulatorOnly() string { return st.reason("simulator") }

// Pending is why the simulator may fail; "" if it must not.
func (st *Story) Pending() string { return st.reason("pending") }

func (st *Story) reason(setting string) string {
	for _, l := range st.Lines {
		if s, ok := l.Step.(*Setting); ok && s.Name == setting {
			return s.Text
		}
	}
	return ""
}
