package engine

import (
	"strconv"
	"strings"
	"time"

	"socketbook/sockets"
)

var backlogControl = Control{
	Name:  "backlog",
	Title: "A burst meets a waiting line",
	Doc:   "Clients connect all at once, and the server accepts nobody for a while. Give listen a longer line, let more clients come, or take the SYN cookies away.",
	Inputs: []Input{
		{Name: "clients", Label: "Clients, all at once", Stops: []string{"1", "2", "5", "6", "10", "20", "50", "51", "100", "200"}, Default: 6},
		{Name: "backlog", Label: "Backlog, the argument of listen", Stops: []string{"0", "1", "2", "5", "10", "20", "49", "50", "100", "128", "200"}, Default: 3},
		{Name: "pause", Label: "The server's pause before it accepts", Stops: []string{"0s", "1ms", "10ms", "100ms", "500ms", "1s", "2s", "5s"}, Default: 3},
		{Name: "syncookies", Label: "SYN cookies", Choice: true, Stops: []string{"on", "off"}},
	},
	draw: drawBacklog,
}

func drawBacklog(v values) (*answer, error) {
	r, n, err := v.play("backlog", "clients", "backlog", "pause", "syncookies")
	if err != nil {
		return nil, err
	}
	defer n.Close()
	server, client := n.Host("server"), n.Host("client")
	q := n.Tape().AcceptQueue(server, 80)
	stats, again := server.Stats(), int(client.Stats().RetransSegs)
	connected := 0 // as the clients see it
	for _, e := range n.Tape().Events() {
		if e.Host == "client" && e.Station == sockets.StationState && strings.Contains(e.Text, "-> ESTABLISHED") {
			connected++
		}
	}
	through := int(stats.PassiveOpens)
	end, _ := q.XY(q.Len() - 1)
	text := "The line holds " + strconv.Itoa(q.Bound()) + " (backlog + 1). " + strconv.Itoa(through) + " of " + v["clients"] + " clients came through to accept. "
	if q.Dropped() == 0 {
		text += "Nothing was dropped."
	} else {
		text += "The kernel dropped " + plural(q.Dropped(), "segment") + " for want of a place (ListenOverflows)."
	}
	if again > 0 {
		text += " Clients sent " + plural(again, "segment") + " again."
	}
	if connected > through {
		text += " " + strconv.Itoa(connected-through) + " more believe that they are connected, but the server knows nothing of them: with SYN cookies it kept nothing, and their last word was dropped."
	}
	rows := [][]string{
		{"clients", v["clients"]},
		{"places in the accept queue", strconv.Itoa(q.Bound())},
		{"most at once in the queue", strconv.Itoa(q.Most())},
		{"connections that the server opened (TcpPassiveOpens)", strconv.FormatUint(stats.PassiveOpens, 10)},
		{"clients that believe they are connected", strconv.Itoa(connected)},
		{"ListenOverflows", strconv.FormatUint(stats.ListenOverflows, 10)},
		{"ListenDrops", strconv.FormatUint(stats.ListenDrops, 10)},
		{"segments the clients sent again (TcpRetransSegs)", strconv.Itoa(again)},
		{"the last change of the queue after", brief(time.Duration(end * 1e9))},
	}
	return &answer{Text: text, SVG: queuePicture(q, text), Replay: replay(r.String()),
		Table: table("The burst in numbers", []string{"what", "how many"}, rows)}, nil
}

// queuePicture draws the length of the accept queue over time, its bound, and
// the drops.
func queuePicture(q sockets.QueueSeries, label string) string {
	const left, right, top, bottom = 46.0, 586.0, 16.0, 232.0
	p := newPicture(600, 272)
	end, _ := q.XY(q.Len() - 1)
	for i := range q.Drops() {
		at, _, _ := q.Drop(i)
		end = max(end, at.Seconds())
	}
	if end *= 1.04; end == 0 {
		end = 0.001
	}
	high := float64(max(q.Bound(), q.Most(), 1)) * 1.2 // room for the drops and for what the bound says
	x := func(t float64) float64 { return left + (right-left)*t/end }
	y := func(n float64) float64 { return bottom - (bottom-top)*n/high }
	for _, n := range steps(high) {
		if n == float64(int(n)) {
			p.line("grid", left, y(n), right, y(n))
			p.text("axis", "end", left-6, y(n)+4, strconv.Itoa(int(n)))
		}
	}
	for _, t := range steps(end) {
		p.line("grid", x(t), bottom, x(t), bottom+4)
		p.text("axis", "middle", x(t), bottom+18, brief(time.Duration(t*1e9)))
	}
	p.text("axis", "middle", (left+right)/2, bottom+36, "time since the start")
	d := "M" + px(x(0)) + " " + px(y(0))
	for i := range q.Len() {
		t, n := q.XY(i)
		d += "H" + px(x(t)) + "V" + px(y(n))
	}
	area := d + "H" + px(x(end)) + "V" + px(y(0)) + "Z"
	p.path("area", area)
	p.path("curve", d+"H"+px(x(end)))
	p.line("bound", left, y(float64(q.Bound())), right, y(float64(q.Bound())))
	p.text("boundtext", "end", right, y(float64(q.Bound()))-5, "the line holds "+strconv.Itoa(q.Bound()))
	for i := range q.Drops() {
		at, _, _ := q.Drop(i)
		p.text("drop", "middle", x(at.Seconds()), y(high)+10, "×")
		if i == 0 {
			p.text("droptext", "start", x(at.Seconds())+8, y(high)+10, strconv.Itoa(q.Dropped())+" dropped")
		}
	}
	return p.svg(label)
}
