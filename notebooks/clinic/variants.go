package clinic

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"

	"socketbook/notebooks/check"
)

// What differs from student to student in the exercises of lesson 12; package check has
// the others. Emergency takes the id itself.

// luckOf is a student's chance in an exercise, or nil where there is no student.
func luckOf(exercise string) *rand.Rand {
	id := check.StudentID()
	if id == "" {
		return nil
	}
	sum := fnv.New64a()
	fmt.Fprintf(sum, "%s\x00%s", id, exercise)
	return rand.New(rand.NewPCG(sum.Sum64(), 12))
}

// course is whom a doctor has to tell apart: the whole ward, or a dozen of a student's own.
// Who tells all of them apart has done more than is asked for.
func course() (patients []*Patient) {
	luck := luckOf("Doctor")
	if luck == nil {
		return ward
	}
	const dozen = 12
	beds := luck.Perm(len(ward))[:dozen]
	slices.Sort(beds)
	for _, i := range beds {
		patients = append(patients, ward[i])
	}
	return patients
}

// synRetries are the numbers of Patience: net.ipv4.tcp_syn_retries and tcp_syn_linear_timeouts.
func synRetries() (retries, linear int) {
	luck := luckOf("Patience")
	if luck == nil {
		return 3, 4
	}
	return 1 + luck.IntN(6), 1 + luck.IntN(3)
}

// own puts a student's variant before what an exercise came to.
func own(exercise, said string) string {
	text := ""
	switch exercise {
	case "Doctor":
		var names []string
		for _, p := range course() {
			names = append(names, p.Illness)
		}
		text = "patients with one of these: " + strings.Join(names, "; ")
	case "Patience":
		retries, linear := synRetries()
		text = fmt.Sprintf("tcp_syn_retries is %d and tcp_syn_linear_timeouts is %d", retries, linear)
	}
	number, rest, found := strings.Cut(said, ". ")
	if check.StudentID() == "" || !found {
		return said
	}
	return number + ". Yours is: " + text + ". " + rest
}
