package check

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"socketbook/capacity"
	"socketbook/sockets"
)

// as lets a student sit at the exercises for the time of a test.
func as(t *testing.T, id string) {
	before := student
	t.Cleanup(func() {
		Student(before)
		for exercise := range variants {
			equip(exercise)
		}
	})
	Student(id)
}

// equip gives the reference solutions the numbers of the student who is here.
func equip(exercise string) {
	set := func(name string, n int, text string) {
		switch p := numbersOf[name].(type) {
		case *int:
			*p = n
		case *uint16:
			*p = uint16(n)
		case *byte:
			*p = byte(n)
		case *string:
			*p, _ = strconv.Unquote(text)
		default:
			panic("the reference solutions have no " + name)
		}
	}
	text := literals(exercise)
	for i, name := range variants[exercise].names {
		if name != "" {
			set(name, mine(exercise)[i], text[name])
		}
	}
}

var numbersOf = map[string]any{"myPort": &myPort, "myPlus": &myPlus, "myLetter": &myLetter, "myGreeting": &myGreeting, "myOwnPort": &myOwnPort,
	"myDoor": &myDoor, "mySource": &mySource, "myBacklog": &myBacklog, "myBurst": &myBurst, "myMost": &myMost, "myHeader": &myHeader,
	"myBytes": &myBytes, "myFarewell": &myFarewell, "myAnswer": &myAnswer, "myPause": &myPause, "mySeconds": &mySeconds}

var classmates = []string{"ada", "bob", "eve", "ida", "kim", "leo", "mia", "tom"}

// Every exercise has variants, and those of a student are the same each time.
func TestStudentsDiffer(t *testing.T) {
	for name, x := range variants {
		seen := map[string]bool{}
		for _, id := range classmates {
			as(t, id)
			a, b := mineInWords(name), mineInWords(name)
			if a != b || strings.Contains(a, "%!") {
				t.Errorf("%s of %s: %q, %q", name, id, a, b)
			}
			seen[a] = true
			if fmt.Sprint(mine(name)) == fmt.Sprint(x.sets[0]) && x.ranges != nil {
				t.Errorf("%s of %s is the lesson's", name, id)
			}
		}
		as(t, "")
		if len(seen) < 2 || fmt.Sprint(mine(name)) != fmt.Sprint(x.sets[0]) {
			t.Errorf("%s: %d variants for %d students, and %v without", name, len(seen), len(classmates), mine(name))
		}
	}
}

// A class writes its ids as it likes, and the instructor may write them otherwise.
func TestCapitalsMakeNoDifference(t *testing.T) {
	keyOf := func(id string) string {
		var b bytes.Buffer
		if err := Key(&b, id); err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(b.String(), "\n")
		return body
	}
	as(t, "")
	if a := keyOf("chloé o'neil"); keyOf(" Chloé O'Neil ") != a || keyOf("chloe o'neil") == a || keyOf("  ") != keyOf("") {
		t.Error("an id is another in capitals, or the same without its accent, or spaces are one")
	}
}

func TestShuffled(t *testing.T) {
	seen := map[string]bool{}
	for k := range 120 {
		seen[fmt.Sprint(shuffled(k, 5))] = true
	}
	if got := fmt.Sprint(shuffled(0, 5)); len(seen) != 120 || got != "[0 1 2 3 4]" {
		t.Errorf("%d orders of five, the first %s", len(seen), got)
	}
}

// number is the first number of a text.
func number(text string) int {
	n, _ := strconv.Atoi(strings.ReplaceAll(regexp.MustCompile(`[\d,]+`).FindString(text), ",", ""))
	return n
}

// solve gives an exercise with numbers the answer of its key, and one that is
// not: both must be judged so.
func solve(name, key string) (right, wrong outcome) {
	n := number(key)
	both := func(f func(int) outcome) (outcome, outcome) { return f(n), f(n - 1) }
	switch name {
	case "CountSockets":
		return both(countSockets)
	case "Numbers":
		var a, b int
		fmt.Sscanf(key, "%d, %d", &a, &b)
		return numbers(a, b), numbers(b, a)
	case "Backlog":
		return both(backlog)
	case "LastIn":
		return lastIn(float64(n)), lastIn(float64(n) + 1)
	case "Copied":
		return both(copied)
	case "SmallRing":
		ring, frames := number(key[strings.Index(key, "RxRing"):]), number(key[strings.Index(key, "RxFrames"):])
		return smallRing(sockets.Limits{RxRing: ring, RxFrames: frames}), smallRing(sockets.Limits{RxRing: ring, RxFrames: 2 * ring})
	case "BadLuck":
		line, _, _ := strings.Cut(key, ",")
		return badLuck(line), badLuck(strings.Replace(line, "loss=0.05", "loss=0", 1))
	case "Tries":
		return both(tries)
	case "Nofile":
		return both(nofile)
	case "Machine":
		soft := number(key[strings.Index(key, "NofileSoft"):])
		return machine(sockets.Limits{RAM: 256 << 20, NofileSoft: soft, FileMax: int64(soft)}), machine(sockets.Limits{RAM: 256 << 20, NofileSoft: soft - 5, FileMax: int64(soft)})
	case "ClientAddrs":
		return both(clientAddrs)
	case "ProxyRate":
		return both(proxyRate)
	case "NeedRAM":
		exact := capacity.Bytes(number(key[strings.Index(key, "("):]))
		return needRAM(exact), needRAM(exact / 2)
	case "AppBudget":
		return appBudget(capacity.Bytes(n)), appBudget(capacity.Bytes(n / 2))
	case "TenMillion":
		return both(tenMillion)
	case "Tracked":
		return both(tracked)
	case "Proxy":
		return both(proxy)
	case "Filter":
		return filter(key), filter("state close-wait")
	case "Walls":
		w := strings.Split(key, ", ")
		return wallsOf(w...), wallsOf(w[2], w[1], w[0])
	case "Thrifty":
		soft := number(key[strings.Index(key, "NofileSoft"):])
		l := sockets.Limits{RAM: 2 << 30, NofileSoft: soft, NofileHard: soft}
		few := l
		few.NofileSoft -= 5
		return thrifty(l), thrifty(few)
	}
	return choose(name, key)
}

// choose is solve for the exercises whose answer is a choice.
func choose(name, key string) (right, wrong outcome) {
	switch name {
	case "Beside", "Readable", "Counters", "Knob":
		f := map[string]func(string) outcome{"Beside": beside, "Readable": readable, "Counters": counters, "Knob": knob}[name]
		another := map[string]string{"Beside": "ABCDE", "Readable": "ABCDE", "Counters": key[2:] + key[:1], "Knob": "net.ipv4.tcp_fin_timeout"}[name]
		first, _, _ := strings.Cut(key, ",")
		return f(first), f(another)
	case "FirstWalls":
		w := strings.Split(key, ", ")
		if w[0] == "RAM" {
			return firstWalls(w...), firstWalls("tcp_mem", w[1], w[2])
		}
		return firstWalls(w...), firstWalls("RAM", w[1], w[2])
	case "Forge":
		var flips [2]sockets.BitFlip
		fmt.Sscanf(key, "{Byte: %d, Bit: %d}, {Byte: %d, Bit: %d}", &flips[0].Byte, &flips[0].Bit, &flips[1].Byte, &flips[1].Bit)
		return forge(flips[:]), forge(flips[:1])
	}
	return outcome{text: "no such exercise in this test"}, outcome{}
}

// The key is right for every variant of every exercise.
func TestKeyOfEveryVariant(t *testing.T) {
	tried := map[string]bool{}
	for i := range 40 {
		id := ""
		if i > 0 {
			id = fmt.Sprint("student-", i)
		}
		as(t, id)
		for _, k := range keys {
			if i > 12 && variants[k.name].ranges != nil {
				continue // more of them than there are students
			}
			if _, program := programs[k.name]; program || tried[k.name+mineInWords(k.name)] {
				continue
			}
			tried[k.name+mineInWords(k.name)] = true
			right, not := solve(k.name, k.answer())
			if right.state != solved || not.state != wrong {
				t.Errorf("%s with %s: the key says %q, and that is %s (%s); another is %s (%s)",
					k.name, mineInWords(k.name), k.answer(), right.state, right.text, not.state, not.text)
			}
		}
	}
	all := 0
	for name, x := range variants {
		if _, program := programs[name]; !program {
			all += len(x.sets)
		}
	}
	if len(tried) < all*9/10 {
		t.Errorf("%d of %d variants were tried", len(tried), all)
	}
}

// programs are the exercises that a program solves, with the reference solutions.
var programs = map[string]func() outcome{
	"FindDoor":      func() outcome { return findDoor(findDoorKey) },
	"ClaimPort":     func() outcome { return claimPort(claimPortKey) },
	"Restart":       func() outcome { return restart(restartKey) },
	"EchoServer":    func() outcome { return short(echoExam(echoReference)) },
	"RoomFor300":    func() outcome { return roomFor300(roomFor300Key) },
	"AskServer":     func() outcome { return short(askExam(askReference)) },
	"Drain":         func() outcome { return drain(drainKey) },
	"DialTimeout":   func() outcome { return short(dialExam(dialReference)) },
	"EventServer":   func() outcome { return short(eventExam(eventReference)) },
	"ReadAll":       func() outcome { return readAll(readAllKey) },
	"HangUp":        func() outcome { return hangUp(hangUpKey) },
	"LengthServer":  func() outcome { return short(lengthExam(lengthReference)) },
	"Persist":       func() outcome { return persist(persistKey) },
	"NoLeak":        func() outcome { return noLeak(noLeakKey) },
	"Calm":          func() outcome { return calm(calmKey) },
	"CrampedServer": func() outcome { return short(crampedExam(eventReference)) },
	"OnePort":       func() outcome { return onePort(onePortKey) },
	"SlowReader":    func() outcome { return slowReader(slowReaderKey) },
	"Tidy":          func() outcome { return tidy(tidyKey) },
}

// short is an exam on a few seeds.
func short(e *exam) outcome {
	e.seeds = 10
	return e.examine()
}

// The reference solutions solve the exercises of every student, and the program of one
// student does not pass for another's. What was written for the lesson's text does not
// either.
func TestKeysThatArePrograms(t *testing.T) {
	for name, solve := range programs {
		for i, id := range append([]string{""}, classmates...) {
			as(t, id)
			equip(name)
			if o := solve(); o.state != solved {
				t.Errorf("%s of %q (%s): %s. %s", name, id, mineInWords(name), o.state, o.text)
			}
			here, numbers := mineInWords(name), fmt.Sprint(literals(name))
			for _, other := range []string{"", classmates[(i+3)%len(classmates)]} {
				Student(other)
				if fmt.Sprint(literals(name)) == numbers {
					continue
				}
				equip(name)
				Student(id)
				if o := solve(); id != "" && o.state != wrong {
					t.Errorf("%s of %q (%s) takes that of %q: %s. %s", name, id, here, other, o.state, o.text)
				}
			}
		}
	}
}

// More than one answer may be right.
func TestKnobsOfTheKey(t *testing.T) {
	judge(t, []trial{
		{"Knob", knob("net.ipv4.ip_local_port_range"), solved, ""},
		{"Knob", knob("net.ipv4.tcp_tw_reuse"), solved, ""},
		{"Filter", filter("state close-wait dst 10.1.0.0/24"), solved, ""},
	})
}

// Every exercise of every lesson is in the key, under its number, and the key has
// a text for each.
func TestKeyHasEveryExercise(t *testing.T) {
	var b bytes.Buffer
	if err := Key(&b, "ada"); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Contains(text, "(no text)") || !strings.HasPrefix(text, "Key for student ada\n") {
		t.Errorf("the key is not whole:\n%s", text)
	}
	known := map[string]bool{}
	for _, k := range keys {
		known[k.name] = true
	}
	lessons, err := filepath.Glob("../*.ipynb")
	if err != nil || len(lessons) < 10 {
		t.Fatalf("%d lessons, %v", len(lessons), err)
	}
	other := map[string]bool{"Score": true, "Sure": true, "Within": true, "Student": true, "Replay": true}
	for _, file := range lessons {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`check\.([A-Z]\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			if !known[m[1]] && !other[m[1]] {
				t.Errorf("%s has the exercise %s, and the key has not (key.go)", filepath.Base(file), m[1])
			}
		}
	}
}
