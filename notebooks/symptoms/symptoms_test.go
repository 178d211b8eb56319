package symptoms

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"socketbook/sockets"
)

// TestExperiments makes every experiment: each name of its entry must happen,
// and whatever is dropped meanwhile must have an entry, too.
func TestExperiments(t *testing.T) {
	reasons := map[string]bool{}
	for _, e := range All() {
		t.Run(e.Names[0], func(t *testing.T) {
			if e.show == nil {
				if e.Silent == "" {
					t.Error("no experiment, and no reason why")
				}
				return
			}
			if e.Silent != "" {
				t.Error("an experiment, though it is said not to be shown")
			}
			r, err := e.Run()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			for _, name := range e.Names {
				if r.Evidence(e.Kind, name) == "" {
					t.Errorf("%s did not happen", name)
				}
			}
			for _, text := range dropped(r) {
				if found, ok := Reason(text); ok {
					reasons[found.Names[0]] = true
				} else {
					t.Errorf("no entry for the drop %q", text)
				}
			}
		})
	}
	if len(reasons) < 25 {
		t.Errorf("the experiments have dropped for %d reasons only", len(reasons))
	}
}

// dropped is what the tapes of an experiment say of drops.
func dropped(r *Run) (texts []string) {
	for _, lab := range r.labs {
		for _, e := range lab.Tape().Events() {
			if e.Station == sockets.StationDrop {
				texts = append(texts, e.Text)
			}
		}
	}
	return texts
}

// TestFind finds entries by the names people use.
func TestFind(t *testing.T) {
	for name, want := range map[string]string{"ListenOverflows": "TcpExtListenOverflows", "TcpExtListenOverflows": "TcpExtListenOverflows",
		"emfile": "EMFILE", "close-wait": "CLOSE-WAIT", "ESTABLISHED": "ESTAB", "SYN-RECEIVED": "SYN-RECV", "cwnd": "ss -i: ts", "CLOSE_WAIT": "CLOSE-WAIT", "RxMissed": "rx_missed_errors", "rx_missed_errors": "rx_missed_errors",
		"InCsumErrors": "TcpInErrs", "time_squeeze": "time_squeeze", "RetransSegs": "TcpRetransSegs"} {
		if e, ok := Find(name); !ok || e.Names[0] != want {
			t.Errorf("Find(%q) = %v, %t; want %s", name, e.Names, ok, want)
		}
	}
	for _, name := range []string{"", "ENOSUCH", "Listen Overflow"} {
		if e, ok := Find(name); ok {
			t.Errorf("Find(%q) = %v", name, e.Names)
		}
	}
}

// setting is a knob that one turns on the machine; every such has a price.
var setting = regexp.MustCompile(`sysctl|net\.(ipv4|core)|fs\.|SO_(RCV|SND)|TCP_[A-Z]+_|ethtool|ulimit|Limit|txqueuelen`)

// TestTexts wants every entry to say what happened and how it looks, and a
// price only where there is a knob.
func TestTexts(t *testing.T) {
	for _, e := range All() {
		if e.Means == "" || e.Looks == "" || e.Knob == "" && e.Price != "" {
			t.Errorf("%s: means %q, looks %q, knob %q, price %q", e.Names[0], e.Means, e.Looks, e.Knob, e.Price)
		}
		if !e.Ordinary && e.Silent == "" && e.Knob == "" {
			t.Errorf("%s: no knob, not even \"None needed.\"", e.Names[0])
		}
		if setting.MatchString(e.Knob) && e.Price == "" {
			t.Errorf("%s: what does it cost to set %q?", e.Names[0], e.Knob)
		}
		for _, p := range e.Parts() {
			if p[0] != "Not shown here" && !strings.HasSuffix(p[1], ".") && !strings.HasSuffix(p[1], "?") {
				t.Errorf("%s: %s ends without a full stop: %q", e.Names[0], p[0], p[1])
			}
		}
		if e.Lesson < 0 || e.Lesson > 12 {
			t.Errorf("%s: lesson %d", e.Names[0], e.Lesson)
		}
	}
}

// TestKnown fails when the simulator can show what the index does not have, or
// the index has what nothing can show.
func TestKnown(t *testing.T) {
	known := Known()
	have := map[string]int{}
	for _, e := range All() {
		for _, n := range e.Names {
			have[n]++
			if e.Kind == Errno || e.Kind == Counter {
				if k, ok := known[n]; !ok || k != e.Kind {
					t.Errorf("%s: the simulator knows no such %s", n, e.Kind)
				}
			}
		}
	}
	var missing []string
	for n := range known {
		if have[n] != 1 {
			missing = append(missing, n)
		}
	}
	slices.Sort(missing)
	for _, n := range missing {
		t.Errorf("%s has %d entries", n, have[n])
	}
	if len(known) < 200 {
		t.Errorf("only %d symptoms were found in the simulator", len(known))
	}
}
