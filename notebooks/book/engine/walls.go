package engine

import (
	"math"
	"strconv"
	"strings"

	"socketbook/capacity"
	"socketbook/sockets"
)

var nofileControl = Control{
	Name:  "nofile",
	Title: "How far does ulimit -n go?",
	Doc:   "Raise the limit of descriptors and see which wall comes next.",
	Inputs: []Input{
		{Name: "nofile", Label: "ulimit -n, soft and hard", Unit: "descriptors", Default: 2,
			Stops: []string{"64", "256", "1,024", "4,096", "16,384", "65,536", "262,144", "1,048,576", "4,194,304", "16,777,216"}},
		{Name: "kind", Label: "The program is", Choice: true, Stops: []string{"a server", "a proxy"}},
		{Name: "ram", Label: "RAM", Stops: ramStops, Default: 4},
	},
	draw: drawNofile,
}

var tuplesControl = Control{
	Name:  "tuples",
	Title: "Clients times ports",
	Doc:   "A connection needs a pair of address and port of its own. Change how many addresses the clients have, and how many ports each may use.",
	Inputs: []Input{
		{Name: "clients", Label: "Client addresses", Default: 0,
			Stops: []string{"1", "2", "3", "10", "36", "100", "1,000", "10,000", "65,536", "1,000,000"}},
		{Name: "ports", Label: "Ports of each", Default: 2, Stops: []string{"100", "1,000", "28,232", "64,512", "65,535"}},
		{Name: "servers", Label: "Server ports", Default: 0, Stops: []string{"1", "2", "4", "16", "64"}},
		{Name: "nofile", Label: "ulimit -n of the server", Unit: "descriptors", Default: 4,
			Stops: []string{"1,024", "65,536", "262,144", "1,048,576", "16,777,216"}},
	},
	draw: drawTuples,
}

var memoryControl = Control{
	Name:  "memory",
	Title: "Bytes for each connection",
	Doc:   "Kernel and program both pay for a connection. Change what the program adds, and the RAM.",
	Inputs: []Input{
		{Name: "app", Label: "The program's own memory for a connection", Default: 2,
			Stops: []string{"0 B", "1 KiB", "3,504 B", "7,688 B", "11,898 B", "19,381 B", "32 KiB", "64 KiB", "256 KiB", "1 MiB"}},
		{Name: "unread", Label: "Unread bytes that wait in each connection", Default: 0, Stops: []string{"0 B", "16 B", "1 KiB", "8 KiB", "64 KiB"}},
		{Name: "ram", Label: "RAM", Stops: ramStops, Default: 4},
	},
	draw: drawMemory,
}

var ramStops = []string{"1 GiB", "2 GiB", "4 GiB", "8 GiB", "16 GiB", "32 GiB", "64 GiB", "128 GiB", "256 GiB", "1024 GiB"}

// bytes reads a setting that is an amount of memory.
func (v values) bytes(name string) (capacity.Bytes, error) {
	b, err := capacity.ParseBytes(v[name])
	if err != nil {
		return 0, &sockets.LimitError{Field: name, Value: strconv.Quote(v[name]), Allowed: "an amount such as 16 GiB"}
	}
	return b, nil
}

// limitsOf is a host with this ulimit -n, and with everything around it raised
// as far as it has to be for it.
func limitsOf(nofile int64, ram capacity.Bytes) sockets.Limits {
	return sockets.Limits{NofileSoft: int(nofile), NofileHard: int(nofile), NrOpen: int(max(nofile, 1<<20)), RAM: int64(ram)}
}

func drawNofile(v values) (*answer, error) {
	nofile, err := v.whole("nofile", 8, 1<<30)
	if err != nil {
		return nil, err
	}
	ram, err := v.bytes("ram")
	if err != nil {
		return nil, err
	}
	w, flags := capacity.Workload{}, v.limitFlags(nofile)+v.flag("ram", "ram")
	if v["kind"] == "a proxy" {
		w.DescriptorsPerConn = 2
		flags += " -fds 2"
	}
	return drawWalls(limitsOf(nofile, ram), w, flags)
}

func drawTuples(v values) (*answer, error) {
	clients, err := v.whole("clients", 1, 1<<32)
	if err != nil {
		return nil, err
	}
	ports, err := v.whole("ports", 1, 1<<16)
	if err != nil {
		return nil, err
	}
	servers, err := v.whole("servers", 1, 1<<16)
	if err != nil {
		return nil, err
	}
	nofile, err := v.whole("nofile", 8, 1<<30)
	if err != nil {
		return nil, err
	}
	return drawWalls(limitsOf(nofile, 64<<30), capacity.Workload{
		Clients: []capacity.Clients{{Addrs: clients, Ports: int(ports)}}, ServerPorts: int(servers)},
		v.limitFlags(nofile)+" -ram 64GiB"+v.flag("clients", "clients")+v.flag("client-ports", "ports")+v.flag("server-ports", "servers"))
}

func drawMemory(v values) (*answer, error) {
	app, err := v.bytes("app")
	if err != nil {
		return nil, err
	}
	unread, err := v.bytes("unread")
	if err != nil {
		return nil, err
	}
	ram, err := v.bytes("ram")
	if err != nil {
		return nil, err
	}
	const nofile, fileMax = 1 << 30, 1 << 40 // descriptors are not the question here
	l := limitsOf(nofile, ram)
	l.FileMax = fileMax
	return drawWalls(l, capacity.Workload{AppBytes: app, Unread: unread}, v.limitFlags(nofile)+" -file-max "+
		strconv.Itoa(fileMax)+v.flag("ram", "ram")+v.flag("app", "app")+v.flag("unread", "unread"))
}

// limitFlags are the limits of limitsOf for command capacity, and flag is a setting:
// together they print the numbers of the picture anywhere.
func (v values) limitFlags(nofile int64) string {
	n := strconv.FormatInt(nofile, 10)
	return " -nofile " + n + " -nofile-hard " + n + " -nr-open " + strconv.FormatInt(max(nofile, 1<<20), 10)
}

func (v values) flag(name, setting string) string {
	return " -" + name + " " + strings.NewReplacer(" ", "", ",", "").Replace(v[setting])
}

// drawWalls is the verdict: every wall as a bar, the one that stops us first. The
// flags are those that ask command capacity the same.
func drawWalls(l sockets.Limits, w capacity.Workload, flags string) (*answer, error) {
	v, err := capacity.Of(l, w)
	if err != nil {
		return nil, err
	}
	heading, rows := v.Table()
	text := v.Summary()
	return &answer{Text: text, SVG: wallsPicture(v, text), Table: table("Every wall, lowest first", heading, rows),
		Replay: "go run ./capacity/cmd/capacity" + flags}, nil
}

// wallsPicture draws the walls as bars on a logarithmic scale from 1 to 10^15.
func wallsPicture(v capacity.Verdict, label string) string {
	const left, right, row, top = 150.0, 450.0, 30.0, 12.0
	decades := 7.0
	for _, w := range v.Walls {
		decades = max(decades, math.Ceil(math.Log10(float64(max(w.Allows, 1)))))
	}
	bottom := top + row*float64(len(v.Walls))
	p := newPicture(600, int(bottom)+44)
	x := func(n float64) float64 { return left + (right-left)*math.Log10(max(n, 1))/decades }
	for d := 0.0; d <= decades; d += 3 {
		p.line("grid", x(math.Pow(10, d)), top, x(math.Pow(10, d)), bottom)
		p.text("axis", "middle", x(math.Pow(10, d)), bottom+18, powers[min(int(d)/3, len(powers)-1)])
	}
	p.text("axis", "middle", (left+right)/2, bottom+36, "connections, each mark a thousand times the last")
	binding := v.Binding().Limit
	for i, w := range v.Walls {
		y := top + row*float64(i)
		class := "bar"
		if w.Limit == binding {
			class = "bar first"
		}
		p.rect(class, left, y+6, max(2, x(float64(w.Allows))-left), row-12)
		p.text("label", "end", left-8, y+row/2+4, string(w.Limit))
		p.text("value", "start", x(float64(max(w.Allows, 1)))+6, y+row/2+4, w.Allows.String())
	}
	return p.svg(label)
}

var powers = []string{"1", "thousand", "million", "billion", "trillion", "10^15", "10^18"}
