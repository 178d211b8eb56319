package queueing

import (
	"fmt"
	"time"

	"socketbook/capacity"
)

// Wave is one second's attempt of a rush: those who found the queue full come
// again when their SYN is repeated.
type Wave struct {
	At       time.Duration // after the first
	Came     int64         // SYNs in this wave
	Admitted int64
}

// Rush is everybody within a moment: the queue takes backlog+1, the rest hear
// nothing and send their SYN again after 1, 2, 3, 4, 5, 7, 11 … seconds
// (net.ipv4.tcp_syn_linear_timeouts), while the server accepts rate a second.
// The last wave is empty-handed when some give up.
//
// Service is counted as even (a fluid): right to one connection a wave. The
// moment must be longer than a round trip. Where all SYNs come before the first
// ACK, the SYN queue is full first, and the kernel answers with cookies: then
// every client believes itself connected, and the server has backlog+1.
func Rush(clients int64, backlog int, rate float64) ([]Wave, error) {
	if clients < 1 || clients > 1<<40 {
		return nil, &capacity.InputError{Field: "clients", Value: clients, Allowed: fmt.Sprintf("1 to %d", int64(1)<<40)}
	}
	if backlog < 0 || backlog > mostPlaces {
		return nil, &capacity.InputError{Field: "backlog", Value: backlog, Allowed: fmt.Sprintf("0 to %d", mostPlaces)}
	}
	if !(rate >= 0 && rate <= 1e9) {
		return nil, &capacity.InputError{Field: "rate", Value: rate, Allowed: "0 to 1e9 a second"}
	}
	var waves []Wave
	queued, last := 0.0, time.Duration(0)
	for _, at := range synTimes {
		queued = max(0, queued-rate*(at-last).Seconds())
		last = at
		admitted := max(0, min(clients, int64(float64(backlog+1)-queued)))
		waves = append(waves, Wave{At: at, Came: clients, Admitted: admitted})
		queued += float64(admitted)
		if clients -= admitted; clients == 0 {
			break
		}
	}
	return waves, nil
}

// synTimes are when a SYN is sent, with tcp_syn_retries 6 and four linear
// timeouts (Linux 6.5 and later): net/ipv4/tcp_timer.c
// tcp_retransmit_timer.
var synTimes = []time.Duration{0, 1e9, 2e9, 3e9, 4e9, 5e9, 7e9, 11e9, 19e9, 35e9, 67e9}
