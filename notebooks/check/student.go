package check

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Student gives the exercises variants of one student's own:
//
//	var student = check.Student("ada")
//
// The same id has the same variants on every machine, and so has the key that
// Key makes of it; capitals, and spaces around it, make no difference. Without an id they are those of the lesson's text. A
// declaration in a notebook is made in every cell below it, which is how the
// exercises know.
func Student(id string) string {
	student = strings.ToLower(strings.TrimSpace(id))
	return id
}

var student string // the id, in small letters

// StudentID is the id of the student who is here, in small letters, or "".
func StudentID() string { return student }

// A variant is how an exercise differs from student to student: by numbers, which
// the check reads with mine.
type variant struct {
	// says is the numbers in words: %s with commas, %d without, %c as a character,
	// %n as "first", "second" and so on.
	says   string
	sets   [][]int              // the first is the lesson's; a student gets one of them
	ranges [][2]int             // or, where there are ranges, a number out of each, both ends included
	shows  func(n []int) string // what else is to be known of them, in lines of its own

	// names are those of the numbers in the reference solution, which has them as
	// variables; literals are what stands there, where it is not the number.
	names    []string
	literals func(n []int) []string
}

// mine is the numbers of an exercise, for the student who is here.
func mine(exercise string) []int {
	v := variants[exercise]
	if student == "" {
		return v.sets[0]
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%s", student, exercise)
	if v.ranges == nil {
		return v.sets[h.Sum64()%uint64(len(v.sets))]
	}
	luck := rand.New(rand.NewPCG(h.Sum64(), 1))
	var numbers []int
	for _, r := range v.ranges {
		step := 1
		for span := r[1] - r[0]; span >= 1000 && v.says != ""; span /= 10 {
			step *= 10 // 8,240 clients, and not 8,237
		}
		numbers = append(numbers, r[0]+step*luck.IntN((r[1]-r[0])/step+1))
	}
	return numbers
}

// mineInWords is the same as a phrase, of one line.
func mineInWords(exercise string) string {
	v, n := variants[exercise], mine(exercise)
	if v.says == "" {
		return strings.Join(strings.Split(v.shows(n), "\n"), "; ")
	}
	var b strings.Builder
	for rest := v.says; ; n = n[1:] {
		before, after, more := strings.Cut(rest, "%")
		b.WriteString(before)
		if !more {
			return b.String()
		}
		switch after[0] {
		case 's':
			b.WriteString(word(n[0]))
		case 'd':
			b.WriteString(strconv.Itoa(n[0]))
		case 'c':
			b.WriteRune(rune(n[0]))
		case 'n':
			b.WriteString(ordinals[n[0]])
		}
		rest = after[1:]
	}
}

var ordinals = []string{"zeroth", "first", "second", "third", "fourth", "fifth", "sixth"}

// own puts a student's variant into what an exercise came to.
func own(exercise string, o outcome) outcome {
	if student == "" {
		return o
	}
	if v := variants[exercise]; v.says == "" {
		o.text += "\nYours is:\n" + v.shows(mine(exercise))
		return o
	}
	o.text = "Yours is: " + mineInWords(exercise) + ". " + o.text
	return o
}

// shuffled is the k-th order of the numbers below n; 0 leaves them as they are.
func shuffled(k, n int) []int {
	rest := make([]int, n)
	for i := range rest {
		rest[i] = i
	}
	base := 1
	for i := 2; i < n; i++ {
		base *= i
	}
	var order []int
	for left := n; left > 0; left-- {
		i := k / base % left
		order = append(order, rest[i])
		rest = append(rest[:i:i], rest[i+1:]...)
		if left > 1 {
			k, base = k%base, base/(left-1)
		}
	}
	return order
}

// lettered is a list of texts as A, B, C and so on.
func lettered(texts []string) string {
	lines := make([]string, len(texts))
	for i, text := range texts {
		lines[i] = fmt.Sprintf("  %c  %s", 'A'+i, text)
	}
	return strings.Join(lines, "\n")
}

// letters is a list of answers as it is typed: with or without spaces and commas.
func letters(said string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", ",", "").Replace(said))
}
