package clinic

import "fmt"

// ward are the patients, in the order in which they lie there: an operator's
// commonest first.
var ward = []*Patient{
	&loopbackOnly, &dropped, &fullQueue, &restarted,
	&spinning, &leaking, &noPorts, &synFlood,
	&twoWrites, &lossy, &slowReader,
	&unreadClose, &stale, &halfOpen,
	&blackHole, &datagrams, &smallRing, &squeezed,
}

// Beds is how many patients there are.
func Beds() int { return len(ward) }

// Bed is the patient in a bed, 1 to [Beds], as the lesson knows them.
func Bed(n int) Patient {
	if n < 1 || n > len(ward) {
		return Patient{Complaint: "(nobody)", Illness: "none", play: func(r *room) {
			r.window("# the ward", fmt.Sprintf("Bed is %d, allowed is 1 to %d", n, len(ward)))
		}}
	}
	p := *ward[n-1]
	p.seed = uint64(n)
	return p
}

// Illnesses are the names that a diagnosis may have, in alphabetical order: every
// patient has one of them.
func Illnesses() []string {
	var names []string
	for _, p := range ward {
		names = append(names, p.Illness)
	}
	return sorted(names)
}
