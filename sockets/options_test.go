package sockets

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Bad input is refused by name: the field, its value, and what is allowed. The
// host is built all the same, on defaults, so that nothing panics; but every
// call of the network answers with the error.

// refuses says that an error names a field.
func refuses(t *testing.T, err error, field, what string) {
	t.Helper()
	var limit *LimitError
	if !errors.As(err, &limit) {
		t.Errorf("%s must be refused with a LimitError, got %v", what, err)
		return
	}
	if limit.Field != field || limit.Allowed == "" || !strings.Contains(err.Error(), field) || !strings.Contains(err.Error(), "allowed: ") {
		t.Errorf("%s must be refused naming %s and what is allowed, got %v", what, field, err)
	}
}

// Every field of Limits refuses values no kernel would take, and takes its
// bounds.
func TestLimitsAreChecked(t *testing.T) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Limits]()) {
		if field.Type == reflect.TypeFor[Costs]() {
			for _, sub := range reflect.VisibleFields(field.Type) { // each by its own test
				l := Limits{}
				reflect.ValueOf(&l.Costs).Elem().FieldByIndex(sub.Index).SetInt(-1)
				refuses(t, l.Validate(), "Costs."+sub.Name, "a cost below zero")
			}
			continue
		}
		i, name := field.Index[0], field.Name
		bad := []int64{-2, math.MinInt64, math.MaxInt64}
		if field.Type.Kind() != reflect.Int64 {
			bad = []int64{-2, math.MinInt, math.MaxInt}
		}
		for _, v := range bad {
			var l Limits
			reflect.ValueOf(&l).Elem().Field(i).SetInt(v)
			err := l.Validate()
			switch {
			case name == "FileMax" && v > 0: // any number of files is fine
				if err != nil {
					t.Errorf("FileMax %d must be allowed: %v", v, err)
				}
			case name == "NofileSoft" && v > 0, name == "NofileHard" && v > 0:
				// A hard limit follows the soft one, fs.nr_open the hard one.
				refuses(t, err, "NrOpen", name+" beyond what fs.nr_open can be")
			default:
				refuses(t, err, name, name+" of "+reflect.ValueOf(v).String())
			}
			lab := NewNetwork()
			h := lab.NewHost("h", l)
			if (err == nil) != (lab.Err() == nil) || h == nil {
				t.Errorf("%s %d: NewHost must refuse what Validate refuses: %v, %v", name, v, err, lab.Err())
			}
			if err != nil {
				if e := lab.Run(); !errors.Is(e, lab.Err()) {
					t.Errorf("Run must answer with the network's error, got %v", e)
				}
				p := h.NewProcess("p")
				if _, e := p.Socket(AF_INET, SOCK_STREAM, 0); !errors.Is(e, lab.Err()) {
					t.Errorf("a call must answer with the network's error, got %v", e)
				}
			}
		}
	}
	if err := (Limits{}).Validate(); err != nil {
		t.Errorf("zero fields are Linux's defaults, and allowed: %v", err)
	}
	for _, c := range []struct {
		l     Limits
		field string
	}{
		{Limits{NofileSoft: 5, NofileHard: 4}, "NofileSoft"},
		{Limits{NofileHard: 100, NrOpen: 64}, "NofileHard"},
		{Limits{PortLow: 61000}, "PortLow"},
		{Limits{PortLow: 5, PortHigh: 4}, "PortLow"},
		{Limits{PortHigh: 65536}, "PortHigh"},
		{Limits{Rmem: 2303}, "Rmem"},
		{Limits{Wmem: 4607}, "Wmem"},
		{Limits{MSS: 87}, "MSS"},
		{Limits{MSS: 65496}, "MSS"},
		{Limits{RxRing: 8193}, "RxRing"},
		{Limits{RAM: 1 << 19}, "RAM"},
		{Limits{TimeWait: 25 * time.Hour}, "TimeWait"},
		{Limits{WakeupLatency: 2 * time.Second}, "WakeupLatency"},
	} {
		refuses(t, c.l.Validate(), c.field, "a limit out of range")
	}
	if n := (Limits{}).EphemeralPorts(); n != 28_232 {
		t.Errorf("the default range has 28,232 ports, not %d", n)
	}
	low := Limits{UnprivilegedPortStart: -1}.WithDefaults()
	if low.UnprivilegedPortStart != -1 || low.Validate() != nil {
		t.Errorf("-1 stands for no privileged port: %+v", low)
	}
}

func TestLinkOptionsAreChecked(t *testing.T) {
	for _, c := range []struct {
		o     LinkOptions
		field string
	}{
		{LinkOptions{Delay: -1}, "Delay"},
		{LinkOptions{Delay: math.MaxInt64}, "Delay"},
		{LinkOptions{Rate: -1}, "Rate"},
		{LinkOptions{Rate: 1}, "Rate"},
		{LinkOptions{Rate: 999}, "Rate"},
		{LinkOptions{Rate: math.MaxInt64}, "Rate"},
		{LinkOptions{Queue: -1}, "Queue"},
		{LinkOptions{Queue: math.MaxInt}, "Queue"},
		{LinkOptions{QueueBytes: -1}, "QueueBytes"},
		{LinkOptions{QueueBytes: math.MaxInt}, "QueueBytes"},
		{LinkOptions{CEThreshold: -1}, "CEThreshold"},
		{LinkOptions{CEThreshold: math.MaxInt64}, "CEThreshold"},
		{LinkOptions{Jitter: -1}, "Jitter"},
		{LinkOptions{Jitter: math.MaxInt64}, "Jitter"},
		{LinkOptions{Loss: -0.1}, "Loss"},
		{LinkOptions{Loss: 1.1}, "Loss"},
		{LinkOptions{Loss: math.NaN()}, "Loss"},
		{LinkOptions{Duplicate: math.Inf(1)}, "Duplicate"},
		{LinkOptions{Reorder: 2, ReorderDelay: 1}, "Reorder"},
		{LinkOptions{Reorder: 0.1}, "ReorderDelay"},
		{LinkOptions{Reorder: 0.1, ReorderDelay: -1}, "ReorderDelay"},
		{LinkOptions{Corrupt: -1}, "Corrupt"},
		{LinkOptions{SwitchFlip: math.NaN()}, "SwitchFlip"},
		{LinkOptions{Burst: GilbertElliott{ToBad: 0.1}}, "Burst"},
		{LinkOptions{Burst: GilbertElliott{LossBad: 0.1}}, "Burst"},
		{LinkOptions{Burst: GilbertElliott{ToBad: 0.1, ToGood: -1}}, "Burst.ToGood"},
	} {
		lab := NewNetwork()
		a, b := lab.NewHost("a", Limits{}), lab.NewHost("b", Limits{})
		if lab.NewLink(a, b, c.o) == nil {
			t.Error("NewLink must return a link whatever happens")
		}
		refuses(t, lab.Err(), c.field, "a link")
	}
	lab, other := NewNetwork(), NewNetwork()
	a, b := lab.NewHost("a", Limits{}), lab.NewHost("b", Limits{})
	stranger := other.NewHost("a", Limits{})
	for _, pair := range [][2]*Host{{nil, a}, {a, nil}, {nil, nil}, {a, a}, {a, stranger}, {stranger, a}} {
		lab.err = nil
		lab.NewLink(pair[0], pair[1], LAN)
		refuses(t, lab.Err(), "link", "a link between these")
	}
	lab.err = nil
	lab.NewLink(a, b, LAN)
	if lab.Err() != nil || len(lab.links) != 1 || len(a.nics) != 1 {
		t.Errorf("two hosts can be linked, and what was refused left nothing: %v, %d links, %d cards", lab.Err(), len(lab.links), len(a.nics))
	}
	// The slowest wire with the longest queue still ends within the clock.
	st := newStory(t, Limits{MSS: maxMSS}, LinkOptions{Rate: minRate, Queue: maxQueue, Delay: maxTime})
	w := st.client.nics[0].tx
	for range 100 {
		w.send(st.net.frames.alloc(65_535), 65_535)
	}
	last := w.at(w.tail - 1)
	if each := last.arrives.Sub(0) / 100; each*maxQueue > time.Duration(lastTime) {
		t.Errorf("a full queue would take %v a frame, beyond the clock's end", each)
	}
}

func TestLoadOptionsAreChecked(t *testing.T) {
	for _, c := range []struct {
		o     LoadOptions
		field string
	}{
		{LoadOptions{}, "Clients"},
		{LoadOptions{Clients: -1}, "Clients"},
		{LoadOptions{Clients: math.MaxInt}, "Clients"},
		{LoadOptions{Clients: 1, Within: -1}, "Within"},
		{LoadOptions{Clients: 1, Within: math.MaxInt64}, "Within"},
		{LoadOptions{Clients: 1, Rate: -1}, "Rate"},
		{LoadOptions{Clients: 1, Rate: math.NaN()}, "Rate"},
		{LoadOptions{Clients: 1, Rate: math.Inf(1)}, "Rate"},
		{LoadOptions{Clients: 1, Rate: math.Inf(-1)}, "Rate"},
		{LoadOptions{Clients: 1, Rate: 1e-300}, "Rate"},
		{LoadOptions{Clients: 1, Window: -1}, "Window"},
		{LoadOptions{Clients: 1, Window: math.MaxInt}, "Window"},
		{LoadOptions{Clients: 1, HoldFor: -1}, "HoldFor"},
		{LoadOptions{Clients: 1, HoldFor: math.MaxInt64}, "HoldFor"},
		{LoadOptions{Clients: 1, Send: make([]byte, 16385)}, "Send"},
		{LoadOptions{Clients: 1, Rate: 1, Window: 1}, "Within, Rate, Window"},
		{LoadOptions{Clients: 1, Within: 1, Rate: 1}, "Within, Rate, Window"},
	} {
		st := lanStory(t)
		load := st.client.NewLoad(st.server.Addr(80), c.o)
		refuses(t, st.net.Err(), c.field, "a crowd")
		if load == nil {
			t.Fatal("NewLoad must return a crowd whatever happens")
		}
		refuses(t, st.net.Run(), c.field, "the run")
		load.CloseAll()
		if load.Send(0, nil) != -1 || load.Result().Started != 0 {
			t.Errorf("a refused crowd does nothing: %+v", load.Result())
		}
	}
	st := lanStory(t)
	load := st.client.NewLoad(Addr("not an address"), LoadOptions{Clients: 1})
	refuses(t, st.net.Err(), "target", "a crowd's target")
	_ = load
}

// Names and addresses of hosts are their own.
func TestHostsAreApart(t *testing.T) {
	lab := NewNetwork()
	lab.NewHost("a", Limits{})
	lab.NewHost("a", Limits{})
	refuses(t, lab.Err(), "host name", "a second host of one name")
	lab = NewNetwork()
	a := lab.NewHost("a", Limits{})
	if err := a.AddAddrs("10.0.0.2", 3); err != nil {
		t.Fatalf("a may have the addresses nobody has: %v", err)
	}
	b := lab.NewHost("b", Limits{})
	if got := b.Addr(0).AddrPort().Addr().String(); got != "10.0.0.5" {
		t.Errorf("a new host gets the next address that nobody has: want 10.0.0.5, got %s", got)
	}
	for _, c := range []struct {
		first string
		count int
		field string
	}{
		{"10.0.0.5", 1, "addresses"},
		{"10.0.0.1", 1, "addresses"},
		{"9.255.255.255", 3, "addresses"},
		{"0.0.0.0", 1, "address"},
		{"127.0.0.1", 1, "address"},
		{"127.255.255.255", 1, "address"},
		{"126.255.255.255", 2, "address"},
		{"1.0.0.0", 1 << 31, "address"},
		{"224.0.0.1", 1, "address"},
		{"223.255.255.255", 2, "address"},
		{"255.255.255.255", 1, "address"},
		{"10.1.0.1", 0, "count"},
		{"10.1.0.1", -1, "count"},
		{"10.1.0.1", math.MaxInt, "count"},
		{"255.255.255.255", 2, "count"},
		{"10.1.0", 1, "address"},
		{"", 1, "address"},
	} {
		refuses(t, b.AddAddrs(c.first, c.count), c.field, "addresses from "+c.first)
	}
	if len(b.ranges) != 1 {
		t.Errorf("what was refused must leave nothing: %v", b.ranges)
	}
	if lab.Host("a") != a || lab.Host("nobody") != nil || len(lab.Hosts()) != 2 {
		t.Error("hosts are found by name")
	}
}

func TestParseAddr(t *testing.T) {
	for s, want := range map[string]string{"10.0.0.1:80": "10.0.0.1:80", ":80": "0.0.0.0:80", "[::1]:80": "[::1]:80", "[::]:0": "[::]:0", "[::ffff:10.0.0.1]:80": "[::ffff:10.0.0.1]:80", "255.255.255.255:65535": "255.255.255.255:65535", "0.0.0.0:0": "0.0.0.0:0"} {
		if a, err := ParseAddr(s); err != nil || a.String() != want {
			t.Errorf("%q must be read as %s, is %v, %v", s, want, a, err)
		}
	}
	for s, field := range map[string]string{"": "address", "10.0.0.1": "address", "10.0.0.1:": "port", "10.0.0.1:65536": "port", "10.0.0.1:-1": "port", "10.0.0.256:1": "address", "host:80": "address", "10.0.0.1:80:80": "address", "::1:80": "address", "[::1]": "port", "[10.0.0.1]:80": "address", "[::1]:": "port", "[:::]:80": "address"} {
		_, err := ParseAddr(s)
		refuses(t, err, field, "address "+s)
		if a := Addr(s); a.Family == AF_INET || !strings.HasPrefix(a.String(), "family ") {
			t.Errorf("Addr(%q) must be an address of no family, is %v", s, a)
		}
	}
}

// A call from outside that failed, a stuck one, a refused run: whatever went
// wrong, the network runs on.
func TestRunAfterErrors(t *testing.T) {
	st := lanStory(t)
	l, err := st.s.ListenOn(Any(80), 1)
	st.ok(err, "listen")
	var stuck *StuckError
	for range 3 {
		if _, _, err := st.s.Accept4(l, 0); !errors.As(err, &stuck) {
			t.Fatalf("accept4 with nobody there must be stuck, got %v", err)
		}
		st.audit()
	}
	st.ok(st.net.RunFor(0), "a run of no time")
	st.ok(st.net.RunUntil(func() bool { return true }), "a run that is over at once")
	refuses(t, st.net.RunUntil(nil), "stop", "a run until nothing")
	c := st.connect(80)
	if _, _, err := st.s.Accept4(l, 0); err != nil {
		t.Errorf("accept4 must work after it was stuck: %v", err)
	}
	if _, err := st.c.Read(c, make([]byte, 1)); !errors.As(err, &stuck) {
		t.Errorf("read with nobody who writes must be stuck, got %v", err)
	}
	if n, err := st.c.Write(c, make([]byte, 1_000_000)); !errors.As(err, &stuck) || n < 16384 || n == 1_000_000 {
		t.Errorf("write with nobody who reads must be stuck after what fits, got %d, %v", n, err)
	}
	st.audit()
	st.net.Close()
	st.net.Close()
	st.ok(st.net.RunFor(time.Second), "a run after Close")
}
