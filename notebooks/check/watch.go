package check

import "time"

// watched runs an exam and ends the wait for an answer that makes no call any
// more and does not return either. Such an answer is left behind: no Go program
// can stop it. As long as calls are made, the counting in kernel.go sees to the
// end, so that what is said does not depend on how fast this machine is.
func watched(examine func(p *pulse) outcome) outcome {
	p := &pulse{}
	done := make(chan outcome, 1)
	go func() { done <- examine(p) }()
	tick := time.NewTicker(patience / 5)
	defer tick.Stop()
	for before, quiet := uint64(0), 0; ; {
		select {
		case o := <-done:
			return o
		case <-tick.C:
		}
		if now := p.beats.Load(); now != before {
			before, quiet = now, 0
		} else if quiet++; quiet == 3 {
			p.gone.Store(true)
			return no("Your function does not come to an end: it runs on, and makes no call.")
		}
	}
}
