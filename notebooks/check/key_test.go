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
	t.Cleanup(func() { student = before })
	Student(id)
}

func TestStudentsDiffer(t *testing.T) {
	ids := []string{"ada", "bob", "eve", "ida", "kim", "leo", "mia", "tom"}
	for name, x := range numbered {
		seen := map[string]bool{}
		for _, id := range ids {
			as(t, id)
			a, b := mineInWords(name), mineInWords(name)
			if a != b || strings.Contains(a, "%!") {
				t.Errorf("%s of %s: %q, %q", name, id, a, b)
			}
			seen[a] = true
		}
		as(t, "")
		if len(seen) < 2 || fmt.Sprint(mine(name)) != fmt.Sprint(x.sets[0]) {
			t.Errorf("%s: %d variants for %d students, and %v without", name, len(seen), len(ids), mine(name))
		}
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
			if _, has := numbered[k.name]; !has || tried[k.name+mineInWords(k.name)] {
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
	for _, x := range numbered {
		all += len(x.sets)
	}
	if len(tried) < all*9/10 {
		t.Errorf("%d of %d variants were tried", len(tried), all)
	}
}

// The reference solutions of the lessons solve their exercises.
func TestKeysThatAreFunctions(t *testing.T) {
	judge(t, []trial{
		{"FindDoor", findDoor(findDoorKey), solved, ""},
		{"ClaimPort", claimPort(claimPortKey), solved, ""},
		{"Restart", restart(restartKey), solved, ""},
		{"RoomFor300", roomFor300(roomFor300Key), solved, ""},
		{"ReadAll", readAll(readAllKey), solved, ""},
		{"HangUp", hangUp(hangUpKey), solved, ""},
		{"Persist", persist(persistKey), solved, ""},
		{"NoLeak", noLeak(noLeakKey), solved, ""},
		{"Calm", calm(calmKey), solved, ""},
		{"OnePort", onePort(onePortKey), solved, ""},
		{"SlowReader", slowReader(slowReaderKey), solved, ""},
		{"Tidy", tidy(tidyKey), solved, ""},
		{"Drain", drain(drainKey), solved, ""},
		{"Readable", readable("A C D E"), solved, ""},
		{"Beside", beside("A C D E"), solved, ""},
		{"Counters", counters("C B D A"), solved, ""},
		{"Forge", forge([]sockets.BitFlip{{Byte: -9}, {Byte: -7}}), solved, ""},
		{"Knob", knob("net.ipv4.ip_local_port_range"), solved, ""},
		{"Knob", knob("net.ipv4.tcp_tw_reuse"), solved, ""},
		{"FirstWalls", firstWalls("descriptors", "RAM", "tcp_mem"), solved, ""},
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
