package clinic

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"socketbook/notebooks/check"
	"socketbook/sockets"
)

// Emergency are patients of one night: so many of the ward's illnesses, chosen by a
// student's id, with other numbers than in the lesson, and without a word of what their
// users say. The same id gives the same night; without one it is the lesson's.
func Emergency(id string, patients int) []Patient {
	if strings.TrimSpace(id) == "" {
		id = unnamed
	}
	sum := fnv.New64a()
	sum.Write([]byte(strings.ToLower(strings.TrimSpace(id))))
	luck := rand.New(rand.NewPCG(sum.Sum64(), 911))
	var night []Patient
	for _, i := range luck.Perm(len(ward))[:min(max(0, patients), len(ward))] {
		p := *ward[i]
		p.seed = 1000 + luck.Uint64N(1<<32)
		p.Complaint = "“It does not work.”"
		night = append(night, p)
	}
	return night
}

// Discharge holds the diagnoses of a night against the illnesses, bed by bed, and says
// which were right. It does not say what the others have.
func Discharge(night []Patient, diagnoses ...check.Guess) {
	fmt.Print(discharge(night, diagnoses))
}

func discharge(night []Patient, diagnoses []check.Guess) string {
	var b strings.Builder
	right, open := 0, 0
	for i, p := range night {
		said := ""
		if i < len(diagnoses) && len(diagnoses[i]) > 0 {
			said = fmt.Sprint(diagnoses[i][0])
		}
		switch {
		case said == "":
			open++
		case same(said, p.Illness):
			right++
			fmt.Fprintf(&b, "bed %d: right, %s.\n", i+1, p.Illness)
		case !slices.ContainsFunc(Illnesses(), func(s string) bool { return same(s, said) }):
			fmt.Fprintf(&b, "bed %d: %q is not in the ward's list.\n", i+1, said)
		default:
			fmt.Fprintf(&b, "bed %d: it is not %q. Which line of the windows speaks against it?\n", i+1, said)
		}
	}
	switch {
	case open == len(night):
		return "Exercise 1: not solved yet. No diagnosis yet. Write one for each bed, from the ward's list.\n"
	case right == len(night):
		b.WriteString("Exercise 1: solved. All of them may go home.\n")
	default:
		fmt.Fprintf(&b, "Exercise 1: not quite. %d of %d right, %d without a diagnosis.\n", right, len(night), open)
	}
	return b.String()
}

// same compares two names as a hurried doctor writes them.
func same(a, b string) bool {
	plain := func(s string) string {
		return strings.NewReplacer(" ", "", "-", "", ",", "", "_", "").Replace(strings.ToLower(s))
	}
	return plain(a) == plain(b)
}

func sorted(names []string) []string {
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return names
}

// Doctor lets a function diagnose every patient of the ward, each on several nights, and
// says where it was right. A diagnosis is one of [Illnesses].
func Doctor(diagnose func(windows string) string) { fmt.Print(own("Doctor", doctor(diagnose))) }

// nights is how often a doctor sees each illness, and pass the share of right diagnoses
// that is asked for, in percent.
const (
	nights = 3
	pass   = 80
)

func doctor(diagnose func(windows string) string) string {
	if diagnose == nil {
		return "Exercise 2: not solved yet. Write a function.\n"
	}
	right, seen, silent := 0, 0, 0
	var wrong []string
	for night := range uint64(nights) {
		for i, p := range course() {
			q := *p
			q.seed = 5000 + 100*uint64(i) + night
			said := diagnose(q.Windows())
			seen++
			switch {
			case same(said, p.Illness):
				right++
			case said == "":
				silent++
			default:
				wrong = append(wrong, fmt.Sprintf("%q where it was %q", said, p.Illness))
			}
		}
		if silent == seen {
			break // nothing was written yet: one night is enough to see that
		}
	}
	switch {
	case silent == seen:
		return "Exercise 2: not solved yet. Return one of the ward's names.\n"
	case right*100 < seen*pass:
		text := fmt.Sprintf("Exercise 2: not quite. %d of %d right, %d %% are asked for; %d without a diagnosis.\n", right, seen, pass, silent)
		if len(wrong) > 0 {
			text += "For instance it said " + wrong[0] + ".\n"
		}
		return text
	}
	return fmt.Sprintf("Exercise 2: solved. %d of %d right.\n", right, seen)
}

// Patience checks after how many seconds connect gives up with ETIMEDOUT, if nobody
// and net.ipv4.tcp_syn_retries is 3.
func Patience(seconds int) { fmt.Print(own("Patience", patience(seconds))) }

// words are small numbers.
var words = []string{"none", "one", "two", "three", "four", "five", "six"}

func patience(seconds int) string {
	if seconds == 0 {
		return "Exercise 3: not solved yet. Put a number in place of 0.\n"
	}
	retries, linear := synRetries()
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	host := lab.NewHost("client", sockets.Limits{SynRetries: retries, SynLinearTimeouts: linear})
	wire := lab.NewLink(host, lab.NewHost("server", sockets.Limits{}), metro)
	wire.Down()
	_, err := host.NewProcess("app").Dial(sockets.Addr("10.0.0.2:80"))
	took := int((time.Duration(lab.Now()) + time.Second/2) / time.Second)
	switch {
	case seconds == took:
		return fmt.Sprintf("Exercise 3: solved. %v after %d s: the first SYN and %s more a second apart, and %s whose distance doubles.\n", err, took, words[linear], words[retries])
	case seconds == 2<<retries-1:
		return "Exercise 3: not quite. 1 + 2 + 4 and so on is what older kernels do; since Linux 6.5 the first four repeats do not double (tcp_syn_linear_timeouts).\n"
	case seconds < took:
		return "Exercise 3: not quite. It waits for longer.\n"
	}
	return "Exercise 3: not quite. It gives up before that.\n"
}
