package engine

import (
	"strconv"
	"strings"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/wire"
)

var journeyControl = Control{
	Name:   "journey",
	Title:  "A packet's way through the rooms",
	Doc:    "Play a run, stop it, step through it, or drag it back: every entry of the tape is one step from room to room.",
	Player: true,
	Inputs: []Input{{Name: "run", Label: "The run", Choice: true, Default: 1, Stops: runNames}},
	draw:   drawJourney,
}

var runNames = []string{
	"a handshake", "a few bytes, to read()", "nobody listens", "a burst and a short line",
	"a wire that loses", "the reader pauses", "a close", "a datagram for nobody"}

// runs are the replay strings behind the words.
var runs = map[string]string{
	"a handshake":              "sockets:v1:handshake?seed=1",
	"a few bytes, to read()":   "sockets:v1:bulk?seed=1&bytes=500",
	"nobody listens":           "sockets:v1:refused?seed=1",
	"a burst and a short line": "sockets:v1:backlog?seed=1&clients=5&backlog=1&pause=10ms",
	"a wire that loses":        "sockets:v1:lossy-bulk?seed=4&bytes=5000&loss=0.15&delay=5ms",
	"the reader pauses":        "sockets:v1:zero-window?seed=1&bytes=8000&pause=500ms&rmem=2304",
	"a close":                  "sockets:v1:close?seed=1",
	"a datagram for nobody":    "sockets:v1:udp?seed=1&datagrams=1&port=closed",
}

// film is a run that is being looked at. One is kept: the next question is
// nearly always about the same one, a step further.
type film struct {
	player *sockets.Player
	events []sockets.Event // of the whole run
}

var showing = struct {
	name string
	film
}{}

// open returns the run of a name, with its whole tape.
func open(name string) (film, error) {
	line, ok := runs[name]
	if !ok {
		return film{}, &sockets.LimitError{Field: "run", Value: strconv.Quote(name), Allowed: strings.Join(runNames, ", ")}
	}
	if showing.name == name {
		return showing.film, nil
	}
	r, err := sockets.ParseReplay(line)
	if err != nil {
		return film{}, err
	}
	p, err := r.Player()
	if err != nil {
		return film{}, err
	}
	if err := p.Seek(p.Len()); err != nil {
		p.Close()
		return film{}, err
	}
	f := film{p, p.Network().Tape().Events()}
	if showing.name != "" {
		showing.player.Close()
	}
	showing.name, showing.film = name, f
	return f, nil
}

func drawJourney(v values) (*answer, error) {
	f, err := open(v["run"])
	if err != nil {
		return nil, err
	}
	pos := int64(firstPacket(f.events))
	if v["pos"] != "" {
		if pos, err = v.whole("pos", 0, int64(len(f.events)-1)); err != nil {
			return nil, err
		}
	}
	i := int(pos)
	if err := f.player.SeekTape(i); err != nil {
		return nil, err
	}
	e := f.events[i]
	text := "Entry " + strconv.Itoa(i+1) + " of " + strconv.Itoa(len(f.events)) + ", " + brief(time.Duration(e.At)) + " after the start: " + e.Host + ", " + e.Station.String() + ". " + what(e)
	return &answer{Text: text, SVG: rooms(f, i, text), Replay: replay(f.player.Replay()), Len: len(f.events), Pos: i,
		Table: state(f.player.State(), f.events, i)}, nil
}

// firstPacket is where a still picture stops: the first segment in the ring.
func firstPacket(events []sockets.Event) int {
	for i, e := range events {
		if e.Station == sockets.StationDMA {
			return i
		}
	}
	return 0
}

// what an entry says, with its packet.
func what(e sockets.Event) string {
	s := strings.TrimPrefix(e.Packet(), "IP ")
	if s != "" && e.Text != "" {
		s += ". "
	}
	return s + e.Text
}

// state is what the hosts hold at this point, and the entries around it.
func state(s sockets.Snapshot, events []sockets.Event, i int) string {
	var rows [][]string
	for _, h := range s.Hosts {
		for _, r := range h.Rings {
			if r.Used > 0 || r.Masked {
				rows = append(rows, []string{h.Name, "rx ring " + r.Name, strconv.Itoa(r.Used) + " of " + strconv.Itoa(r.Size) + " used" + masked(r.Masked)})
			}
		}
		for _, q := range h.Sockets {
			rows = append(rows, []string{h.Name, "socket " + q.Local.String(), q.State.String() + ", Recv-Q " + strconv.Itoa(q.RecvQ) + ", Send-Q " + strconv.Itoa(q.SendQ)})
		}
	}
	for _, f := range s.Flying {
		rows = append(rows, []string{"the wire", f.From + " to " + f.To, strings.TrimPrefix(f.Text, "IP ")})
	}
	for _, who := range s.Sleepers {
		rows = append(rows, []string{"asleep", who, ""})
	}
	out := table("What there is after this event", []string{"where", "what", "how"}, rows)
	rows = rows[:0]
	for k := max(0, i-4); k < min(len(events), i+5); k++ {
		mark := strconv.Itoa(k + 1)
		if k == i {
			mark += " ←"
		}
		e := events[k]
		rows = append(rows, []string{mark, brief(time.Duration(e.At)), e.Host, e.Station.String(), what(e)})
	}
	return out + table("The tape around it", []string{"no.", "at", "host", "station", "what"}, rows)
}

func masked(is bool) string {
	if is {
		return ", interrupt masked: the driver polls"
	}
	return ""
}

// floors are the rooms of a host, from the top to the wire.
var floors = [...]struct{ name, doc string }{
	{"program", "system calls, and the two copies"},
	{"socket", "queues, buffers, state"},
	{"TCP and UDP", "lookup: whose is it"},
	{"IP", "whole? mine?"},
	{"driver", "poll, transmit"},
	{"card", "rx ring, interrupt"},
}

// floorOf says in which room a station is.
func floorOf(s sockets.Station) int {
	switch s {
	case sockets.StationSyscall, sockets.StationCopyIn, sockets.StationCopyOut, sockets.StationSleep, sockets.StationWake:
		return 0
	case sockets.StationState, sockets.StationQueue, sockets.StationReceive, sockets.StationTimer:
		return 1
	case sockets.StationOut, sockets.StationLookup:
		return 2
	case sockets.StationIP:
		return 3
	case sockets.StationTx, sockets.StationPoll, sockets.StationGRO:
		return 4
	}
	return 5
}

const (
	roomWidth, roomHeight = 236.0, 46.0
	clientX, serverX      = 20.0, 344.0
	roofY, wireY          = 34.0, 352.0
)

// place is where an entry is drawn.
func place(e sockets.Event) (x, y float64) {
	x = clientX
	if e.Host == "server" {
		x = serverX
	}
	if e.Station == sockets.StationLink {
		return 300, wireY
	}
	return x + roomWidth - 26, roofY + roomHeight*(float64(floorOf(e.Station))+0.5)
}

// rooms draws both houses, and the packet where it is. The token comes from
// the room it was in before; what is dropped flies out.
func rooms(f film, i int, label string) string {
	p := newPicture(600, 416)
	e := f.events[i]
	for _, h := range []struct {
		name string
		x    float64
	}{{"client", clientX}, {"server", serverX}} {
		p.text("head", "middle", h.x+roomWidth/2, 22, h.name)
		for k, floor := range floors {
			class := "room"
			if e.Host == h.name && k == floorOf(e.Station) && e.Station != sockets.StationDrop {
				class = "room here"
			}
			y := roofY + roomHeight*float64(k)
			p.rect(class, h.x, y+2, roomWidth, roomHeight-4)
			p.text("label", "start", h.x+10, y+20, floor.name)
			p.text("axis", "start", h.x+10, y+36, floor.doc)
		}
		p.line("wire", h.x+roomWidth/2, roofY+roomHeight*6, h.x+roomWidth/2, wireY)
	}
	p.line("wire", clientX+roomWidth/2, wireY, serverX+roomWidth/2, wireY)
	onWire := len(f.player.State().Flying)
	for k := range min(onWire, 12) {
		p.rect("flying", 232+12*float64(k), wireY-5, 9, 9)
	}
	p.text("axis", "middle", 300, wireY+20, flying(onWire))
	x, y := place(e)
	fx, fy := before(f.events, i)
	if e.Station == sockets.StationDrop {
		p.token("token dropped", fx, fy, 300, wireY+36)
		p.text("droptext", "middle", 300, wireY+62, clip(e.Text))
	} else {
		p.token("token", fx, fy, x, y)
		p.text("label", "middle", 300, wireY+48, e.Station.String())
	}
	return p.svg(label)
}

func flying(n int) string {
	switch n {
	case 0:
		return "nothing is on the wire"
	case 1:
		return "one frame is on the wire"
	}
	return strconv.Itoa(n) + " frames are on the wire"
}

func clip(s string) string {
	const most = 70
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// before is where the packet of entry i was last seen; for what is not a
// packet, the place of entry i.
func before(events []sockets.Event, i int) (x, y float64) {
	e := events[i]
	for k := i - 1; k >= 0 && k > i-60; k-- {
		p := events[k]
		if e.Flow != (wire.FiveTuple{}) && p.Flow == e.Flow && p.Seq == e.Seq && p.Len == e.Len && p.Flags == e.Flags && p.Station != sockets.StationDrop {
			return place(p)
		}
	}
	return place(e)
}

// token is the packet. The style sheet moves it from one place to the other,
// unless the reader has asked for less motion.
func (p *picture) token(class string, fx, fy, x, y float64) {
	p.b.WriteString(`<g class="` + class + `" style="--fx:` + px(fx) + `px;--fy:` + px(fy) + `px;--x:` + px(x) + `px;--y:` + px(y) + `px" transform="translate(` + px(x) + " " + px(y) + `)">`)
	p.circle("dot", 0, 0, 9)
	p.b.WriteString("</g>")
}
