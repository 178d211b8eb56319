package clinic

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"socketbook/charts"
	"socketbook/sockets"
)

// room is where a patient lies: a network, and the windows that were opened on it.
type room struct {
	lab    *sockets.Network
	server *sockets.Host
	client *sockets.Host
	wire   *sockets.Link
	cured  bool
	luck   *rand.Rand
	out    strings.Builder
}

func newRoom(seed uint64, cured bool) *room {
	return &room{lab: sockets.NewNetwork(sockets.Seed(seed), sockets.Record()), cured: cured, luck: rand.New(rand.NewPCG(seed, 12))}
}

// street builds a server at 10.0.0.1, a client at 10.0.0.2, and a wire.
func (r *room) street(server, client sockets.Limits, wire sockets.LinkOptions) {
	r.server, r.client = r.lab.NewHost("server", server), r.lab.NewHost("client", client)
	r.wire = r.lab.NewLink(r.server, r.client, wire)
}

// metro is a wire through a town: a millisecond there and back.
var metro = sockets.LinkOptions{Delay: 500 * time.Microsecond}

// between is a number of the seed's choice, both ends included.
func (r *room) between(from, to int) int { return from + r.luck.IntN(to-from+1) }

// either is ill, or well with the cure.
func either[T any](r *room, ill, well T) T {
	if r.cured {
		return well
	}
	return ill
}

// window writes a command and what it said.
func (r *room) window(command, said string) {
	if said != "" && !strings.HasSuffix(said, "\n") {
		said += "\n"
	}
	fmt.Fprintf(&r.out, "%s\n%s\n", command, said)
}

// prompt is a host's command line.
func prompt(h *sockets.Host, command string) string { return h.Name() + "$ " + command }

// ss shows the sockets that a filter finds, at most so many.
func (r *room) ss(h *sockets.Host, options, words string, most int) {
	command := "ss " + options
	if words != "" {
		command += " " + words
	}
	filter, err := sockets.ParseSocketFilter(words)
	if err != nil {
		r.window(prompt(h, command), err.Error())
		return
	}
	rows := h.SocketsWhere(filter)
	text := rows[:min(most, len(rows))].String()
	if more := len(rows) - most; more > 0 {
		text += fmt.Sprintf("… and %d more\n", more)
	}
	r.window(prompt(h, command), text)
}

// nstat shows the counters that tell something; the traffic's own sizes are left out.
func (r *room) nstat(h *sockets.Host) {
	text := ""
	for _, c := range h.Stats().Protocols() {
		told := strings.HasPrefix(c.Name, "TcpExt") || slices.Contains([]string{"TcpRetransSegs", "TcpOutRsts", "UdpRcvbufErrors",
			"UdpInErrors", "IpFragFails", "TcpActiveOpens", "TcpPassiveOpens", "UdpInDatagrams"}, c.Name)
		if told && c.Value > 0 && c.Name != "TcpExtTCPOrigDataSent" && !strings.Contains(c.Name, "Hystart") {
			text += fmt.Sprintf("%-32s%d\n", c.Name, c.Value)
		}
	}
	if text == "" {
		text = "(nothing)\n"
	}
	r.window(prompt(h, "nstat -a | grep -E 'TcpExt|Opens|Retrans|Rsts|Udp'"), text)
}

// tcpdump shows the first packets of a host, lastPackets the last.
func (r *room) tcpdump(h *sockets.Host, most int) {
	lines := r.packets(h)
	text := strings.Join(lines[:min(most, len(lines))], "")
	if more := len(lines) - most; more > 0 {
		text += fmt.Sprintf("… and %d more\n", more)
	}
	r.window(prompt(h, sniff), text)
}

func (r *room) lastPackets(h *sockets.Host, last int) {
	lines := r.packets(h)
	r.window(prompt(h, sniff+" | tail"), strings.Join(lines[max(0, len(lines)-last):], ""))
}

// TCP's options make lines too long to be read, and none of our patients suffers from
// them.
const sniff = "tcpdump -nn -S -tt | sed 's/, options.*]//'"

var tcpOptions = regexp.MustCompile(`, options \[.*\]`)

// packets are the lines of tcpdump, with microseconds.
func (r *room) packets(h *sockets.Host) (lines []string) {
	for line := range strings.Lines(r.lab.Tape().Tcpdump(h)) {
		at, rest, _ := strings.Cut(line, " ")
		lines = append(lines, at[:max(0, len(at)-3)]+" "+tcpOptions.ReplaceAllString(rest, ""))
	}
	return lines
}

// strace shows the last calls of a process, with microseconds, and addresses in short:
// the answer stands at a line's end, and must be seen.
func (r *room) strace(p *sockets.Process, last int) {
	all := strings.SplitAfter(strings.TrimSuffix(r.lab.Tape().Strace(p), "\n"), "\n")
	text := ""
	for _, line := range all[max(0, len(all)-last):] {
		at, rest, _ := strings.Cut(line, " ")
		text += at[:max(0, len(at)-3)] + " " + sockAddr.ReplaceAllString(rest, "{$2:$1}")
	}
	r.window(prompt(p.Host(), fmt.Sprintf("strace -p %d    # addresses shortened", p.PID())), text)
}

var sockAddr = regexp.MustCompile(`\{sa_family=AF_INET, sin_port=htons\((\d+)\), sin_addr=inet_addr\("([0-9.]+)"\)\}`)

// card shows what the network card has counted.
func (r *room) card(h *sockets.Host) {
	all, _ := h.Ethtool("-S", "eth0")
	text := ""
	for line := range strings.Lines(all) {
		for _, name := range []string{" rx_packets", "rx_missed", "rx_crc", " tx_packets", "tx_dropped", "interrupts"} {
			if strings.Contains(line, name) {
				text += line
			}
		}
	}
	r.window(prompt(h, "ethtool -S eth0 | grep -E '[rt]x_|interrupts'"), text)
}

// answers are the times that a client's requests took, or what went wrong instead.
type answers struct {
	took []time.Duration
	errs []string
}

func (a *answers) add(took time.Duration, err error) {
	if err != nil {
		a.errs = append(a.errs, fmt.Sprintf("%v after %v", err, took.Round(100*time.Millisecond)))
		return
	}
	a.took = append(a.took, took)
}

// String is a client's own log: how many took how long.
func (a *answers) String() string {
	var b strings.Builder
	counts := map[string]int{}
	var order []string
	for _, took := range slices.Sorted(slices.Values(a.took)) {
		unit := time.Millisecond
		if took >= time.Second {
			unit = 100 * time.Millisecond
		}
		label := took.Round(unit).String()
		if took < 500*time.Microsecond {
			label = "less than 1ms"
		}
		if counts[label] == 0 {
			order = append(order, label)
		}
		counts[label]++
	}
	for _, label := range order[:min(12, len(order))] {
		fmt.Fprintf(&b, "%6d took %s\n", counts[label], label)
	}
	if len(order) > 12 {
		fmt.Fprintf(&b, "       and so on, up to %s\n", order[len(order)-1])
	}
	failures := map[string]int{}
	order = nil
	for _, e := range a.errs {
		if failures[e]++; failures[e] == 1 {
			order = append(order, e)
		}
	}
	for _, e := range order[:min(4, len(order))] {
		fmt.Fprintf(&b, "%6d failed: %s\n", failures[e], e)
	}
	return b.String()
}

// ladder draws the server and the client's conversation from one time to another.
func (r *room) ladder(title string, from, to time.Duration) *charts.Chart {
	return charts.Ladder(r.lab.Tape().Talk(r.client, r.server).Between(from, to)).Titled(title)
}

// now is the time on the network's clock.
func (r *room) now() time.Duration { return time.Duration(r.lab.Now()) }

// set sets an option that is a number.
func set(p *sockets.Process, fd, level, option, value int) error {
	v := []byte{byte(value), byte(value >> 8), byte(value >> 16), byte(value >> 24)}
	return p.Setsockopt(fd, level, option, v, len(v))
}

func number(n int) string           { return fmt.Sprint(n) }
func pid(p *sockets.Process) string { return fmt.Sprint(p.PID()) }
