package capacity_test

import (
	"math"
	"testing"

	"socketbook/capacity"
)

func TestBytesPrintExactly(t *testing.T) {
	for b, want := range map[capacity.Bytes]string{
		0:                       "0 B",
		999:                     "999 B",
		1000:                    "1 KB",
		1024:                    "1 KiB",
		3829:                    "3,829 B",
		512_000_000:             "512 MB", // not 500,000 KiB
		1_024_000:               "1,000 KiB",
		16 * capacity.GB:        "16 GB",
		16 * capacity.GiB:       "16 GiB",
		-2 * capacity.MiB:       "-2 MiB",
		math.MaxInt64:           "9,223,372,036,854,775,807 B",
		math.MinInt64:           "-8,192 PiB",
		3 * capacity.PiB / 2:    "1,536 TiB",
		235 * capacity.GiB / 10: "24,064 MiB",
	} {
		if got := b.String(); got != want {
			t.Errorf("%d bytes print as %q, want %q", int64(b), got, want)
		}
	}
}

func TestBytesInShort(t *testing.T) {
	for b, want := range map[capacity.Bytes]string{
		0: "0 B", 999: "999 B", 3829: "3.83 KB", 16 * capacity.GiB: "17.2 GB",
		999_499: "999 KB", 999_500: "1 MB", 999_999: "1 MB", // never "1e+03 KB"
		math.MaxInt64: "9223 PB",
	} {
		if got := b.Approx(); got != want {
			t.Errorf("%d bytes are about %q, want %q", int64(b), got, want)
		}
	}
}

func TestBytesRead(t *testing.T) {
	for text, want := range map[string]capacity.Bytes{
		"16GB": 16e9, " 16 GiB ": 16 << 30, "0.5 KiB": 512, "1,000 B": 1000, "3 kB": 3000,
		"31.6 KB": 31600, "0.3 KiB": 307, "0.5 B": 1, "0.49 B": 0, "8191.999 PiB": 9223370910954868965,
		"0.99999999999999999999999 PiB": 1125899906842624,
	} {
		if got, err := capacity.ParseBytes(text); err != nil || got != want {
			t.Errorf("%q read as %d, %v; want %d", text, int64(got), err, int64(want))
		}
	}
	if got := must(capacity.RoundBytes(3829.5)); got != 3830 {
		t.Errorf("3829.5 rounds to %v", got)
	}
}

func TestCountsPrintWithCommas(t *testing.T) {
	for n, want := range map[capacity.Count]string{
		0: "0", 999: "999", 1000: "1,000", -28232: "-28,232", 1 << 48: "281,474,976,710,656",
		math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := n.String(); got != want {
			t.Errorf("%d prints as %q, want %q", int64(n), got, want)
		}
	}
}
