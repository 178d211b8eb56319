package symptoms

import (
	"fmt"
	"time"

	"socketbook/sockets"
)

// lossy plays a transfer of half a megabyte over a wire on which something goes
// wrong with a share of the frames.
func (r *Run) lossy(seed int, delay, fault string, share float64) {
	line := fmt.Sprintf("sockets:v1:lossy-bulk?seed=%d&delay=%s&bytes=500000&%s=%g", seed, delay, fault, share)
	if fault != "loss" {
		line += "&loss=0"
	}
	r.replay(line)
}

// far plays a transfer over a slow wire of 20 ms there and back, by a sender
// with large buffers.
func (r *Run) far(wire sockets.LinkOptions, sack string) {
	wire.Delay, wire.Rate = 10*time.Millisecond, 10_000_000
	s := r.pair(sockets.Limits{}, wire)
	s.client.SetSysctl("net.ipv4.tcp_sack", sack)
	s.client.SetSysctl("net.ipv4.tcp_wmem", "4096 4000000 4000000")
	s.bulk(200_000)
}

// lossEntries are TCP's counters at the receiver of data, and of windows.
var lossEntries = []Entry{
	{Kind: Counter, Names: []string{"TcpExtTCPOFOQueue", "TcpExtTCPOFOMerge"}, Lesson: 6,
		Means: "A segment came before one that is missing, and waits for it. OFOMerge: its bytes were waiting already.",
		Looks: "`nstat` at the receiver. Some loss or reordering on the way; the program waits meanwhile (head-of-line blocking).",
		Knob:  "Find the loss. UDP or QUIC, if later data is of use without the earlier.",
		Price: "Then the program must do what TCP does.",
		show:  func(r *Run) { r.lossy(20, "25us", "loss", 0.2) }},
	{Kind: Counter, Names: []string{"TcpExtPruneCalled", "TcpExtOfoPruned", "TcpExtRcvPruned", "TcpExtTCPOFODrop"}, Lesson: 9,
		Means: "The receive buffer was full: the kernel looked for room (PruneCalled), threw away what had come out of order (OfoPruned), and when that was not enough dropped what came (RcvPruned, OFODrop). It will be sent again.",
		Looks: "`nstat` at the receiver; `ss -tm` shows r near rb.",
		Knob:  "Read faster; net.ipv4.tcp_rmem (its third number), or SO_RCVBUF.",
		Price: "Memory for each connection that is full.",
		show: func(r *Run) {
			r.story(`limit Rmem 2304
given server
< [P.], seq 41:42, ack 1
> [.], seq 1, ack 1
< [P.], seq 31:32, ack 1
> [.], seq 1, ack 1
< [P.], seq 21:22, ack 1
> [.], seq 1, ack 1
< [P.], seq 26:27, ack 1
> [.], seq 1, ack 1
< [P.], seq 11:12, ack 1
> [.], seq 1, ack 1
< [P.], seq 51:52, ack 1
> [.], seq 1, ack 1
< [P.], seq 61:62, ack 1
> [.], seq 1, ack 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtTCPWinProbe"}, Lesson: 6,
		Means: "The peer's window is shut, since its program does not read; the kernel asks now and then whether it has opened.",
		Looks: "`ss -to` shows Send-Q and timer:(persist,…) at the sender, and a full Recv-Q at the receiver.",
		Knob:  "The receiver's program must read.",
		show:  func(r *Run) { r.replay("sockets:v1:zero-window?seed=1") }},
	{Kind: Counter, Names: []string{"TcpExtTCPZeroWindowDrop"}, Lesson: 6,
		Means: "Data came though the window was shut: a probe that carries a byte, or a peer that does not keep to the window.",
		Looks: "`nstat` at the receiver.",
		Knob:  "Read faster.",
		show: func(r *Run) {
			r.story(`limit Rmem 2304
given server
< [P.], seq 1:1001, ack 1
+0..0.3 > [.], seq 1, ack 1001
< [P.], seq 1001:1153, ack 1
+0..0.3 > [.], seq 1, ack 1153, win 0
shutdown(4, SHUT_RD) = 0
read(4, ..., 2000) = 1152
< [P.], seq 1153:1154, ack 1
> [.], seq 1, ack 1153, win 1000
nstat TcpExtTCPZeroWindowDrop 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtBeyondWindow"}, Lesson: 6,
		Means: "A segment began, or might end, beyond the window: a peer that sends more than it may, or a forged one.",
		Looks: "`nstat`.",
		Knob:  "None needed.",
		show: func(r *Run) {
			r.story(`given server
< [P.], seq 100001:100011, ack 1
> [.], seq 1, ack 1
nstat TcpExtBeyondWindow 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtDelayedACKLost", "TcpExtTCPDSACKOldSent", "TcpExtTCPDSACKOfoSent"}, Lesson: 6,
		Means: "Data came twice: an ACK was lost or late, or the sender had lost patience. The receiver says which bytes were for nothing (D-SACK), of what it had read already (Old) or of what waits (Ofo).",
		Looks: "`nstat` at the receiver; the sender counts TCPDSACKRecv.",
		Knob:  "None, mostly. Many on a path without loss: reordering, or an RTT that jumps.",
		show:  func(r *Run) { r.lossy(20, "25us", "loss", 0.2) }},
}

// senderEntries are TCP's counters at the sender of data.
var senderEntries = []Entry{
	{Kind: Counter, Names: []string{"TcpRetransSegs", "TcpExtTCPFastRetrans"}, Lesson: 6,
		Means: "Segments sent again, all of them, and those sent again at once, since later ones had been acknowledged.",
		Looks: "`nstat`; retrans in `ss -ti`. RetransSegs over OutSegs: below 0.1 % is a good network, above 1 % hurts.",
		Knob:  "Find the loss: a full queue, a bad cable, a policer.",
		Price: "Each loss halves the rate for a while (CUBIC: to seven tenths).",
		show:  func(r *Run) { r.lossy(1, "25us", "loss", 0.05) }},
	{Kind: Counter, Names: []string{"TcpExtTCPSackRecovery", "TcpExtTCPRenoRecovery"}, Lesson: 6,
		Means: "Fast recoveries began: a loss was found without a timeout, by what the peer had selectively acknowledged (SACK), or by three duplicate ACKs (Reno, without SACK).",
		Looks: "`nstat`.",
		Knob:  "net.ipv4.tcp_sack=1 (the default) finds losses sooner and sends less again.",
		Price: "Some bytes of options in ACKs while something is missing.",
		show: func(r *Run) {
			r.lossy(1, "25us", "loss", 0.05)
			r.story(threeDuplicates + `< [.], seq 1, ack 5001
nstat TcpExtTCPRenoRecovery 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtTCPTimeouts", "TcpExtTCPSlowStartRetrans", "TcpExtTCPLossFailures"}, Lesson: 6,
		Means: "No ACK came in time (RTO): the sender begins again with one segment, and sends again what it thinks lost (SlowStartRetrans). LossFailures: yet another timeout before that was done.",
		Looks: "`nstat`; `ss -ti` shows backoff and a cwnd of 1. Pauses of 200 ms and more.",
		Knob:  "Find the loss. Timeouts come where few segments are in flight, so that no later one tells.",
		Price: "The rate starts from nothing.",
		show:  func(r *Run) { r.lossy(1, "25us", "loss", 0.2) }},
	{Kind: Counter, Names: []string{"TcpExtTCPSackRecoveryFail", "TcpExtTCPRenoRecoveryFail", "TcpExtTCPSackFailures", "TcpExtTCPRenoFailures"}, Lesson: 6,
		Means: "A timeout came in the middle of a recovery (…RecoveryFail), or before one had begun though something had been acknowledged out of order (…Failures).",
		Looks: "`nstat`. Heavy loss.",
		Knob:  "Find the loss.",
		show:  failShow},
	{Kind: Counter, Names: []string{"TcpExtTCPLostRetransmit"}, Lesson: 6,
		Means: "What was sent again was lost as well.",
		Looks: "`nstat`. The path is in bad shape.",
		Knob:  "Find the loss.",
		show:  func(r *Run) { r.lossy(1, "25us", "loss", 0.2) }},
	{Kind: Counter, Names: []string{"TcpExtTCPLossProbes", "TcpExtTCPLossProbeRecovery"}, Lesson: 6,
		Means: "The last segments of an answer were not acknowledged in two round trips: the last one is sent again, to provoke an ACK (tail loss probe). ProbeRecovery: that has mended a loss.",
		Looks: "`nstat`. Short answers over a path that loses.",
		Knob:  "net.ipv4.tcp_early_retrans=3 (the default) turns probes on.",
		Price: "A segment too many where the ACK was only late.",
		show: func(r *Run) {
			r.story(`given server, options [mss 1000,nop,nop,sackOK], rtt 0.05
write(4, ..., 2000) = 2000
> [.], seq 1:1001, ack 1
> [P.], seq 1001:2001, ack 1
+0.1~0.03 > [P.], seq 1001:2001, ack 1
write(4, ..., 1000) = 1000
> [P.], seq 2001:3001, ack 1
< [.], seq 1, ack 3001
nstat TcpExtTCPLossProbeRecovery 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtTCPSynRetrans"}, Lesson: 3,
		Means: "A SYN or a SYN-ACK was sent again: the first got no answer. A lost packet, a full listener, or a firewall that drops.",
		Looks: "`nstat` at the client; connects that take one second longer.",
		Knob:  "The listener's queue; the firewall.",
		show: func(r *Run) {
			s := r.lan()
			s.listen(5)
			s.link.Lose(s.client, 1)
			s.browser.Dial(s.server.Addr(80))
		}},
	{Kind: Counter, Names: []string{"TcpExtTCPSACKReneging"}, Lesson: 6,
		Means: "The peer had said that it has a segment, and then did not acknowledge it: it threw it away, as it may when memory is short.",
		Looks: "`nstat`. Rare; a middlebox that tampers with SACK looks the same.",
		Knob:  "Memory at the peer.",
		show: func(r *Run) {
			r.story(reneging + "nstat TcpExtTCPSACKReneging 1")
		}},
	{Kind: Counter, Names: []string{"TcpExtTCPSACKReorder", "TcpExtTCPTSReorder", "TcpExtTCPRenoReorder"}, Lesson: 6,
		Means: "The network delivers out of order: what was taken for lost had only been overtaken. TCP waits longer before it sends again from now on. How it found out: by SACK, timestamps, or duplicate ACKs.",
		Looks: "`nstat`; reordering in `ss -ti`.",
		Knob:  "Paths that split one connection over several lines should not.",
		show: func(r *Run) {
			r.lossy(1, "20ms", "reorder", 0.1)
			r.far(sockets.LinkOptions{Duplicate: 0.3}, "0")
		}},
	{Kind: Counter, Names: []string{"TcpExtTCPFullUndo", "TcpExtTCPPartialUndo", "TcpExtTCPDSACKUndo", "TcpExtTCPLossUndo", "TcpExtTCPSpuriousRTOs"}, Lesson: 6,
		Means: "A recovery or a timeout turned out to be for nothing, and the rate was set back to what it was. How it found out: by timestamps of ACKs (Full, Partial, Loss), by D-SACK, or by F-RTO.",
		Looks: "`nstat`. Reordering, or an RTT that jumps (radio, bufferbloat).",
		Knob:  "None needed: it has mended itself.",
		show: func(r *Run) {
			r.lossy(1, "25us", "reorder", 0.1)
			r.lossy(1, "20ms", "reorder", 0.1)
			r.lossy(1, "25us", "loss", 0.2)
		}},
	{Kind: Counter, Names: []string{"TcpExtTCPDSACKRecv", "TcpExtTCPDSACKRecvSegs", "TcpExtTCPDSACKOfoRecv",
		"TcpExtTCPDSACKIgnoredOld", "TcpExtTCPDSACKIgnoredNoUndo", "TcpExtTCPDSACKIgnoredDubious", "TcpExtTCPSACKDiscard"}, Lesson: 6,
		Means: "The peer reported data that came twice (D-SACK). Ignored: the report is too old, there is nothing to take back, or it names what was never sent twice, so the network doubles. SACKDiscard: a report made no sense.",
		Looks: "`nstat` at the sender.",
		Knob:  "None, mostly.",
		show: func(r *Run) {
			r.lossy(20, "25us", "loss", 0.2)
			r.lossy(1, "25us", "reorder", 0.1)
			r.lossy(1, "25us", "duplicate", 0.1)
		}},
	{Kind: Counter, Ordinary: true, Lesson: 6,
		Names: []string{"TcpExtTCPHystartTrainDetect", "TcpExtTCPHystartTrainCwnd", "TcpExtTCPHystartDelayDetect", "TcpExtTCPHystartDelayCwnd"},
		Means: "CUBIC ended slow start before anything was lost: the ACKs of a round trip came spread out (train), or later than they should (delay). Cwnd is the sum of the windows at which it did.",
		Looks: "`nstat`. Cwnd divided by Detect is the usual window at which it ends.",
		Knob:  "The module's parameter tcp_cubic.hystart.",
		Price: "Without it slow start ends in a burst of losses.",
		show: func(r *Run) {
			r.far(sockets.LinkOptions{Reorder: 0.1, ReorderDelay: 20 * time.Millisecond}, "1")
			r.lossy(1, "25us", "duplicate", 0.1)
		}},
}

// threeDuplicates is a loss, three duplicate ACKs without SACK, and the segment
// sent again.
const threeDuplicates = `sysctl net.ipv4.tcp_recovery = 0
given server, rtt 0.05
write(4, ..., 5000) = 5000
> [.], seq 1:1001, ack 1
> [.], seq 1001:2001, ack 1
> [.], seq 2001:3001, ack 1
> [.], seq 3001:4001, ack 1
> [P.], seq 4001:5001, ack 1
+0.05 < [.], seq 1, ack 1
< [.], seq 1, ack 1
< [.], seq 1, ack 1
> [.], seq 1:1001, ack 1
`

// reneging is a peer that takes back what it has said by SACK.
const reneging = `given server, options [mss 1000,nop,nop,sackOK], rtt 0.05
write(4, ..., 2000) = 2000
> [.], seq 1:1001, ack 1
> [P.], seq 1001:2001, ack 1
+0.05 < [.], seq 1, ack 1, options [nop,nop,sack 1 {1001:2001}]
< [.], seq 1, ack 1001
any > [P.], seq 1001:2001, ack 1
`

// failShow has a timeout at each bad moment.
func failShow(r *Run) {
	r.lossy(1, "25us", "loss", 0.2)
	r.story(threeDuplicates + `any > [.], seq 1:1001, ack 1
nstat TcpExtTCPRenoRecoveryFail 1`)
	r.story(reneging + "nstat TcpExtTCPSackFailures 1")
	r.story(`sysctl net.ipv4.tcp_recovery = 0
given server, rtt 0.05
write(4, ..., 2000) = 2000
> [.], seq 1:1001, ack 1
> [P.], seq 1001:2001, ack 1
+0.05 < [.], seq 1, ack 1
any > [.], seq 1:1001, ack 1
nstat TcpExtTCPRenoFailures 1`)
}
