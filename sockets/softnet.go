package sockets

import (
	"fmt"
	"strings"
)

// SoftnetStat is /proc/net/softnet_stat: a line for each CPU, of hexadecimal
// numbers without names (net/core/net-procfs.c softnet_seq_show). The first is
// frames processed, the second dropped at the backlog, the third time_squeeze;
// the twelfth is how many wait in the backlog, the thirteenth the CPU's number.
func (h *Host) SoftnetStat() string {
	var b strings.Builder
	for _, c := range h.cpus {
		waits := uint32(0)
		if c.number == 0 {
			waits = h.lo.tail - h.lo.head
		}
		for _, n := range []uint32{uint32(c.soft.Processed), uint32(c.soft.Dropped), uint32(c.soft.Squeezed),
			0, 0, 0, 0, 0, 0, 0, 0, waits, uint32(c.number), waits} {
			fmt.Fprintf(&b, "%08x ", n)
		}
		fmt.Fprintf(&b, "%08x\n", 0)
	}
	return b.String()
}

// Softnet is the same as numbers, CPU by CPU.
func (h *Host) Softnet() (all []Softnet) {
	for _, c := range h.cpus {
		all = append(all, c.soft)
	}
	return all
}

// IPLink is the host's devices with their counters, as `ip -s -s link` prints
// them (iproute2, ip/ipaddress.c). `ip -s link` is the same without the two
// blocks of errors.
func (h *Host) IPLink() string {
	var b strings.Builder
	for k, c := range append([]*nic{h.lo}, h.nics...) {
		flags, qdisc, state, kind, mac, all := "LOOPBACK,UP,LOWER_UP", "noqueue", "UNKNOWN", "loopback", "00:00:00:00:00:00", "00:00:00:00:00:00"
		if c != h.lo {
			flags, qdisc, state, kind, mac, all = "BROADCAST,MULTICAST,UP,LOWER_UP", "pfifo_fast", "UP", "ether", c.mac.String(), "ff:ff:ff:ff:ff:ff"
			if c.tx.faults != nil && c.tx.faults.down {
				flags, state = "NO-CARRIER,BROADCAST,MULTICAST,UP", "DOWN"
			}
		}
		fmt.Fprintf(&b, "%d: %s: <%s> mtu %d qdisc %s state %s mode DEFAULT group default qlen %d\n", k+1, c.name, flags, c.mtu, qdisc, state, c.tx.limit)
		fmt.Fprintf(&b, "    link/%s %s brd %s\n", kind, mac, all)
		n := &c.count
		linkBlock(&b, "RX:  bytes", "RX errors:", [][2]any{{"packets", n.rxPackets}, {"errors", n.rxCrc}, {"dropped", n.rxDropped}, {"missed", n.rxMissed}, {"mcast", 0}},
			n.rxBytes, [][2]any{{"length", 0}, {"crc", n.rxCrc}, {"frame", 0}, {"fifo", 0}, {"overrun", 0}})
		linkBlock(&b, "TX:  bytes", "TX errors:", [][2]any{{"packets", n.txPackets}, {"errors", n.txCarrier}, {"dropped", n.txDropped}, {"carrier", n.txCarrier}, {"collsns", 0}},
			n.txBytes, [][2]any{{"aborted", 0}, {"fifo", 0}, {"window", 0}, {"heartbt", 0}, {"transns", 0}})
	}
	return b.String()
}

// linkBlock prints two tables whose columns are as wide as their widest word or
// number.
func linkBlock(b *strings.Builder, first, second string, counts [][2]any, bytes uint64, errors [][2]any) {
	width := [6]int{10, 7, 6, 7, 7, 7}
	width[0] = max(width[0], len(fmt.Sprint(bytes)))
	for _, table := range [][][2]any{counts, errors} {
		for k, x := range table {
			width[k+1] = max(width[k+1], len(fmt.Sprint(x[1])))
		}
	}
	row := func(head any, table [][2]any, which int, end string) {
		fmt.Fprintf(b, "    %*v", width[0], head)
		for k, x := range table {
			fmt.Fprintf(b, " %*v", width[k+1], x[which])
		}
		b.WriteString(end + "\n")
	}
	row(first, counts, 0, "           ")
	row(bytes, counts, 1, " ")
	row(second, errors, 0, "")
	row("", errors, 1, " ")
}
