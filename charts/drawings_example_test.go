package charts_test

import (
	"fmt"
	"io"
	"time"

	"socketbook/charts"
)

// Connections against a limit, with what is known of their spread. A curve is
// whatever has Len and XY; with more methods it says more.
func ExampleAgainstNofile() {
	curve := charts.Range{
		Points: charts.Points{Label: "model", At: []charts.Point{{X: 1024, Y: 1020}, {X: 4096, Y: 4092}, {X: 65536, Y: 30_000}}},
		Lo:     []float64{1020, 4092, 25_000}, Hi: []float64{1020, 4092, 36_000},
	}
	var _ charts.XYer = curve
	var _ charts.Named = curve
	var _ charts.Banded = curve
	fmt.Println(charts.AgainstNofile(curve).Title())
	// Output:
	// With ulimit -n at 1,024 the process holds 1,020 connections
}

// The same against client addresses, and against the memory of a socket.
func ExampleAgainstAddresses() {
	curve := charts.Points{Label: "stock clients", At: []charts.Point{{X: 1, Y: 28_232}, {X: 10, Y: 282_320}}}
	fmt.Println(charts.AgainstAddresses(curve).Title())
	// Output:
	// One client address stops at 28,232 connections to a server port
}

func ExampleAgainstSocketMemory() {
	curve := charts.Points{Label: "16 GiB", At: []charts.Point{{X: 3000, Y: 5_726_623}, {X: 10_000, Y: 1_717_986}}}
	fmt.Println(charts.AgainstSocketMemory(curve).Title())
	// Output:
	// 16 GiB holds 1.7 million to 5.7 million sockets of 3–10 KB
}

// What others have reported beside what the model predicts, misses shown.
func ExampleAgainstPublished() {
	reports := charts.Published{Cases: []charts.Report{
		{Who: "a chat server", P5: 1.5e6, P50: 2e6, P95: 2.6e6, Reported: 2.2e6},
		{Who: "a proxy", P5: 50_000, P50: 60_000, P95: 64_000, Reported: 90_000},
	}}
	var _ charts.Reports = reports
	var _ charts.Qualified = reports
	fmt.Println(charts.AgainstPublished(reports).Title())
	// Output:
	// 1 of 2 published results agree with the prediction; the worst miss is a proxy, 1.4 times above it
}

// A process's table: which number is what.
func ExampleDescriptors() {
	table := charts.Table{Soft: 8, Open: []charts.FD{{Number: 0, Kind: "/dev/null"}, {Number: 3, Kind: "listener", Detail: ":80"}, {Number: 4, Kind: "connection"}}}
	var _ charts.FDTable = table
	fmt.Println(charts.Descriptors(table).Title())
	// Output:
	// 3 of 8 descriptors are taken: 1 × /dev/null, 1 listener, 1 connection
}

// One value for each of many sockets, such as bytes unread.
func ExampleHeatMap() {
	crowd := charts.Sockets{What: "unread", Unit: "bytes", Values: []float64{0, 0, 100, 4096, 0, 0}}
	var _ charts.Crowd = crowd
	fmt.Println(charts.HeatMap(crowd).Title())
	// Output:
	// 33 % of 6 sockets have unread, 4,200 bytes in all
}

// A packet's way, station by station.
func ExampleJourney() {
	way := charts.Path{{Station: "rx ring (DMA)", At: 0, Moved: 71, By: "NIC"}, {Station: "copy out", At: 18 * time.Microsecond, Moved: 5, By: "CPU"}}
	var hop charts.Hop = way[1]
	var _ charts.Stops = way
	fmt.Println(hop.Station, charts.Journey(way).Title())
	// Output:
	// copy out From “rx ring (DMA)” to “copy out” in 18 µs; the CPU’s one copy is the last step
}

// Which limit binds, for pairs of two inputs.
func ExampleLimitMap() {
	grid := charts.Grid{
		XLabel: "RAM, GB", Xs: []float64{1, 16}, YLabel: "ulimit -n", Ys: []float64{1024, 1 << 20},
		Limit:       [][]string{{"RLIMIT_NOFILE soft", "RLIMIT_NOFILE soft"}, {"RAM", "RLIMIT_NOFILE soft"}},
		Connections: [][]float64{{1020, 1020}, {230_000, 1_048_572}},
		Here:        []charts.Place{{X: 16, Y: 1024, Label: "a stock host"}},
	}
	var _ charts.LimitGrid = grid
	fmt.Println(charts.LimitMap(grid).Title())
	// Output:
	// A stock host: the limit is RLIMIT_NOFILE soft; over the whole map RLIMIT_NOFILE soft on 75 % and RAM on 25 %
}

// Limits that are not numbers but spreads, and how often each binds.
func ExampleOdds() {
	walls := charts.Walls{{Limit: "RAM", P5: 1.6e6, P50: 2.1e6, P95: 2.6e6, Binds: 0.8}, {Limit: "tcp_mem", P5: 2e6, P50: 2.4e6, P95: 3e6, Binds: 0.2}}
	var first charts.Wall = walls[0]
	var _ charts.Uncertain = walls
	fmt.Println(first.Limit, charts.Odds(walls).Title())
	// Output:
	// RAM In 80 % of all draws the limit is RAM, at 1.6–2.6 million connections
}

// All draws of the answer, and what bound them.
func ExampleOutcome() {
	draws := charts.Outcomes{Sorted: []float64{1.6e6, 1.9e6, 2.1e6, 2.3e6, 2.6e6}, Limits: []charts.Wall{{Limit: "RAM", Binds: 0.8}, {Limit: "tcp_mem", Binds: 0.2}}}
	var _ charts.Draws = draws
	var _ charts.Shares = draws
	fmt.Println(charts.Outcome(draws).Title())
	// Output:
	// The host holds at least 1.6 million connections with a probability of 95 %, and 2.1 million as likely as not; the limit is RAM in 80 %
}

// What one socket's memory is made of.
func ExampleOneSocket() {
	whole := charts.Whole{Label: "an idle server socket", Of: []charts.Part{{Name: "TCP", Bytes: 2521}, {Name: "inode", Bytes: 862}}}
	var _ charts.Parts = whole
	fmt.Println(charts.OneSocket(whole).Title())
	// Output:
	// An idle server socket takes 3,383 bytes; TCP is 75 % of them
}

// A queue over virtual time, its bound, and what found it full.
func ExampleQueue() {
	ms := time.Millisecond
	queue := charts.Samples{
		Points: charts.Points{Label: "accept queue", At: []charts.Point{{X: 0, Y: 0}, {X: 0.001, Y: 6}, {X: 0.002, Y: 6}}},
		Most:   6, Refused: []charts.Dropped{{At: 1 * ms, N: 44, Counter: "ListenOverflows"}},
	}
	var _ charts.QueueSamples = queue
	fmt.Println(charts.Queue(queue).Title())
	// Output:
	// The accept queue fills its 6 places; 44 more are dropped (ListenOverflows)
}

// A transfer: what was sent when, and up to where it was acknowledged.
func ExampleSequence() {
	ms := time.Millisecond
	sent := charts.Sent{
		Segments: []charts.Send{{At: 0, Seq: 0, Bytes: 1448, Lost: "on the wire"}, {At: 220 * ms, Seq: 0, Bytes: 1448}},
		Acked:    []charts.Acked{{At: 230 * ms, UpTo: 1448}},
	}
	var _ charts.Transfer = sent
	fmt.Println(charts.Sequence(sent).Title())
	// Output:
	// 1,448 bytes in 230 ms; 1 segment is lost, 1 sent again; at most 1,448 bytes are under way
}

// The states that one end of a connection goes through.
func ExampleStates() {
	way := charts.Way{Label: "client", Steps: []charts.Step{{State: "SYN-SENT", Why: "connect"}, {State: "ESTABLISHED", At: time.Millisecond, Why: "SYN ACK"}}}
	var _ charts.StatePath = way
	fmt.Println(charts.States(way).Title())
	// Output:
	// Client goes from SYN_SENT to ESTABLISHED in 1 step
}

// The congestion window, and the losses that the sender noticed.
func ExampleWindow() {
	window := charts.Windows{
		Points:     charts.Points{At: []charts.Point{{X: 0, Y: 10}, {X: 0.1, Y: 20}, {X: 0.2, Y: 14}}},
		Thresholds: []float64{0, 0, 14}, Noticed: []charts.Lost{{At: 200 * time.Millisecond, What: "three duplicate ACKs"}},
	}
	var _ charts.WindowSamples = window
	fmt.Println(charts.Window(window).Title())
	// Output:
	// The congestion window grows to 20 segments and falls once, from 20 to 14 at 200 ms: three duplicate ACKs
}

// Outside a notebook a cell's output is its text.
func ExampleDisplay() {
	if err := charts.Setup(); err != nil { // does nothing here
		fmt.Println(err)
	}
	fmt.Println(charts.Display("<b>50 clients</b>", "50 clients\n"))
	// Output:
	// 50 clients
	//
	// <nil>
}

// A note beside a lifeline of a conversation.
func ExampleNoted() {
	talk := charts.Talk{Left: "client", Right: "server",
		Said:   []charts.Segment{{FromLeft: true, Sent: 0, Arrived: time.Millisecond, What: "SYN seq 0"}},
		Asides: []charts.Aside{{Left: false, At: time.Millisecond, Text: "SYN-RECEIVED"}},
	}
	var notes charts.Noted = talk
	var said charts.Segments = talk
	fmt.Println(notes.Note(0))
	fmt.Println(said.Len())
	// Output:
	// false 1ms SYN-RECEIVED
	// 1
}

// walls is a curve that knows what stops it at each point, and points at the last.
type walls struct{ charts.Points }

func (w walls) Binding(i int) string { return [...]string{"descriptors", "descriptors", "RAM"}[i] }

func (w walls) Marks() int { return 1 }

func (w walls) Mark(int) (x, y float64, label string) { return 65_536, 30_000, "this server" }

var stopped = walls{charts.Points{Label: "model", At: []charts.Point{{X: 1024, Y: 1020}, {X: 4096, Y: 4092}, {X: 65_536, Y: 30_000}}}}

// A curve that knows which limit decides is drawn in stretches, each with the
// limit's name.
func ExampleBinding() {
	var curve charts.Binding = stopped
	fmt.Println(curve.Binding(2))
	fmt.Println(charts.AgainstNofile(stopped).Summary())
	// Output:
	// RAM
	// Connections held by one process against its descriptor limit: 1,024 descriptors hold 1,020, the default of 1,024 holds 1,020, 65,536 hold 30,000; beyond 66,000 descriptors the limit is RAM. The curve rises.
}

// A curve may point at places of its own.
func ExampleMarked() {
	var curve charts.Marked = stopped
	x, y, label := curve.Mark(0)
	fmt.Println(curve.Marks(), x, y, label, charts.AgainstNofile(stopped).Err())
	// Output:
	// 1 65536 30000 this server <nil>
}

// A page with many charts has their script once, before the first of them.
func ExampleLibrary() {
	text, err := charts.Library()
	fmt.Println(len(text) > 100_000, err)
	// Output:
	// true <nil>
}

// Whoever can wait now spares the first chart the wait.
func ExamplePrepare() {
	path, err := charts.Prepare(io.Discard)
	fmt.Println(path != "", err)
	// Output:
	// true <nil>
}
