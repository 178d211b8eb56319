package sockets

import (
	"net/netip"
	"testing"

	"socketbook/sockets/wire"
)

// The vectors of Microsoft's "Verifying the RSS Hash Calculation".
func TestToeplitzVectors(t *testing.T) {
	for _, c := range []struct {
		dst, src   string
		ip, ports_ uint32
	}{
		{"161.142.100.80:1766", "66.9.149.187:2794", 0x323e8fc2, 0x51ccc178},
		{"65.69.140.83:4739", "199.92.111.2:14230", 0xd718262a, 0xc626b0ea},
		{"12.22.207.184:38024", "24.19.198.95:12898", 0xd2d0a5de, 0x5c2b394a},
		{"209.142.163.6:2217", "38.27.205.30:48228", 0x82989176, 0xafc7327f},
		{"202.188.127.2:1303", "153.39.163.191:44251", 0x5d1809c5, 0x10e828a2},
		{"[3ffe:2501:200:3::1]:1766", "[3ffe:2501:200:1fff::7]:2794", 0x2cc18cd5, 0x40207d3d},
		{"[ff02::1]:4739", "[3ffe:501:8::260:97ff:fe40:efab]:14230", 0x0f0c461c, 0xdde51bbf},
		{"[fe80::200:f8ff:fe21:67cf]:38024", "[3ffe:1900:4545:3:200:f8ff:fe21:67cf]:44251", 0x4b61e985, 0x02d1feef},
	} {
		src, dst := netip.MustParseAddrPort(c.src), netip.MustParseAddrPort(c.dst)
		frame := make([]byte, wire.EthernetLen+60)
		p := frame[wire.EthernetLen:]
		ports := p[40:]
		if src.Addr().Is4() {
			frame[12], frame[13] = 8, 0
			p[0], p[9] = 0x45, wire.ProtoTCP
			copy(p[12:], src.Addr().AsSlice())
			copy(p[16:], dst.Addr().AsSlice())
			ports = p[20:]
		} else {
			frame[12], frame[13] = 0x86, 0xdd
			p[6] = wire.ProtoTCP
			copy(p[8:], src.Addr().AsSlice())
			copy(p[24:], dst.Addr().AsSlice())
		}
		ports[0], ports[1] = byte(src.Port()>>8), byte(src.Port())
		ports[2], ports[3] = byte(dst.Port()>>8), byte(dst.Port())
		if got := rssHash(frame); got != c.ports_ {
			t.Errorf("%s > %s with ports: %#x, want %#x", c.src, c.dst, got, c.ports_)
		}
		p[6+3*int(bit(src.Addr().Is4()))] = 99 // neither TCP nor UDP
		if got := rssHash(frame); got != c.ip {
			t.Errorf("%s > %s without ports: %#x, want %#x", c.src, c.dst, got, c.ip)
		}
	}
	for n := range 60 { // whatever comes
		rssHash(make([]byte, n))
	}
}
