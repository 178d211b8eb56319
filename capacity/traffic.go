package capacity

import (
	"fmt"
	"math"
	"time"
)

// Walls of what moves: connections that come and go, requests and answers.
// Each is put in connections too, so that it stands in one row with the rest.

// Bytes of a packet on Ethernet: segmentBytes of payload at most, frameBytes
// beside it (preamble, header, checksum and gap 38, IPv4 20, TCP 32).
const (
	segmentBytes = 1448
	frameBytes   = 90
)

// perSecond is how many new connections a second n held ones mean: n divided
// by their lifetime (Little's law).
func (w Workload) perSecond() float64 {
	if w.Lifetime == 0 {
		return 0
	}
	return 1 / w.Lifetime.Seconds()
}

// ghosts is how many ended connections stand for each held one, where an
// ended one is remembered for so long.
func (w Workload) ghosts(remembered time.Duration) float64 {
	return w.perSecond() * remembered.Seconds()
}

// exchange is the packets of one request and its answer, and their bytes on
// the wire, in and out. An answer carries the request's ACK; whoever hears
// the last word acknowledges it in a packet of its own.
func (w Workload) exchange() (packetsIn, packetsOut, bytesIn, bytesOut float64) {
	segments := func(b Bytes) float64 { return float64(ceilDiv(int64(b), segmentBytes)) }
	packetsIn, packetsOut = segments(w.RequestBytes), segments(w.AnswerBytes)
	switch {
	case packetsOut > 0:
		packetsIn++
	case packetsIn > 0:
		packetsOut++
	}
	bytesIn = float64(w.RequestBytes) + packetsIn*frameBytes
	bytesOut = float64(w.AnswerBytes) + packetsOut*frameBytes
	return packetsIn, packetsOut, bytesIn, bytesOut
}

// ratio is the sum behind a wall of what flows.
func ratio(have, each float64, unit string) string {
	return fmt.Sprintf("%s / %s %s a connection", figure(have, 4), figure(each, 4), unit)
}

// handshakePackets of a connection in both directions: SYN, SYN-ACK, ACK, and
// two FINs with their ACKs.
const handshakePackets = 7

// trafficWalls are CPU, link and packet rate, where the host has numbers for
// them and the workload moves anything.
func trafficWalls(h Host, w Workload) []wall {
	var walls []wall
	pIn, pOut, bIn, bOut := w.exchange()
	fresh := w.perSecond()
	add := func(limit Resource, have, each float64, sum, seen, counter, command, cost string) {
		if have == 0 || each == 0 {
			return
		}
		walls = append(walls, wall{
			Wall: Wall{Limit: limit, Allows: whole(have / each),
				Sum:  sum,
				Seen: seen, Counter: counter, SS: "Recv-Q of ESTAB grows", Cost: cost},
			command: func(goal Count) string {
				return figure(float64(goal)*each, 3) + command
			},
		})
	}
	busy := fresh*h.HandshakeCPU.Seconds() + w.Rate*h.MessageCPU.Seconds() // of a core
	add(CPU, h.CPUs, busy, fmt.Sprintf("%s cores / %s of CPU a second for each connection", figure(h.CPUs, 4), span(busy)),
		"no error: queues and latency grow, cores at 100 %", "TcpExtListenOverflows, softnet_stat", " cores",
		"money, or a leaner program")
	if h.LinkRate > 0 {
		each := 8 * w.Rate * max(bIn, bOut)
		add(Link, h.LinkRate, each, ratio(h.LinkRate, each, "bit/s"), "no error: drops and retransmissions", "TcpRetransSegs, tc -s qdisc (dropped)",
			" bit/s of link", "money, or fewer bytes")
	}
	packets := w.Rate*(pIn+pOut) + fresh*handshakePackets
	add(Packets, h.PacketRate, packets, ratio(h.PacketRate, packets, "packets/s"),
		"no error: the card drops", "rx_out_of_buffer (ethtool -S), softnet_stat", " packets/s: more queues and cores (ethtool -L)",
		"cores for softirq")
	return walls
}

// rushWalls are the two queues of a listener when everybody comes within
// w.Rush: what the queue holds, and what is taken from it meanwhile.
func rushWalls(h Host, w Workload) []wall {
	if w.Rush == 0 {
		return nil
	}
	backlog := int64(h.Limits.Somaxconn)
	if w.Backlog > 0 {
		backlog = min(backlog, int64(w.Backlog))
	}
	rate := w.AcceptRate
	if rate == 0 {
		rate = float64(w.Processes) / h.HandshakeCPU.Seconds()
	}
	queues := int64(w.ServerPorts)
	taken := rate * w.Rush.Seconds()
	holds := (backlog + 1) * queues // below 2^31 × 2^16
	accept := wall{
		Wall: Wall{
			Limit: AcceptQueue, Allows: whole(float64(holds) + taken),
			Sum:  fmt.Sprintf("%v × (%v + 1) + %s/s × %v", Count(queues), Count(backlog), figure(rate, 4), span(w.Rush.Seconds())),
			Seen: "no error here; clients wait 1 s and more, then ETIMEDOUT at connect", Errno: "ETIMEDOUT", Call: "connect",
			Counter: "TcpExtListenOverflows, TcpExtListenDrops", SS: "ss -lnt: Recv-Q above Send-Q",
			Cost: "memory of the queued, and their patience",
		},
		command: func(goal Count) string {
			missing := math.Max(0, float64(goal)-taken)
			need := whole(math.Ceil(missing/float64(queues)) - 1)
			return fmt.Sprintf("sysctl -w net.core.somaxconn=%d, and listen() with it", max(1, int64(need)))
		},
	}
	if !h.NoSynCookies {
		return []wall{accept} // a full SYN queue answers with cookies
	}
	room := min(backlog+1, h.MaxSynBacklog-h.MaxSynBacklog/4+1) * queues
	turns := 1.0
	if w.RTT > 0 {
		turns = math.Max(1, w.Rush.Seconds()/w.RTT.Seconds())
	}
	syn := wall{
		Wall: Wall{
			Limit: SynQueue, Allows: whole(float64(room) * turns),
			Sum:  fmt.Sprintf("%v × %s round trips", Count(room), figure(turns, 4)),
			Seen: "no error here; clients wait 1 s and more, then ETIMEDOUT at connect", Errno: "ETIMEDOUT", Call: "connect",
			Counter: "TcpExtTCPReqQFullDrop, TcpExtListenDrops", SS: "ss -nt state syn-recv: as many as the backlog",
			Cost: "cookies lose TCP options without timestamps",
		},
		command: func(Count) string { return "sysctl -w net.ipv4.tcp_syncookies=1" },
	}
	return []wall{syn, accept} // a SYN meets its own queue first
}

// timeWaitWall is the table of TIME_WAIT pairs where this host closes first:
//
//	n / lifetime × 60 s ≤ tcp_max_tw_buckets
//
// Source: net/ipv4/inet_timewait_sock.c inet_twsk_alloc.
func timeWaitWall(h Host, w Workload) []wall {
	each := w.ghosts(h.Limits.TimeWait)
	if each == 0 || !w.ServerCloses {
		return nil
	}
	return []wall{{
		Wall: Wall{
			Limit: TimeWaits, Allows: whole(float64(h.TimeWaitMax) / each),
			Sum:     fmt.Sprintf("%v / (%s / %s)", Count(h.TimeWaitMax), span(h.Limits.TimeWait.Seconds()), span(w.Lifetime.Seconds())),
			Seen:    "no error: a pair beyond it is forgotten at once",
			Counter: "TcpExtTCPTimeWaitOverflow", SS: "ss -s: timewait stays at the limit",
			Cost: fmt.Sprintf("%d B each", h.Sizes.TimeWait),
		},
		command: func(goal Count) string {
			return fmt.Sprintf("sysctl -w net.ipv4.tcp_max_tw_buckets=%d", int64(whole(math.Ceil(float64(goal)*each))))
		},
	}}
}

// trackWall is the table of connection tracking, where a rule asks for it. A
// connection that was closed stays for two minutes more.
//
// Source: net/netfilter/nf_conntrack_core.c __nf_conntrack_alloc.
func trackWall(h Host, w Workload) []wall {
	if !h.Tracked {
		return nil
	}
	per := float64(w.tracked()) * (1 + w.ghosts(trackDead))
	return []wall{{
		Wall: Wall{
			Limit: Conntrack, Allows: whole(float64(h.ConntrackMax) / per),
			Sum:  fmt.Sprintf("%v / %s", Count(h.ConntrackMax), figure(per, 4)),
			Seen: "no error here; packets vanish, clients get ETIMEDOUT at connect", Errno: "ETIMEDOUT", Call: "connect",
			Counter: `dmesg "nf_conntrack: table full, dropping packet"; conntrack -S: drop`, SS: "ss shows nothing",
			Cost: fmt.Sprintf("%d B each, or no tracking (NOTRACK)", h.Sizes.Tracked),
		},
		command: func(goal Count) string {
			return fmt.Sprintf("sysctl -w net.netfilter.nf_conntrack_max=%d", int64(whole(math.Ceil(float64(goal)*per))))
		},
	}}
}

// tracked is the flows of a connection that pass this host: loopback is one.
func (w Workload) tracked() int64 { return int64(w.DescriptorsPerConn) }
