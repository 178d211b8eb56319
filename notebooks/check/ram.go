package check

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"socketbook/capacity"
	"socketbook/sockets"
)

// The exercises of lesson 9.

// NeedRAM checks the memory that a host needs for a million connections of a Go
// server with a buffer of 4 KiB for each, beside 2 GB for everything else.
func NeedRAM(answer capacity.Bytes) { own("NeedRAM", needRAM(answer)).print(1) }

func needRAM(answer capacity.Bytes) outcome {
	const reserved = 2 * capacity.GB
	clients := mine("NeedRAM")[0]
	if answer == 0 {
		return todo("Put a number in place of 0.")
	}
	w := capacity.Workload{Epoll: true, AppBytes: capacity.AppGoroutine4KiB}
	each, err := w.BytesPerConn()
	if err != nil {
		return no("The sum failed: %v.", err)
	}
	is, err := capacity.NeedMemory(capacity.Count(clients), reserved, each)
	if err != nil {
		return no("The sum failed: %v.", err)
	}
	kernel, err := capacity.Workload{}.BytesPerConn()
	if err != nil {
		return no("The sum failed: %v.", err)
	}
	near := func(a, b capacity.Bytes) bool { return a > b-b/20 && a < b+b/20 }
	switch {
	case near(answer, is):
		return yes("%s times %v is %v, and %v for the rest.", upper(millions(clients)), each, (is - reserved).Approx(), reserved)
	case near(answer, is-reserved):
		return no("That is for the connections alone. The rest of the machine needs 2 GB, too.")
	case near(answer, kernel*capacity.Bytes(clients)) || near(answer, kernel*capacity.Bytes(clients)+reserved):
		return no("That is what the kernel takes. The program has a goroutine and a buffer for each.")
	case answer < is:
		return no("%v is too little: each connection takes %v of kernel and program.", answer.Approx(), each)
	}
	return no("%v is enough, and more than 5 %% too much.", answer.Approx())
}

// millions writes a large number.
func millions(n int) string {
	if n == 1_000_000 {
		return "a million"
	}
	return word(n)
}

// A walled machine is one of [FirstWalls]: its memory, and what its connections take.
type walled struct {
	ram         capacity.Bytes
	million     bool           // ulimit -n is a million; else nothing is changed
	app, unread capacity.Bytes // of each connection
}

// machines are all there are; a student gets three, and the lesson's text the first.
var machines = []walled{
	{64 * capacity.GB, false, 0, 0},
	{4 * capacity.GB, true, capacity.AppNetHTTP, 0},
	{64 * capacity.GB, true, 0, 20 * capacity.KB},
	{8 * capacity.GB, true, capacity.AppNetHTTP, 0},
	{16 * capacity.GB, false, capacity.AppNetHTTP, 0},
	{32 * capacity.GB, true, 0, 20 * capacity.KB},
	{128 * capacity.GB, true, 0, 20 * capacity.KB},
	{2 * capacity.GB, true, capacity.AppNetHTTP, 0},
	{4 * capacity.GB, false, 0, 0},
}

// three are a student's.
func three(n []int) (list []walled) {
	for _, i := range shuffled(n[0], len(machines))[:3] {
		list = append(list, machines[i])
	}
	return list
}

func firstWallsShow(n []int) string {
	var b strings.Builder
	for i, m := range three(n) {
		limit, each := "nothing changed", "idle connections"
		if m.million {
			limit = "ulimit -n a million"
		}
		switch {
		case m.app > 0:
			each = fmt.Sprintf("a program that takes %v for each", m.app)
		case m.unread > 0:
			each = fmt.Sprintf("%v unread in each connection", m.unread)
		}
		fmt.Fprintf(&b, "\n  %d  %v, %s, %s", i+1, m.ram, limit, each)
	}
	return b.String()[1:]
}

// plan is what stops it.
func (m walled) plan() (capacity.Verdict, error) {
	h := capacity.Host{Limits: sockets.Limits{RAM: int64(m.ram)}}
	if m.million {
		h.Limits.NofileSoft = 1_000_000
	}
	return capacity.Plan(h, capacity.Workload{AppBytes: m.app, Epoll: m.app > 0, Unread: m.unread})
}

// wallNames are the answers to choose from.
var wallNames = map[capacity.Resource]string{capacity.NofileSoft: "descriptors", capacity.RAM: "RAM", capacity.TCPMem: "tcp_mem"}

// FirstWalls checks which limit stops each of three machines first.
func FirstWalls(first, second, third string) {
	own("FirstWalls", firstWalls(first, second, third)).print(2)
}

func firstWalls(answers ...string) outcome {
	if answers[0] == "" && answers[1] == "" && answers[2] == "" {
		return todo(`Write "descriptors", "RAM" or "tcp_mem" for each machine.`)
	}
	for i, m := range three(mine("FirstWalls")) {
		v, err := m.plan()
		if err != nil {
			return no("The sum failed: %v.", err)
		}
		switch said, is := plain(answers[i]), plain(wallNames[v.Binding().Limit]); {
		case said == is:
		case said != "descriptors" && said != "ram" && said != "tcpmem":
			return no(`Machine %d: %q is none of "descriptors", "RAM" and "tcp_mem".`, i+1, answers[i])
		default:
			wall, _ := v.Wall(capacity.RAM)
			return no("Machine %d is not stopped by that. Its memory alone would carry %v.", i+1, wall.Allows)
		}
	}
	if student != "" {
		return yes("Descriptors where no setting was changed, tcp_mem where data lies unread, memory elsewhere.")
	}
	return yes("A setting, then memory, then data that nobody reads.")
}

// AppBudget checks how many bytes a program may keep for each connection if 16 GB
// are to carry two million, with epoll.
func AppBudget(answer capacity.Bytes) { own("AppBudget", appBudget(answer)).print(3) }

func appBudget(answer capacity.Bytes) outcome {
	const ram = 16 * capacity.GB
	goal := mine("AppBudget")[0]
	if answer == 0 {
		return todo("Put a number in place of 0.")
	}
	if answer < 0 {
		return no("A program does not give memory back.")
	}
	each, err := capacity.Workload{Epoll: true, AppBytes: answer}.BytesPerConn()
	if err != nil {
		return no("The sum failed: %v.", err)
	}
	held, err := capacity.ByMemory(ram, 0, each)
	if err != nil {
		return no("The sum failed: %v.", err)
	}
	switch {
	case answer == ram/capacity.Bytes(goal):
		return no("That is what there is for each in all. The kernel takes its part of it: the socket, and the epoll watch.")
	case int(held) < goal:
		return no("With %v each takes %v of kernel and program, and 16 GB carry %v.", answer, each, held)
	case int(held) > goal+goal/50:
		return no("16 GB carry %v then. The program may have more.", held)
	}
	return yes("%v for the program and %v in all: %v connections.", answer, each, held)
}

// SlowReader checks a function that sends a page to a client and closes, and that
// waits no longer than five seconds for a client that takes nothing. The
// descriptor is non-blocking.
func SlowReader(answer func(p *sockets.Process, fd int, page []byte) error) {
	own("SlowReader", slowReader(answer)).print(4)
}

func slowReader(answer func(p *sockets.Process, fd int, page []byte) error) outcome {
	const task = "Send, wait with Poll when there is no room, and give up in time."
	if answer == nil {
		return todo(task)
	}
	for _, c := range readers {
		if o := c.serve(task, answer); o.state != "" {
			return o
		}
	}
	if n := mine("SlowReader")[0]; n != 5 {
		return yes("Who reads has got all of it, and who does not holds you up for %s seconds.", word(n))
	}
	return yes("Who reads has got all of it, and who does not holds you up for five seconds at most.")
}

// reader is a client that takes n bytes at a time, and pauses in between.
type reader struct {
	name  string
	n     int // 0: reads nothing
	pause time.Duration
}

var readers = []reader{
	{"reads at once", 65_536, 0},
	{"reads slowly", 65_536, 100 * time.Millisecond},
	{"reads nothing", 0, time.Hour},
}

// serve plays one client; an empty outcome means that all was well.
func (r reader) serve(task string, answer func(p *sockets.Process, fd int, page []byte) error) outcome {
	page, got := letter(2_000_000), 0
	lab, p, fd, err := visit(func(c *sockets.Process, conn int) {
		buffer := make([]byte, 65_536)
		for n := 1; n > 0 && r.n > 0; c.Sleep(r.pause) {
			n, _ = c.Read(conn, buffer[:r.n])
			got += n
		}
	})
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	p.Fcntl(fd, sockets.F_SETFL, sockets.O_NONBLOCK)
	begin := lab.Now()
	if endless(func() { err = answer(p, fd, page) }) {
		return no("With a client that %s your function does not come to an end: no time passes in a loop without Poll or Sleep.", r.name)
	}
	defer lab.Close()
	if o, is := still(task, err); is {
		return o
	}
	took, most := time.Duration(lab.Now()-begin), time.Duration(mine("SlowReader")[0])*time.Second
	lab.RunFor(time.Minute)
	var stuck *sockets.StuckError
	switch {
	case errors.As(err, &stuck):
		return no("A client that %s holds you up for ever.", r.name)
	case r.n == 0 && took > most+time.Second:
		return no("A client that %s has held you up for %v.", r.name, took.Round(time.Second))
	case r.n == 0 && student != "" && took < most-time.Second/2:
		return no("A client that %s: you gave it up after %v, and it has %v.", r.name, took.Round(100*time.Millisecond), most)
	case r.n > 0 && got < len(page):
		return no("A client that %s has got %s of %s bytes. One Write takes what there is room for: n says how much that was.", r.name, word(got), word(len(page)))
	case p.Open() > 4:
		return no("A client that %s: the descriptor is still open.", r.name)
	case r.n == 0 && err == nil:
		return no("A client that %s: you returned nil, but it has not got the page.", r.name)
	case r.n > 0 && err != nil:
		return no("A client that %s has got all, and you returned an error: %v.", r.name, err)
	}
	return outcome{}
}
