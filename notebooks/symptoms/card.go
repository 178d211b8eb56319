package symptoms

import (
	"time"

	"socketbook/sockets"
)

// lan6 is lan with IPv6 addresses, too.
func (r *Run) lan6(l sockets.Limits, wire sockets.LinkOptions) *stage {
	s := r.pair(l, wire)
	r.check(s.server.AddAddr6("fd00::1"))
	r.check(s.client.AddAddr6("fd00::2"))
	return s
}

// flood sends n datagrams to a port of the server, one every gap.
func (s *stage) flood(n int, gap time.Duration) {
	s.client.Spawn("flood", func(p *sockets.Process) {
		fd, to := udp(p, 0), s.server.Addr(53)
		for range n {
			p.Sendto(fd, make([]byte, 100), 0, &to)
			p.Sleep(gap)
		}
	})
	s.lab.Run()
}

// bulk sends bytes from the client to a server that reads them all.
func (s *stage) bulk(n int) {
	s.server.Spawn("reader", func(p *sockets.Process) {
		door, _ := p.ListenOn(sockets.Any(80), 5)
		fd, _, err := p.Accept4(door, 0)
		for n, buf := 1, make([]byte, 65536); err == nil && n > 0; {
			n, err = p.Read(fd, buf)
		}
		p.Close(fd)
	})
	s.client.Spawn("writer", func(p *sockets.Process) {
		fd, err := p.Dial(s.server.Addr(80))
		if err == nil {
			p.Write(fd, make([]byte, n))
		}
		p.Close(fd)
	})
	s.lab.RunFor(10 * time.Minute)
}

// cardEntries are counters of the card, the driver and the soft interrupt.
var cardEntries = []Entry{
	{Kind: Counter, Ordinary: true, Lesson: 5,
		Names: []string{"rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "tx_completed", "interrupts", "rxN_packets", "rxN_bytes", "softnet processed"},
		Means: "Frames and bytes that came and went, by card and by ring, the interrupts raised for them, and the frames each CPU has handed to the stack.",
		Looks: "`ethtool -S eth0`, `ip -s link`, /proc/interrupts, /proc/net/softnet_stat (first column). Many more frames than interrupts is good: the driver polls.",
		show:  func(r *Run) { r.lan().bulk(10_000) }},
	{Kind: Counter, Ordinary: true, Lesson: 5, Names: []string{"BytesCopiedUp", "BytesCopiedDown"},
		Means: "Bytes the CPU copied between the kernel and programs: at read (up) and write (down). Each byte once on each side.",
		Looks: "Linux does not count them; here `Host.Stats` does. On Linux `perf top` shows copy_user.",
		show:  func(r *Run) { r.lan().bulk(10_000) }},
	{Kind: Counter, Names: []string{"rx_missed_errors"}, Lesson: 5,
		Means: "A frame came and the rx ring was full: the driver did not take frames out as fast as the card put them in. The frame is lost before any CPU has seen it.",
		Looks: "`ethtool -S eth0`, `ip -s -s link` (missed). TCP sends again, UDP is gone.",
		Knob:  "`ethtool -G eth0 rx 4096`; spread over more rings and CPUs (`ethtool -L`, RSS); fewer, larger packets (GRO).",
		Price: "Ring memory, 2 kB and more a descriptor, and a longer ring holds older packets: latency.",
		show: func(r *Run) {
			slow := sockets.Limits{RxRing: 4, RxUsecs: time.Millisecond, RxFrames: 64}
			r.pair(slow, sockets.LAN).flood(20, time.Microsecond)
		}},
	{Kind: Counter, Names: []string{"rx_crc_errors"}, Lesson: 6,
		Means: "The frame check sequence was wrong: bits flipped on the wire. The card threw the frame away.",
		Looks: "`ethtool -S eth0`. A number that grows means a bad cable, plug or transceiver.",
		Knob:  "Change the cable.",
		show: func(r *Run) {
			s := r.lan()
			s.link.Corrupt(s.client, 1)
			s.flood(1, time.Millisecond)
		}},
	{Kind: Counter, Names: []string{"tx_dropped"}, Lesson: 5,
		Means: "The card's transmit queue was full when a packet was to go out, or the link was down.",
		Looks: "`ip -s link` (TX dropped), `tc -s qdisc`.",
		Knob:  "`ip link set eth0 txqueuelen`, a qdisc like fq, a faster link; or send less at once.",
		Price: "A longer queue instead of loss is delay for everything behind it.",
		show:  func(r *Run) { r.pair(sockets.Limits{}, sockets.LinkOptions{Rate: 1_000_000, Queue: 3}).blast(nil) }},
	{Kind: Counter, Names: []string{"tx_carrier_errors"}, Lesson: 6,
		Means: "The link went down before the frame was out.",
		Looks: "`ethtool -S eth0`, and \"Link is Down\" in `dmesg`.",
		Knob:  "The cable, the switch's port.",
		show: func(r *Run) {
			s := r.pair(sockets.Limits{}, sockets.LinkOptions{Rate: 1_000_000, Queue: 30})
			s.blast(nil)
			s.link.Down()
		}},
	{Kind: Counter, Names: []string{"time_squeeze", "softnet squeezed"}, Lesson: 5,
		Means: "The soft interrupt stopped with frames left in the ring: it had taken net.core.netdev_budget of them (300), or its time was over. It goes on later, in ksoftirqd.",
		Looks: "Third column of /proc/net/softnet_stat. Now and then is fine; together with rx_missed_errors the CPU is too slow.",
		Knob:  "net.core.netdev_budget, netdev_budget_usecs; more rings on more CPUs.",
		Price: "A longer turn for packets is a longer wait for programs on that CPU.",
		show: func(r *Run) {
			lazy := sockets.Limits{RxUsecs: time.Millisecond, RxFrames: 1000}
			r.pair(lazy, sockets.LAN).flood(700, time.Microsecond)
		}},
	{Kind: Counter, Names: []string{"SoftnetDropped", "softnet dropped"}, Lesson: 5,
		Means: "The CPU's backlog was full (net.core.netdev_max_backlog): packets over lo, or handed over by RPS, came faster than it took them.",
		Looks: "Second column of /proc/net/softnet_stat.",
		Knob:  "sysctl net.core.netdev_max_backlog (1000).",
		Price: "Memory and delay for what waits there.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Host().SetSysctl("net.core.netdev_max_backlog", "10")
			fd, to := udp(p, 0), sockets.Addr("127.0.0.1:9")
			for range 30 {
				p.Sendto(fd, []byte("x"), 0, &to)
			}
			r.labs[0].RunFor(time.Millisecond)
		}},
	{Kind: Counter, Names: []string{"RxNoHandler"}, Lesson: 5,
		Means: "A frame of a protocol that nobody on this host speaks: neither IP nor ARP.",
		Looks: "`ip -s link`, RX dropped. Switches send such frames all day (LLDP, STP).",
		Knob:  "None needed.",
		show: func(r *Run) {
			t := r.tapped()
			frame := make([]byte, 60)
			frame[12], frame[13] = 0x88, 0xcc // LLDP
			r.check(t.tap.InjectFrame(t.lab.Now(), frame))
			t.settle()
		}},
	{Kind: Counter, Ordinary: true, Lesson: 5, Names: []string{"TSOPackets", "TSOFrames", "tx_tso_packets", "tx_tso_frames"},
		Means: "Large segments that TCP handed to the card, and the frames the card cut them into (TCP segmentation offload).",
		Looks: "`ethtool -S eth0`; `tcpdump` on the sender shows segments larger than the MTU.",
		Knob:  "`ethtool -K eth0 tso on`.",
		Price: "None for throughput; captures at the sender no longer show what is on the wire.",
		show: func(r *Run) {
			s := r.lan()
			r.check(s.client.SetOffload("eth0", sockets.OffloadTSO|sockets.OffloadTxChecksum, true))
			s.bulk(100_000)
		}},
	{Kind: Counter, Ordinary: true, Lesson: 5, Names: []string{"GROMerged", "rx_gro_merged"},
		Means: "Frames that the driver put together with the one before, so that TCP sees one large segment instead of many (generic receive offload).",
		Looks: "`ethtool -S eth0` of some drivers; `tcpdump` on the receiver shows segments larger than the MTU.",
		Knob:  "`ethtool -K eth0 gro on`.",
		Price: "A little delay, and a router that forwards them must be able to cut them again.",
		show: func(r *Run) {
			s := r.pair(sockets.Limits{RxUsecs: time.Millisecond, RxFrames: 256}, sockets.LAN)
			r.check(s.server.SetOffload("eth0", sockets.OffloadGRO|sockets.OffloadRxChecksum, true))
			s.bulk(100_000)
		}},
	{Kind: Counter, Names: []string{"tx_queue_stopped", "tx_queue_wake", "tx_posted", "tx_qdisc_backlog"}, Lesson: 5,
		Means: "The driver had no free descriptor in the tx ring (stopped) and got one again (wake); meanwhile frames wait in the queueing discipline (qdisc backlog). Posted are those the card has and has not sent.",
		Looks: "`ethtool -S eth0`, `tc -s qdisc show dev eth0` (backlog).",
		Knob:  "`ethtool -G eth0 tx`; the link's rate is what it is.",
		Price: "Frames in the ring can no longer be put in order by a qdisc: bufferbloat.",
		show: func(r *Run) {
			s := r.lab2(sockets.Limits{TxRing: 2}, sockets.LinkOptions{Rate: 1_000_000})
			s.blast(nil)
			s.wait(20 * time.Millisecond) // all have left: the driver finds that at its next turn
			s.blast(nil)
			s.wait(5 * time.Millisecond)
		}},
}

// lab2 is pair with these limits for the client.
func (r *Run) lab2(l sockets.Limits, wire sockets.LinkOptions) *stage {
	s := &stage{run: r, lab: r.network()}
	s.server, s.client = s.lab.NewHost("server", sockets.Limits{}), s.lab.NewHost("client", l)
	s.link = s.lab.NewLink(s.client, s.server, wire)
	s.web, s.browser = s.server.NewProcess("web"), s.client.NewProcess("browser")
	return s
}
