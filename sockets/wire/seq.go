package wire

// Seq is a TCP sequence number. Sequence numbers wrap around, so "less" means
// "before, by less than half the circle" (RFC 9293 §3.4): plain < is wrong
// once in 4 GiB. With two numbers exactly 2³¹ apart each is less than the
// other; no window is that large.
type Seq uint32

// Less reports whether s comes before t.
func (s Seq) Less(t Seq) bool { return int32(s-t) < 0 }

// LessEq reports whether s is t or comes before it.
func (s Seq) LessEq(t Seq) bool { return int32(s-t) <= 0 }

// Diff is how many bytes s is ahead of t, negative if it is behind.
func (s Seq) Diff(t Seq) int { return int(int32(s - t)) }

// InWindow reports whether s lies in [start, start+size).
func (s Seq) InWindow(start Seq, size uint32) bool { return uint32(s-start) < size }
