package sockets

import (
	"fmt"
	"strings"
)

// Stats are a host's counters, under the kernel's names: what `nstat`,
// `netstat -s`, `ip -s link` and `ethtool -S` show. Every packet that is
// dropped is counted by exactly one of them. It prints as `nstat -a` does;
// [Stats.Ethtool] is the card.
type Stats struct {
	// The card and the driver: ethtool -S, /proc/net/softnet_stat.
	RxPackets, RxBytes uint64 // frames that got a place in the rx ring
	RxMissed           uint64 // rx_missed_errors: the rx ring was full
	RxCrcErrors        uint64 // rx_crc_errors: the frame check sequence was wrong
	TxPackets, TxBytes uint64
	TxDropped          uint64 // the transmit queue was full, or the link down
	TxCarrierErrors    uint64 // tx_carrier_errors: the link went down before the frame was out
	Interrupts         uint64 // hard interrupts, /proc/interrupts
	TimeSqueeze        uint64 // soft interrupts that used up their budget
	TSOPackets         uint64 // tx_tso_packets: large segments handed to the card …
	TSOFrames          uint64 // … and the frames it cut them into
	GROMerged          uint64 // rx_gro_merged: frames that went up as part of another
	SoftnetDropped     uint64 // on lo: netdev_max_backlog was reached

	IPStats // IP, ICMP and UDP: nstat

	// TCP: nstat.
	InSegs, OutSegs  uint64
	InErrs           uint64 // segments that are not whole
	InCsumErrors     uint64 // TcpInCsumErrors
	OutRsts          uint64
	RetransSegs      uint64
	ActiveOpens      uint64 // connects
	PassiveOpens     uint64 // connections a listener opened
	ListenOverflows  uint64 // the accept queue was full
	ListenDrops      uint64 // a SYN or an ACK was dropped for it
	EmbryonicRsts    uint64 // half-open connections that were reset
	TCPReqQFullDrop  uint64 // the SYN queue was full, and cookies are off
	SyncookiesSent   uint64 // the SYN queue was full
	SyncookiesRecv   uint64
	SyncookiesFailed uint64
	TCPOFODrop       uint64 // a segment out of order was dropped
	// An answer to a dubious segment was left out, since one was sent within
	// 500 ms: to one out of the window, to a dubious RST or SYN, and to one for
	// a half-open connection.
	TCPACKSkippedSeq, TCPACKSkippedChallenge, TCPACKSkippedSynRecv uint64

	// PAWS: a segment was an old duplicate by its timestamp (RFC 7323 §5).
	PAWSActive, PAWSEstab, PAWSOldAck, PAWSTimewait uint64

	LossStats

	TCPAbortOnData   uint64 // data for a socket nobody holds
	TCPAbortOnClose  uint64 // close with unread data
	TCPWinProbe      uint64
	OutOfWindowIcmps uint64 // errors about segments that are not in flight
	BytesCopiedUp    uint64 // by read, from kernel memory to a program: not a counter of Linux
	BytesCopiedDown  uint64 // by write
}

// Counter is one named number.
type Counter struct {
	Name  string
	Value uint64
}

// Card lists the counters of the card and the driver, under ethtool's names
// and softnet_stat's.
func (s Stats) Card() []Counter {
	return []Counter{
		{"rx_packets", s.RxPackets}, {"rx_bytes", s.RxBytes}, {"rx_missed_errors", s.RxMissed}, {"rx_crc_errors", s.RxCrcErrors},
		{"tx_packets", s.TxPackets}, {"tx_bytes", s.TxBytes}, {"tx_dropped", s.TxDropped}, {"tx_carrier_errors", s.TxCarrierErrors},
		{"interrupts", s.Interrupts}, {"time_squeeze", s.TimeSqueeze},
	}
}

// Protocols lists the counters of IP and above, under nstat's names and in its
// order.
func (s Stats) Protocols() []Counter {
	list := append(s.ipCounters(),
		Counter{"TcpActiveOpens", s.ActiveOpens}, Counter{"TcpPassiveOpens", s.PassiveOpens},
		Counter{"TcpInSegs", s.InSegs}, Counter{"TcpOutSegs", s.OutSegs}, Counter{"TcpRetransSegs", s.RetransSegs},
		Counter{"TcpInErrs", s.InErrs}, Counter{"TcpOutRsts", s.OutRsts}, Counter{"TcpInCsumErrors", s.InCsumErrors})
	list = append(list, s.udpCounters()...)
	list = append(list, s.ip6Counters()...)
	list = append(list, s.tcpExtCounters()...)
	list = append(list, s.LossStats.counters()...)
	return append(list, s.ipExtCounters()...)
}

// tcpExtCounters are the TCP counters of /proc/net/netstat.
func (s Stats) tcpExtCounters() []Counter {
	return []Counter{
		{"TcpExtSyncookiesSent", s.SyncookiesSent}, {"TcpExtSyncookiesRecv", s.SyncookiesRecv},
		{"TcpExtSyncookiesFailed", s.SyncookiesFailed}, {"TcpExtEmbryonicRsts", s.EmbryonicRsts},
		{"TcpExtPAWSActive", s.PAWSActive}, {"TcpExtPAWSEstab", s.PAWSEstab},
		{"TcpExtPAWSOldAck", s.PAWSOldAck}, {"TcpExtPAWSTimewait", s.PAWSTimewait},
		{"TcpExtListenOverflows", s.ListenOverflows}, {"TcpExtListenDrops", s.ListenDrops},
		{"TcpExtTCPAbortOnData", s.TCPAbortOnData}, {"TcpExtTCPAbortOnClose", s.TCPAbortOnClose},
		{"TcpExtTCPReqQFullDrop", s.TCPReqQFullDrop}, {"TcpExtTCPACKSkippedSeq", s.TCPACKSkippedSeq}, {"TcpExtTCPACKSkippedChallenge", s.TCPACKSkippedChallenge},
		{"TcpExtTCPACKSkippedSynRecv", s.TCPACKSkippedSynRecv},
		{"TcpExtTCPOFODrop", s.TCPOFODrop}, {"TcpExtTCPWinProbe", s.TCPWinProbe}, {"TcpExtOutOfWindowIcmps", s.OutOfWindowIcmps},
	}
}

// Counters lists them all in a fixed order: the card's, the protocols', and
// those of caches.
func (s Stats) Counters() []Counter {
	return append(append(s.Card(), s.Protocols()...), s.Caches()...)
}

// String prints the protocols' counters that are not zero, as `nstat -a` does:
// name, value, and the rate at which it grows, which a snapshot does not know.
func (s Stats) String() string {
	var b strings.Builder
	b.WriteString("#kernel\n")
	for _, c := range s.Protocols() {
		if c.Value != 0 {
			fmt.Fprintf(&b, "%-32s%-16d%6.1f\n", c.Name, c.Value, 0.0)
		}
	}
	return b.String()
}

// Ethtool prints the card's counters as `ethtool -S eth0` does.
func (s Stats) Ethtool() string {
	var b strings.Builder
	b.WriteString("NIC statistics:\n")
	for _, c := range s.Card() {
		fmt.Fprintf(&b, "     %s: %d\n", c.Name, c.Value)
	}
	return b.String()
}

// Stats is a snapshot of the host's counters.
func (h *Host) Stats() Stats { return h.stats }
