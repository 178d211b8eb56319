package sockets

import (
	"math/bits"
	"time"

	"socketbook/sockets/sim"
)

// What TCP_SYNCNT and TCP_USER_TIMEOUT do to the retransmission timer.

// synRetries is how often a socket sends its SYN again: TCP_SYNCNT or
// tcp_syn_retries.
func (h *Host) synRetries(s *sock) int {
	if n := h.options(s).synCount; n != 0 {
		return int(n)
	}
	return h.limits.SynRetries
}

// outOfTime reports whether a SYN has gone unanswered for too long
// (retransmits_timed_out). It has as long as its retries would take if each
// wait were twice the one before; TCP_USER_TIMEOUT names the time.
func (h *Host) outOfTime(s *sock, t *traffic) bool {
	now := h.net.sim.Now()
	if t.retries == 0 {
		t.since = now - sim.Time(t.rto)*1000 // when the SYN was sent
		return false
	}
	limit := time.Duration(h.options(s).userTimeout) * time.Millisecond
	if limit == 0 {
		limit = modelTimeout(h.synRetries(s), time.Second)
	}
	return now.Sub(t.since) >= limit
}

// modelTimeout is how long n retransmissions take, each after twice as long as
// the one before, up to 120 s (tcp_model_timeout).
func modelTimeout(n int, first time.Duration) time.Duration {
	doublings := bits.Len(uint(rtoMax*time.Microsecond/first)) - 1
	d := time.Duration(2<<min(n, doublings)-1) * first
	return d + time.Duration(max(0, n-doublings))*rtoMax*time.Microsecond
}

// armLimited starts the timer, not beyond the end of TCP_USER_TIMEOUT
// (tcp_clamp_rto_to_user_timeout).
func (h *Host) armLimited(i uint32, s *sock, t *traffic) {
	limit := time.Duration(h.options(s).userTimeout) * time.Millisecond
	if limit == 0 || t.timer != 0 {
		h.arm(i, t)
		return
	}
	left := max(limit-h.net.sim.Now().Sub(t.since), time.Second/hz)
	wait := min(left, time.Duration(t.rto)*time.Microsecond)
	h.setTimer(i, t, timerRTO, uint32(wait/time.Microsecond))
}
