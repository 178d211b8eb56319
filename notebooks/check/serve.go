package check

import (
	"bytes"
	"fmt"
	"strconv"
)

// The exercises that are servers. They stand on the engine in exam.go, and any
// lesson may use them, under the number it likes.

// echo gives bytes back, each with a number added to it.
func echo(plus int) func(sent []byte) []byte {
	return func(sent []byte) []byte {
		back := bytes.Clone(sent)
		for i := range back {
			back[i] += byte(plus)
		}
		return back
	}
}

// echoTo is the service of the echo servers, for the student who is here.
func echoTo(exercise string) service {
	n := mine(exercise)
	return service{port: uint16(n[0]), reply: echo(n[1]), hint: echoHint}
}

const (
	echoHint   = "Of the buffer only the first n bytes are new, with the n that Read returned; and what Write did not take has to be written again."
	lengthHint = "The number is that of all bytes up to the end, of this client alone; the end is where Read returns 0 bytes."
)

// measure says how many bytes there were, or how many of one kind.
func measure(letter int) func(sent []byte) []byte {
	return func(sent []byte) []byte {
		n := len(sent)
		if letter != 0 {
			n = bytes.Count(sent, []byte{byte(letter)})
		}
		return strconv.AppendInt(nil, int64(n), 10)
	}
}

// EchoServer checks a server at port 8080 that gives each client back what it
// sends, until the client is at its end. Clients may be served one after another.
func EchoServer(n int, answer Server) { echoExam(answer).examine().print(n) }

func echoExam(answer Server) *exam {
	work := echoTo("EchoServer")
	return &exam{name: "echo-server", variant: "EchoServer", answer: answer, task: fmt.Sprintf("Give each client at port %d its bytes back.", work.port),
		dials:  pick("clients", "bytes", "pieces", "half", "burst", "short", "buffer", "reset", "restart", "loss", "twice", "late"),
		apart:  apart("loss reset", "loss restart", "loss crowd"),
		stage:  serve(answer, work),
		praise: praise("Every client got its bytes back, in %s runs with lost, doubled and overtaken frames, bytes in small pieces, thirty clients at once, resets and a restart.")}
}

// LengthServer checks a server at port 8080 that reads what a client sends to
// its end, answers with the number of bytes in decimal digits, and closes.
// Clients may be served one after another.
func LengthServer(n int, answer Server) { lengthExam(answer).examine().print(n) }

func lengthExam(answer Server) *exam {
	n, hint, what := mine("LengthServer"), lengthHint, "number of bytes"
	if n[1] != 0 {
		what = "count"
		hint = "The number is that of the letter " + string(rune(n[1])) + " among all bytes up to the end, of this client alone; the end is where Read returns 0 bytes."
	}
	return &exam{name: "length-server", variant: "LengthServer", answer: answer, task: "Read each client to its end, and answer with the " + what + ".",
		dials:  pick("clients", "bytes", "pieces", "burst", "short", "reset", "restart", "loss", "twice", "late"),
		apart:  apart("loss reset", "loss restart", "loss crowd"),
		stage:  serve(answer, service{port: uint16(n[0]), reply: measure(n[1]), half: true, hint: hint}),
		praise: praise("Every client got the right number and then the end, in %s runs.")}
}

// EventServer checks an echo server at port 8080 for many clients at a time: one
// that is silent, or does not read, must not keep the others waiting.
func EventServer(n int, answer Server) { eventExam(answer).examine().print(n) }

func eventExam(answer Server) *exam {
	return &exam{name: "event-server", variant: "EventServer", answer: answer, task: "Give many clients at a time their bytes back, with epoll and descriptors that do not block.",
		dials:  pick("clients", "bytes", "pieces", "half", "burst", "buffer", "silent", "slow", "reset", "crowd", "restart", "loss", "twice", "late"),
		apart:  apart("loss reset", "loss restart", "loss crowd"),
		stage:  serve(answer, echoTo("EventServer")),
		praise: praise("Every client got its bytes back, in %s runs, and none waited for another that was silent, slow, or gone.")}
}

// CrampedServer checks an echo server at port 8080 that may have 12 descriptors
// only, when more clients come than that. Clients may have to wait; none may be
// turned away, and waiting must not burn a CPU.
func CrampedServer(n int, answer Server) { crampedExam(answer).examine().print(n) }

func crampedExam(answer Server) *exam {
	d := pick("clients", "bytes", "pieces", "half", "burst", "silent", "slow", "reset", "nofile", "twice", "late")
	for i := range d {
		switch d[i].name {
		case "nofile":
			d[i].calm, d[i].levels = 12, []int{8}
		case "silent":
			d[i].levels = []int{3, 20}
		}
	}
	return &exam{name: "cramped-server", variant: "CrampedServer", answer: answer, task: "Give clients their bytes back, with 12 descriptors and more clients than that.",
		dials:  d,
		stage:  serve(answer, echoTo("CrampedServer")),
		praise: praise("Every client got its bytes back, in %s runs, also those that had to wait for a descriptor.")}
}

// apart reads pairs of dials: with the first set, the second stays calm.
func apart(pairs ...string) (all [][2]string) {
	for _, p := range pairs {
		a, b, _ := bytes.Cut([]byte(p), []byte(" "))
		all = append(all, [2]string{string(a), string(b)})
	}
	return all
}

func praise(format string) func(int) string {
	return func(seeds int) string { return yes(format, word(seeds)).text }
}
