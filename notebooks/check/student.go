package check

import (
	"fmt"
	"hash/fnv"
)

// Student gives the exercises numbers of one student's own:
//
//	var student = check.Student("ada")
//
// The same id has the same numbers on every machine, and so has the key that
// Key makes of it. Without an id they are the numbers of the lesson's text. A
// declaration in a notebook is made in every cell below it, which is how the
// exercises know.
func Student(id string) string {
	student = id
	return id
}

var student string

// numbered are the exercises with numbers, by the names of their checks.
var numbered = map[string]struct {
	says string  // the numbers in words
	sets [][]int // the first is the lesson's
}{
	"CountSockets": {"%s clients at one door and %s at the other", [][]int{{250, 40}, {310, 25}, {120, 60}, {180, 75}, {460, 33}}},
	"Numbers":      {"%s clients are accepted, then number %s of them is closed", [][]int{{3, 2}, {4, 2}, {5, 3}, {6, 4}, {4, 3}}},
	"Backlog":      {"%s clients", [][]int{{200}, {120}, {150}, {180}, {240}}},
	"LastIn":       {"%s clients, a listener with backlog %s, and nobody accepts before %s ms", [][]int{{25, 9, 1500}, {30, 12, 2500}, {40, 15, 1500}, {25, 7, 3500}, {20, 9, 2500}}},
	"Copied":       {"%s bytes are sent, and read once with a buffer of %s", [][]int{{16_000, 1000}, {12_000, 500}, {20_000, 1500}, {18_000, 2000}}},
	"SmallRing":    {"a ring of %s frames, at most %s interrupts, %s datagrams", [][]int{{16, 60, 200}, {32, 40, 200}, {16, 60, 300}, {32, 30, 250}}},
	"BadLuck":      {"%s bytes, with the same loss", [][]int{{20_000}, {30_000}, {40_000}, {25_000}}},
	"Tries":        {"%s seconds", [][]int{{10}, {5}, {15}, {20}, {30}}},
	"Nofile":       {"%s clients", [][]int{{10_000}, {8_000}, {12_000}, {15_000}, {9_000}}},
	"Machine":      {"%s connections", [][]int{{50_000}, {40_000}, {45_000}, {35_000}}},
	"ClientAddrs":  {"%s connections", [][]int{{60_000}, {50_000}, {40_000}, {80_000}}},
	"ProxyRate":    {"%s backends", [][]int{{3}, {2}, {4}, {5}}},
	"NeedRAM":      {"%s connections", [][]int{{1_000_000}, {500_000}, {2_000_000}, {750_000}, {1_500_000}}},
	"AppBudget":    {"%s connections in 16 GB", [][]int{{2_000_000}, {1_500_000}, {2_500_000}, {1_000_000}}},
	"TenMillion":   {"%s connections", [][]int{{10_000_000}, {5_000_000}, {8_000_000}, {12_000_000}, {20_000_000}}},
	"Filter":       {"clients in 10.%s.0.0/24", [][]int{{1}, {2}, {7}, {20}, {200}}},
	"Tracked":      {"visitors that stay for %s seconds", [][]int{{30}, {20}, {40}, {60}}},
	"Proxy":        {"%s clients", [][]int{{150_000}, {100_000}, {200_000}, {250_000}}},
	"Walls":        {"%s GiB of memory, clients from %s addresses, %s kB of the program for each", [][]int{{8, 500, 20}, {64, 30, 20}, {8, 60, 4}, {16, 40, 12}, {2, 20, 30}}},
	"Thrifty":      {"%s connections", [][]int{{100_000}, {80_000}, {90_000}, {70_000}}},
}

// mine is the numbers of an exercise, for the student who is here.
func mine(exercise string) []int {
	sets := numbered[exercise].sets
	if student == "" {
		return sets[0]
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%s", student, exercise)
	return sets[h.Sum64()%uint64(len(sets))]
}

// mineInWords is the same as a phrase.
func mineInWords(exercise string) string {
	var words []any
	for _, n := range mine(exercise) {
		words = append(words, word(n))
	}
	return fmt.Sprintf(numbered[exercise].says, words...)
}

// own puts a student's numbers before what an exercise came to.
func own(exercise string, o outcome) outcome {
	if student != "" {
		o.text = "Yours is: " + mineInWords(exercise) + ". " + o.text
	}
	return o
}
