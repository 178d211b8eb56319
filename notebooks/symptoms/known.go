package symptoms

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"socketbook/sockets"
)

// Known lists what the simulator can show, found in the simulator itself: a
// name and its kind for each errno, counter and state. Every one must have an
// entry.
func Known() map[string]Kind {
	all := map[string]Kind{}
	for n := range 1 << 12 {
		if name := sockets.Errno(n).Name(); !strings.HasPrefix(name, "errno ") {
			all[name] = Errno
		}
	}
	for _, c := range (sockets.Stats{}).Counters() {
		all[c.Name] = Counter
	}
	for _, f := range fields() {
		if f.counter == "" {
			all[f.name] = Counter
		}
	}
	for _, name := range cardNames() {
		all[name] = Counter
	}
	for s := sockets.Established; s <= sockets.Closing; s++ {
		all[s.SS()] = Socket
	}
	for _, w := range allWords() {
		all[infoPrefix+w] = Socket
	}
	for _, c := range sockstat(sockets.NewNetwork().NewHost("host", sockets.Limits{})) {
		all[sockstatPrefix+c.Name] = Socket
	}
	return all
}

// A field is a counter of sockets.Stats as the Go program spells it.
type field struct {
	name    string
	counter string // how nstat or ethtool spell it; "" if Stats.Counters does not list it
	index   []int
}

// fields asks reflection which counters there are, and Counters which name
// each has: it sets one and looks which number has changed.
func fields() (list []field) {
	t := reflect.TypeFor[sockets.Stats]()
	for _, f := range reflect.VisibleFields(t) {
		if !f.IsExported() || f.Type.Kind() != reflect.Uint64 {
			continue
		}
		var s sockets.Stats
		reflect.ValueOf(&s).Elem().FieldByIndex(f.Index).SetUint(1)
		name := ""
		for _, c := range s.Counters() {
			if c.Value == 1 {
				name = c.Name
			}
		}
		list = append(list, field{f.Name, name, f.Index})
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[sockets.Softnet]()) {
		if f.Type.Kind() == reflect.Uint64 {
			list = append(list, field{name: "softnet " + strings.ToLower(f.Name), index: f.Index})
		}
	}
	return list
}

// aliases are the Go spellings of counters and the RFC's of states, where they
// differ.
func aliases(names []string) (list []string) {
	for s := sockets.Established; s <= sockets.Closing; s++ {
		if s.String() != s.SS() && slices.Contains(names, s.SS()) {
			list = append(list, s.String())
		}
	}
	for _, f := range fieldList {
		if f.counter != "" && f.counter != f.name && slices.Contains(names, f.counter) {
			list = append(list, f.name)
		}
	}
	return list
}

var fieldList = fields()

// cardNames are the counters of `ethtool -S`, those of each queue under N.
func cardNames() (list []string) {
	lab := sockets.NewNetwork()
	a, b := lab.NewHost("a", sockets.Limits{}), lab.NewHost("b", sockets.Limits{})
	lab.NewLink(a, b, sockets.LAN)
	for _, c := range card(a) {
		list = append(list, c.Name)
	}
	return list
}

// card is `ethtool -S` of a host's first card, as numbers.
func card(h *sockets.Host) (list []sockets.Counter) {
	text, err := h.Ethtool("-S", "eth0")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		var n uint64
		fmt.Sscan(value, &n)
		list = append(list, sockets.Counter{Name: strings.Replace(name, "rx0_", "rxN_", 1), Value: n})
	}
	return list
}
