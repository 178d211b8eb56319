package symptoms

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"socketbook/sockets"
)

// The words of `ss -i` and of /proc/net/sockstat, with the names "ss -i: cwnd"
// and "sockstat: TCP tw".
const infoPrefix, sockstatPrefix = "ss -i: ", "sockstat: "

// words are what one line of `ss -i` names, each with its value.
func words(o *sockets.TCPInfo) (list []string) {
	for _, w := range strings.Fields(o.String()) {
		name, _, _ := strings.Cut(w, ":")
		list = append(list, name)
	}
	return list
}

// allWords are those of a connection of which everything can be told.
func allWords() []string {
	var o sockets.TCPInfo
	v := reflect.ValueOf(&o).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Int, reflect.Int64:
			f.SetInt(7)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.String:
			f.SetString("cubic")
		}
	}
	return words(&o)
}

// sockstat is /proc/net/sockstat and sockstat6 of a host: "TCP tw" and its
// number.
func sockstat(h *sockets.Host) (list []sockets.Counter) {
	m := h.Sockstat()
	for line := range strings.Lines(m.String() + m.String6()) {
		fields := strings.Fields(line)
		for i := 1; i+1 < len(fields); i += 2 {
			n := uint64(0)
			fmt.Sscan(fields[i+1], &n)
			list = append(list, sockets.Counter{Name: strings.TrimSuffix(fields[0], ":") + " " + fields[i], Value: n})
		}
	}
	return list
}

// send starts a program that writes n bytes, and one that reads them all or,
// if it shall not, only accepts.
func (s *stage) send(n int, read bool) *stage {
	s.server.Spawn("reader", func(p *sockets.Process) {
		door, _ := p.ListenOn(sockets.Any(80), 5)
		fd, _, err := p.Accept4(door, 0)
		for n, buf := 1, make([]byte, 65536); read && err == nil && n > 0; {
			n, err = p.Read(fd, buf)
		}
		p.Sleep(time.Hour)
	})
	s.client.Spawn("writer", func(p *sockets.Process) {
		fd, _ := p.Dial(s.server.Addr(80))
		p.Write(fd, make([]byte, n))
		p.Sleep(time.Hour)
	})
	return s
}

// slow is a wire of 1 Mbit/s and 20 ms there and back.
var slow = sockets.LinkOptions{Delay: 10 * time.Millisecond, Rate: 1_000_000}

// infoEntries are what ss -i and sockstat add to ss.
var infoEntries = []Entry{
	{Kind: Socket, Ordinary: true, Lesson: 6,
		Names: []string{"ss -i: ts", "ss -i: sack", "ss -i: cubic", "ss -i: wscale", "ss -i: rto", "ss -i: rtt", "ss -i: minrtt", "ss -i: ato", "ss -i: mss", "ss -i: rcvmss", "ss -i: cwnd", "ss -i: unacked"},
		Means: "What both ends have agreed on (timestamps, SACK, window scale, segment size), how the sender is doing (cwnd, in segments; round trip and timeout, in ms) and how many segments are in flight (unacked).",
		Looks: "`ss -ti`. cwnd · mss / rtt is about what the connection can carry.",
		show: func(r *Run) {
			s := r.pair(sockets.Limits{}, slow).send(50_000, true).wait(100 * time.Millisecond)
			s.look()
			s.wait(5 * time.Second).look()
		}},
	{Kind: Socket, Lesson: 6, Names: []string{"ss -i: backoff", "ss -i: retrans", "ss -i: lost"},
		Means: "Segments are taken for lost, some were sent again (under way / in all), and the timeout was doubled so many times.",
		Looks: "`ss -ti`. backoff that grows: nobody answers at all.",
		Knob:  "Find the loss. TCP_USER_TIMEOUT bounds how long it tries.",
		Price: "A connection that gives up sooner dies in a short outage.",
		show: func(r *Run) {
			s := r.lan()
			_, fd := s.connect()
			s.link.Down()
			s.browser.Write(fd, []byte("hello"))
			s.wait(3 * time.Second).look()
		}},
	{Kind: Socket, Lesson: 6, Names: []string{"ss -i: sacked", "ss -i: ssthresh"},
		Means: "The receiver has segments beyond a gap (sacked); a loss has told the sender at which window to stop growing fast (ssthresh).",
		Looks: "`ss -ti`.",
		Knob:  "None needed; without loss there is neither.",
		show: func(r *Run) {
			s := r.pair(sockets.Limits{}, slow).send(50_000, true)
			s.link.Lose(s.client, 5)
			for range 20 {
				s.wait(10 * time.Millisecond).look()
			}
		}},
	{Kind: Socket, Lesson: 6, Names: []string{"ss -i: reordering"},
		Means: "The sender has learnt that the network delivers out of order by so many segments, and waits for so many before it thinks of a loss.",
		Looks: "`ss -ti`; 3 is the beginning, and not shown.",
		Knob:  "Paths that split one connection over several lines should not.",
		show: func(r *Run) {
			wire := slow
			wire.Rate, wire.Reorder, wire.ReorderDelay = 10_000_000, 0.1, 20*time.Millisecond
			r.pair(sockets.Limits{}, wire).send(200_000, true).wait(10 * time.Second).look()
		}},
	{Kind: Socket, Lesson: 6, Names: []string{"ss -i: notsent"},
		Means: "Bytes that the program has written and TCP has not sent yet: the window is shut, or the network is slower than the program.",
		Looks: "`ss -ti`; part of Send-Q.",
		Knob:  "TCP_NOTSENT_LOWAT makes the program wait instead.",
		Price: "More wake-ups, and fresher data.",
		show: func(r *Run) {
			r.pair(sockets.Limits{Rmem: 8192}, sockets.LAN).send(100_000, false).wait(time.Second).look()
		}},
	{Kind: Socket, Ordinary: true, Lesson: 9,
		Names: []string{"sockstat: sockets used", "sockstat: TCP inuse", "sockstat: TCP alloc", "sockstat: TCP mem", "sockstat: UDP inuse", "sockstat: UDP mem", "sockstat: RAW inuse",
			"sockstat: TCP6 inuse", "sockstat: UDP6 inuse", "sockstat: RAW6 inuse"},
		Means: "Sockets of all kinds on the host, and the pages that waiting data takes (mem). tcp_mem bounds TCP's: at its second number the kernel saves, at its third it drops.",
		Looks: "`cat /proc/net/sockstat /proc/net/sockstat6`, `ss -s`.",
		Knob:  "net.ipv4.tcp_mem, in pages.",
		Price: "Memory that programs do not have.",
		show: func(r *Run) {
			s := r.lan6(sockets.Limits{}, sockets.LAN)
			_, fd := s.connect()
			s.browser.Write(fd, make([]byte, 10_000))
			s.open()
			s.both(10)
			door, _ := s.web.Socket(sockets.AF_INET6, sockets.SOCK_STREAM, 0)
			s.web.Bind(door, sockets.Any6(81))
			s.web.Listen(door, 5)
			s.web.Socket(sockets.AF_INET, sockets.SOCK_RAW, 255)
			s.web.Socket(sockets.AF_INET6, sockets.SOCK_RAW, 255)
			s.wait(time.Millisecond).look()
		}},
	{Kind: Socket, Lesson: 8, Names: []string{"sockstat: TCP tw", "sockstat: TCP orphan"},
		Means: "Connections in TIME-WAIT (tw), and connections no program holds any more that still have something to send or to wait for (orphan).",
		Looks: "/proc/net/sockstat.",
		Knob:  "For tw see TIME-WAIT. net.ipv4.tcp_max_orphans bounds the orphans, tcp_fin_timeout how long they wait.",
		Price: "An orphan that is cut off loses what it had not sent.",
		show: func(r *Run) {
			s := r.lan()
			served, called := s.connect()
			s.browser.Close(called)
			s.wait(time.Millisecond).look()
			s.web.Close(served)
			s.wait(time.Millisecond).look()
		}},
	{Kind: Socket, Lesson: 6, Names: []string{"sockstat: FRAG inuse", "sockstat: FRAG memory", "sockstat: FRAG6 inuse", "sockstat: FRAG6 memory"},
		Means: "Packets of which some fragments have come and others not, and the memory they take.",
		Looks: "/proc/net/sockstat, sockstat6. IpReasmTimeout follows.",
		Knob:  "net.ipv4.ipfrag_high_thresh; better no fragments.",
		Price: "Memory an attacker can fill.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(t.pieces(800)[0], t.piece6())
			r.look(t.host)
		}},
	{Kind: Socket, Ordinary: true, Names: []string{"sockstat: UDPLITE inuse", "sockstat: UDPLITE6 inuse"},
		Means:  "Sockets of UDP-Lite, a UDP whose checksum may cover a part only.",
		Looks:  "/proc/net/sockstat. Hardly anybody uses it.",
		Silent: "UDP-Lite sockets are counted nowhere here."},
}
