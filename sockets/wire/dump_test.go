package wire

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var (
	here, there = Addr4(0x0a000002), Addr4(0x0a000001)
	here6       = [16]byte{0xfd, 15: 2}
	there6      = [16]byte{0xfd, 15: 1}
)

// frame4 and frame6 wrap a payload.
func frame4(ip IPv4, body []byte) []byte {
	ip.Src, ip.Dst, ip.TTL = here, there, 64
	ip.TotalLen = uint16(IPv4Len + len(body))
	b := make([]byte, EthernetLen+IPv4Len)
	Ethernet{Type: EtherTypeIPv4}.Put(b)
	ip.Put(b[EthernetLen:])
	return append(b, body...)
}

func frame6(next uint8, body []byte) []byte {
	b := make([]byte, EthernetLen+IPv6Len)
	Ethernet{Type: EtherTypeIPv6}.Put(b)
	ip := IPv6{PayloadLen: uint16(len(body)), Next: next, HopLimit: 255, Src: here6, Dst: there6}
	ip.Put(b[EthernetLen:])
	return append(b, body...)
}

func tcpBody(pseudo func(n int) Sum, h TCP, payload string) []byte {
	b := make([]byte, h.HeaderLen()+len(payload))
	h.SrcPort, h.DstPort = 40000, 4000
	h.Put(b, pseudo(len(b)), []byte(payload))
	copy(b[h.HeaderLen():], payload)
	return b
}

func udpBody(pseudo func(n int) Sum, n int) []byte {
	b := make([]byte, UDPLen+n)
	UDP{SrcPort: 5000, DstPort: 4000}.Put(b, pseudo(len(b)), b[UDPLen:])
	return b
}

func icmpBody(pseudo Sum, h ICMP, body []byte) []byte {
	b := make([]byte, ICMPLen, ICMPLen+len(body))
	h.Put(b, pseudo, body)
	return append(b, body...)
}

func arp(op uint16, sender, target Addr4) []byte {
	b := make([]byte, EthernetLen, 42)
	Ethernet{Type: etherTypeARP}.Put(b)
	b = append(b, 0, 1, 8, 0, 6, 4)
	b = binary.BigEndian.AppendUint16(b, op)
	b = binary.BigEndian.AppendUint32(append(b, 2, 0, 0, 0, 1, 0), uint32(sender))
	return binary.BigEndian.AppendUint32(append(b, make([]byte, 6)...), uint32(target))
}

// samples are frames of every kind that [Dump] knows.
func samples() (all [][]byte) {
	tcp4 := func(n int) Sum { return PseudoHeader4(here, there, ProtoTCP, n) }
	tcp6 := func(n int) Sum { return PseudoHeader6(here6, there6, ProtoTCP, n) }
	udp4 := func(n int) Sum { return PseudoHeader4(here, there, ProtoUDP, n) }
	udp6 := func(n int) Sum { return PseudoHeader6(here6, there6, ProtoUDP, n) }
	syn := TCPOptions{MSS: 1460, SACKPermitted: true, Timestamps: true, TSVal: 7, WindowScale: 7}
	sack := TCPOptions{Timestamps: true, TSVal: 1, TSEcr: 2, WindowScale: -1, SACKCount: 2, SACK: [4]SACKBlock{{10, 20}, {30, 40}}}
	for _, h := range []TCP{
		{Seq: 1000, Flags: SYN, Window: 64240, Options: syn.Append(nil)},
		{Seq: 5, Ack: 1001, Flags: SYN | ACK, Window: 1, Options: []byte{2, 4, 5, 0xb4}},
		{Seq: 1001, Ack: 6, Flags: ACK, Window: 502, Options: sack.Append(nil)},
		{Seq: 4294967290, Ack: 6, Flags: FIN | PSH | ACK | URG, Urgent: 3},
		{Seq: 1, Flags: RST}, {Seq: 1, Ack: 2, Flags: FIN | ACK | ECE | CWR}, {},
		{Flags: SYN, Options: []byte{8, 2, 254, 4, 0xab, 0xcd, 0, 0}},
		{Flags: SYN, Options: []byte{1, 3, 40, 1}},
	} {
		for _, payload := range []string{"", "hello, world"} {
			all = append(all, frame4(IPv4{Proto: ProtoTCP, DF: true}, tcpBody(tcp4, h, payload)), frame6(ProtoTCP, tcpBody(tcp6, h, payload)))
		}
	}
	u4, u6 := udpBody(udp4, 12), udpBody(udp6, 12)
	big4, big6 := udpBody(udp4, 3000), udpBody(udp6, 3000)
	all = append(all, frame4(IPv4{Proto: ProtoUDP}, u4), frame6(ProtoUDP, u6),
		frame4(IPv4{Proto: ProtoUDP, ID: 9, MF: true}, big4[:1480]), frame4(IPv4{Proto: ProtoUDP, ID: 9, FragOff: 185}, big4[1480:]),
		frame6(ip6NextFrag, append([]byte{ProtoUDP, 0, 0, 1, 0, 0, 0, 9}, big6[:1448]...)),
		frame6(ip6NextFrag, append([]byte{ProtoUDP, 0, 5, 168, 0, 0, 0, 9}, big6[1448:]...)),
		arp(1, here, there), arp(2, here, there),
		frame4(IPv4{Proto: 253}, u4))
	quoted4, quotedTCP := frame4(IPv4{Proto: ProtoUDP}, u4)[EthernetLen:], frame4(IPv4{Proto: ProtoTCP}, tcpBody(tcp4, TCP{}, ""))[EthernetLen:]
	for _, h := range []ICMP{{Type: 8, Rest: 0x00010002}, {Type: 0, Rest: 0x00010002}, {Type: 3}, {Type: 3, Code: 1}, {Type: 3, Code: 2}, {Type: 3, Code: 3},
		{Type: 3, Code: 4, Rest: 1400}, {Type: 3, Code: 4}, {Type: 3, Code: 9}, {Type: 3, Code: 10}, {Type: 3, Code: 13}, {Type: 11}, {Type: 11, Code: 1}} {
		all = append(all, frame4(IPv4{Proto: ProtoICMP}, icmpBody(0, h, quoted4)), frame4(IPv4{Proto: ProtoICMP}, icmpBody(0, h, quotedTCP)))
	}
	quoted6, quotedTCP6 := frame6(ProtoUDP, u6)[EthernetLen:], frame6(ProtoTCP, tcpBody(tcp6, TCP{}, ""))[EthernetLen:]
	for _, h := range []ICMP{{Type: 1}, {Type: 1, Code: 1}, {Type: 1, Code: 2}, {Type: 1, Code: 3}, {Type: 1, Code: 4}, {Type: 2, Rest: 1400}, {Type: 3}, {Type: 3, Code: 1},
		{Type: 128, Rest: 0x00010002}, {Type: 129, Rest: 0x00010002}} {
		for _, q := range [][]byte{quoted6, quotedTCP6} {
			all = append(all, frame6(ProtoICMPv6, icmpBody(PseudoHeader6(here6, there6, ProtoICMPv6, ICMPLen+len(q)), h, q)))
		}
	}
	for _, kind := range []uint8{135, 136} {
		q := append(there6[:len(there6):16], 1, 1, 2, 0, 0, 0, 1, 0)
		all = append(all, frame6(ProtoICMPv6, icmpBody(PseudoHeader6(here6, there6, ProtoICMPv6, ICMPLen+len(q)), ICMP{Type: kind}, q)))
	}
	return all
}

// Every line is the one that tcpdump prints.
func TestDumpIsTcpdumps(t *testing.T) {
	program, err := exec.LookPath("tcpdump")
	if err != nil {
		t.Skip("tcpdump is not here")
	}
	path := filepath.Join(t.TempDir(), "samples.pcapng")
	var file bytes.Buffer
	p := NewPcapng(&file, PcapngSection{Application: "test", Comment: "samples"})
	p.Interface(PcapngInterface{Name: "eth0", Speed: 1e9, MAC: MAC{2}})
	all := samples()
	for i, f := range all {
		p.Packet(PcapngPacket{At: int64(i) * 1001, Data: f, Comment: "sample"})
	}
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "-nn", "-S", "-t", "-r", path).Output()
	if err != nil {
		t.Fatalf("tcpdump: %v", err)
	}
	lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	if len(lines) != len(all) {
		t.Fatalf("tcpdump reads %d frames of %d:\n%s", len(lines), len(all), out)
	}
	for i, f := range all {
		if got := Dump(f); got != lines[i] {
			t.Errorf("frame %d % x\n  tcpdump %s\n  Dump    %s", i, f[12:min(len(f), 60)], lines[i], got)
		}
	}
}

// Whatever lies on a wire, there is a line for it.
func FuzzDump(f *testing.F) {
	for _, s := range samples() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		if line := Dump(frame); line == "" || strings.Contains(line, "\n") {
			t.Errorf("not a line: %q", line)
		}
	})
}
