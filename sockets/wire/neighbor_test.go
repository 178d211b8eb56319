package wire

import (
	"bytes"
	"testing"
)

// A request and its reply, as a dump shows them.
func TestARP(t *testing.T) {
	request := unhex(t, "0001 0800 06 04 0001 0200 0000 0001 0a000001 0000 0000 0000 0a000002")
	for _, c := range []struct {
		bytes []byte
		want  ARP
	}{
		{request, ARP{ARPRequest, MAC{2, 0, 0, 0, 0, 1}, 0x0a000001, MAC{}, 0x0a000002}},
		{unhex(t, "0001 0800 06 04 0002 0200 0000 0002 0a000002 0200 0000 0001 0a000001"),
			ARP{ARPReply, MAC{2, 0, 0, 0, 0, 2}, 0x0a000002, MAC{2, 0, 0, 0, 0, 1}, 0x0a000001}},
	} {
		got, err := ParseARP(append(c.bytes, 0, 0)) // a short frame is padded
		if err != nil || got != c.want {
			t.Errorf("parsed %+v, %v; want %+v", got, err, c.want)
		}
		out := make([]byte, ARPLen)
		if n := got.Put(out); n != ARPLen || !bytes.Equal(out, c.bytes) {
			t.Errorf("wrote % x, want % x", out, c.bytes)
		}
	}
	_, err := ParseARP(request[:27])
	wantError(t, "27 bytes", err, ErrTruncated, "ARP length is 27")
	for at, want := range map[int]string{1: "hardware type", 2: "protocol type", 4: "hardware address length", 5: "protocol address length", 7: "operation"} {
		b := bytes.Clone(request)
		b[at] = 9
		_, err := ParseARP(b)
		wantError(t, want, err, ErrField, want)
	}
}

func TestNeighbor(t *testing.T) {
	body := unhex(t, "fd00 0000 0000 0000 0000 0000 0012 3456 01 01 0200 0000 0001")
	n, err := ParseNeighbor(body, true)
	if err != nil || !n.HasMAC || n.Link != (MAC{2, 0, 0, 0, 0, 1}) || n.Target[15] != 0x56 {
		t.Errorf("parsed %+v, %v", n, err)
	}
	out := make([]byte, NeighborLen)
	if k := n.Put(out, true); k != NeighborLen || !bytes.Equal(out, body) {
		t.Errorf("wrote % x, want % x", out, body)
	}
	if n, err := ParseNeighbor(body, false); err != nil || n.HasMAC {
		t.Errorf("an advertisement has no source option: %+v, %v", n, err)
	}
	group, mac := SolicitedNode(n.Target)
	if want := unhex(t, "ff02 0000 0000 0000 0000 0001 ff12 3456"); !bytes.Equal(group[:], want) || mac.String() != "33:33:ff:12:34:56" {
		t.Errorf("the group is % x at %v", group, mac)
	}
	for _, cut := range []int{0, 15, 17, 20} {
		if _, err := ParseNeighbor(body[:cut], true); err == nil {
			t.Errorf("%d bytes must be refused", cut)
		}
	}
	body[17] = 0
	_, err = ParseNeighbor(body, true)
	wantError(t, "an option of no length", err, ErrField, "option length")
	body[0] = 0xff
	_, err = ParseNeighbor(body, true)
	wantError(t, "a group", err, ErrField, "target")
}

func TestFragment6(t *testing.T) {
	b := unhex(t, "11 00 05a9 deadbeef cafe")
	f, rest, err := ParseFragment6(b)
	if want := (Fragment6{ProtoUDP, 181, true, 0xdeadbeef}); err != nil || f != want || len(rest) != 2 {
		t.Errorf("parsed %+v, %v", f, err)
	}
	out := make([]byte, Fragment6Len)
	if f.Put(out); !bytes.Equal(out, b[:8]) {
		t.Errorf("wrote % x", out)
	}
	_, _, err = ParseFragment6(b[:7])
	wantError(t, "7 bytes", err, ErrTruncated, "IPv6 fragment length")
}
