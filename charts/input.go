package charts

import "time"

// XYer is a curve: Len points, in the order of x. The chart says what x and y
// are and in which unit. On a logarithmic axis every value must be above zero.
type XYer interface {
	Len() int
	XY(i int) (x, y float64)
}

// Named is a curve with a name of its own, for example "28,232 ports (Linux
// default)". A chart of several curves asks for it.
type Named interface {
	Name() string
}

// Marked is a curve that points at some of its places. Mark returns the place,
// on the curve's own axes and in their units, and a label of a few words.
type Marked interface {
	Marks() int
	Mark(i int) (x, y float64, label string)
}

// Binding is a curve that knows which limit decides at each of its points, by
// name, for example "descriptors" or "RAM". Neighbours with equal names are
// drawn as one stretch, labelled once.
type Binding interface {
	Binding(i int) string
}

// Banded is a curve that is not sure. XY is the median; Band returns the 5th
// and the 95th percentile at the same x, lo ≤ y ≤ hi, and is drawn as a band
// around the curve.
type Banded interface {
	Band(i int) (lo, hi float64)
}

// LimitGrid is which limit binds for every pair of values of two inputs.
//
// X and Y return what the inputs are, with their units, and their values: at
// least two each, above 0, rising. At returns the limit that binds at a pair,
// counted from 0, and the connections it allows. A grid that is also [Marked]
// points at places, such as the reader's own machine.
type LimitGrid interface {
	X() (label string, values []float64)
	Y() (label string, values []float64)
	At(x, y int) (limit string, connections float64)
}

// Draws is the answers of many draws of uncertain inputs, in connections, in
// rising order. Draws that also have [Shares] say what bound them.
type Draws interface {
	Len() int
	Draw(i int) float64
}

// Shares is the probability of each limit to be the one that binds.
type Shares interface {
	Shares() int
	Share(i int) (limit string, probability float64)
}

// Stops is the way of one packet through a host, in order.
//
// Stop returns the station's name, the virtual time since the start of the
// tape at which the packet reached it, and the bytes moved there with the one
// who moved them: "NIC" (DMA into the rx ring) or "CPU" (the copy at read()).
// Where the packet is handed on by reference, moved is 0 and by is "".
type Stops interface {
	Len() int
	Stop(i int) (station string, at time.Duration, moved int, by string)
}

// FDTable is the descriptor table of a process, in rising order of fd.
//
// Row returns the number, what kind of thing it is in a word ("terminal",
// "listener", "connection") and a detail ("0.0.0.0:80",
// "10.0.0.1:80 ← 10.0.1.7:32768"). A run of neighbouring numbers of one kind
// is drawn as one line. Limit is the soft RLIMIT_NOFILE, 0 when unknown.
type FDTable interface {
	Len() int
	Row(i int) (fd int, kind, detail string)
	Limit() int
}

// QueueSamples is the length of a bounded queue over virtual time.
//
// XY returns the virtual time in seconds and the entries in the queue from
// then until the next sample. Bound is the most entries the queue admits (for
// an accept queue backlog+1), 0 when it has none. Drop returns when an entry was refused,
// how many at that instant, and the kernel's name of the counter that went up
// ("ListenOverflows").
type QueueSamples interface {
	XYer
	Bound() int
	Drops() int
	Drop(i int) (at time.Duration, n int, counter string)
}

// Sensitivity is how an answer moves when one input at a time moves from its
// low value to its high one, all others at their middle.
//
// Base is the answer with every input at its middle. Input returns what the
// input is called, its low and its high value in words with their unit ("3 KB",
// "10 KB"), and the answers there. Answers are connections, above 0. A value
// that is also [Named] says what else the answer counts.
type Sensitivity interface {
	Base() float64
	Len() int
	Input(i int) (name, low, high string, atLow, atHigh float64)
}

// Uncertain is every limit in front of a workload with its uncertainty.
//
// Wall returns the limit's name ("descriptors", "RAM"), how many connections
// it allows (percentiles, above 0), and the probability, from 0 to 1, that it
// is the one that binds.
type Uncertain interface {
	Len() int
	Wall(i int) (limit string, p5, p50, p95, binds float64)
}

// Reports is published results beside what is predicted for their machines.
//
// Report returns who reported ("WhatsApp, 2012"), the prediction (percentiles)
// and the reported number, both connections, above 0. A value that is also
// [Named] says what else is counted, for example "bytes per connection".
type Reports interface {
	Len() int
	Report(i int) (who string, p5, p50, p95, reported float64)
}

// Qualified is reports that are not all of one kind. Qualify returns the unit of
// report i, and what it says about the true number: "" or "measured" for the
// number itself, "at most" or "at least" for a bound. Where units differ,
// all is drawn in multiples of the predicted median.
type Qualified interface {
	Qualify(i int) (unit, kind string)
}

// Parts is what a whole is made of, for example the memory of one socket.
//
// Part returns what a part is ("struct tcp_sock") and its bytes, 0 or more. A
// value that is also [Named] says whose memory it is ("an idle server
// socket").
type Parts interface {
	Len() int
	Part(i int) (part string, bytes float64)
}

// Segments is what two hosts sent each other, in the order of sending.
//
// Ends returns what the two are called ("client 10.0.0.2:32768"). Segment
// returns who sent it, the virtual times since the start of the tape at which
// it was sent and arrived, what it is in a few words ("SYN seq 0", "PSH seq 1
// len 64") and, where it never arrived, why ("link loss"), else "". A segment
// whose text is that of an earlier one that was lost is a retransmission.
type Segments interface {
	Len() int
	Ends() (left, right string)
	Segment(i int) (fromLeft bool, sent, arrived time.Duration, what, lost string)
}

// Noted is a conversation with something to say beside its lifelines, for
// example the states of both ends or the calls of their programs.
type Noted interface {
	Notes() int
	Note(i int) (left bool, at time.Duration, text string)
}

// StatePath is the way of one connection through TCP's states.
//
// Step returns the state by its name in ss, netstat or the kernel
// ("SYN-SENT", "SYN_SENT"), the virtual time at which it was reached and why in
// a few words ("connect sends SYN"). The first step is where the way begins. A
// value that is also [Named] says whose way it is ("client").
type StatePath interface {
	Len() int
	Step(i int) (state string, at time.Duration, why string)
}

// Crowd is one value of each of very many sockets, by their number.
//
// Quantity returns what it is, and its unit ("unread data", "B"). Values are 0
// or more.
type Crowd interface {
	Len() int
	Value(i int) float64
	Quantity() (what, unit string)
}

// WindowSamples is a congestion window over virtual time.
//
// XY returns the time in seconds and the window from then until the next
// sample, in segments ([Named] says another unit). Threshold is the slow-start
// threshold at a sample in the same unit, 0 while there is none. Loss returns
// when a loss was noticed and how ("timeout", "3 duplicate ACKs").
type WindowSamples interface {
	XYer
	Threshold(i int) float64
	Losses() int
	Loss(i int) (at time.Duration, what string)
}

// Transfer is the data segments of one direction, in the order of sending, and
// the acknowledgments that came back, in the order of their coming.
//
// Send returns the virtual time, the number of the segment's first byte,
// counted from 0, how many bytes it carries and, where it was lost, why, else
// "". A segment that begins below the highest byte sent before was sent again.
// Ack returns when an acknowledgment arrived and up to which byte it reaches.
type Transfer interface {
	Len() int
	Send(i int) (at time.Duration, seq, bytes int64, lost string)
	Acks() int
	Ack(i int) (at time.Duration, upTo int64)
}
