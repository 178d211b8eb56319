package sockets

import (
	"fmt"
	"strings"
)

// Ethtool prints what `ethtool OPTION DEVICE` does, in its words and columns:
//
//	-S  the card's counters         -k  offloads          -g  ring sizes
//	-c  interrupt moderation        -l  number of rings   -x  RSS table
//
// A *[LimitError] says which options and devices there are.
func (h *Host) Ethtool(option, device string) (string, error) {
	c, err := h.device(device)
	if err != nil {
		return "", err
	}
	for _, o := range []struct {
		name  string
		print func(*nic, *strings.Builder)
	}{
		{"-S", (*nic).printCounters}, {"-k", (*nic).printFeatures}, {"-g", (*nic).printRings},
		{"-c", (*nic).printCoalesce}, {"-l", (*nic).printChannels}, {"-x", (*nic).printRSS},
	} {
		if o.name == option {
			var b strings.Builder
			o.print(c, &b)
			return b.String(), nil
		}
	}
	return "", &LimitError{"option", option, "-S, -k, -g, -c, -l or -x"}
}

func (c *nic) printCounters(b *strings.Builder) {
	n := &c.count
	list := []Counter{
		{"rx_packets", n.rxPackets}, {"rx_bytes", n.rxBytes}, {"rx_missed_errors", n.rxMissed}, {"rx_crc_errors", n.rxCrc},
		{"tx_packets", n.txPackets}, {"tx_bytes", n.txBytes}, {"tx_dropped", n.txDropped}, {"tx_carrier_errors", n.txCarrier},
		{"tx_tso_packets", n.tsoPackets}, {"tx_tso_frames", n.tsoFrames}, {"rx_gro_merged", n.groMerged}, {"interrupts", n.interrupts},
	}
	posted, qdisc := c.txRing()
	list = append(list, Counter{"tx_queue_stopped", n.txStopped}, Counter{"tx_queue_wake", n.txWake},
		Counter{"tx_completed", n.txPackets - n.txCarrier - uint64(posted+qdisc)}, Counter{"tx_posted", uint64(posted)}, Counter{"tx_qdisc_backlog", uint64(qdisc)})
	for _, q := range c.queues {
		list = append(list, Counter{fmt.Sprintf("rx%d_packets", q.number), q.packets}, Counter{fmt.Sprintf("rx%d_bytes", q.number), q.bytes})
	}
	b.WriteString("NIC statistics:\n")
	for _, x := range list {
		fmt.Fprintf(b, "     %s: %d\n", x.Name, x.Value)
	}
}

func (c *nic) printFeatures(b *strings.Builder) {
	fmt.Fprintf(b, "Features for %s:\n", c.name)
	for k, name := range offloadNames {
		state := "off"
		if c.offloads>>k&1 == 1 {
			state = "on"
		}
		fmt.Fprintf(b, "%s: %s\n", name, state)
	}
}

func (c *nic) printRings(b *strings.Builder) {
	ring := func(rx, tx int) {
		fmt.Fprintf(b, "RX:\t\t\t%d\nRX Mini:\t\tn/a\nRX Jumbo:\t\tn/a\nTX:\t\t\t%d\n", rx, tx)
	}
	fmt.Fprintf(b, "Ring parameters for %s:\nPre-set maximums:\n", c.name)
	ring(maxRing, maxRing)
	b.WriteString("Current hardware settings:\n")
	ring(c.limit, c.host.limits.TxRing)
}

func (c *nic) printCoalesce(b *strings.Builder) {
	fmt.Fprintf(b, "Coalesce parameters for %s:\nAdaptive RX: off  TX: off\n\n", c.name)
	fmt.Fprintf(b, "rx-usecs:\t%d\nrx-frames:\t%d\n", c.irq.usecs.Microseconds(), c.irq.frames)
}

func (c *nic) printChannels(b *strings.Builder) {
	channels := func(n int) { fmt.Fprintf(b, "RX:\t\tn/a\nTX:\t\tn/a\nOther:\t\tn/a\nCombined:\t%d\n", n) }
	fmt.Fprintf(b, "Channel parameters for %s:\nPre-set maximums:\n", c.name)
	channels(rssTable)
	b.WriteString("Current hardware settings:\n")
	channels(len(c.queues))
}

func (c *nic) printRSS(b *strings.Builder) {
	fmt.Fprintf(b, "RX flow hash indirection table for %s with %d RX ring(s):\n", c.name, len(c.queues))
	for k, q := range c.indirection {
		if k%8 == 0 {
			fmt.Fprintf(b, "%5d: ", k)
		}
		fmt.Fprintf(b, " %5d", q)
		if k%8 == 7 {
			b.WriteByte('\n')
		}
	}
	b.WriteString("RSS hash key:\n")
	for k, x := range rssKey {
		if k > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(b, "%02x", x)
	}
	b.WriteString("\nRSS hash function:\n    toeplitz: on\n    xor: off\n    crc32: off\n")
}
