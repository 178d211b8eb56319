// Package queueing says what an accept queue does when clients come by chance:
// how many find it full, how long it is, how long one waits in it.
//
//	arrivals ──▶ │ backlog + 1 places │ ──▶ accept4 ──▶ worker ──▶
//	  λ a second                                         μ a second each
//
// A worker that serves a connection has taken it out of the queue. So the
// system holds workers + backlog + 1, and a busy program's clients wait where
// its own code cannot see them: raising the backlog makes the wait longer, not
// the service faster.
//
// [Markov] takes service times that vary (exponential), [Fixed] ones that are
// all alike; [Rush] is for everybody at once. Both compute for clients that go
// away when they find the queue full. Linux's come back after a second, which
// is the same as long as one looks at less than that second.
//
// A test holds all three against the simulated kernel.
package queueing
