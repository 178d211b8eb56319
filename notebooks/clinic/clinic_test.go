package clinic

import (
	"strings"
	"testing"

	"socketbook/notebooks/check"
	"socketbook/notebooks/symptoms"
)

// seeds is how many nights each patient is looked at.
const seeds = 4

// What gives an illness away is there with any numbers, and the cure takes it away.
func TestSigns(t *testing.T) {
	for i := 1; i <= Beds(); i++ {
		p := Bed(i)
		t.Run(p.Illness, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(seeds) {
				p.seed = 100 + seed
				ill, cured := p.Windows(), p.Cured()
				gone := 0
				for _, sign := range p.Signs {
					if !strings.Contains(ill, sign) {
						t.Fatalf("seed %d: %q is not in the windows:\n%s", p.seed, sign, ill)
					}
					if !strings.Contains(cured, sign) {
						gone++
					}
				}
				if gone == 0 {
					t.Errorf("seed %d: all of %q are still there with the cure:\n%s", p.seed, p.Signs, cured)
				}
				if again := p.Windows(); again != ill {
					t.Errorf("seed %d: the same run gives other windows", p.seed)
				}
			}
		})
	}
}

func TestWard(t *testing.T) {
	names := map[string]bool{}
	for i := 1; i <= Beds(); i++ {
		p := Bed(i)
		if names[p.Illness] {
			t.Errorf("two patients have %q", p.Illness)
		}
		names[p.Illness] = true
		for what, text := range map[string]string{"complaint": p.Complaint, "cause": p.Cause, "cure": p.Knob, "price": p.Price} {
			if len(text) < 20 {
				t.Errorf("%s: its %s is %q", p.Illness, what, text)
			}
		}
		if strings.Contains(p.Windows(), p.Illness) {
			t.Errorf("%s: the windows name the illness", p.Illness)
		}
		for line := range strings.Lines(p.Report()) {
			if strings.HasPrefix(line, "cause") && len(line) > 120 {
				t.Errorf("%s: a line of %d bytes does not fit: %s", p.Illness, len(line), line)
			}
		}
	}
	if len(Illnesses()) != Beds() || Beds() < 12 {
		t.Errorf("%d illnesses, %d beds", len(Illnesses()), Beds())
	}
	for _, n := range []int{0, -1, Beds() + 1} {
		if w := Bed(n).Windows(); !strings.Contains(w, "allowed is 1 to") {
			t.Errorf("bed %d: %s", n, w)
		}
	}
}

// What a report sends its reader to look up is in the index of symptoms.
func TestLookUp(t *testing.T) {
	for i := 1; i <= Beds(); i++ {
		p := Bed(i)
		if len(p.lookUp()) == 0 {
			t.Errorf("%s: nothing to look up among %q", p.Illness, p.Signs)
		}
		for _, name := range p.lookUp() {
			if _, ok := symptoms.Find(name); !ok {
				t.Errorf("%s: %q is not in the index of symptoms", p.Illness, name)
			}
		}
	}
}

func TestEmergency(t *testing.T) {
	night := Emergency("ada", 5)
	if again := Emergency(" Ada ", 5); len(night) != 5 || again[2].Windows() != night[2].Windows() {
		t.Error("the same id gives another night")
	}
	other := 0
	for i, p := range Emergency("grace", 5) {
		if p.Illness != night[i].Illness {
			other++
		}
	}
	if other == 0 {
		t.Error("two ids have the same night")
	}
	if n := len(Emergency("x", 1000)) + len(Emergency("x", -1)); n != Beds() {
		t.Errorf("%d patients of %d beds", n, Beds())
	}
	all := make([]check.Guess, 5)
	for i, p := range night {
		all[i] = check.Guess{strings.ToUpper(p.Illness), check.Sure(90)}
	}
	wrong := night[1].Illness
	for _, c := range []struct {
		diagnoses []check.Guess
		want, not string
	}{
		{nil, "No diagnosis yet", "right"},
		{all, "All of them may go home", "not"},
		{[]check.Guess{{wrong}}, "0 of 5 right, 4 without", night[0].Illness},
		{[]check.Guess{{"the flu"}}, "not in the ward's list", "right, the"},
	} {
		if got := discharge(night, c.diagnoses); !strings.Contains(got, c.want) || strings.Contains(got, c.not) {
			t.Errorf("%v: want %q and not %q in\n%s", c.diagnoses, c.want, c.not, got)
		}
	}
}

func TestDoctor(t *testing.T) {
	perfect := map[string]string{}
	for i, p := range ward {
		for night := range uint64(nights) {
			q := *p
			q.seed = 5000 + 100*uint64(i) + night
			perfect[q.Windows()] = p.Illness
		}
	}
	for want, f := range map[string]func(string) string{
		"not solved yet. Write": nil,
		"not solved yet. Ret":   func(string) string { return "" },
		"not quite. 3 of":       func(string) string { return "SYN flood" },
		"solved. 54 of 54":      func(w string) string { return perfect[w] },
	} {
		if got := doctor(f); !strings.Contains(got, want) {
			t.Errorf("want %q in %s", want, got)
		}
	}
}

func TestPatience(t *testing.T) {
	for seconds, want := range map[int]string{0: "not solved yet", 15: "older kernels", 3: "longer", 500: "before that"} {
		if got := patience(seconds); !strings.Contains(got, want) {
			t.Errorf("%d: want %q in %s", seconds, want, got)
		}
	}
	solved := 0
	for s := 1; s < 40; s++ {
		if strings.Contains(patience(s), "solved. ") {
			solved = s
		}
	}
	if solved < 11 || solved > 20 {
		t.Errorf("solved with %d s", solved)
	}
}

func TestPictures(t *testing.T) {
	n := 0
	for i := 1; i <= Beds(); i++ {
		if p := Bed(i); p.picture != nil {
			n++
			if err := p.picture(p.run(false)).Err(); err != nil {
				t.Errorf("%s: %v", p.Illness, err)
			}
		}
	}
	if n == 0 {
		t.Error("no patient has a picture")
	}
}
