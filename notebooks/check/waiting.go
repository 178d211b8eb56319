package check

import (
	"fmt"
	"strings"
	"time"

	"socketbook/sockets"
)

// The exercises of lesson 3. Backlog is the first.

// LastIn checks after how many seconds the last of 25 clients is connected, who
// come to a queue of ten places that nobody empties before 1.5 seconds.
func LastIn(seconds float64) { own("LastIn", lastIn(seconds)).print(2) }

func lastIn(seconds float64) outcome {
	if seconds == 0 {
		return todo("Put a number in place of 0.")
	}
	last, err := lastConnected()
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	switch late := last.Seconds(); {
	case seconds >= late-0.01 && seconds <= late+0.01:
		clients, places := mine("LastIn")[0], mine("LastIn")[1]+1
		return yes("%d found the queue full. They knocked again at 1 s, in vain, and so on, up to %d s.", clients-places, int(late))
	case seconds == 1:
		return no("At 1 s they knock again. But nobody has accepted anyone by then.")
	case seconds == float64(mine("LastIn")[2])/1000:
		return no("At that instant there is room. But who tells the clients? They knock by their own clocks.")
	}
	return no("The clients who found the queue full knock again at 1 s, at 2 s, and so on. At which of these instants is there room?")
}

func lastConnected() (time.Duration, error) {
	lab, server, client := street(sockets.Limits{}, sockets.Limits{})
	defer lab.Close()
	numbers := mine("LastIn")
	server.Spawn("web", func(p *sockets.Process) {
		door, err := p.ListenOn(sockets.Any(80), numbers[1])
		p.Sleep(time.Duration(numbers[2]) * time.Millisecond)
		for err == nil {
			_, _, err = p.Accept4(door, 0)
		}
	})
	crowd := client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: numbers[0], Within: time.Millisecond})
	err := lab.RunFor(10 * time.Second)
	return time.Duration(crowd.Result().Last), err
}

// RoomFor300 checks a function that opens port 8080 for a burst of 300 clients on
// a machine whose net.core.somaxconn is 128.
func RoomFor300(answer func(p *sockets.Process) error) {
	own("RoomFor300", roomFor300(answer)).print(3)
}

const smallest = 128

func roomFor300(answer func(p *sockets.Process) error) outcome {
	port, burst := portOf("RoomFor300"), mine("RoomFor300")[1]
	task := fmt.Sprintf("Open port %d with room for %s.", port, word(burst))
	if answer == nil {
		return todo(task)
	}
	lab, server, client := street(sockets.Limits{Somaxconn: smallest}, sockets.Limits{})
	p := server.NewProcess("web")
	var err error
	if endless(func() { err = answer(p) }) {
		return no("Your function does not come to an end.")
	}
	defer lab.Close()
	if o, is := still(task, err); is {
		return o
	}
	if err != nil {
		return no("Your function gave up with an error: %v.", err)
	}
	if o, found := whyClosed(p, port); found {
		return o
	}
	crowd := client.NewLoad(server.Addr(port), sockets.LoadOptions{Clients: burst, Within: time.Millisecond})
	if err := lab.RunFor(2 * time.Millisecond); err != nil {
		return no("The experiment failed: %v.", err)
	}
	in, got := crowd.Result().Connected, listener(server).SendQ
	now, _ := server.Sysctl("net.core.somaxconn")
	switch {
	case in == burst:
		return yes("All %d are in. The listener's backlog is %s.", burst, word(got))
	case now == "128" && got == smallest:
		return no("%d of %d got in: the kernel gave your listener a backlog of 128, which is net.core.somaxconn, whatever you asked for.", in, burst)
	case now != "128" && got == smallest:
		return no("%d of %d got in. You raised net.core.somaxconn, but after listen: a listener keeps the number it got.", in, burst)
	}
	return no("%d of %d got in: the listener's backlog is %s, and it takes one more.", in, burst, word(got))
}

// Counters checks what four servers suffer from, by their counters.
func Counters(letters string) { counters(letters).print(4) }

// suffering is what servers can suffer from: the letter, what is said to who took it
// for another, and the counters.
type suffering struct {
	letter, hint                       string
	overflows, drops, cookies, outRsts int
}

// sufferers are the four servers of a student, of whom so many clients came in vain.
func sufferers(n []int) (four []suffering) {
	late := n[1] - 6
	all := []suffering{
		{letter: "C", outRsts: n[1], hint: "The %s server sent resets: its kernel turned everybody away at once. When does it do that?"},
		{letter: "B", overflows: late, drops: late, hint: "The %s dropped SYNs, and counts them as ListenOverflows. And which of the two lines has this counter?"},
		{letter: "D", hint: "At the %s nothing has moved."},
		{letter: "A", cookies: late, hint: "The %s sent cookies and dropped nothing. When does a kernel need cookies?"},
	}
	for _, i := range shuffled(n[0], len(all)) {
		four = append(four, all[i])
	}
	return four
}

func countersShow(n []int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %-7s  ListenOverflows  ListenDrops  SyncookiesSent  TcpOutRsts", "")
	for i, s := range sufferers(n) {
		fmt.Fprintf(&b, "\n  %-7s  %15d  %11d  %14d  %10d", ordinals[i+1], s.overflows, s.drops, s.cookies, s.outRsts)
	}
	return b.String()
}

func counters(answer string) outcome { return own("Counters", countersOf(letters(answer))) }

func countersOf(said string) outcome {
	if said == "" {
		return todo("Write four letters.")
	}
	if len(said) != 4 || strings.Trim(said, "ABCD") != "" {
		return no("Four letters are wanted, each of A, B, C and D; this is %q.", said)
	}
	for i, s := range sufferers(mine("Counters")) {
		if said[i:i+1] != s.letter {
			return no(s.hint, ordinals[i+1])
		}
	}
	return yes("A reset means no listener, ListenOverflows the accept queue, cookies the SYN queue.")
}
