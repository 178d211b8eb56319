//go:build unix

package grade

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"socketbook/notebooks/check"
	"socketbook/notebooks/clinic"
	"socketbook/notebooks/internal/cell"
	"socketbook/notebooks/internal/ipynb"
)

// A whole class: learners who each have variants of their own and copied the key, and
// among them one whose answers reach for the machine, one who handed in the lessons
// untouched, one whose files are damaged.

// keyed are the answers of a key by lesson and exercise: the name of the check and
// what the key says.
func keyed(t *testing.T, id string) map[string][2]string {
	t.Helper()
	var b bytes.Buffer
	if err := check.Key(&b, id); err != nil {
		t.Fatal(err)
	}
	if err := clinic.Key(&b, id); err != nil {
		t.Fatal(err)
	}
	answers := map[string][2]string{}
	for _, part := range strings.Split(b.String(), "\nLesson ")[1:] {
		number, text, _ := strings.Cut(part, "\n")
		for _, m := range keyLine.FindAllStringSubmatch(text, -1) {
			answers[fmt.Sprintf("%02s %s", number, m[1])] = [2]string{m[2], strings.TrimSpace(m[3]) + m[4]}
		}
	}
	return answers
}

var (
	keyLine  = regexp.MustCompile(`(?m)^  (\d+)\. (\w+)(?: \(.*?\))?:?(.*)\n((?:    .*\n)*)`)
	grouped  = regexp.MustCompile(`(\d),(\d{3})`)
	program  = regexp.MustCompile(`func (\w+(?:Key|Reference))\(`)
	inBed    = regexp.MustCompile(`bed \d+: (.*)\n`)
	lastWord = regexp.MustCompile(`\w+\)`)
)

// write turns what the key says into the cell that a learner would write. task is the
// lesson's own cell.
func write(name, key, task string) string {
	_, call, _ := strings.Cut(task, "%%\n")
	call, _, _ = strings.Cut(strings.TrimSpace(call), " //")
	plain := strings.TrimSuffix(key, ", and others")
	plain, _, _ = strings.Cut(plain, ", or ")
	plain, _, _ = strings.Cut(plain, ", and others")
	with := func(args string) string {
		front, _, _ := strings.Cut(call, "(")
		return "%%\n" + front + "(" + args + ")\n"
	}
	if m := program.FindStringSubmatch(key); m != nil {
		return key + "\n%%\n" + lastWord.ReplaceAllString(call, m[1]+")") + "\n"
	}
	switch name {
	case "Beside", "Counters", "Readable", "Knob", "Filter", "BadLuck":
		return with(fmt.Sprintf("%q", plain))
	case "FirstWalls", "Walls":
		return with(`"` + strings.ReplaceAll(plain, ", ", `", "`) + `"`)
	case "Forge":
		return with(strings.ReplaceAll(plain, "{", "sockets.BitFlip{"))
	case "NeedRAM":
		_, plain, _ = strings.Cut(plain, "(")
		plain, _, _ = strings.Cut(plain, " ")
	case "AppBudget":
		plain, _, _ = strings.Cut(plain, " ")
	case "Discharge":
		var guesses []string
		for _, m := range inBed.FindAllStringSubmatch(key, -1) {
			guesses = append(guesses, fmt.Sprintf("{%q}", m[1]))
		}
		return "var diagnoses = []check.Guess{" + strings.Join(guesses, ", ") + "}\n%%\n" + call + "\n"
	case "Doctor":
		var rules strings.Builder
		for _, line := range strings.Split(strings.TrimSpace(key), "\n")[1:] {
			illness, signs, _ := strings.Cut(strings.TrimSpace(line), ": ")
			var all []string
			for _, sign := range strings.Split(signs, ", ") {
				all = append(all, fmt.Sprintf("strings.Contains(windows, %q)", sign))
			}
			fmt.Fprintf(&rules, "\tcase %s:\n\t\treturn %q\n", strings.Join(all, " && "), illness)
		}
		return "func diagnose(windows string) string {\n\tswitch {\n" + rules.String() + "\t}\n\treturn \"\"\n}\n%%\n" + call + "\n"
	}
	if strings.HasPrefix(plain, "sockets.Limits") {
		plain, _, _ = strings.Cut(plain, "}")
		return with(plain + "}")
	}
	for grouped.MatchString(plain) {
		plain = grouped.ReplaceAllString(plain, "$1$2")
	}
	return with(plain)
}

// handIn writes a lesson as a learner has it: their id, and answers.
func handIn(t *testing.T, lesson, file, id string, answer func(e, source string) string) {
	t.Helper()
	nb, err := ipynb.Read(lesson)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range nb.Cells {
		if c.Type != "code" {
			continue
		}
		if m := answerID.FindStringSubmatch(c.ID); m != nil {
			c.Source = answer(m[1], c.Source)
		}
		c.Source = studentCall.ReplaceAllString(c.Source, "${1}"+fmt.Sprintf("%q", id))
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := nb.Write(file); err != nil {
		t.Fatal(err)
	}
}

func TestAWholeClass(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles and runs every exercise of the book")
	}
	lessons, err := filepath.Glob("../../[0-9][0-9]-*.ipynb")
	if err != nil || len(lessons) < 12 {
		t.Fatalf("%d lessons, %v", len(lessons), err)
	}
	dir := t.TempDir()
	names := []string{"ada", "bob", "Chloé O'Neil", "dan", "李雷"}
	// Each learner hands in every fifth lesson, so that all exercises run once; with
	// SOCKETBOOK_CLASS=1 everybody hands in all of them.
	everything := os.Getenv("SOCKETBOOK_CLASS") != ""
	handed := map[string]int{}
	for i, name := range names {
		key := keyed(t, name)
		for j, lesson := range lessons {
			if !everything && j%len(names) != i {
				continue
			}
			handIn(t, lesson, filepath.Join(dir, name, filepath.Base(lesson)), name, func(e, source string) string {
				handed[name]++
				k, ok := key[filepath.Base(lesson)[:2]+" "+e]
				if !ok {
					t.Fatalf("the key has no exercise %s of %s", e, lesson)
				}
				return write(k[0], k[1], source)
			})
		}
	}
	handIn(t, lessons[0], filepath.Join(dir, "empty", filepath.Base(lessons[0])), "empty", func(_, source string) string { return source })
	handIn(t, lessons[0], filepath.Join(dir, "hostile", filepath.Base(lessons[0])), "ada", func(e, _ string) string {
		return map[string]string{
			"1": "%%\nfunc() { data, _ := os.ReadFile(\"../../ada/01.ipynb\"); fmt.Print(string(data)) }()",
			"2": "!rm -rf ~ ../..\n%%\ncheck.Beside(\"A C D E\")",
			"3": "var forever = func() int { for { time.Sleep(time.Hour) } }()\nfunc findDoor(p *sockets.Process, street []sockets.SockAddr) (sockets.SockAddr, error) { return street[0], nil }\n%%\ncheck.FindDoor(findDoor)",
		}[e]
	})
	for name, text := range map[string]string{"01.ipynb": "{\"cells\": [", "02.ipynb": "", "03.ipynb": strings.Repeat("[", 1<<16), "04.ipynb": "\x00\xff\xfe", "05.ipynb": `{"cells":[{"cell_type":7}],"nbformat":4}`} {
		file := filepath.Join(dir, "damaged", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	c, err := Run(t.Context(), Options{Dir: dir, Lessons: lessons, Builder: cell.NewBuilder("../../.."), Timeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]*Student{}
	for _, s := range c.Students {
		seen[s.Name] = s
	}
	if got := slices.Sorted(maps.Keys(seen)); len(got) != len(names)+2 {
		t.Errorf("students are %q; want %q, empty and hostile", got, names)
	}
	for _, name := range names {
		s := seen[name]
		if s == nil || s.Of() != handed[name] || s.Solved() != s.Of() {
			t.Errorf("%s handed in %d answers of the key, and not all are solved", name, handed[name])
		}
		if s == nil {
			continue
		}
		for _, l := range s.Lessons {
			for _, e := range l.Exercises {
				if e.State != Solved {
					t.Errorf("%s, %s, exercise %d: %s: %s\n%s", name, l.Name, e.Number, e.State, e.Text, e.Answer)
				}
			}
		}
	}
	for name, want := range map[string][]string{"empty": {Wrong, Open, Open}, "hostile": {Look, Look, Failed}} {
		for i, e := range seen[name].Lessons[0].Exercises {
			if e.State != want[i] && !(name == "empty" && e.State == Open) {
				t.Errorf("%s, exercise %d: %s: %s; want %s", name, e.Number, e.State, e.Text, want[i])
			}
		}
	}
	notes := strings.Join(c.Notes, "\n")
	if len(c.Notes) != 5 || strings.Count(notes, "damaged/0") != 5 {
		t.Errorf("of the damaged files it says\n%s", notes)
	}
	// What is kept for a look in a browser.
	if out := os.Getenv("SOCKETBOOK_CLASS_OUT"); out != "" {
		if _, err := c.Write(out); err != nil {
			t.Error(err)
		}
	}
}
