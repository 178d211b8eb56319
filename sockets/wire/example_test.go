package wire_test

import (
	"errors"
	"fmt"

	"socketbook/sockets/wire"
)

// The first segment of a connection, as it lies on the wire, and read again.
func ExamplePutTCP4() {
	eth := wire.Ethernet{Dst: wire.MAC{2, 0, 0, 0, 0, 1}, Src: wire.MAC{2, 0, 0, 0, 0, 2}}
	ip := wire.IPv4{DF: true, TTL: 64, Src: 0x0a000002, Dst: 0x0a000001}
	options := wire.TCPOptions{MSS: 1460, SACKPermitted: true, WindowScale: 7}
	tcp := wire.TCP{SrcPort: 40000, DstPort: 80, Seq: 1000, Flags: wire.SYN, Window: 64240, Options: options.Append(nil)}

	frame := make([]byte, 1514)
	frame = frame[:wire.PutTCP4(frame, eth, &ip, &tcp, nil)]
	fmt.Printf("Ethernet % x\n", frame[:14])
	fmt.Printf("IPv4     % x\n", frame[14:34])
	fmt.Printf("TCP      % x\n", frame[34:54])
	fmt.Printf("options  % x\n", frame[54:])

	if _, err := wire.ParseTCP4(frame, &ip, &tcp); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%v:%d > %v:%d Flags [%v], seq %d, win %d, length %d\n",
		ip.Src, tcp.SrcPort, ip.Dst, tcp.DstPort, tcp.Flags, tcp.Seq, tcp.Window, int(ip.TotalLen)-20-tcp.HeaderLen())
	// Output:
	// Ethernet 02 00 00 00 00 01 02 00 00 00 00 02 08 00
	// IPv4     45 00 00 34 00 00 40 00 40 06 26 c2 0a 00 00 02 0a 00 00 01
	// TCP      9c 40 00 50 00 00 03 e8 00 00 00 00 80 02 fa f0 bf a5 00 00
	// options  02 04 05 b4 01 01 04 02 01 03 03 07
	// 10.0.0.2:40000 > 10.0.0.1:80 Flags [S], seq 1000, win 64240, length 0
}

// A damaged bit does not go unnoticed, and the error says where it was met.
func ExampleError() {
	frame := make([]byte, wire.FrameLen4)
	ip, tcp := wire.IPv4{TTL: 64, Src: 1, Dst: 2}, wire.TCP{SrcPort: 40000, DstPort: 80}
	wire.PutTCP4(frame, wire.Ethernet{}, &ip, &tcp, nil)
	frame[wire.EthernetLen] ^= 0x20 // version 4 becomes 6
	_, err := wire.ParseTCP4(frame, &ip, &tcp)
	fmt.Println(err)

	frame[wire.EthernetLen] ^= 0x20
	frame[wire.FrameLen4-5]++ // the window
	_, err = wire.ParseTCP4(frame, &ip, &tcp)
	fmt.Println(errors.Is(err, wire.ErrChecksum), err)
	// Output:
	// wire: IPv4 version is 6, allowed: 4
	// true wire: TCP checksum is 4946, allowed: 4945, as these bytes add up
}

func ExampleFiveTuple() {
	t := wire.FiveTuple{Proto: wire.ProtoTCP, Src: 0x0a000002, Dst: 0x0a000001, SrcPort: 40000, DstPort: 80}
	fmt.Println(t)
	fmt.Println(t.Reverse())
	// Output:
	// 10.0.0.2:40000 > 10.0.0.1:80 tcp
	// 10.0.0.1:80 > 10.0.0.2:40000 tcp
}
