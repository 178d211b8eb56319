package check

import (
	"fmt"
	"slices"
	"strings"
)

// The key of the exercises whose answer is a choice.

func besideAnswer() string {
	five, first := neighbours(mine("Beside"))
	return chosen(5, func(i int) bool { return opened(first, five[i]) == nil })
}

func readableAnswer() string {
	five := fiveWaits(mine("Readable"))
	fds, err := polledOnce(five)
	if err != nil {
		return err.Error()
	}
	return chosen(5, func(i int) bool { return fds[i].Revents != 0 })
}

// chosen are the letters of those that are.
func chosen(n int, is func(i int) bool) string {
	var letters []string
	for i := range n {
		if is(i) {
			letters = append(letters, string(rune('A'+i)))
		}
	}
	return strings.Join(letters, " ")
}

func countersAnswer() string {
	var letters []string
	for _, s := range sufferers(mine("Counters")) {
		letters = append(letters, s.letter)
	}
	return strings.Join(letters, " ")
}

func knobAnswer() string {
	var names []string
	for name := range shortages[mine("Knob")[0]].knobs {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", or ")
}

func firstWallsAnswer() string {
	var names []string
	for _, m := range three(mine("FirstWalls")) {
		v, err := m.plan()
		if err != nil {
			return err.Error()
		}
		names = append(names, wallNames[v.Binding().Limit])
	}
	return strings.Join(names, ", ")
}

// forgeAnswer looks for two bits, one up and one down, in one column: the first in the
// byte that must change, if there is one.
func forgeAnswer() string {
	n := mine("Forge")
	text, first := letterTo(n), 9
	if n[2] != 0 {
		first = n[2]
	}
	at := func(back, bit int) byte { return text[len(text)-back] >> bit & 1 }
	for bit := range 8 {
		for other := range len(text) {
			back := len(text) - other
			if (first-back)%2 == 0 && at(first, bit) != at(back, bit) {
				return fmt.Sprintf("{Byte: -%d, Bit: %d}, {Byte: -%d, Bit: %d}, and others: one bit up and one down in the same of the 16 columns", first, bit, back, bit)
			}
		}
	}
	return "none"
}
