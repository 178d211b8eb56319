package capacity

import (
	"fmt"
	"math"
	"math/bits"
)

// InputError is the answer to input that no machine could have. It has the
// shape of [sockets.LimitError], which answers for the host's own fields.
type InputError struct {
	Field   string // as in the Go source, for instance "Clients[0].Ports"
	Value   any
	Allowed string // a range or a rule, in words
}

func (e *InputError) Error() string {
	return fmt.Sprintf("capacity: %s is %v, allowed: %s", e.Field, e.Value, e.Allowed)
}

// field is one number with the range it may come from, both ends included.
type field struct {
	name          string
	value, lo, hi int64
}

// check reports the first field out of its range.
func check(fields ...field) error {
	for _, f := range fields {
		if f.value < f.lo || f.value > f.hi {
			return &InputError{f.name, f.value, fmt.Sprintf("%d to %d", f.lo, f.hi)}
		}
	}
	return nil
}

// mul is a × b for numbers that are not negative. An overflow gives
// math.MaxInt64 and false, so a caller may refuse or saturate.
func mul(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi != 0 || lo > math.MaxInt64 {
		return math.MaxInt64, false
	}
	return int64(lo), true
}

// add is a + b for numbers that are not negative, with mul's overflow.
func add(a, b int64) (int64, bool) {
	if a > math.MaxInt64-b {
		return math.MaxInt64, false
	}
	return a + b, true
}

// mulAdd is a × b + c for numbers that are not negative, with mul's overflow.
func mulAdd(a, b, c int64) (int64, bool) {
	product, ok := mul(a, b)
	sum, ok2 := add(product, c)
	return sum, ok && ok2
}

// ceilDiv is a / b rounded up, for a ≥ 0 and b ≥ 1.
func ceilDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 {
		q++
	}
	return q
}

// tooMany is the error of a sum that passed 2^63-1.
func tooMany(sum, value string) error {
	return &InputError{sum, value, "a result of at most 2^63-1 = " + Count(math.MaxInt64).String()}
}
