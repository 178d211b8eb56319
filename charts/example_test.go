package charts_test

import (
	"fmt"
	"time"

	"socketbook/charts"
)

// A conversation is what two hosts sent each other. Outside of a notebook, and
// for readers who cannot see, a picture is its text.
func ExampleLadder() {
	ms := time.Millisecond
	talk := charts.Talk{Left: "client", Right: "server", Said: []charts.Segment{
		{FromLeft: true, Sent: 0, What: "SYN seq 0", Lost: "accept queue full: ListenOverflows"},
		{FromLeft: true, Sent: 1000 * ms, Arrived: 1010 * ms, What: "SYN seq 0"},
		{FromLeft: false, Sent: 1010 * ms, Arrived: 1020 * ms, What: "SYN ACK seq 0 ack 1"},
		{FromLeft: true, Sent: 1020 * ms, Arrived: 1030 * ms, What: "ACK 1"},
	}}
	fmt.Print(charts.Ladder(talk).Text())
	// Output:
	// 4 segments in 1.03 s; “SYN seq 0” is lost (accept queue full: ListenOverflows), and is sent again
	// Client and server exchange 4 segments in 1.03 s of virtual time, 3 from the first and 1 from the second. One is lost: “SYN seq 0”, sent at 0 ns (accept queue full: ListenOverflows). 1 segment repeats what was lost. The longest silence is 1 s, before “SYN seq 0”.
	//
	// Sent at  From    Segment              Arrives at  Lost
	// 0 ns     client  SYN seq 0                        accept queue full: ListenOverflows
	// 1 s      client  SYN seq 0            1.01 s
	// 1.01 s   server  SYN ACK seq 0 ack 1  1.02 s
	// 1.02 s   client  ACK 1                1.03 s
}

// Which number is worth measuring is the longest bar.
func ExampleTornado() {
	var answer charts.Sensitivity = charts.Swings{Middle: 2_280_000, Inputs: []charts.Swing{
		{Name: "kernel memory per socket", Low: "3 KB", High: "6.2 KB", AtLow: 2_440_000, AtHigh: 1_690_000},
		{Name: "application memory", Low: "1 KB", High: "19.4 KB", AtLow: 3_560_000, AtHigh: 739_000},
	}}
	fmt.Println(charts.Tornado(answer).Title())
	// Output:
	// Measure application memory first: it moves the answer from 740,000 to 3.6 million connections
}

// The tuple space: what one, ten and a thousand clients can open.
func ExampleTupleSpace() {
	c := charts.TupleSpace(charts.Tuples(1), charts.Tuples(10), charts.Tuples(1000))
	fmt.Println(c.Title())
	// Output:
	// With Linux’s 28,232 ports: 28,232 from 1 client address, 282,320 from 10 client addresses and 28 million from 1,000 client addresses to one server port
}

// What is wrong with the input is an error of the chart.
func ExampleChart_Err() {
	fmt.Println(charts.OneSocket(charts.Whole{Of: []charts.Part{{Name: "tcp_sock", Bytes: -1}}}).Err())
	// Output:
	// charts.OneSocket: part 0 (tcp_sock): bytes = -1: want 0 to 1e+15
}
