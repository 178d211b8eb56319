package engine

import (
	"strconv"

	"socketbook/sockets"
)

// Tape plays the run of a replay string and returns how many entries its tape
// has and their hash (FNV-1a, 64 bits), "1234 0123456789abcdef". Two programs
// that give the same line have played the same run.
func Tape(replay string) (string, error) {
	r, err := sockets.ParseReplay(replay)
	if err != nil {
		return "", err
	}
	n, err := r.Run(sockets.Record())
	if err != nil {
		return "", err
	}
	defer n.Close()
	h := uint64(14695981039346656037)
	for _, e := range n.Tape().Events() {
		for _, c := range []byte(e.String()) {
			h = (h ^ uint64(c)) * 1099511628211
		}
	}
	hex := strconv.FormatUint(h, 16)
	return strconv.Itoa(n.Tape().Len()) + " " + "0000000000000000"[len(hex):] + hex, nil
}
