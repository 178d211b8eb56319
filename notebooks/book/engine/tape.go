package engine

import (
	"strconv"

	"socketbook/sockets"
)

// replay is the command that plays a run again.
func replay(line string) string { return "go run ./sockets/cmd/replay '" + line + "'" }

// play runs a scenario, with the settings of these names as its options, and
// keeps the tape.
func (v values) play(scenario string, names ...string) (*sockets.Replay, *sockets.Network, error) {
	r, err := sockets.NewReplay(scenario, 1)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		if err := r.Set(name, v[name]); err != nil {
			return nil, nil, err
		}
	}
	n, err := r.Run(sockets.Record())
	return r, n, err
}

// Tape plays the run of a replay string and returns how many entries its tape
// has and their hash (FNV-1a, 64 bits), "1234 0123456789abcdef". Two programs
// that give the same line have played the same run.
func Tape(line string) (string, error) {
	r, err := sockets.ParseReplay(line)
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
