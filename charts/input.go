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
