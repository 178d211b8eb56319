package sim

import (
	"strconv"
	"time"
)

// Time is an instant: nanoseconds of virtual time since the start of the run.
// It is a type of its own so that neither a duration nor time.Now() can be
// taken for it. The zero Time is the start; the last is 292 years later.
type Time int64

// Add returns the instant d after t.
func (t Time) Add(d time.Duration) Time { return t + Time(d) }

// Sub returns the duration from u to t.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// Seconds returns t in seconds since the start.
func (t Time) Seconds() float64 { return time.Duration(t).Seconds() }

// String returns t in seconds with nine decimals, as tcpdump prints time
// relative to the first packet: "0.000125000".
func (t Time) String() string {
	var b [24]byte
	return string(t.Append(b[:0]))
}

// Append appends t as [Time.String] prints it, and returns the longer b.
func (t Time) Append(b []byte) []byte {
	n := uint64(t)
	if t < 0 {
		b = append(b, '-')
		n = -n
	}
	b = strconv.AppendUint(b, n/1e9, 10)
	b = append(b, '.')
	frac := n % 1e9
	for div := uint64(1e8); div > 0; div /= 10 {
		b = append(b, '0'+byte(frac/div%10))
	}
	return b
}
