package chance

import (
	"time"

	"socketbook/capacity"
)

// Input is a [Number] and its place in the question. Those of this package
// cover the usual ones; any other is a Name, a Number and a Set of one's own.
type Input struct {
	Name   string
	Number Number
	Set    func(h *capacity.Host, w *capacity.Workload, x float64) error
}

func bytesInput(name string, n Number, at func(h *capacity.Host, w *capacity.Workload) *capacity.Bytes) Input {
	return Input{name, n, func(h *capacity.Host, w *capacity.Workload, x float64) error {
		b, err := capacity.RoundBytes(max(0, x))
		*at(h, w) = b
		return err
	}}
}

// AppBytes is the application's memory of a connection, in bytes.
func AppBytes(n Number) Input {
	return bytesInput("application bytes", n, func(_ *capacity.Host, w *capacity.Workload) *capacity.Bytes { return &w.AppBytes })
}

// TLSBytes is what encryption adds to it, in bytes.
func TLSBytes(n Number) Input {
	return bytesInput("TLS bytes", n, func(_ *capacity.Host, w *capacity.Workload) *capacity.Bytes { return &w.TLSBytes })
}

// Unread is the data that waits in a connection's receive buffer, in bytes.
func Unread(n Number) Input {
	return bytesInput("unread bytes", n, func(_ *capacity.Host, w *capacity.Workload) *capacity.Bytes { return &w.Unread })
}

// RequestBytes and AnswerBytes are the sizes of messages, in bytes.
func RequestBytes(n Number) Input {
	return bytesInput("request bytes", n, func(_ *capacity.Host, w *capacity.Workload) *capacity.Bytes { return &w.RequestBytes })
}

// AnswerBytes is [RequestBytes] of the way back.
func AnswerBytes(n Number) Input {
	return bytesInput("answer bytes", n, func(_ *capacity.Host, w *capacity.Workload) *capacity.Bytes { return &w.AnswerBytes })
}

// ReservedRAM is the memory that connections may not have, in bytes.
func ReservedRAM(n Number) Input {
	return bytesInput("reserved RAM", n, func(_ *capacity.Host, w *capacity.Workload) *capacity.Bytes { return &w.ReservedRAM })
}

// KernelBytes is the kernel memory of an idle server socket, in bytes; the
// client's moves with it.
func KernelBytes(n Number) Input {
	return Input{"kernel bytes", n, func(h *capacity.Host, _ *capacity.Workload, x float64) error {
		full, err := h.WithDefaults()
		if err != nil {
			return err
		}
		b, err := capacity.RoundBytes(x)
		h.Sizes = full.Sizes
		h.Sizes.Client += int64(b) - h.Sizes.Server
		h.Sizes.Server = int64(b)
		return err
	}}
}

// Rate is requests a second on a connection.
func Rate(n Number) Input {
	return Input{"requests/s", n, func(_ *capacity.Host, w *capacity.Workload, x float64) error {
		w.Rate = max(0, x)
		return nil
	}}
}

// Lifetime is how long a connection lasts, in seconds.
func Lifetime(n Number) Input {
	return timeInput("lifetime, s", n, 1e9, func(_ *capacity.Host, w *capacity.Workload) *time.Duration { return &w.Lifetime })
}

// MessageCPU is what a request and its answer take of a core, in microseconds.
func MessageCPU(n Number) Input {
	return timeInput("CPU of a message, µs", n, 1e3, func(h *capacity.Host, _ *capacity.Workload) *time.Duration { return &h.MessageCPU })
}

// HandshakeCPU is what a new connection takes of a core, in microseconds.
func HandshakeCPU(n Number) Input {
	return timeInput("CPU of a handshake, µs", n, 1e3, func(h *capacity.Host, _ *capacity.Workload) *time.Duration { return &h.HandshakeCPU })
}

func timeInput(name string, n Number, unit float64, at func(h *capacity.Host, w *capacity.Workload) *time.Duration) Input {
	return Input{name, n, func(h *capacity.Host, w *capacity.Workload, x float64) error {
		ns := x * unit
		if !(ns >= 1 && ns <= 365*24*3600*1e9) {
			return &capacity.InputError{Field: name, Value: x, Allowed: "a nanosecond to a year"}
		}
		*at(h, w) = time.Duration(ns)
		return nil
	}}
}

// ClientAddrs is how many client addresses there are, in the first group.
func ClientAddrs(n Number) Input {
	return Input{"client addresses", n, func(_ *capacity.Host, w *capacity.Workload, x float64) error {
		groups := append([]capacity.Clients(nil), w.Clients...) // never the caller's own
		if len(groups) == 0 {
			groups = []capacity.Clients{{}}
		}
		b, err := capacity.RoundBytes(max(1, x))
		groups[0].Addrs = int64(b)
		w.Clients = groups
		return err
	}}
}
