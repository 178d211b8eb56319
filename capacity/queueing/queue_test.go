package queueing_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"socketbook/capacity"
	"socketbook/capacity/queueing"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %.6g, want %.6g within %.2g", what, got, want, within)
	}
}

// One worker: the textbook's formula, and at load 1 every length is as likely
// as any other.
func TestMarkovOfOneWorker(t *testing.T) {
	for _, load := range []float64{0.1, 0.5, 0.9, 1.1, 2, 50} {
		q := queueing.Queue{Arrivals: 1000 * load, Service: 1000, Backlog: 8}
		k := float64(q.Places())
		want := (1 - load) * math.Pow(load, k) / (1 - math.Pow(load, k+1))
		near(t, "loss", must(queueing.Markov(q)).Lost, want, 1e-12)
	}
	q := queueing.Queue{Arrivals: 7, Service: 7, Backlog: 8}
	near(t, "loss at load 1", must(queueing.Markov(q)).Lost, 1.0/11, 1e-12)
	// 4,096 places and load 1.5: a third is lost, and nothing overflows.
	q = queueing.Queue{Arrivals: 1.5, Service: 1, Backlog: 4096}
	near(t, "loss of a long queue", must(queueing.Markov(q)).Lost, 1.0/3, 1e-9)
}

// Many workers and no queue to speak of: Erlang's loss formula, by its own
// recursion.
func TestMarkovOfManyWorkers(t *testing.T) {
	load, b := 80.0, 1.0
	for n := 1; n <= 101; n++ {
		b = load * b / (float64(n) + load*b)
		if n == 100 {
			// One place in the queue beside 100 workers: M/M/100/101.
			got := must(queueing.Markov(queueing.Queue{Arrivals: 80, Service: 1, Workers: 100})).Lost
			want := b * load / 100 / (1 + b*load/100)
			near(t, "loss of 100 workers", got, want, 1e-12)
		}
	}
}

// A long queue under a light load loses nobody; the wait is then Pollaczek and
// Khinchine's, and half as long where service is fixed.
func TestWaitsOfALongQueue(t *testing.T) {
	for _, load := range []float64{0.3, 0.8, 0.95} {
		q := queueing.Queue{Arrivals: load * 100, Service: 100, Backlog: 4096}
		markov, fixed := must(queueing.Markov(q)), must(queueing.Fixed(q))
		want := load / (1 - load) / 100
		near(t, "wait, exponential service", markov.Wait.Seconds(), want, want*1e-6)
		near(t, "wait, fixed service", fixed.Wait.Seconds(), want/2, want*1e-6)
		near(t, "busy", fixed.Busy, load, 1e-9)
	}
}

// Two places and fixed service, solved by hand: of the two states that a
// departure leaves behind, π(1)/π(0) = (1 - e^-ρ)/e^-ρ.
func TestFixedOfTwoPlaces(t *testing.T) {
	for _, load := range []float64{0.2, 1, 3, 30} {
		q := queueing.Queue{Arrivals: load, Service: 1}
		pi0 := math.Exp(-load)
		near(t, "loss", must(queueing.Fixed(q)).Lost, 1-1/(pi0+load), 1e-9)
	}
	// An overload is lost, whatever the queue: 1 - 1/ρ.
	q := queueing.Queue{Arrivals: 20, Service: 1, Backlog: 1000}
	near(t, "loss of an overload", must(queueing.Fixed(q)).Lost, 0.95, 1e-9)
}

func TestFixedLosesLess(t *testing.T) {
	for backlog := range 30 {
		q := queueing.Queue{Arrivals: 90, Service: 100, Backlog: backlog}
		m, f := must(queueing.Markov(q)), must(queueing.Fixed(q))
		if f.Lost >= m.Lost || f.Wait >= m.Wait {
			t.Errorf("backlog %d: fixed service loses %v and waits %v, exponential %v and %v", backlog, f.Lost, f.Wait, m.Lost, m.Wait)
		}
	}
}

func TestHeldIsLittlesLaw(t *testing.T) {
	near(t, "1,000 a second that stay a minute", must(queueing.Held(1000, time.Minute)), 60_000, 0)
}

func TestBadQueuesAreRefusedByName(t *testing.T) {
	good := queueing.Queue{Arrivals: 1, Service: 1}
	for field, spoil := range map[string]func(*queueing.Queue){
		"Arrivals":                     func(q *queueing.Queue) { q.Arrivals = math.NaN() },
		"Service":                      func(q *queueing.Queue) { q.Service = 0 },
		"Workers":                      func(q *queueing.Queue) { q.Workers = -1 },
		"Backlog":                      func(q *queueing.Queue) { q.Backlog = -1 },
		"Arrivals / Service / Workers": func(q *queueing.Queue) { q.Arrivals = 101 },
	} {
		q := good
		spoil(&q)
		for _, f := range []func(queueing.Queue) (queueing.Answer, error){queueing.Markov, queueing.Fixed} {
			_, err := f(q)
			var input *capacity.InputError
			if !errors.As(err, &input) || input.Field != field || input.Allowed == "" {
				t.Errorf("%+v: %v, want a refusal of %s", q, err, field)
			}
		}
	}
	for _, err := range []error{
		second(queueing.Fixed(queueing.Queue{Arrivals: 1, Service: 1, Workers: 2})),
		second(queueing.Rush(0, 1, 1)), second(queueing.Rush(1, -1, 1)), second(queueing.Rush(1, 1, math.Inf(1))),
		second(queueing.Held(math.NaN(), 0)), second(queueing.Held(1, -1)),
	} {
		if err == nil || !strings.Contains(err.Error(), "allowed") {
			t.Errorf("%v is no refusal", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func FuzzQueues(f *testing.F) {
	f.Add(1000.0, 900.0, 1, 128)
	f.Add(math.NaN(), math.Inf(1), -1, -1)
	f.Add(1e9, 1e9, 65536, 1000)
	f.Add(5e-324, 1e9, 0, 0)
	f.Add(99.9, 1.0, 1, 3000)
	f.Fuzz(func(t *testing.T, arrivals, service float64, workers, backlog int) {
		q := queueing.Queue{Arrivals: arrivals, Service: service, Workers: workers, Backlog: backlog % 3000}
		for _, theory := range []func(queueing.Queue) (queueing.Answer, error){queueing.Markov, queueing.Fixed} {
			a, err := theory(q)
			if err == nil && !(a.Lost >= 0 && a.Lost <= 1 && a.Busy >= 0 && a.Waiting >= 0 && a.Wait >= 0) {
				t.Fatalf("%+v: %+v", q, a)
			}
		}
		waves, err := queueing.Rush(int64(backlog), workers, arrivals)
		for _, w := range waves {
			if w.Admitted < 0 || w.Admitted > w.Came {
				t.Fatalf("%+v", waves)
			}
		}
		_ = err
	})
}
