package queueing_test

import (
	"fmt"

	"socketbook/capacity/queueing"
)

// Four workers, 250 connections a second each, 990 arrive. A longer backlog
// loses fewer and makes everybody wait; it serves nobody faster.
func ExampleMarkov() {
	for _, backlog := range []int{0, 16, 128, 4096} {
		a := must(queueing.Markov(queueing.Queue{Arrivals: 990, Service: 250, Workers: 4, Backlog: backlog}))
		fmt.Printf("backlog %4d: %4.1f %% lost, %.1f workers busy, %.1f ms in the queue\n", backlog, 100*a.Lost, a.Busy, a.Wait.Seconds()*1000)
	}
	// Output:
	// backlog    0: 23.3 % lost, 3.0 workers busy, 0.3 ms in the queue
	// backlog   16:  4.5 % lost, 3.8 workers busy, 7.7 ms in the queue
	// backlog  128:  0.4 % lost, 3.9 workers busy, 49.9 ms in the queue
	// backlog 4096:  0.0 % lost, 4.0 workers busy, 97.8 ms in the queue
}

// A thousand clients within a moment, a backlog of 127, 100 accepted a second:
// half of them wait five seconds and more.
func ExampleRush() {
	total := int64(0)
	for _, w := range must(queueing.Rush(1000, 127, 100)) {
		total += w.Admitted
		fmt.Printf("after %2.0f s: %4d SYNs, %3d get in, %d have\n", w.At.Seconds(), w.Came, w.Admitted, total)
	}
	// Output:
	// after  0 s: 1000 SYNs, 128 get in, 128 have
	// after  1 s:  872 SYNs, 100 get in, 228 have
	// after  2 s:  772 SYNs, 100 get in, 328 have
	// after  3 s:  672 SYNs, 100 get in, 428 have
	// after  4 s:  572 SYNs, 100 get in, 528 have
	// after  5 s:  472 SYNs, 100 get in, 628 have
	// after  7 s:  372 SYNs, 128 get in, 756 have
	// after 11 s:  244 SYNs, 128 get in, 884 have
	// after 19 s:  116 SYNs, 116 get in, 1000 have
}
