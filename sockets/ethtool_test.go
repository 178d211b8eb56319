package sockets

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// windows is a host that has met with all that a card counts.
func windows(t *testing.T) *story {
	st := newStory(t, Limits{Queues: 2, RxRing: 8}, LinkOptions{Delay: time.Millisecond, Rate: 1_000_000}, Record())
	link := st.net.links[0]
	st.pair(80)
	st.ok(link.Corrupt(st.client, 1), "damage")
	to := st.server.Addr(9)
	fd, _ := st.c.Socket(AF_INET, SOCK_DGRAM, 0)
	for range 3 {
		st.c.Sendto(fd, make([]byte, 500), 0, &to)
	}
	st.net.RunFor(20 * time.Millisecond)
	st.flood(9, 1e9, 2, 40*time.Nanosecond) // more than the rings of the second card hold
	st.c.Sendto(fd, make([]byte, 500), 0, &to)
	st.c.Sendto(fd, make([]byte, 500), 0, &to)
	link.Down()
	st.c.Sendto(fd, make([]byte, 500), 0, &to)
	st.settle()
	st.audit()
	return st
}

// The columns are those of the real tools.
func TestIPLink(t *testing.T) {
	st := windows(t)
	got := st.client.IPLink()
	want := `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    RX:  bytes packets errors dropped  missed   mcast           
             0       0      0       0       0       0 
    RX errors:  length    crc   frame    fifo overrun
                     0      0       0       0       0 
    TX:  bytes packets errors dropped carrier collsns           
             0       0      0       0       0       0 
    TX errors: aborted   fifo  window heartbt transns
                     0      0       0       0       0 
2: eth0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc pfifo_fast state DOWN mode DEFAULT group default qlen 1000
`
	if !strings.HasPrefix(got, want) {
		t.Errorf("ip -s -s link is\n%s\nand must begin\n%s", got, want)
	}
	c := st.client.nics[0].count
	if c.txCarrier != 1 || c.txDropped != 1 {
		t.Errorf("one frame must have lost its carrier, one have met none: %+v", c)
	}
	if got := st.server.IPLink(); !regexp.MustCompile(`(?s)eth0.*RX errors:  length    crc   frame    fifo overrun\n +0 +1 +0 +0 +0 \n`).MatchString(got) {
		t.Errorf("the server must show a crc error:\n%s", got)
	}
}

func TestEthtool(t *testing.T) {
	st := windows(t)
	for option, words := range map[string][]string{
		"-S": {"NIC statistics:\n     rx_packets: ", "\n     rx_missed_errors: 0\n     rx_crc_errors: 1\n", "\n     rx1_packets: "},
		"-k": {"Features for eth0:\nrx-checksumming: on\ntx-checksumming: on\ntcp-segmentation-offload: off\ngeneric-receive-offload: off\n"},
		"-g": {"Pre-set maximums:\nRX:\t\t\t8192\n", "Current hardware settings:\nRX:\t\t\t8\nRX Mini:\t\tn/a\nRX Jumbo:\t\tn/a\nTX:\t\t\t1024\n"},
		"-c": {"Adaptive RX: off  TX: off\n", "rx-usecs:\t16\nrx-frames:\t32\n"},
		"-l": {"Combined:\t128\n", "Combined:\t2\n"},
		"-x": {"eth0 with 2 RX ring(s):\n    0:      0     1     0     1     0     1     0     1\n    8: ", "\nRSS hash key:\n6d:5a:56:da:", "    toeplitz: on\n"},
	} {
		got, err := st.server.Ethtool(option, "eth0")
		if err != nil {
			t.Errorf("ethtool %s: %v", option, err)
		}
		for _, w := range words {
			if !strings.Contains(got, w) {
				t.Errorf("ethtool %s must say %q:\n%s", option, w, got)
			}
		}
	}
	_, err := st.server.Ethtool("-S", "wlan0")
	refuses(t, err, "device", "a card that is not there")
	_, err = st.server.Ethtool("-Z", "eth0")
	refuses(t, err, "option", "an option that is none")
	second, _ := st.server.Ethtool("-S", "eth1")
	if !regexp.MustCompile(`rx_missed_errors: [1-9]`).MatchString(second) {
		t.Errorf("the second card's ring must have overrun:\n%s", second)
	}
}

func TestSoftnetStat(t *testing.T) {
	st := newStory(t, Limits{Queues: 2}, LAN)
	st.ok(st.server.SetSysctl("net.core.netdev_budget", "10"), "a small budget")
	st.flood(9, 1e9, 8, 500*time.Nanosecond)
	st.settle()
	got := st.server.SoftnetStat()
	if !regexp.MustCompile(`^(([0-9a-f]{8} ){14}[0-9a-f]{8}\n){2}$`).MatchString(got) {
		t.Errorf("two lines of fifteen numbers are wanted:\n%s", got)
	}
	all := st.server.Softnet()
	if len(all) != 2 || all[0].Processed+all[1].Processed != st.server.stats.RxPackets || all[0].Squeezed == 0 {
		t.Errorf("both CPUs must have their share of %d frames: %+v", st.server.stats.RxPackets, all)
	}
	lines := strings.Split(got, "\n")
	if !strings.HasPrefix(lines[1][12*9:], "00000001 ") {
		t.Errorf("the thirteenth number of the second line is the CPU's:\n%s", lines[1])
	}
}

// What a card does not count is nowhere: the devices' counters add up to the
// host's.
func TestDevicesAddUp(t *testing.T) {
	st := windows(t)
	for _, h := range []*Host{st.client, st.server} {
		var sum cardCounters
		for _, c := range append([]*nic{h.lo}, h.nics...) {
			n := c.count
			sum.rxPackets, sum.rxBytes, sum.rxMissed, sum.rxCrc = sum.rxPackets+n.rxPackets, sum.rxBytes+n.rxBytes, sum.rxMissed+n.rxMissed, sum.rxCrc+n.rxCrc
			sum.txPackets, sum.txBytes, sum.txDropped, sum.txCarrier = sum.txPackets+n.txPackets, sum.txBytes+n.txBytes, sum.txDropped+n.txDropped, sum.txCarrier+n.txCarrier
			sum.interrupts += n.interrupts
		}
		s := h.stats
		want := cardCounters{rxPackets: s.RxPackets, rxBytes: s.RxBytes, rxMissed: s.RxMissed, rxCrc: s.RxCrcErrors,
			txPackets: s.TxPackets, txBytes: s.TxBytes, txDropped: s.TxDropped, txCarrier: s.TxCarrierErrors, interrupts: s.Interrupts}
		if sum != want {
			t.Errorf("%s: the devices have %+v, the host %+v", h.name, sum, want)
		}
	}
}
