package sockets

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// What does not fit into the machine is refused before anything is made, and
// the error says the number.
func TestBudgetRefusesACrowd(t *testing.T) {
	lab := NewNetwork(MemoryBudget(1 << 30))
	server, client := lab.NewHost("server", Limits{}), lab.NewHost("client", Limits{})
	lab.NewLink(client, server, LAN)
	before := lab.Footprint()
	load := client.NewLoad(server.Addr(80), LoadOptions{Clients: 200_000_000, Window: 1000})
	var limit *LimitError
	err := lab.Run()
	if !errors.As(err, &limit) || limit.Field != "Clients" || limit.Value != 200_000_000 {
		t.Fatalf("200 million clients do not fit into a gibibyte: %v", err)
	}
	for _, word := range []string{"39.2 GB of this machine's memory are needed", "of the budget of 1.07 GB", "or fewer"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error must say %q: %v", word, err)
		}
	}
	if lab.Footprint() != before || load.Result().Started != 0 {
		t.Errorf("nothing may have been made: %d bytes more, %+v", lab.Footprint()-before, load.Result())
	}
	if err := NewNetwork(MemoryBudget(-1)).Err(); !errors.As(err, &limit) || limit.Field != "MemoryBudget" {
		t.Errorf("a negative budget is none: %v", err)
	}
}

// busyStage is a client with eleven addresses and a server that accepts whoever
// comes.
func busyStage(t *testing.T, options ...Option) (lab *Network, server, client *Host, accepted *int) {
	t.Helper()
	lab = NewNetwork(options...)
	t.Cleanup(lab.Close)
	server = lab.NewHost("server", Limits{NofileSoft: 1 << 18, NofileHard: 1 << 18, Somaxconn: 1 << 17})
	client = lab.NewHost("client", Limits{})
	if err := client.AddAddrs("10.1.0.1", 10); err != nil {
		t.Fatal(err)
	}
	wire := LAN
	wire.Queue = 1 << 18
	lab.NewLink(client, server, wire)
	accepted = new(int)
	server.Spawn("server", func(p *Process) {
		l, err := p.ListenOn(Any(80), 1<<17)
		for ; err == nil; *accepted++ {
			_, _, err = p.Accept4(l, 0)
		}
	})
	if err := lab.RunFor(time.Millisecond); err != nil {
		t.Fatal(err)
	}
	return lab, server, client, accepted
}

// What the estimate promises must be enough: a crowd that is let in stays
// within the budget, however its clients come.
func TestBudgetIsEnough(t *testing.T) {
	for _, o := range []LoadOptions{{Clients: 50_000, Window: 1000}, {Clients: 50_000, Within: time.Second}, {Clients: 50_000}} {
		lab, server, client, accepted := busyStage(t)
		least := lab.Footprint()
		lab.budget = 1 << 40
		if err := lab.afford(o); err != nil {
			t.Fatal(err)
		}
		client.NewLoad(server.Addr(80), o)
		most := int64(0)
		lab.RunUntil(func() bool {
			if lab.Events()%512 == 0 {
				most = max(most, lab.Footprint())
			}
			return *accepted == o.Clients
		})
		if *accepted != o.Clients {
			t.Fatalf("%+v: %d accepted", o, *accepted)
		}
		grown := most - least
		// A table grows by chunks: a few hundred kilobytes are no estimate's fault.
		lab.budget = lab.Footprint() + grown - 4<<20
		if err := lab.afford(o); err == nil {
			t.Errorf("%+v took %s, and would be let in with 4 MiB less", o, inBytes(grown))
		}
		lab.budget = lab.Footprint() + 3*grown
		if err := lab.afford(o); err != nil {
			t.Errorf("%+v took %s, and is not let in with three times as much: %v", o, inBytes(grown), err)
		}
		lab.Close()
	}
}

// Tables that grow beyond the budget by themselves end the run.
func TestBudgetEndsARun(t *testing.T) {
	lab, server, client, accepted := busyStage(t, MemoryBudget(8<<20))
	for range 10 { // each of them would fit
		client.NewLoad(server.Addr(80), LoadOptions{Clients: 10_000, Window: 100})
	}
	err := lab.Run()
	if err == nil || !strings.Contains(err.Error(), "the network's tables have grown to") {
		t.Errorf("a hundred thousand clients do not fit into 8 MiB: %d accepted, %v", *accepted, err)
	}
	if again := lab.RunFor(time.Second); again == nil {
		t.Error("a network beyond its budget runs no further")
	}
}

// StopWhen stops a run, a call from outside, and a crowd that comes all at
// once, wherever they are.
func TestStopWhen(t *testing.T) {
	reason := errors.New("the reader pressed stop")
	stage := func() (*Network, *Host, *Host, context.CancelCauseFunc) {
		ctx, stop := context.WithCancelCause(context.Background())
		lab := NewNetwork(StopWhen(func() error { return context.Cause(ctx) }))
		server, client := lab.NewHost("server", Limits{}), lab.NewHost("client", Limits{})
		lab.NewLink(client, server, LAN)
		t.Cleanup(lab.Close)
		return lab, server, client, stop
	}
	lab, server, _, stop := stage()
	turns := 0
	server.Spawn("spinner", func(p *Process) {
		for {
			p.Sleep(time.Microsecond)
			if turns++; turns == 10_000 {
				stop(reason)
			}
		}
	})
	if err := lab.Run(); !errors.Is(err, reason) || !strings.Contains(err.Error(), "stopped at 0.0") {
		t.Errorf("a run that would go on for ever ends with the reason and the time: %v", err)
	}
	if turns < 10_000 || turns > 10_000+betweenLooks {
		t.Errorf("it must end at once, %d turns after it was asked to", turns-10_000)
	}
	if err := lab.RunFor(time.Second); !errors.Is(err, reason) {
		t.Errorf("and does not begin again: %v", err)
	}

	lab, server, client, stop := stage()
	server.Spawn("spinner", func(p *Process) {
		for p.Sleep(time.Microsecond); ; p.Sleep(time.Microsecond) {
			if lab.Now() > 5e6 {
				stop(reason)
			}
		}
	})
	p := client.NewProcess("client")
	l, err := p.ListenOn(Any(80), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Accept4(l, 0); !errors.Is(err, reason) {
		t.Errorf("a call from outside that waits ends with the reason: %v", err)
	}

	lab, server, client, stop = stage()
	stop(reason)
	load := client.NewLoad(server.Addr(80), LoadOptions{Clients: 100_000_000})
	lab.sim.Step() // their arrival, all in this instant
	if n := load.Result().Started; n > betweenLooks {
		t.Errorf("a crowd stays away once the run is to end, %d came", n)
	}
}
