package sockets

import (
	"math/bits"
	"time"

	"socketbook/sockets/sim"
)

// The congestion window: how many segments the network is trusted with. It
// begins at ten (RFC 6928 §2), doubles every round trip while it is below
// ssthresh (slow start, RFC 5681 §3.1), and grows by Reno's or CUBIC's rule
// above it. Everything here counts in segments, as the kernel does.
const (
	initialWindow = 10         // include/net/tcp.h TCP_INIT_CWND
	infinite      = 0x7fffffff // TCP_INFINITE_SSTHRESH
	dupThresh     = 3          // RFC 5681 §3.2; net.ipv4.tcp_reordering
)

func (t *traffic) slowStart() bool { return t.cwnd < t.ssthresh }

// currentSsthresh is what the window would have to come back to: no less than
// three quarters of it (tcp_current_ssthresh).
func (t *traffic) currentSsthresh() uint32 {
	if t.reduces() {
		return t.ssthresh
	}
	return max(t.ssthresh, t.cwnd/2+t.cwnd/4)
}

// reno reports whether the socket follows Reno, not CUBIC.
func (h *Host) reno(s *sock) bool {
	if h.options(s).side != 0 {
		if b := h.storedBytes(s, key(IPPROTO_TCP, TCP_CONGESTION)); b != nil {
			return string(b) == "reno"
		}
	}
	return h.sys.reno
}

// lossThreshold is ssthresh after a loss: half of the window (RFC 5681 §3.1,
// equation 4), with CUBIC 0.7 of it (RFC 9438 §4.6), and two at least.
func (h *Host) lossThreshold(s *sock, t *traffic) uint32 {
	if h.reno(s) {
		return max(t.cwnd/2, 2)
	}
	c := &t.cubic
	c.epoch = 0
	if t.cwnd < c.lastMax { // fast convergence, RFC 9438 §4.7
		c.lastMax = t.cwnd * (1024 + cubicBeta) / 2048
	} else {
		c.lastMax = t.cwnd
	}
	return max(t.cwnd*cubicBeta/1024, 2)
}

// limitedByWindow reports whether it is the congestion window that holds data
// back: only then may it grow (RFC 7661 §1; include/net/tcp.h
// tcp_is_cwnd_limited).
func (t *traffic) limitedByWindow() bool {
	return t.cwndLimited || t.slowStart() && t.cwnd < 2*t.maxOut
}

// grow lets the window grow by an ACK of so many segments (tcp_cong_avoid).
func (h *Host) grow(s *sock, t *traffic, acked uint32) {
	if !t.limitedByWindow() {
		return
	}
	if t.slowStart() { // RFC 5681 §3.1, equation 2, with L as large as the ACK
		to := min(t.cwnd+acked, t.ssthresh)
		acked -= to - t.cwnd
		if t.cwnd = to; acked == 0 {
			return
		}
	}
	per := t.cwnd // Reno: one segment more in a round trip, RFC 5681 §3.1, equation 3
	if !h.reno(s) {
		per = t.cubic.update(t.cwnd, acked, h.milliseconds())
	}
	if t.cwndCount >= per {
		t.cwndCount = 0
		t.cwnd++
	}
	if t.cwndCount += acked; t.cwndCount >= per {
		t.cwnd += t.cwndCount / per
		t.cwndCount %= per
	}
}

// validate notes whether the window is used to the full (RFC 7661 §4.3;
// tcp_cwnd_validate). One that was not for a retransmission timeout shrinks
// towards what was used (RFC 2861 §3).
func (h *Host) validate(s *sock, t *traffic, limited bool) {
	if !s.sndUna.Less(t.usageSeq) || limited || !t.cwndLimited && t.packetsOut > t.maxOut {
		t.cwndLimited, t.maxOut, t.usageSeq = limited, t.packetsOut, t.sndNxt
	}
	now := h.net.sim.Now()
	if t.limitedByWindow() {
		t.cwndUsed, t.cwndStamp = 0, now
		return
	}
	t.cwndUsed = max(t.cwndUsed, t.packetsOut)
	if h.sys.restartAfterIdle && now-t.cwndStamp >= sim.Time(t.rto)*1000 {
		if t.ca == caOpen && s.flags&flagNoSpace == 0 {
			if used := max(t.cwndUsed, initialWindow); used < t.cwnd {
				t.ssthresh = t.currentSsthresh()
				t.cwnd = (t.cwnd + used) / 2
			}
			t.cwndUsed = 0
		}
		t.cwndStamp = now
	}
}

// restart is slow start after an idle time: the window halves for each
// retransmission timeout that nothing was sent, down to the initial one (RFC
// 2861 §3, RFC 5681 §4.1; tcp_cwnd_restart), unless
// net.ipv4.tcp_slow_start_after_idle is 0.
func (h *Host) restart(t *traffic) {
	idle := h.net.sim.Now() - t.lastSent
	rto := sim.Time(t.rto) * 1000
	if !h.sys.restartAfterIdle || t.packetsOut > 0 || t.lastSent == 0 || idle <= rto {
		return
	}
	t.ssthresh = t.currentSsthresh()
	least := min(initialWindow, t.cwnd)
	for idle -= rto; idle > 0 && t.cwnd > least; idle -= rto {
		t.cwnd /= 2
	}
	t.cwnd = max(t.cwnd, least)
	t.cwndStamp, t.cwndUsed = h.net.sim.Now(), 0
}

// CUBIC (RFC 9438), in the integers of net/ipv4/tcp_cubic.c. After a loss at a
// window of W_max it comes back to 0.7 of it, rises fast, flat around W_max,
// and then fast again:
//
//	W(t) = C (t - K)³ + W_max,  K = ∛(W_max (1 - 0.7) / C),  C = 0.4   (§4.2)
//
// Time counts in units of 1/1024 s, C as 410/1024.
const (
	cubicBeta  = 717 // of 1024: RFC 9438 §4.6
	cubicScale = 410 // C: bic_scale 41, times 10
	// Segments for which Reno's window grows by eight of them, at CUBIC's beta
	// (§4.3): 8 (1024 + beta) / 3 / (1024 - beta).
	cubicFriendly = 8 * (1024 + cubicBeta) / 3 / (1024 - cubicBeta)
	cubicFactor   = (1 << 40) / cubicScale // 2^(10 + 3·10) / C
)

type cubic struct {
	per        uint32 // segments to be acknowledged for one more in the window
	lastMax    uint32 // window before the last reduction: W_max
	lastCwnd   uint32
	lastTime   uint32 // milliseconds
	origin     uint32 // where the curve is flat
	k          uint32 // K, 1/1024 s
	delayMin   uint32 // shortest round trip, µs
	epoch      uint32 // when the curve began, ms; 0: it has not
	acked      uint32
	estimate   uint32 // what Reno's window would be: W_est, §4.3
	roundStart sim.Time
	lastAck    sim.Time
	endSeq     uint32
	currRTT    uint32
	samples    uint8
	found      bool // HyStart has found the end of slow start
}

// update is one ACK in congestion avoidance: after how many segments the window
// grows by one (bictcp_update).
func (c *cubic) update(cwnd, acked, now uint32) uint32 {
	c.acked += acked
	if c.lastCwnd == cwnd && int32(now-c.lastTime) <= 1000/32 {
		return max(c.per, 2)
	}
	if c.epoch == 0 || now != c.lastTime {
		c.lastCwnd, c.lastTime = cwnd, now
		if c.epoch == 0 {
			c.epoch = max(1, now)
			c.acked, c.estimate = acked, cwnd
			if c.k, c.origin = 0, cwnd; c.lastMax > cwnd {
				c.k = cubeRoot(cubicFactor * uint64(c.lastMax-cwnd))
				c.origin = c.lastMax
			}
		}
		t := (uint64(now-c.epoch) + uint64(c.delayMin/1000)) << 10 / 1000
		off := int64(t) - int64(c.k)
		d := uint64(min(max(off, -off), 300_000))     // five minutes: the cube fits 64 bits
		delta := uint32(cubicScale * d * d * d >> 40) // C |t-K|³
		target := c.origin - min(delta, c.origin)
		if off >= 0 {
			target = c.origin + delta
		}
		if target > cwnd {
			c.per = cwnd / (target - cwnd)
		} else {
			c.per = 100 * cwnd // hardly at all
		}
		if c.lastMax == 0 { // no loss yet: 5 % in a round trip at least
			c.per = min(c.per, 20)
		}
	}
	// Never slower than Reno would be: the Reno-friendly region, §4.3.
	per := cwnd * cubicFriendly >> 3
	for per > 0 && c.acked > per {
		c.acked -= per
		c.estimate++
	}
	if c.estimate > cwnd {
		c.per = min(c.per, cwnd/(c.estimate-cwnd))
	}
	c.per = max(c.per, 2) // half as many again in a round trip is the most
	return c.per
}

// cubeRoot is the integer cube root, by Newton's method.
func cubeRoot(a uint64) uint32 {
	if a == 0 {
		return 0
	}
	x := uint64(1) << ((bits.Len64(a) + 2) / 3)
	for {
		y := (2*x + a/(x*x)) / 3
		if y >= x {
			return uint32(x)
		}
		x = y
	}
}

// Bounds of HyStart (RFC 9406's forerunner; tcp_cubic.c hystart_…).
const (
	hystartLow     = 16                   // segments: not below
	hystartTrain   = 2 * time.Millisecond // ACKs closer than this belong together
	hystartSamples = 8
)

// pktsAcked gives CUBIC a round-trip time, and looks whether slow start should
// end before it loses anything: when a train of ACKs is half a round trip long,
// or the round trip has become longer (cubictcp_acked, hystart_update).
func (h *Host) pktsAcked(s *sock, t *traffic, rtt uint32) {
	c := &t.cubic
	if c.epoch != 0 && h.milliseconds()-c.epoch < 1000 {
		return // right after a recovery
	}
	rtt = max(rtt, 1)
	if c.delayMin == 0 || c.delayMin > rtt {
		c.delayMin = rtt
	}
	if c.found || !t.slowStart() {
		return
	}
	now := h.net.sim.Now()
	if int32(uint32(s.sndUna)-c.endSeq) > 0 || c.roundStart == 0 {
		c.roundStart, c.lastAck, c.endSeq, c.currRTT, c.samples = now, now, uint32(t.sndNxt), 1<<31, 0
	}
	if t.cwnd < hystartLow {
		return
	}
	if now.Sub(c.lastAck) <= hystartTrain {
		c.lastAck = now
		if micros(now.Sub(c.roundStart)) > c.delayMin/2 {
			c.found = true
			h.stats.TCPHystartTrainDetect++
			h.stats.TCPHystartTrainCwnd += uint64(t.cwnd)
			t.ssthresh = t.cwnd
		}
	}
	c.currRTT = min(c.currRTT, rtt)
	if c.samples < hystartSamples {
		c.samples++
	} else if c.currRTT > c.delayMin+min(max(c.delayMin/8, 4000), 16000) && !c.found {
		c.found = true
		h.stats.TCPHystartDelayDetect++
		h.stats.TCPHystartDelayCwnd += uint64(t.cwnd)
		t.ssthresh = t.cwnd
	}
}
