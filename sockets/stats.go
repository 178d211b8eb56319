package sockets

import (
	"fmt"
	"strings"
)

// Stats are a host's counters, under the kernel's names: what `nstat -az`,
// `netstat -s`, `ip -s link` and `ethtool -S` show. Every packet that is
// dropped is counted by exactly one of them.
type Stats struct {
	// The card and the driver: ip -s link, ethtool -S, /proc/net/softnet_stat.
	RxPackets, RxBytes uint64 // frames that got a place in the rx ring
	RxMissed           uint64 // rx_missed_errors: the rx ring was full
	TxPackets, TxBytes uint64
	TxDropped          uint64 // the transmit queue was full
	Interrupts         uint64 // hard interrupts, /proc/interrupts
	TimeSqueeze        uint64 // polls that used up their budget

	// IP: nstat.
	IpInDelivers                                          uint64 // packets handed to TCP
	IpInAddrErrors                                        uint64 // for an address that is not ours
	IpInDiscards                                          uint64 // a checksum or a length was wrong
	IpInUnknownProtos                                     uint64
	IcmpInErrors, IcmpInDestUnreachs, IcmpOutDestUnreachs uint64

	// UDP: nstat.
	UdpInDatagrams, UdpOutDatagrams uint64
	UdpNoPorts                      uint64 // nobody has the port
	UdpInErrors                     uint64
	UdpRcvbufErrors                 uint64 // the receive buffer was full

	// TCP: nstat.
	InSegs, OutSegs  uint64
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
	TCPAbortOnData   uint64 // data for a socket nobody holds
	TCPAbortOnClose  uint64 // close with unread data
	TCPWinProbe      uint64
	BytesCopiedUp    uint64 // by read, from kernel memory to a program: not a counter of Linux
	BytesCopiedDown  uint64 // by write
}

// Counter is one named number.
type Counter struct {
	Name  string
	Value uint64
}

// Counters lists them in a fixed order, under the names nstat prints; those
// of the card have ethtool's and softnet_stat's.
func (s Stats) Counters() []Counter {
	return []Counter{
		{"rx_packets", s.RxPackets}, {"rx_bytes", s.RxBytes}, {"rx_missed_errors", s.RxMissed},
		{"tx_packets", s.TxPackets}, {"tx_bytes", s.TxBytes}, {"tx_dropped", s.TxDropped},
		{"interrupts", s.Interrupts}, {"time_squeeze", s.TimeSqueeze},
		{"IpInDelivers", s.IpInDelivers}, {"IpInAddrErrors", s.IpInAddrErrors}, {"IpInDiscards", s.IpInDiscards}, {"IpInUnknownProtos", s.IpInUnknownProtos},
		{"IcmpInErrors", s.IcmpInErrors}, {"IcmpInDestUnreachs", s.IcmpInDestUnreachs}, {"IcmpOutDestUnreachs", s.IcmpOutDestUnreachs},
		{"UdpInDatagrams", s.UdpInDatagrams}, {"UdpNoPorts", s.UdpNoPorts}, {"UdpInErrors", s.UdpInErrors},
		{"UdpOutDatagrams", s.UdpOutDatagrams}, {"UdpRcvbufErrors", s.UdpRcvbufErrors},
		{"TcpInSegs", s.InSegs}, {"TcpOutSegs", s.OutSegs}, {"TcpOutRsts", s.OutRsts}, {"TcpRetransSegs", s.RetransSegs},
		{"TcpActiveOpens", s.ActiveOpens}, {"TcpPassiveOpens", s.PassiveOpens},
		{"TcpExtListenOverflows", s.ListenOverflows}, {"TcpExtListenDrops", s.ListenDrops},
		{"TcpExtEmbryonicRsts", s.EmbryonicRsts},
		{"TcpExtTCPReqQFullDrop", s.TCPReqQFullDrop}, {"TcpExtSyncookiesSent", s.SyncookiesSent}, {"TcpExtSyncookiesRecv", s.SyncookiesRecv},
		{"TcpExtSyncookiesFailed", s.SyncookiesFailed},
		{"TcpExtTCPOFODrop", s.TCPOFODrop}, {"TcpExtTCPAbortOnData", s.TCPAbortOnData},
		{"TcpExtTCPAbortOnClose", s.TCPAbortOnClose}, {"TcpExtTCPWinProbe", s.TCPWinProbe},
	}
}

// String prints the counters that are not zero, as nstat does.
func (s Stats) String() string {
	var b strings.Builder
	for _, c := range s.Counters() {
		if c.Value != 0 {
			fmt.Fprintf(&b, "%-32s%d\n", c.Name, c.Value)
		}
	}
	return b.String()
}

// Stats is a snapshot of the host's counters.
func (h *Host) Stats() Stats { return h.stats }
