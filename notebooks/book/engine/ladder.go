package engine

import (
	"strconv"
	"time"

	"socketbook/sockets"
)

var ladderControl = Control{
	Name:  "ladder",
	Title: "TCP on a wire that loses",
	Doc:   "A client sends a few kilobytes and closes. Let the wire lose more, make it longer, or give it another run of luck.",
	Inputs: []Input{
		{Name: "loss", Label: "Frames that the wire loses", Unit: "%", Stops: []string{"0", "1", "2", "5", "10", "20", "30", "50"}, Default: 5},
		{Name: "delay", Label: "Delay, one way", Stops: []string{"25µs", "100µs", "1ms", "10ms", "50ms", "100ms", "300ms"}, Default: 3},
		{Name: "bytes", Label: "Bytes to send", Stops: []string{"1", "1000", "5000", "10000", "20000", "50000"}, Default: 3},
		{Name: "seed", Label: "Luck (the seed)", Stops: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}, Default: 0},
	},
	draw: drawLadder,
}

// rungs is how many segments a picture shows; the table has them all.
const rungs = 40

func drawLadder(v values) (*answer, error) {
	percent, err := v.whole("loss", 0, 100)
	if err != nil {
		return nil, err
	}
	v["loss"] = strconv.FormatFloat(float64(percent)/100, 'g', -1, 64) // as the scenario takes it
	r, n, err := v.play("lossy-bulk", "loss", "delay", "bytes", "seed")
	if err != nil {
		return nil, err
	}
	defer n.Close()
	client, server := n.Host("client"), n.Host("server")
	talk := n.Tape().Talk(client, server)
	lost, end := 0, time.Duration(0)
	var rows [][]string
	for i := range talk.Len() {
		left, sent, arrived, what, why := talk.Segment(i)
		from, got := "server", "arrives after "+brief(arrived-sent)
		if left {
			from = "client"
		}
		if why != "" {
			got = "lost: " + why
			lost++
		}
		end = max(end, sent, arrived)
		rows = append(rows, []string{strconv.Itoa(i + 1), brief(sent), from, what, got})
	}
	again := client.Stats().RetransSegs + server.Stats().RetransSegs
	text := plural(talk.Len(), "segment") + ", " + strconv.Itoa(lost) + " of them lost, " + strconv.FormatUint(again, 10) + " sent again. The server read " +
		strconv.FormatUint(server.Stats().BytesCopiedUp, 10) + " of " + v["bytes"] + " bytes; the last segment arrived after " + brief(end) + "."
	return &answer{Text: text, SVG: ladderPicture(talk, text), Replay: replay(r.String()),
		Table: table("Every segment", []string{"no.", "sent at", "by", "what", "and then"}, rows)}, nil
}

// ladderPicture draws the talk as a ladder. Time goes down, and it is not to
// scale: every instant has a line of its own, and long waits are said.
func ladderPicture(talk sockets.Talk, label string) string {
	const left, right, top = 240.0, 450.0, 40.0
	n := min(talk.Len(), rungs)
	y := instants(talk, n)
	bottom := top
	for _, at := range y {
		bottom = max(bottom, at)
	}
	height := bottom + 30
	if talk.Len() > n {
		height += 20
	}
	p := newPicture(690, int(height))
	name1, name2 := talk.Ends()
	p.text("head", "middle", left, 20, name1)
	p.text("head", "middle", right, 20, name2)
	p.line("life", left, 28, left, bottom+12)
	p.line("life", right, 28, right, bottom+12)
	for i := range n {
		fromLeft, sent, arrived, what, lost := talk.Segment(i)
		if i > 0 { // segments of one instant share a label
			if l, at, _, _, _ := talk.Segment(i - 1); l == fromLeft && at == sent {
				what = ""
			}
		}
		for k := i + 1; what != "" && k < talk.Len(); k++ {
			if l, at, _, _, _ := talk.Segment(k); l != fromLeft || at != sent {
				if k > i+1 {
					what += " (+" + strconv.Itoa(k-i-1) + ")"
				}
				break
			}
		}
		x1, x2, anchor, tx := left, right, "end", left-8
		if !fromLeft {
			x1, x2, anchor, tx = right, left, "start", right+8
		}
		y1 := y[sent]
		if lost != "" {
			mid, far := x1+(x2-x1)*0.6, y1+(aim(talk, i, y)-y1)*0.6
			p.line("lost", x1, y1, mid, far)
			p.text("drop", "middle", mid, far+5, "×")
		} else {
			p.line("sent", x1, y1, x2, y[arrived])
			tip := -6.0
			if x2 < x1 {
				tip = 6
			}
			p.path("tip", "M"+px(x2)+" "+px(y[arrived])+"l"+px(tip)+" -3.5v7z")
		}
		if what != "" {
			p.text("label", anchor, tx, y1+4, what)
		}
	}
	if talk.Len() > n {
		p.text("axis", "middle", (left+right)/2, height-8, "and "+strconv.Itoa(talk.Len()-n)+" more, in the table")
	}
	return p.svg(label)
}

// aim is where a lost segment would have arrived: among those that were sent with it, so
// that each of them is seen.
func aim(talk sockets.Talk, i int, y map[time.Duration]float64) float64 {
	const apart = 7
	fromLeft, sent, _, _, _ := talk.Segment(i)
	before := 0 // segments of this instant that are lost, too
	for _, step := range []int{1, -1} {
		for k := i + step; k >= 0 && k < talk.Len(); k += step {
			l, at, arrived, _, lost := talk.Segment(k)
			if l != fromLeft || at != sent {
				break
			}
			if down, drawn := y[arrived]; lost == "" && drawn {
				return down - float64(apart*(k-i))
			}
			if step < 0 {
				before++
			}
		}
	}
	return y[sent] + 13 + float64(2*apart*before)
}

// instants gives every instant at which something is sent or arrives a height.
func instants(talk sockets.Talk, n int) map[time.Duration]float64 {
	var at []time.Duration
	for i := range n {
		_, sent, arrived, _, lost := talk.Segment(i)
		at = insert(at, sent)
		if lost == "" {
			at = insert(at, arrived)
		}
	}
	y, down := map[time.Duration]float64{}, 40.0
	for i, t := range at {
		if i > 0 {
			down += 14
			if t-at[i-1] > 100*time.Millisecond {
				down += 14 // a long wait shows
			}
		}
		y[t] = down
	}
	return y
}

// insert keeps a short list sorted and without doubles.
func insert(at []time.Duration, t time.Duration) []time.Duration {
	i := len(at)
	for i > 0 && at[i-1] >= t {
		i--
	}
	if i < len(at) && at[i] == t {
		return at
	}
	at = append(at, 0)
	copy(at[i+1:], at[i:])
	at[i] = t
	return at
}
