package clinic

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"socketbook/charts"
	"socketbook/notebooks/check"
)

// Patient is a server, a client or a wire with something wrong.
type Patient struct {
	Complaint string // what its users say
	Illness   string // its name in the ward's list, see [Illnesses]
	Cause     string // what happens in the kernel
	Knob      string // what helps: a command or a line of code
	Price     string // and what that costs
	// Signs are what gives the illness away in the windows: counters, errnos, words of
	// ss or tcpdump. Each is in the windows of the ill, and with the cure one of them
	// at least is not.
	Signs []string
	Also  []string // further symptoms to look up

	play    func(r *room)
	picture func(r *room) *charts.Chart // of the ill one; nil: none
	seed    uint64
}

// Windows are what an operator sees of the patient.
func (p Patient) Windows() string { return p.run(false).out.String() }

// Cured are the same windows of the same run with the cure in it.
func (p Patient) Cured() string { return p.run(true).out.String() }

func (p Patient) run(cured bool) *room {
	r := newRoom(p.seed, cured)
	defer r.lab.Close()
	p.play(r)
	if err := r.lab.Err(); err != nil {
		r.window("# the patient", err.Error()+"\n")
	}
	return r
}

// Reveal holds a diagnosis against the illness. Then, or folded away where nothing was
// guessed, come the cause, the cure, its price, and the windows with the cure.
func (p Patient) Reveal(diagnosis check.Guess) {
	diagnosis.Reveal("What is wrong? "+p.Complaint, p.Illness)
	parts := []any{p.Report()}
	if p.picture != nil {
		parts = append(parts, p.picture(p.run(false)))
	}
	diagnosis.Show(parts...)
}

// Report is what the textbook says about the illness, and the windows with the cure.
func (p Patient) Report() string {
	return fmt.Sprintf("%s\n\n%s\n%s\n%s\n%s\n\nThe same with the cure:\n\n%s", strings.ToUpper(p.Illness),
		wrap("cause: ", p.Cause), wrap("cure:  ", p.Knob), wrap("price: ", p.Price),
		wrap("more:  ", "go run ./notebooks symptoms "+strings.Join(p.lookUp(), ", ")), p.Cured())
}

// symptom is a sign that the index of symptoms knows: an errno, a counter, a state.
var symptom = regexp.MustCompile(`^(E[A-Z]+|Tcp\w+|Udp\w+|Ip\w+|rx_\w+|[A-Z]+-[A-Z0-9-]+|time_squeeze)$`)

// lookUp are the patient's signs that have an entry in the index of symptoms.
func (p Patient) lookUp() []string {
	var names []string
	for _, sign := range append(slices.Clone(p.Signs), p.Also...) {
		if symptom.MatchString(sign) {
			names = append(names, sign)
		}
	}
	return names
}

// wrap breaks a text into lines of a readable length behind a label.
func wrap(label, text string) string {
	const wide = 78
	var b strings.Builder
	line := label
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > wide {
			b.WriteString(line + "\n")
			line = strings.Repeat(" ", len(label))
		}
		if line != label && strings.TrimSpace(line) != "" {
			line += " "
		}
		line += word
	}
	return b.String() + line
}
