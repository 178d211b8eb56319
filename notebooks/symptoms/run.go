package symptoms

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/script"
)

// A Run is an experiment that has been made: networks in which something has
// happened, and snapshots of ss taken meanwhile.
type Run struct {
	labs []*sockets.Network
	rows []seenRow
	stat []string // lines of sockstat: host, name, number
	errs []error
}

// A seenRow is a line of ss, at a host.
type seenRow struct {
	host string
	udp  bool
	row  sockets.SocketRow
	info []string // its words in ss -i
}

// Run makes the entry's experiment.
func (e Entry) Run() (*Run, error) {
	r := &Run{}
	if e.show == nil {
		return r, fmt.Errorf("symptoms: %s has no experiment: %s", strings.Join(e.Names, ", "), e.Silent)
	}
	e.show(r)
	for _, lab := range r.labs {
		r.errs = append(r.errs, lab.Err())
	}
	return r, errors.Join(r.errs...)
}

// Close ends the experiment's programs.
func (r *Run) Close() {
	for _, lab := range r.labs {
		lab.Close()
	}
}

// Shows is what the experiment has to show for an entry: a line for each name,
// without a line for a name that did not happen.
func (r *Run) Shows(e Entry) string {
	var b strings.Builder
	for _, name := range e.Names {
		// One line of ss -i may show many names.
		if line := r.Evidence(e.Kind, name); line != "" && !strings.Contains(b.String(), line+"\n") {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// Evidence is the line that shows a symptom, "" if it has not happened.
func (r *Run) Evidence(k Kind, name string) string {
	for _, lab := range r.labs {
		for _, h := range lab.Hosts() {
			line := ""
			switch k {
			case Counter:
				if n := value(h, name); n > 0 {
					line = fmt.Sprintf("%-32s%d", name, n)
				}
			case Errno:
				line = tapeLine(lab, h, func(e sockets.Event) bool { return e.Errno.Name() == name })
			case Drop:
				line = tapeLine(lab, h, func(e sockets.Event) bool { return e.Station == sockets.StationDrop && strings.Contains(e.Text, name) })
			}
			if line != "" {
				return h.Name() + ": " + line
			}
		}
	}
	if k == Socket {
		return r.inSS(name)
	}
	return ""
}

// inSS is a line of ss, ss -i or sockstat in which a name stands.
func (r *Run) inSS(name string) string {
	for _, line := range r.stat {
		if _, rest, _ := strings.Cut(line, ": "); strings.HasPrefix(rest, name+" ") {
			return line
		}
	}
	word, info := strings.CutPrefix(name, infoPrefix)
	for _, s := range r.rows {
		switch {
		case info && slices.Contains(s.info, word):
			return fmt.Sprintf("%s: %v %v%s", s.host, s.row.Local, s.row.Peer, strings.ReplaceAll(s.row.TCP.String(), "\t", ""))
		case !info && (s.row.State.SS() == name || matches(name, s)):
			return fmt.Sprintf("%s: %-10s Recv-Q %d Send-Q %d %v %v %s", s.host, s.row.State.SS(), s.row.RecvQ, s.row.SendQ, s.row.Local, s.row.Peer, s.row.Processes)
		}
	}
	return ""
}

// tapeLine is the text of the first event of a host that is wanted.
func tapeLine(lab *sockets.Network, h *sockets.Host, want func(sockets.Event) bool) string {
	for _, e := range lab.Tape().Events() {
		if e.Host == h.Name() && want(e) {
			return strings.TrimSpace(strings.TrimPrefix(e.Packet(), "IP ") + "  " + e.Text)
		}
	}
	return ""
}

// value is a counter of a host, by any list it stands in.
func value(h *sockets.Host, name string) uint64 {
	s := h.Stats()
	for _, c := range append(s.Counters(), card(h)...) {
		if c.Name == name && c.Value > 0 {
			return c.Value
		}
	}
	for _, f := range fieldList {
		if f.name != name {
			continue
		}
		if !strings.HasPrefix(name, "softnet ") {
			return reflect.ValueOf(s).FieldByIndex(f.index).Uint()
		}
		n := uint64(0)
		for _, cpu := range h.Softnet() {
			n += reflect.ValueOf(cpu).FieldByIndex(f.index).Uint()
		}
		return n
	}
	return 0
}

// A stage is two hosts and a wire, the beginning of most experiments.
type stage struct {
	run            *Run
	lab            *sockets.Network
	server, client *sockets.Host
	link           *sockets.Link
	web, browser   *sockets.Process
}

// network is an empty one, on record.
func (r *Run) network(options ...sockets.Option) *sockets.Network {
	lab := sockets.NewNetwork(append([]sockets.Option{sockets.Seed(1), sockets.Record()}, options...)...)
	r.labs = append(r.labs, lab)
	return lab
}

// pair is a server of these limits, a client, and this wire between them.
func (r *Run) pair(l sockets.Limits, wire sockets.LinkOptions, options ...sockets.Option) *stage {
	s := &stage{run: r, lab: r.network(options...)}
	s.server, s.client = s.lab.NewHost("server", l), s.lab.NewHost("client", sockets.Limits{})
	s.link = s.lab.NewLink(s.client, s.server, wire)
	s.web, s.browser = s.server.NewProcess("web"), s.client.NewProcess("browser")
	return s
}

// lan is pair with the defaults.
func (r *Run) lan() *stage { return r.pair(sockets.Limits{}, sockets.LAN) }

// lone is a program on a host of its own.
func (r *Run) lone(l sockets.Limits) *sockets.Process {
	return r.network().NewHost("host", l).NewProcess("program")
}

// unanswered is a connect whose SYNs all get lost.
func unanswered(r *Run) {
	s := r.lan()
	s.client.SetSysctl("net.ipv4.tcp_syn_retries", "1")
	s.link.Down()
	s.browser.Dial(s.server.Addr(80))
}

// wait lets time pass.
func (s *stage) wait(d time.Duration) *stage {
	s.lab.RunFor(d)
	return s
}

// listen lets the server listen on port 80.
func (s *stage) listen(backlog int) (fd int) {
	fd, err := s.web.ListenOn(sockets.Any(80), backlog)
	s.run.check(err)
	return fd
}

// connect gives both ends of a connection at port 80.
func (s *stage) connect() (served, called int) {
	door := s.listen(5)
	called, err := s.browser.Dial(s.server.Addr(80))
	s.run.check(err)
	served, _, err = s.web.Accept4(door, 0)
	s.run.check(err)
	return served, called
}

// look takes ss's picture of both hosts.
func (s *stage) look() {
	for _, h := range []*sockets.Host{s.server, s.client} {
		s.run.look(h)
	}
}

func (r *Run) look(h *sockets.Host) {
	for _, row := range h.SocketsInfo(sockets.SocketFilter{}) {
		seen := seenRow{host: h.Name(), row: row}
		if row.TCP != nil {
			seen.info = words(row.TCP)
		}
		r.rows = append(r.rows, seen)
	}
	for _, row := range h.UDPSockets() {
		r.rows = append(r.rows, seenRow{host: h.Name(), udp: true, row: row})
	}
	for _, c := range sockstat(h) {
		if c.Value > 0 {
			r.stat = append(r.stat, fmt.Sprintf("%s: %s%s %d", h.Name(), sockstatPrefix, c.Name, c.Value))
		}
	}
}

// check keeps what should not have failed.
func (r *Run) check(err error) {
	if err != nil {
		r.errs = append(r.errs, err)
	}
}

// story plays a story of package script: packets and calls line by line.
func (r *Run) story(text string) {
	_, err := script.Run(text, script.Options{Name: "experiment", Open: func(s script.Setup) (script.Kernel, error) {
		k, err := script.Simulated(s)
		if err == nil {
			r.labs = append(r.labs, k.(interface{ Network() *sockets.Network }).Network())
		}
		return k, err
	}})
	r.check(err)
}

// replay plays a scenario by its line of text.
func (r *Run) replay(line string) *sockets.Network {
	run, err := sockets.ParseReplay(line)
	r.check(err)
	if err != nil {
		return nil
	}
	lab, err := run.Run(sockets.Record())
	r.check(err)
	r.labs = append(r.labs, lab)
	return lab
}
