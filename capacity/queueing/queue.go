package queueing

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mathext"

	"socketbook/capacity"
)

// Queue is one listener and those who serve it.
type Queue struct {
	Arrivals float64 // new connections a second, a Poisson process
	Service  float64 // connections that one worker serves a second
	Workers  int     // default 1
	Backlog  int     // as the kernel has it: min(listen's, somaxconn)
}

// Places is how many connections fit: in the workers' hands, in the queue,
// and the one by which the kernel's "more than" is more generous than its name.
func (q Queue) Places() int { return q.withDefaults().Workers + q.Backlog + 1 }

// Load is the work that arrives, in workers: above Workers the queue is full
// most of the time.
func (q Queue) Load() float64 { return q.Arrivals / q.Service }

func (q Queue) withDefaults() Queue {
	if q.Workers == 0 {
		q.Workers = 1
	}
	return q
}

// Bounds: a listener's backlog beyond a million is a mistake, and a load of
// more than a hundred is an outage.
const (
	mostPlaces  = 1 << 20
	mostWorkers = 1 << 16
	mostLoad    = 100
)

func (q Queue) validate() error {
	real := func(name string, v float64) error {
		if !(v > 0 && v <= 1e9) {
			return &capacity.InputError{Field: name, Value: v, Allowed: "above 0, up to 1e9 a second"}
		}
		return nil
	}
	if err := real("Arrivals", q.Arrivals); err != nil {
		return err
	}
	if err := real("Service", q.Service); err != nil {
		return err
	}
	if q.Workers < 1 || q.Workers > mostWorkers {
		return &capacity.InputError{Field: "Workers", Value: q.Workers, Allowed: fmt.Sprintf("1 to %d", mostWorkers)}
	}
	if q.Backlog < 0 || q.Backlog > mostPlaces {
		return &capacity.InputError{Field: "Backlog", Value: q.Backlog, Allowed: fmt.Sprintf("0 to %d", mostPlaces)}
	}
	if each := q.Load() / float64(q.Workers); each > mostLoad {
		return &capacity.InputError{Field: "Arrivals / Service / Workers", Value: each, Allowed: fmt.Sprintf("up to %d", mostLoad)}
	}
	return nil
}

// Answer is the long run of a queue.
type Answer struct {
	Lost    float64       // share of arrivals that find every place taken
	Busy    float64       // workers at work, on average
	Waiting float64       // connections in the accept queue, on average
	Wait    time.Duration // of one that got in, on average, before its accept4
}

// answer turns the probabilities of n connections in the system into an
// Answer. The wait follows from the queue's length: Little's law.
func (q Queue) answer(p []float64) Answer {
	a := Answer{Lost: p[len(p)-1]}
	for n, share := range p {
		a.Busy += share * float64(min(n, q.Workers))
		a.Waiting += share * float64(max(0, n-q.Workers))
	}
	if through := q.Arrivals * (1 - a.Lost); through > 0 {
		a.Wait = time.Duration(math.Min(a.Waiting/through*1e9, math.MaxInt64/2))
	}
	return a
}

// Markov is the queue M/M/c/K: service times vary, exponentially. With one
// worker it is M/M/1/K, whose loss is
//
//	(1 - ρ) ρ^K / (1 - ρ^(K+1)),  ρ = arrivals / service
//
// Source: Kleinrock, Queueing Systems I (1975), §3.6, and any book since.
func Markov(q Queue) (Answer, error) {
	q = q.withDefaults()
	if err := q.validate(); err != nil {
		return Answer{}, err
	}
	// One more in the system follows from one less by load / busy workers.
	// Logarithms, since the terms of 4,096 places leave the range of a float.
	logs := make([]float64, q.Places()+1)
	for n := 1; n < len(logs); n++ {
		logs[n] = logs[n-1] + math.Log(q.Load()/float64(min(n, q.Workers)))
	}
	total := floats.LogSumExp(logs)
	for n := range logs {
		logs[n] = math.Exp(logs[n] - total)
	}
	return q.answer(logs), nil
}

// Fixed is the queue M/D/1/K: one worker that takes equally long for
// everybody. It loses less than [Markov]: half of a queue is made by service
// times that vary.
//
// Computed from the chain that the end of each service sees. What flows up
// across a level flows down again, so that every term is positive and nothing
// cancels:
//
//	π(j+1) P(A=0) = π(0) P(A>j) + Σ π(i) P(A>j+1-i),  A arrivals in a service
//
// Source: Gross and Harris, Fundamentals of Queueing Theory, M/G/1/K.
func Fixed(q Queue) (Answer, error) {
	q = q.withDefaults()
	if err := q.validate(); err != nil {
		return Answer{}, err
	}
	if q.Workers != 1 {
		return Answer{}, &capacity.InputError{Field: "Workers", Value: q.Workers, Allowed: "1: several fixed workers have no closed form"}
	}
	if q.Backlog > 1<<16 {
		return Answer{}, &capacity.InputError{Field: "Backlog", Value: q.Backlog, Allowed: "0 to 65536 with fixed service"}
	}
	load := q.Load()
	more := []float64{} // P(A > n) of a Poisson A, as far as it is more than nothing
	for n := 0; n == 0 || more[n-1] > 1e-18; n++ {
		more = append(more, mathext.GammaIncReg(float64(n+1), load))
	}
	none := math.Exp(-load)
	pi := make([]float64, q.Places()) // a departure leaves at most K-1 behind
	pi[0] = 1
	for j := range len(pi) - 1 {
		up := 0.0
		if j < len(more) {
			up = pi[0] * more[j]
		}
		for i := max(1, j+2-len(more)); i <= j; i++ {
			up += pi[i] * more[j+1-i]
		}
		pi[j+1] = up / none
		if pi[j+1] > 1e250 { // under overload the terms grow without end
			floats.Scale(1e-250, pi[:j+2])
		}
	}
	floats.Scale(1/floats.Sum(pi), pi)
	p := append(pi, 0)
	floats.Scale(1/(pi[0]+load), p)
	p[len(p)-1] = max(0, 1-floats.Sum(p[:len(p)-1]))
	return q.answer(p), nil
}

// Held is Little's law: how many connections are open when so many come a
// second and each stays so long, whatever the distributions.
func Held(perSecond float64, lifetime time.Duration) (float64, error) {
	if !(perSecond >= 0 && perSecond <= 1e12) {
		return 0, &capacity.InputError{Field: "perSecond", Value: perSecond, Allowed: "0 to 1e12"}
	}
	if lifetime < 0 {
		return 0, &capacity.InputError{Field: "lifetime", Value: lifetime, Allowed: "0 or more"}
	}
	return perSecond * lifetime.Seconds(), nil
}
