package sockets

import "time"

// Costs is what the work of the network costs a CPU, at each station. The zero
// value is a CPU that is infinitely fast: nothing waits for it, and no story
// changes. With any cost, everything a host does takes its turn on one of its
// CPUs: see cpu.go for who goes first. A crowd ([Load]) has no programs; of its
// host only the packets cost.
//
// Only shapes should be read from it, not levels: a packet's cost on a real
// machine depends on its caches, its card and its mitigations.
type Costs struct {
	Interrupt time.Duration // the hard half, with entry and exit
	Poll      time.Duration // one call of the driver's poll
	Driver    time.Duration // a frame: descriptor, buffer, up to IP's door
	IP        time.Duration // a packet
	TCP       time.Duration // a segment, with the lookup, up to the receive queue
	UDP       time.Duration // a datagram, likewise
	Transmit  time.Duration // a packet on its way down, from TCP or UDP to the card
	Syscall   time.Duration // to enter the kernel and return
	CopyKiB   time.Duration // the copies in read and write, for 1024 bytes
	SumKiB    time.Duration // a checksum the card has not computed or verified
}

// KernelCosts are costs in the order of a server of the 2020s.
//
//   - Driver 210 ns: a Linux core drops 4.8 million packets a second in the raw
//     table, right behind the driver (Høiland-Jørgensen et al., "The eXpress
//     Data Path", CoNEXT 2018).
//   - CopyKiB 100 ns: 42 Gbit/s by one core, half of whose time goes into
//     copies (Cai et al., "Understanding Host Network Stack Overheads", SIGCOMM
//     2021).
//   - Syscall 375 ns: measured, a byte through a pipe on Linux 6.18 x86-64, see
//     [Limits.WakeupLatency].
//   - SumKiB 65 ns: measured, the checksum of 1448 bytes in this package.
//   - The others are estimates, so chosen that a core receives about a million
//     datagrams a second.
var KernelCosts = Costs{
	Interrupt: 1000 * time.Nanosecond,
	Poll:      250 * time.Nanosecond,
	Driver:    210 * time.Nanosecond,
	IP:        140 * time.Nanosecond,
	TCP:       600 * time.Nanosecond,
	UDP:       300 * time.Nanosecond,
	Transmit:  500 * time.Nanosecond,
	Syscall:   375 * time.Nanosecond,
	CopyKiB:   100 * time.Nanosecond,
	SumKiB:    65 * time.Nanosecond,
}

// maxCost bounds each: what costs more is no cost of a packet.
const maxCost = time.Second

// each lists the costs by name.
func (c Costs) each() []struct {
	field string
	value time.Duration
} {
	return []struct {
		field string
		value time.Duration
	}{
		{"Costs.Interrupt", c.Interrupt}, {"Costs.Poll", c.Poll}, {"Costs.Driver", c.Driver}, {"Costs.IP", c.IP}, {"Costs.TCP", c.TCP},
		{"Costs.UDP", c.UDP}, {"Costs.Transmit", c.Transmit}, {"Costs.Syscall", c.Syscall}, {"Costs.CopyKiB", c.CopyKiB}, {"Costs.SumKiB", c.SumKiB},
	}
}

// perKiB is what n bytes cost.
func perKiB(d time.Duration, n int) time.Duration { return d * time.Duration(n) / 1024 }
