package script_test

import (
	"errors"
	"fmt"
	"time"

	"socketbook/sockets/script"
)

// A parsed story is a list of steps, each of a kind of its own: a tool can read what
// a lesson says, and count, translate or check it.
func ExampleStep() {
	story, err := script.Parse("lesson", `
tolerance 0.001
sysctl net.ipv4.tcp_syn_retries=2
given server
read(4, "hello", 100) <unfinished ...>
+0.2 < [P.], seq 1:6, ack 1, options [nop,nop,TS val 1 ecr 2], length 5: "hello"
<... read resumed> = 5
any > [.], seq 1, ack 6
state 4 ESTABLISHED
info 4 tcpi_options 0
nstat TcpInSegs 3
+1 > nothing
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range story.Lines {
		var step script.Step = line.Step
		switch s := step.(type) {
		case *script.Setting:
			fmt.Println("setting", s.Name, s.Time)
		case *script.Sysctl:
			fmt.Println("sysctl", s.Key, s.Value)
		case *script.Given:
			fmt.Println("given", s.What)
		case *script.Call:
			var first script.Expr = s.Args[0]
			var kind script.ExprKind = first.Kind
			fmt.Println("call", s.Name, "of", len(s.Args), "arguments, a number first:", kind == script.Number, "unfinished:", s.Unfinished)
		case *script.Resumed:
			var result script.Result = s.Result
			fmt.Println("resumed", s.Name, result.N)
		case *script.Packet:
			var seq script.Opt = s.Seq
			var options []script.Option = s.Options
			var protocol script.PacketKind = s.Kind
			var ends *[2]script.End = s.Ends // nil: not written
			fmt.Println("packet", protocol == script.TCP && ends == nil, "out:", s.Out, "seq", seq.N, len(options), "options")
		case *script.StateIs, *script.InfoIs, *script.CounterIs:
			fmt.Println("expects something of the kernel")
		case *script.Quiet:
			var when script.When = line.When
			var how script.WhenKind = when.Kind
			fmt.Println("silence, after:", how == script.After, when.From)
		}
	}
	// Output:
	// setting tolerance 1ms
	// sysctl net.ipv4.tcp_syn_retries 2
	// given server
	// call read of 3 arguments, a number first: true unfinished: true
	// packet true out: false seq 1 3 options
	// resumed read 5
	// packet true out: true seq 1 0 options
	// expects something of the kernel
	// expects something of the kernel
	// expects something of the kernel
	// silence, after: true 1s
}

// Where a text is no story, what stands there, and what may.
func ExampleSyntaxError() {
	_, err := script.Parse("lesson", "given listner")
	var wrong *script.SyntaxError
	fmt.Println(errors.As(err, &wrong), wrong.Line, wrong.Col, wrong.Found)
	// Output:
	// true 1 7 "listner"
}

// A kernel for stories: the simulated one, or with package sockets/linux the real.
func ExampleSimulated() {
	var kernel script.Kernel
	kernel, err := script.Simulated(script.Setup{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer kernel.Close()
	fmt.Println(kernel.Ends())
	kernel.Wait(time.Second, func() bool { return false })
	fmt.Println(kernel.Now())
	// Output:
	// 10.0.0.1 10.0.0.2
	// 1s
}
