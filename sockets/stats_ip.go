package sockets

// IPStats are the counters of the network layer and of UDP, under nstat's
// names: the groups Ip, IpExt, Icmp, Udp, and Ip6, Icmp6, Udp6 beside them. TCP
// has one group for both families.
//
// What a host takes in is somewhere: InReceives − (fragments put together) =
// InDelivers + InUnknownProtos + ForwDatagrams + each reason to drop.
type IPStats struct {
	// Ip: RFC 4293, net/ipv4/proc.c snmp4_ipstats_list.
	IpInReceives      uint64 // packets from a device, whole or not
	IpInHdrErrors     uint64 // a header was wrong, or the TTL at its end
	IpInAddrErrors    uint64 // for somebody else, and this host does not forward
	IpForwDatagrams   uint64 // sent on
	IpInUnknownProtos uint64
	IpInDiscards      uint64 // nothing was wrong, and there was no room
	IpInDelivers      uint64 // packets handed to TCP, UDP or ICMP
	IpOutRequests     uint64 // packets of this host's own
	IpOutDiscards     uint64
	IpOutNoRoutes     uint64
	IpReasmTimeout    uint64 // packets of which not all fragments came
	IpReasmReqds      uint64 // fragments that came
	IpReasmOKs        uint64 // packets put together
	IpReasmFails      uint64
	IpFragOKs         uint64 // packets that were cut
	IpFragFails       uint64 // that were not, and had to be
	IpFragCreates     uint64 // fragments made
	IpOutTransmits    uint64 // packets on their way to a device

	// IpExt: snmp4_ipextstats_list.
	IpExtInNoRoutes      uint64
	IpExtInTruncatedPkts uint64 // shorter than they say
	IpExtInOctets        uint64
	IpExtOutOctets       uint64
	IpExtInCsumErrors    uint64 // wrong header checksums
	IpExtInNoECTPkts     uint64 // whose ends do not understand ECN; the others:
	IpExtInECT1Pkts      uint64
	IpExtInECT0Pkts      uint64
	IpExtInCEPkts        uint64 // that have met congestion
	IpExtReasmOverlaps   uint64

	// Icmp: RFC 2011.
	IcmpInMsgs, IcmpInErrors, IcmpInCsumErrors                           uint64
	IcmpInDestUnreachs, IcmpInTimeExcds, IcmpInEchos, IcmpInEchoReps     uint64
	IcmpOutMsgs, IcmpOutErrors                                           uint64
	IcmpOutRateLimitGlobal, IcmpOutRateLimitHost                         uint64 // not sent: icmp_msgs_per_sec, icmp_ratelimit
	IcmpOutDestUnreachs, IcmpOutTimeExcds, IcmpOutEchos, IcmpOutEchoReps uint64

	// Udp, of IPv4.
	UdpInDatagrams, UdpOutDatagrams uint64
	UdpNoPorts                      uint64 // nobody has the port
	UdpInErrors                     uint64 // all errors but NoPorts
	UdpRcvbufErrors                 uint64 // the receive buffer was full
	UdpSndbufErrors                 uint64 // the send buffer was
	UdpInCsumErrors                 uint64

	// Ip6, Icmp6, Udp6: net/ipv6/proc.c.
	Ip6InReceives, Ip6InHdrErrors, Ip6InTooBigErrors, Ip6InNoRoutes, Ip6InAddrErrors uint64
	Ip6InUnknownProtos, Ip6InTruncatedPkts, Ip6InDiscards, Ip6InDelivers             uint64
	Ip6OutForwDatagrams, Ip6OutRequests, Ip6OutDiscards, Ip6OutNoRoutes              uint64
	Ip6ReasmTimeout, Ip6ReasmReqds, Ip6ReasmOKs, Ip6ReasmFails                       uint64
	Ip6FragOKs, Ip6FragFails, Ip6FragCreates                                         uint64
	Ip6InOctets, Ip6OutOctets, Ip6InNoECTPkts, Ip6OutTransmits                       uint64
	Ip6InECT1Pkts, Ip6InECT0Pkts, Ip6InCEPkts                                        uint64

	Icmp6InMsgs, Icmp6InErrors, Icmp6OutMsgs, Icmp6OutErrors, Icmp6InCsumErrors, Icmp6OutRateLimitHost                    uint64
	Icmp6InDestUnreachs, Icmp6InPktTooBigs, Icmp6InTimeExcds, Icmp6InParmProblems, Icmp6InEchos, Icmp6InEchoReplies       uint64
	Icmp6InNeighborSolicits, Icmp6InNeighborAdvertisements                                                                uint64
	Icmp6OutDestUnreachs, Icmp6OutPktTooBigs, Icmp6OutTimeExcds, Icmp6OutParmProblems, Icmp6OutEchos, Icmp6OutEchoReplies uint64
	Icmp6OutNeighborSolicits, Icmp6OutNeighborAdvertisements                                                              uint64

	Udp6InDatagrams, Udp6NoPorts, Udp6InErrors, Udp6OutDatagrams uint64
	Udp6RcvbufErrors, Udp6SndbufErrors, Udp6InCsumErrors         uint64

	// Not nstat's: `lnstat -f rt_cache`. From a wire, a packet from or for an
	// address that cannot be there: 0.0.0.0/8, 127.0.0.0/8, a source that is
	// this host (net/ipv4/route.c ip_route_input_slow).
	InMartianDst, InMartianSrc uint64

	// Not nstat's: `lnstat -f arp_cache`. Packets dropped for new ones while
	// their neighbour was asked for; neighbours that did not answer; no room for
	// another (net/core/neighbour.c).
	NeighUnresDiscards, NeighResFailed, NeighTableFulls uint64

	// Packets for a destination with a route that refuses ("unreachable",
	// "prohibit"): Linux answers them and counts them nowhere.
	ForwardRefused uint64

	// `ip -s link`, dropped: frames of a protocol nobody here speaks
	// (net/core/dev.c __netif_receive_skb_core).
	RxNoHandler uint64

	// What the tests need to add up.
	arpIn, arpOut uint64
	udpFull       uint64 // of UdpSndbufErrors: no packet was made
	udpUnread     uint64 // datagrams whose socket was closed first
	neighDrops    uint64 // packets that waited for a neighbour, and were dropped
	forwardTooBig uint64 // of IpFragFails: packets of others
	fragDrops     uint64 // of IpFragFails: packets that were to be cut, and could not be
}

// ipCounters are the groups Ip, Icmp and Udp in nstat's order.
func (s *IPStats) ipCounters() []Counter {
	return []Counter{
		{"IpInReceives", s.IpInReceives}, {"IpInHdrErrors", s.IpInHdrErrors}, {"IpInAddrErrors", s.IpInAddrErrors}, {"IpForwDatagrams", s.IpForwDatagrams},
		{"IpInUnknownProtos", s.IpInUnknownProtos}, {"IpInDiscards", s.IpInDiscards}, {"IpInDelivers", s.IpInDelivers},
		{"IpOutRequests", s.IpOutRequests}, {"IpOutDiscards", s.IpOutDiscards}, {"IpOutNoRoutes", s.IpOutNoRoutes},
		{"IpReasmTimeout", s.IpReasmTimeout}, {"IpReasmReqds", s.IpReasmReqds}, {"IpReasmOKs", s.IpReasmOKs}, {"IpReasmFails", s.IpReasmFails},
		{"IpFragOKs", s.IpFragOKs}, {"IpFragFails", s.IpFragFails}, {"IpFragCreates", s.IpFragCreates}, {"IpOutTransmits", s.IpOutTransmits},
		{"IcmpInMsgs", s.IcmpInMsgs}, {"IcmpInErrors", s.IcmpInErrors}, {"IcmpInCsumErrors", s.IcmpInCsumErrors},
		{"IcmpInDestUnreachs", s.IcmpInDestUnreachs}, {"IcmpInTimeExcds", s.IcmpInTimeExcds}, {"IcmpInEchos", s.IcmpInEchos}, {"IcmpInEchoReps", s.IcmpInEchoReps},
		{"IcmpOutMsgs", s.IcmpOutMsgs}, {"IcmpOutErrors", s.IcmpOutErrors},
		{"IcmpOutRateLimitGlobal", s.IcmpOutRateLimitGlobal}, {"IcmpOutRateLimitHost", s.IcmpOutRateLimitHost},
		{"IcmpOutDestUnreachs", s.IcmpOutDestUnreachs}, {"IcmpOutTimeExcds", s.IcmpOutTimeExcds},
		{"IcmpOutEchos", s.IcmpOutEchos}, {"IcmpOutEchoReps", s.IcmpOutEchoReps},
	}
}

func (s *IPStats) udpCounters() []Counter {
	return []Counter{
		{"UdpInDatagrams", s.UdpInDatagrams}, {"UdpNoPorts", s.UdpNoPorts}, {"UdpInErrors", s.UdpInErrors}, {"UdpOutDatagrams", s.UdpOutDatagrams},
		{"UdpRcvbufErrors", s.UdpRcvbufErrors}, {"UdpSndbufErrors", s.UdpSndbufErrors}, {"UdpInCsumErrors", s.UdpInCsumErrors},
	}
}

// ip6Counters are the groups of IPv6, ipExtCounters that of /proc/net/netstat.
func (s *IPStats) ip6Counters() []Counter {
	return []Counter{
		{"Ip6InReceives", s.Ip6InReceives}, {"Ip6InHdrErrors", s.Ip6InHdrErrors}, {"Ip6InTooBigErrors", s.Ip6InTooBigErrors},
		{"Ip6InNoRoutes", s.Ip6InNoRoutes}, {"Ip6InAddrErrors", s.Ip6InAddrErrors}, {"Ip6InUnknownProtos", s.Ip6InUnknownProtos},
		{"Ip6InTruncatedPkts", s.Ip6InTruncatedPkts}, {"Ip6InDiscards", s.Ip6InDiscards}, {"Ip6InDelivers", s.Ip6InDelivers},
		{"Ip6OutForwDatagrams", s.Ip6OutForwDatagrams}, {"Ip6OutRequests", s.Ip6OutRequests}, {"Ip6OutDiscards", s.Ip6OutDiscards}, {"Ip6OutNoRoutes", s.Ip6OutNoRoutes},
		{"Ip6ReasmTimeout", s.Ip6ReasmTimeout}, {"Ip6ReasmReqds", s.Ip6ReasmReqds}, {"Ip6ReasmOKs", s.Ip6ReasmOKs}, {"Ip6ReasmFails", s.Ip6ReasmFails},
		{"Ip6FragOKs", s.Ip6FragOKs}, {"Ip6FragFails", s.Ip6FragFails}, {"Ip6FragCreates", s.Ip6FragCreates},
		{"Ip6InOctets", s.Ip6InOctets}, {"Ip6OutOctets", s.Ip6OutOctets}, {"Ip6InNoECTPkts", s.Ip6InNoECTPkts}, {"Ip6InECT1Pkts", s.Ip6InECT1Pkts},
		{"Ip6InECT0Pkts", s.Ip6InECT0Pkts}, {"Ip6InCEPkts", s.Ip6InCEPkts}, {"Ip6OutTransmits", s.Ip6OutTransmits},
		{"Icmp6InMsgs", s.Icmp6InMsgs}, {"Icmp6InErrors", s.Icmp6InErrors}, {"Icmp6OutMsgs", s.Icmp6OutMsgs}, {"Icmp6OutErrors", s.Icmp6OutErrors},
		{"Icmp6InCsumErrors", s.Icmp6InCsumErrors}, {"Icmp6OutRateLimitHost", s.Icmp6OutRateLimitHost},
		{"Icmp6InDestUnreachs", s.Icmp6InDestUnreachs}, {"Icmp6InPktTooBigs", s.Icmp6InPktTooBigs}, {"Icmp6InTimeExcds", s.Icmp6InTimeExcds}, {"Icmp6InParmProblems", s.Icmp6InParmProblems},
		{"Icmp6InEchos", s.Icmp6InEchos}, {"Icmp6InEchoReplies", s.Icmp6InEchoReplies},
		{"Icmp6InNeighborSolicits", s.Icmp6InNeighborSolicits}, {"Icmp6InNeighborAdvertisements", s.Icmp6InNeighborAdvertisements},
		{"Icmp6OutDestUnreachs", s.Icmp6OutDestUnreachs}, {"Icmp6OutPktTooBigs", s.Icmp6OutPktTooBigs}, {"Icmp6OutTimeExcds", s.Icmp6OutTimeExcds}, {"Icmp6OutParmProblems", s.Icmp6OutParmProblems},
		{"Icmp6OutEchos", s.Icmp6OutEchos}, {"Icmp6OutEchoReplies", s.Icmp6OutEchoReplies},
		{"Icmp6OutNeighborSolicits", s.Icmp6OutNeighborSolicits}, {"Icmp6OutNeighborAdvertisements", s.Icmp6OutNeighborAdvertisements},
		{"Udp6InDatagrams", s.Udp6InDatagrams}, {"Udp6NoPorts", s.Udp6NoPorts}, {"Udp6InErrors", s.Udp6InErrors}, {"Udp6OutDatagrams", s.Udp6OutDatagrams},
		{"Udp6RcvbufErrors", s.Udp6RcvbufErrors}, {"Udp6SndbufErrors", s.Udp6SndbufErrors}, {"Udp6InCsumErrors", s.Udp6InCsumErrors},
	}
}

func (s *IPStats) ipExtCounters() []Counter {
	return []Counter{
		{"IpExtInNoRoutes", s.IpExtInNoRoutes}, {"IpExtInTruncatedPkts", s.IpExtInTruncatedPkts},
		{"IpExtInOctets", s.IpExtInOctets}, {"IpExtOutOctets", s.IpExtOutOctets}, {"IpExtInCsumErrors", s.IpExtInCsumErrors},
		{"IpExtInNoECTPkts", s.IpExtInNoECTPkts}, {"IpExtInECT1Pkts", s.IpExtInECT1Pkts}, {"IpExtInECT0Pkts", s.IpExtInECT0Pkts},
		{"IpExtInCEPkts", s.IpExtInCEPkts}, {"IpExtReasmOverlaps", s.IpExtReasmOverlaps},
	}
}

// countECN counts the two bits of a packet that has come (ip_rcv_core).
func (s *IPStats) countECN(tos uint8, six bool) {
	switch tos & ecnMask {
	case ecnNone:
		one(six, &s.IpExtInNoECTPkts, &s.Ip6InNoECTPkts)
	case ecnECT1:
		one(six, &s.IpExtInECT1Pkts, &s.Ip6InECT1Pkts)
	case ecnECT0:
		one(six, &s.IpExtInECT0Pkts, &s.Ip6InECT0Pkts)
	default:
		one(six, &s.IpExtInCEPkts, &s.Ip6InCEPkts)
	}
}

// Caches lists what `lnstat` shows of routes and neighbours, under its names.
func (s *IPStats) Caches() []Counter {
	return []Counter{{"in_martian_dst", s.InMartianDst}, {"in_martian_src", s.InMartianSrc},
		{"unres_discards", s.NeighUnresDiscards}, {"res_failed", s.NeighResFailed}, {"table_fulls", s.NeighTableFulls}}
}

// one adds one to a counter of the family: the first is IPv4's.
func one(six bool, four, other *uint64) {
	if six {
		four = other
	}
	*four++
}
