// Package symptoms is the index of what a Linux host shows when sockets are in
// trouble: every errno a call can fail with, every counter of the kernel and
// of the card, every state and pattern of ss, and every reason for which a
// packet is dropped. An entry says what has happened in the kernel, how it
// looks, which knob moves it and what that costs. And each comes with an
// experiment that makes it happen on a simulated host:
//
//	e, _ := symptoms.Find("ListenOverflows")
//	fmt.Print(e)         // what it means
//	run, _ := e.Run()    // make it happen
//	fmt.Print(run.Shows(e))
//
// Which symptoms there are is asked of the simulator (known.go), so that none
// can be forgotten: a test fails on an errno or a counter without an entry.
//
//	symptoms.go    the entries: find them, print them
//	known.go       what there must be an entry for, found in the code
//	run.go         how an experiment is made, and what it has shown
//	packet.go      packets no honest host would send
//	errno*.go      entries and experiments: errnos
//	card.go ip.go icmp.go udp.go tcp*.go ecn.go   counters, from the card upwards
//	ss.go          states and patterns of ss
//	ssinfo.go      what ss -i and /proc/net/sockstat add
//	drop.go        drops that no counter names
//	beyond.go      what package capacity knows and the simulator does not have
package symptoms

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Kind says where a symptom is seen.
type Kind uint8

// The kinds.
const (
	Errno   Kind = iota // the answer of a system call
	Counter             // nstat, ethtool -S, ip -s link, /proc/net/softnet_stat
	Socket              // a state or a pattern in ss
	Drop                // a drop that no counter names: only the simulator's tape tells
	Model               // what a real host shows at a wall that the simulator does not have
)

var kinds = [...]string{"errno", "counter", "ss", "drop", "beyond the simulator"}

func (k Kind) String() string { return kinds[k] }

// An Entry is one symptom, or several that mean the same (of IPv4 and IPv6, for
// instance).
type Entry struct {
	Kind  Kind
	Names []string // as Linux spells them
	// Ordinary marks what is there on a healthy host, too: a number that grows
	// says only that there is traffic.
	Ordinary bool

	Means string // what has happened in the kernel
	Looks string // how one sees it
	Knob  string // what moves it
	Price string // what that costs

	// Lesson is the number of the lesson that tells more, 0 for none.
	Lesson int
	// Silent is why the simulator never shows it, for an entry without an
	// experiment.
	Silent string

	show func(*Run)
}

// tables are the entries, in the order of the page.
var tables = [][]Entry{errnosFirst, errnosDescriptors, errnosSockets, errnosNetwork, errnosOptions,
	cardEntries, ipEntries, icmpEntries, udpEntries, tcpEntries, queueEntries, lossEntries, senderEntries, ecnEntries, ssEntries, infoEntries, dropEntries, beyondEntries}

// All returns every entry, errnos first, then counters from the card upwards,
// then ss.
func All() []Entry { return slices.Concat(tables...) }

// Find looks a symptom up by any of its names: an errno, a counter with or
// without the prefix of its group, a state as ss or RFC 9293 spells it, in
// capitals or not.
func Find(name string) (Entry, bool) {
	i, ok := index()[plain(name)]
	if !ok {
		return Entry{}, false
	}
	return tables[i[0]][i[1]], true
}

// index is where each spelling of each name leads, into tables. A full name
// goes before one that is short for something else.
var index = sync.OnceValue(func() map[string][2]int {
	all := map[string][2]int{}
	for _, short := range []func(string) string{plain, unprefixed} {
		for k, table := range tables {
			for i, e := range table {
				for _, n := range append(slices.Clone(e.Names), aliases(e.Names)...) {
					if _, taken := all[short(n)]; !taken {
						all[short(n)] = [2]int{k, i}
					}
				}
			}
		}
	}
	return all
})

// Names lists the first name of every entry.
func Names() []string {
	var list []string
	for _, e := range All() {
		list = append(list, e.Names[0])
	}
	return list
}

// plain is a name without what people write in different ways.
func plain(name string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
}

// unprefixed is a counter's name without its group, as talk and books have it:
// ListenDrops for TcpExtListenDrops.
func unprefixed(name string) string {
	for _, group := range []string{"TcpExt", "IpExt", "Tcp", infoPrefix, sockstatPrefix} {
		if s, ok := strings.CutPrefix(name, group); ok {
			return plain(s)
		}
	}
	return plain(name)
}

// String is the entry as text.
func (e Entry) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n", strings.Join(e.Names, ", "), e.Kind)
	for _, part := range e.Parts() {
		fmt.Fprintf(&b, "\n%s\n  %s\n", part[0], part[1])
	}
	return b.String()
}

// Parts are the entry's headings with their texts, without those that have
// nothing to say.
func (e Entry) Parts() (list [][2]string) {
	for _, part := range [][2]string{{"What happened", e.Means}, {"How it looks", e.Looks}, {"Knob", e.Knob}, {"Price", e.Price}, {"Not shown here", e.Silent}} {
		if part[1] != "" {
			list = append(list, part)
		}
	}
	return list
}

// Spellings are the names of an entry as prose writes them: in full, and
// without the prefix of their group, in the right capitals.
func (e Entry) Spellings() (list []string) {
	for _, n := range append(slices.Clone(e.Names), aliases(e.Names)...) {
		list = append(list, n)
		for _, group := range []string{"TcpExt", "IpExt"} {
			if s, ok := strings.CutPrefix(n, group); ok {
				list = append(list, s)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
