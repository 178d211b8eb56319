package sockets

// LossStats are TCP's counters about what is lost, late, double or out of
// order, under the kernel's names (net/ipv4/proc.c snmp4_net_list).
type LossStats struct {
	// The receiver.
	TCPOFOQueue, TCPOFOMerge          uint64 // segments that waited for a missing one; that were there already
	PruneCalled, RcvPruned, OfoPruned uint64 // the receive buffer was full: looked, dropped, dropped what waited
	TCPZeroWindowDrop                 uint64 // data for a closed window
	BeyondWindow                      uint64 // segments that begin, or may not end, beyond the window
	DelayedACKs, DelayedACKLost       uint64 // ACKs that waited to the end; that were late, for the data came again
	TCPDSACKOldSent, TCPDSACKOfoSent  uint64 // reports of data that came twice

	// The sender finds out.
	TCPSackRecovery, TCPRenoRecovery             uint64 // fast recoveries, with SACK and without
	TCPSackRecoveryFail, TCPRenoRecoveryFail     uint64 // that ended in a timeout
	TCPSackFailures, TCPRenoFailures             uint64 // timeouts in the Disorder state
	TCPLossFailures                              uint64 // timeouts after a timeout
	TCPTimeouts                                  uint64 // retransmission timeouts, of SYNs too
	TCPLossProbes, TCPLossProbeRecovery          uint64 // tail loss probes; that mended a loss
	TCPLostRetransmit                            uint64 // retransmissions that were lost, too
	TCPSACKReneging                              uint64 // the peer has dropped what it had told of
	TCPSACKReorder, TCPRenoReorder, TCPTSReorder uint64 // the network reorders, as SACK, duplicate ACKs, timestamps tell
	TCPSACKDiscard                               uint64 // SACK blocks that make no sense

	// The sender sends again.
	TCPFastRetrans, TCPSlowStartRetrans uint64 // in recovery; after a timeout
	TCPSynRetrans, TCPOrigDataSent      uint64 // SYNs sent again; data segments sent for the first time
	TCPDeliveredCE                      uint64 // segments whose ACK told of congestion (RFC 3168)

	// The sender takes it back.
	TCPFullUndo, TCPPartialUndo, TCPDSACKUndo, TCPLossUndo            uint64
	TCPSpuriousRTOs                                                   uint64 // F-RTO found a timeout to be wrong
	TCPDSACKRecv, TCPDSACKOfoRecv, TCPDSACKRecvSegs                   uint64
	TCPDSACKIgnoredOld, TCPDSACKIgnoredNoUndo, TCPDSACKIgnoredDubious uint64

	// The end of slow start, as HyStart finds it, and how it ends otherwise.
	TCPHystartTrainDetect, TCPHystartTrainCwnd uint64
	TCPHystartDelayDetect, TCPHystartDelayCwnd uint64
	TCPAbortOnTimeout, TCPKeepAlive            uint64 // connections given up; keep-alive probes
	TCPChallengeACK, TCPSYNChallenge           uint64 // dubious segments that were asked back (RFC 5961); SYNs among them
}

// counters lists them in nstat's order.
func (s *LossStats) counters() []Counter {
	return []Counter{
		{"TcpExtPruneCalled", s.PruneCalled},
		{"TcpExtRcvPruned", s.RcvPruned},
		{"TcpExtOfoPruned", s.OfoPruned},
		{"TcpExtDelayedACKs", s.DelayedACKs},
		{"TcpExtDelayedACKLost", s.DelayedACKLost},
		{"TcpExtTCPRenoRecovery", s.TCPRenoRecovery},
		{"TcpExtTCPSackRecovery", s.TCPSackRecovery},
		{"TcpExtTCPSACKReneging", s.TCPSACKReneging},
		{"TcpExtTCPSACKReorder", s.TCPSACKReorder},
		{"TcpExtTCPRenoReorder", s.TCPRenoReorder},
		{"TcpExtTCPTSReorder", s.TCPTSReorder},
		{"TcpExtTCPFullUndo", s.TCPFullUndo},
		{"TcpExtTCPPartialUndo", s.TCPPartialUndo},
		{"TcpExtTCPDSACKUndo", s.TCPDSACKUndo},
		{"TcpExtTCPLossUndo", s.TCPLossUndo},
		{"TcpExtTCPLostRetransmit", s.TCPLostRetransmit},
		{"TcpExtTCPRenoFailures", s.TCPRenoFailures},
		{"TcpExtTCPSackFailures", s.TCPSackFailures},
		{"TcpExtTCPLossFailures", s.TCPLossFailures},
		{"TcpExtTCPFastRetrans", s.TCPFastRetrans},
		{"TcpExtTCPSlowStartRetrans", s.TCPSlowStartRetrans},
		{"TcpExtTCPTimeouts", s.TCPTimeouts},
		{"TcpExtTCPLossProbes", s.TCPLossProbes},
		{"TcpExtTCPLossProbeRecovery", s.TCPLossProbeRecovery},
		{"TcpExtTCPRenoRecoveryFail", s.TCPRenoRecoveryFail},
		{"TcpExtTCPSackRecoveryFail", s.TCPSackRecoveryFail},
		{"TcpExtTCPDSACKOldSent", s.TCPDSACKOldSent},
		{"TcpExtTCPDSACKOfoSent", s.TCPDSACKOfoSent},
		{"TcpExtTCPDSACKRecv", s.TCPDSACKRecv},
		{"TcpExtTCPDSACKOfoRecv", s.TCPDSACKOfoRecv},
		{"TcpExtTCPAbortOnTimeout", s.TCPAbortOnTimeout},
		{"TcpExtTCPSACKDiscard", s.TCPSACKDiscard},
		{"TcpExtTCPDSACKIgnoredOld", s.TCPDSACKIgnoredOld},
		{"TcpExtTCPDSACKIgnoredNoUndo", s.TCPDSACKIgnoredNoUndo},
		{"TcpExtTCPSpuriousRTOs", s.TCPSpuriousRTOs},
		{"TcpExtTCPOFOQueue", s.TCPOFOQueue},
		{"TcpExtTCPOFOMerge", s.TCPOFOMerge},
		{"TcpExtTCPChallengeACK", s.TCPChallengeACK},
		{"TcpExtTCPSYNChallenge", s.TCPSYNChallenge},
		{"TcpExtTCPSynRetrans", s.TCPSynRetrans},
		{"TcpExtTCPOrigDataSent", s.TCPOrigDataSent},
		{"TcpExtTCPHystartTrainDetect", s.TCPHystartTrainDetect},
		{"TcpExtTCPHystartTrainCwnd", s.TCPHystartTrainCwnd},
		{"TcpExtTCPHystartDelayDetect", s.TCPHystartDelayDetect},
		{"TcpExtTCPHystartDelayCwnd", s.TCPHystartDelayCwnd},
		{"TcpExtTCPKeepAlive", s.TCPKeepAlive},
		{"TcpExtTCPDeliveredCE", s.TCPDeliveredCE},
		{"TcpExtTCPZeroWindowDrop", s.TCPZeroWindowDrop}, {"TcpExtBeyondWindow", s.BeyondWindow},
		{"TcpExtTCPDSACKRecvSegs", s.TCPDSACKRecvSegs},
		{"TcpExtTCPDSACKIgnoredDubious", s.TCPDSACKIgnoredDubious},
	}
}
