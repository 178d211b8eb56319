package sockets

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"
)

// TCPInfo is what a connection knows of its way: what `ss -i` shows and
// TCP_INFO tells. Windows and counts are in segments. Of a connection that has
// nothing under way for long it tells what a new one begins with.
type TCPInfo struct {
	Congestion string // the algorithm: cubic or reno
	State      string // of loss recovery: Open, Disorder, CWR, Recovery, Loss

	Cwnd, Ssthresh                 int // Ssthresh 0: slow start has found no end yet
	Unacked, Sacked, Lost, Retrans int // in flight; of these arrived, lost, sent again
	TotalRetrans                   int
	Reordering                     int
	NotSent                        int // bytes that wait to be sent for the first time

	RTT, RTTVar, MinRTT, RTO, ATO time.Duration // RTT 0: none was measured
	Backoff                       int           // how often the RTO was doubled

	MSS, RcvMSS        int
	SndScale, RcvScale int // window scale: the peer's, ours
	Timestamps, SACK   bool
	ECN, ECNSeen       bool // both ends mark packets; the peer has marked one
	DeliveredCE        int  // segments whose ACKs told of congestion
	SndWnd, RcvWnd     int  // bytes
}

// tcpInfo is a connection's snapshot.
func (h *Host) tcpInfo(s *sock) TCPInfo {
	var fresh traffic
	t := &fresh
	if s.traffic != 0 {
		t = h.traffic.at(s.traffic)
	} else {
		h.begin(s, t)
	}
	o := TCPInfo{Congestion: "cubic", State: caNames[t.ca], Cwnd: int(t.cwnd), Unacked: int(t.packetsOut), Sacked: int(t.sackedOut),
		Lost: int(t.lostOut), Retrans: int(t.retransOut), TotalRetrans: int(t.totalRetrans), Reordering: int(t.reordering),
		RTT: usecs(t.srtt >> 3), RTTVar: usecs(t.mdev >> 2), MinRTT: usecs(t.minRTT), RTO: usecs(t.rto), ATO: usecs(t.ato), Backoff: int(t.backoff),
		MSS: int(t.mss), RcvMSS: int(t.rcvMSS), SndScale: int(s.sendShift()), RcvScale: int(s.recvShift()),
		Timestamps: s.flags&flagTS != 0, SACK: s.flags&flagSACK != 0, ECN: s.flags&flagECN != 0, ECNSeen: s.flags&flagECNSeen != 0,
		DeliveredCE: int(t.deliveredCE), SndWnd: int(s.sndWnd()), RcvWnd: int(t.rcvAdv - s.rcvNxt)}
	if h.reno(s) {
		o.Congestion = "reno"
	}
	if t.ssthresh < infinite {
		o.Ssthresh = int(t.ssthresh)
	}
	if s.state.IsSynchronized() {
		o.NotSent = int(t.sndBytes - min(t.sndBytes, uint32(t.sndNxt-s.sndUna)))
	}
	return o
}

func usecs(n uint32) time.Duration { return time.Duration(n) * time.Microsecond }

// String is the line that ss -i prints below a connection.
func (o TCPInfo) String() string {
	var b strings.Builder
	word := func(show bool, format string, v ...any) {
		if show {
			fmt.Fprintf(&b, " "+format, v...)
		}
	}
	ms := func(d time.Duration) string { return fmt.Sprintf("%.4g", float64(d)/1e6) }
	word(o.Timestamps, "ts")
	word(o.SACK, "sack")
	word(o.ECN, "ecn")
	word(o.ECNSeen, "ecnseen")
	word(true, "%s", o.Congestion)
	word(o.SndScale+o.RcvScale > 0, "wscale:%d,%d", o.SndScale, o.RcvScale)
	word(true, "rto:%s", ms(o.RTO))
	word(o.Backoff > 0, "backoff:%d", o.Backoff)
	word(o.RTT > 0, "rtt:%s/%s", ms(o.RTT), ms(o.RTTVar))
	word(o.ATO > 0, "ato:%s", ms(o.ATO))
	word(true, "mss:%d rcvmss:%d cwnd:%d", o.MSS, o.RcvMSS, o.Cwnd)
	word(o.Ssthresh > 0, "ssthresh:%d", o.Ssthresh)
	word(o.DeliveredCE > 0, "delivered_ce:%d", o.DeliveredCE)
	word(o.Unacked > 0, "unacked:%d", o.Unacked)
	word(o.Retrans+o.TotalRetrans > 0, "retrans:%d/%d", o.Retrans, o.TotalRetrans)
	word(o.Lost > 0, "lost:%d", o.Lost)
	word(o.Sacked > 0, "sacked:%d", o.Sacked)
	word(o.Reordering != dupThresh, "reordering:%d", o.Reordering)
	word(o.NotSent > 0, "notsent:%d", o.NotSent)
	word(o.MinRTT > 0, "minrtt:%s", ms(o.MinRTT))
	return "\t" + b.String()
}

// Info is the rows of [Host.SocketsInfo] as `ss -tani` prints them, with a
// second line for each connection.
func (r SocketRows) Info() string {
	lines := strings.SplitAfter(r.String(), "\n")
	var b strings.Builder
	b.WriteString(lines[0])
	for i, s := range r {
		b.WriteString(lines[i+1])
		if s.TCP != nil {
			b.WriteString(s.TCP.String() + "\n")
		}
	}
	return b.String()
}

// getTCPInfo tells struct tcp_info (include/uapi/linux/tcp.h), as far as we
// know it.
func getTCPInfo(c *optCall) Errno {
	var b [280]byte
	put := func(at int, v int) { binary.LittleEndian.PutUint32(b[at:], uint32(v)) }
	s := c.s
	b[0] = byte(s.state)
	put(80, initialWindow) // tcpi_snd_cwnd
	put(88, dupThresh)     // tcpi_reordering
	binary.LittleEndian.PutUint64(b[104:], math.MaxUint64)
	binary.LittleEndian.PutUint64(b[112:], uint64(c.h.stored(s, key(SOL_SOCKET, SO_MAX_PACING_RATE), -1)))
	if s.state == Listen {
		l := c.h.listeners.at(s.traffic)
		put(24, int(l.ready))
		put(28, int(l.backlog))
		return c.give(b[:])
	}
	o := c.h.tcpInfo(s)
	us := func(d time.Duration) int { return int(d / time.Microsecond) }
	if s.traffic != 0 {
		t := c.h.traffic.at(s.traffic)
		b[1], b[2], b[3], b[4] = t.ca, t.retries, t.keepProbes, t.backoff
	}
	b[5] = byte(bit(o.Timestamps) | bit(o.SACK)<<1 | bit(s.shifts != 0)<<2 | bit(o.ECN)<<3 | bit(o.ECNSeen)<<4) // TCPI_OPT_TIMESTAMPS, SACK, WSCALE, ECN, ECN_SEEN
	b[6] = s.sendShift() | s.recvShift()<<4
	put(8, us(o.RTO))
	put(12, us(o.ATO))
	put(16, o.MSS)
	if s.mss == 0 {
		put(16, mssDefault)
	}
	put(20, max(o.RcvMSS, mssDefault))
	put(24, o.Unacked)
	put(28, o.Sacked)
	put(32, o.Lost)
	put(36, o.Retrans)
	put(60, o.MSS+40) // tcpi_pmtu
	put(68, us(o.RTT))
	put(72, us(o.RTTVar))
	if put(76, o.Ssthresh); o.Ssthresh == 0 {
		put(76, infinite)
	}
	put(80, o.Cwnd)
	put(84, int(c.h.maxSegment(s)))
	put(88, o.Reordering)
	put(100, o.TotalRetrans)
	put(144, o.NotSent)
	put(148, us(o.MinRTT))
	put(196, o.DeliveredCE)
	put(228, o.SndWnd)
	put(232, o.RcvWnd)
	return c.give(b[:])
}

// NotSent is how many bytes the host's connections hold back, for a window, an
// acknowledgement or a cork.
func (h *Host) NotSent() (n int) {
	h.socks.each(func(_ uint32, s *sock) {
		if s.proto == protoTCP && s.traffic != 0 && s.state.IsSynchronized() {
			t := h.traffic.at(s.traffic)
			n += int(t.sndBytes - min(t.sndBytes, uint32(t.sndNxt-s.sndUna)))
		}
	})
	return n
}
