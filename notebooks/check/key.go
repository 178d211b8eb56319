package check

import (
	"embed"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"socketbook/capacity"
	"socketbook/sockets"
)

// A keyed exercise is a line of the instructor's key.
type keyed struct {
	lesson, exercise int
	name             string        // of its check
	answer           func() string // for the student who is here
}

// Key writes the answers to the exercises, in the order of the lessons, for the student
// of that id; "" is the exercises of the lessons' text.
func Key(w io.Writer, id string) error {
	before := student
	defer func() { student = before }()
	Student(id)
	who := "the lessons as they are"
	if student != "" {
		who = "student " + id
	}
	fmt.Fprintf(w, "Key for %s\n", who)
	lesson := 0
	for _, k := range keys {
		if k.lesson != lesson {
			lesson = k.lesson
			fmt.Fprintf(w, "\nLesson %d\n", lesson)
		}
		task := ""
		if student != "" || len(variants[k.name].names) == 0 && variants[k.name].says != "" {
			task = " (" + strings.Join(strings.Fields(mineInWords(k.name)), " ") + ")"
		}
		sep := " "
		text := k.answer()
		if strings.Contains(text, "\n") {
			sep, text = "\n", "      "+strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      ")
		}
		if _, err := fmt.Fprintf(w, "  %d. %s%s:%s%s\n", k.exercise, k.name, task, sep, text); err != nil {
			return err
		}
	}
	return nil
}

var keys = []keyed{
	{1, 1, "CountSockets", func() string { n := mine("CountSockets"); return word(3 + n[0] + n[1]) }},
	{1, 2, "Beside", besideAnswer},
	{1, 3, "FindDoor", code("findDoorKey", "FindDoor")},
	{2, 1, "ClaimPort", code("claimPortKey", "ClaimPort")},
	{2, 2, "Restart", code("restartKey", "Restart")},
	{2, 3, "Numbers", func() string { n := mine("Numbers"); return fmt.Sprintf("%d, %d", 3+n[1], 4+n[0]) }},
	{2, 4, "EchoServer", code("echoReference", "EchoServer")},
	{3, 1, "Backlog", func() string { return word(mine("Backlog")[0] - 1) }},
	// Who found the queue full knocks at 1 s, 2 s and so on.
	{3, 2, "LastIn", func() string { return fmt.Sprint(math.Ceil(float64(mine("LastIn")[2]) / 1000)) }},
	{3, 3, "RoomFor300", code("roomFor300Key", "RoomFor300")},
	{3, 4, "Counters", countersAnswer},
	{3, 5, "AskServer", code("askReference", "AskServer")},
	{4, 1, "Readable", readableAnswer},
	{4, 2, "Drain", code("drainKey", "Drain")},
	{4, 3, "DialTimeout", code("dialReference", "DialTimeout")},
	{4, 4, "EventServer", code("eventReference", "EventServer")},
	{5, 1, "ReadAll", code("readAllKey", "ReadAll")},
	{5, 2, "Copied", func() string { return word(mine("Copied")[1]) }},
	{5, 3, "HangUp", code("hangUpKey", "HangUp")},
	{5, 4, "SmallRing", func() string {
		return fmt.Sprintf("sockets.Limits{RxRing: %d, RxFrames: %d}, and others", mine("SmallRing")[0], mine("SmallRing")[0]/2)
	}},
	{5, 5, "LengthServer", code("lengthReference", "LengthServer")},
	{6, 1, "Tries", func() string { return word(triesIn(float64(mine("Tries")[0]))) }},
	{6, 2, "Forge", forgeAnswer},
	{6, 3, "Persist", code("persistKey", "Persist")},
	{6, 4, "BadLuck", luckless},
	{7, 1, "Nofile", func() string { return word(mine("Nofile")[0] + 4) }},
	{7, 2, "NoLeak", code("noLeakKey", "NoLeak")},
	{7, 3, "Calm", code("calmKey", "Calm")},
	{7, 4, "Machine", func() string {
		n := mine("Machine")[0] + 4
		return fmt.Sprintf("sockets.Limits{RAM: 256 << 20, NofileSoft: %d, FileMax: %d}, or more of the two", n, n)
	}},
	{7, 5, "CrampedServer", code("eventReference", "CrampedServer")},
	{8, 1, "ClientAddrs", func() string { return word(addrsFor(mine("ClientAddrs")[0])) }},
	{8, 2, "OnePort", code("onePortKey", "OnePort")},
	{8, 3, "ProxyRate", func() string { return word(mine("ProxyRate")[0] * 28_232 / 60) }},
	{8, 4, "Knob", knobAnswer},
	{9, 1, "NeedRAM", func() string {
		each, _ := capacity.Workload{Epoll: true, AppBytes: capacity.AppGoroutine4KiB}.BytesPerConn()
		need, _ := capacity.NeedMemory(capacity.Count(mine("NeedRAM")[0]), 2*capacity.GB, each)
		return fmt.Sprintf("%v (%d bytes), within 5 %%", need.Approx(), int64(need))
	}},
	{9, 2, "FirstWalls", firstWallsAnswer},
	{9, 3, "AppBudget", func() string {
		kernel, _ := capacity.Workload{Epoll: true}.BytesPerConn()
		return fmt.Sprintf("%s bytes, or up to 2 %% fewer in all", word(int64(16*capacity.GB)/int64(mine("AppBudget")[0])-int64(kernel)))
	}},
	{9, 4, "SlowReader", code("slowReaderKey", "SlowReader")},
	{10, 1, "TenMillion", func() string { return word(addrsFor(mine("TenMillion")[0])) }},
	{10, 2, "Filter", func() string { return fmt.Sprintf("state close-wait dst 10.%d.0.0/24", mine("Filter")[0]) }},
	{10, 3, "Tidy", code("tidyKey", "Tidy")},
	{11, 1, "Tracked", func() string {
		stay := mine("Tracked")[0]
		return word(trackedMax * stay / (stay + 120))
	}},
	{11, 2, "Proxy", func() string { return word(addrsFor(mine("Proxy")[0])) }},
	{11, 3, "Walls", func() string {
		v, err := capacity.Plan(chat())
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%s, %s, %s", v.Walls[0].Limit, v.Walls[1].Limit, v.Walls[2].Limit)
	}},
	{11, 4, "Thrifty", func() string {
		n := mine("Thrifty")[0] + 4
		return fmt.Sprintf("sockets.Limits{RAM: 2 << 30, NofileSoft: %d, NofileHard: %d}, or more of the two", n, n)
	}},
}

// luckless is a run of BadLuck, the first there is.
func luckless() string {
	for seed := 1; ; seed++ {
		line := fmt.Sprintf("sockets:v1:lossy-bulk?seed=%d&bytes=%d&loss=0.05", seed, mine("BadLuck")[0])
		if o := badLuck(line); o.state == solved || seed == 1000 {
			return line + ", and others"
		}
	}
}

// addrsFor is how many client addresses carry so many connections.
func addrsFor(clients int) int {
	ports := sockets.Limits{}.WithDefaults().EphemeralPorts()
	return (clients + ports - 1) / ports
}

// triesIn is how often a segment is sent within so many seconds: at once, after
// 0.22 s, and then after pauses each twice as long as the one before.
func triesIn(seconds float64) int {
	n := 1
	for at := 0.22; at <= seconds; at *= 2 {
		n++
	}
	return n
}

// The reference solutions are tested as all code is, and printed from there.
//
//go:embed reference_test.go reference_client_test.go reference_lessons_test.go
var solutions embed.FS

// code is the text of a reference solution, with what it uses and a student's numbers.
func code(name, exercise string) func() string {
	return func() string {
		text := solutionText()
		for number, value := range literals(exercise) {
			is := regexp.MustCompile(`(?m)^(var ` + number + `\b.*?)= .*$`)
			if !is.Match(text) {
				return "(no text)"
			}
			text = is.ReplaceAll(text, []byte("${1}= "+value))
		}
		if out := textOf("solutions.go", text, name); out != "" {
			return out
		}
		return "(no text)"
	}
}

// literals are the numbers of a reference solution by their names.
func literals(exercise string) map[string]string {
	v, n := variants[exercise], mine(exercise)
	all := map[string]string{}
	for i, name := range v.names {
		switch {
		case name == "":
		case v.literals != nil:
			all[name] = v.literals(n)[i]
		default:
			all[name] = strconv.Itoa(n[i])
		}
	}
	return all
}

// solutionText is the embedded files as one: a solution may use what stands in another.
var solutionText = sync.OnceValue(func() []byte {
	text := []byte("package check\n")
	for _, file := range []string{"reference_lessons_test.go", "reference_test.go", "reference_client_test.go"} {
		data, err := solutions.ReadFile(file)
		if err != nil {
			panic(err) // it is embedded above
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file, data, parser.ImportsOnly)
		if err != nil {
			panic(err)
		}
		text = append(text, data[set.Position(tree.Decls[len(tree.Decls)-1].End()).Offset:]...)
	}
	return text
})
