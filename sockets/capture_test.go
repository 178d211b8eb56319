package sockets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// block is one block of a pcapng file, as the test reads it.
type block struct {
	kind uint32
	body []byte
}

// blocks takes a pcapng file apart and fails when it is not whole.
func blocks(t *testing.T, file []byte) (all []block) {
	t.Helper()
	le := binary.LittleEndian
	for len(file) > 0 {
		if len(file) < 12 {
			t.Fatalf("%d bytes are left after the last block", len(file))
		}
		n := int(le.Uint32(file[4:]))
		if n < 12 || n%4 != 0 || n > len(file) || int(le.Uint32(file[n-4:])) != n {
			t.Fatalf("block %d has the length %d, with %d bytes left", len(all), n, len(file))
		}
		all = append(all, block{le.Uint32(file), file[8 : n-4]})
		file = file[n:]
	}
	return all
}

// Both directions of a link in one file: a section, a description of each
// card, and each frame once, in order of time, under the card that sent it.
func TestCaptureOfALink(t *testing.T) {
	st := lanStory(t)
	var file bytes.Buffer
	c, err := st.net.links[0].Capture(&file, CaptureOptions{Comment: "a word there"})
	st.ok(err, "Capture")
	_, cfd, sfd := st.pair(80)
	st.write(st.c, cfd, "hello")
	st.settle()
	st.read(st.s, sfd, "hello", "what was captured arrives all the same")
	all := blocks(t, file.Bytes())
	if len(all) < 8 || all[0].kind != 0x0a0d0d0a || all[1].kind != 1 || all[2].kind != 1 {
		t.Fatalf("a file begins with a section and two interfaces: %d blocks", len(all))
	}
	for i, name := range []string{"client/eth0", "server/eth0"} {
		if !bytes.Contains(all[1+i].body, []byte(name)) {
			t.Errorf("interface %d must be %s: %q", i, name, all[1+i].body)
		}
	}
	if !bytes.Contains(all[0].body, []byte("a word there")) {
		t.Errorf("the section has the comment: %q", all[0].body)
	}
	last, from := uint64(0), [2]int{}
	for _, b := range all[3:] {
		le := binary.LittleEndian
		at := uint64(le.Uint32(b.body[4:]))<<32 | uint64(le.Uint32(b.body[8:]))
		if b.kind != 6 || at < last {
			t.Errorf("a packet in order of time must follow: kind %d at %d ns after %d", b.kind, at, last)
		}
		last = at
		from[le.Uint32(b.body)]++
	}
	sent := [2]int{int(st.client.stats.TxPackets), int(st.server.stats.TxPackets)}
	if from != sent || c.Frames() != sent[0]+sent[1] {
		t.Errorf("each card's frames stand under it: %v in the file, %v sent, Frames is %d", from, sent, c.Frames())
	}
	n := file.Len()
	st.ok(c.Close(), "Close")
	st.write(st.c, cfd, "more")
	st.settle()
	if file.Len() != n {
		t.Error("after Close nothing is written")
	}
}

// One direction; a short piece of each frame; a device; the loopback device.
func TestCaptureOptions(t *testing.T) {
	st := lanStory(t)
	files := [5]bytes.Buffer{}
	link := st.net.links[0]
	var c [5]*Capture
	var errs [5]error
	c[0], errs[0] = link.Capture(&files[0], CaptureOptions{From: st.client})
	c[1], errs[1] = link.Capture(&files[1], CaptureOptions{Snaplen: 34})
	c[2], errs[2] = st.server.Capture(&files[2], "eth0", CaptureOptions{From: st.client})
	c[3], errs[3] = st.server.Capture(&files[3], "lo", CaptureOptions{})
	c[4], errs[4] = st.net.Capture(&files[4], CaptureOptions{})
	st.ok(errors.Join(errs[:]...), "Capture")
	_, cfd, _ := st.pair(80)
	st.write(st.c, cfd, strings.Repeat("x", 1000))
	st.settle()
	fd := st.socket(st.s)
	st.ok(st.s.Connect(fd, Addr("127.0.0.1:80")), "connect over lo")
	st.settle()
	client, server := st.client.stats, st.server.stats
	const lo = 3 // a handshake
	for i, want := range []uint64{client.TxPackets, client.TxPackets + server.TxPackets - lo, server.RxPackets - lo,
		lo, client.TxPackets + server.TxPackets} {
		if got := c[i].Frames(); got != int(want) {
			t.Errorf("capture %d has %d frames, want %d", i, got, want)
		}
	}
	for _, b := range blocks(t, files[1].Bytes()) {
		if n := binary.LittleEndian.Uint32(b.body[12:]); b.kind == 6 && n > 34 {
			t.Errorf("a piece of %d bytes, of at most 34", n)
		}
	}
	if _, err := link.Capture(nil, CaptureOptions{}); err == nil {
		t.Error("a capture needs a writer")
	}
	other := NewNetwork().NewHost("other", Limits{})
	for _, o := range []CaptureOptions{{From: other}, {Snaplen: 13}, {Snaplen: -1}, {Snaplen: 1 << 20}} {
		var wrong *LimitError
		if _, err := link.Capture(&files[0], o); !errors.As(err, &wrong) {
			t.Errorf("%+v must be refused, got %v", o, err)
		}
	}
	if _, err := st.server.Capture(&files[0], "eth7", CaptureOptions{}); err == nil || !strings.Contains(err.Error(), "eth0") {
		t.Errorf("a device that is not there is refused with those that are: %v", err)
	}
}

// fullDisk takes some bytes and no more.
type fullDisk int

func (d *fullDisk) Write(b []byte) (int, error) {
	if *d -= fullDisk(len(b)); *d < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(b), nil
}

// A writer that fails ends the capture, not the run.
func TestCaptureOnAFullDisk(t *testing.T) {
	st := lanStory(t)
	disk := fullDisk(400)
	c, err := st.net.links[0].Capture(&disk, CaptureOptions{})
	st.ok(err, "Capture")
	st.pair(80)
	if c.Err() == nil || c.Close() == nil {
		t.Error("the writer's error must be told")
	}
}

// What happens to be on the wire is nobody's business when nobody captures.
func TestCaptureCostsNothing(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 5)
	crowd := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 1})
	st.settle()
	i := uint32(st.s.fds.get(st.accept(l)) & fdIndex)
	data, buf := []byte("hello"), make([]byte, 10)
	allocs := testing.AllocsPerRun(100, func() {
		crowd.Send(0, data)
		st.net.RunFor(time.Millisecond)
		if n := st.server.copyOut(i, st.server.socks.at(i), buf); n != 5 {
			t.Fatalf("five bytes must arrive, not %d", n)
		}
		st.net.RunFor(time.Millisecond)
	})
	if allocs > 0 {
		t.Errorf("without a tape and without a capture, a segment from end to end allocates %v times, want 0", allocs)
	}
}

// tshark decodes a capture and says what it has to say about it: nothing of it
// may be malformed or have a wrong checksum, and every remark of its experts
// must begin like one of those the scenario explains. Those marked with ! must
// be made.
func tshark(t *testing.T, file []byte, explained ...string) {
	t.Helper()
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not here")
	}
	path := filepath.Join(t.TempDir(), "capture.pcapng")
	if err := os.WriteFile(path, file, 0o644); err != nil {
		t.Fatal(err)
	}
	// What was lost and sent again comes late: tshark must wait for it.
	args := []string{"-n", "-r", path, "-T", "fields", "-E", "aggregator=;", "-o", "tcp.reassemble_out_of_order:TRUE"}
	for _, p := range []string{"ip", "tcp", "udp"} {
		args = append(args, "-o", p+".check_checksum:TRUE")
	}
	sums := []string{"ip", "tcp", "udp", "icmp", "icmpv6"}
	for _, p := range sums {
		args = append(args, "-e", p+".checksum.status")
	}
	args = append(args, "-e", "_ws.malformed", "-e", "_ws.expert.message", "-e", "_ws.expert.severity", "-e", "_ws.col.Info")
	var trouble bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stderr = &trouble
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, trouble.String())
	}
	lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	if frames := packets(blocks(t, file)); len(lines) != frames {
		t.Errorf("tshark reads %d frames of %d", len(lines), frames)
	}
	// epan/proto.h PI_CHAT, the usual way of things, and PI_COMMENT, ours.
	const chat, comment = "2097152", "1048576"
	met, unexplained := map[string]bool{}, map[string]int{}
	for i, line := range lines {
		f := strings.Split(line, "\t")
		for k, p := range sums {
			if strings.Contains(f[k], "0") {
				t.Errorf("frame %d: bad %s checksum: %s", i+1, p, f[8])
			}
		}
		if f[5] != "" {
			t.Errorf("frame %d is malformed: %s", i+1, f[8])
		}
		severity := strings.Split(f[7], ";")
		for k, message := range strings.Split(f[6], ";") {
			if k < len(severity) && severity[k] != chat && severity[k] != comment && message != "" && !explains(explained, message, met) {
				if unexplained[message]++; unexplained[message] == 1 {
					t.Errorf("frame %d: %s (nothing explains it): %s", i+1, message, f[8])
				}
			}
		}
	}
	for _, e := range explained {
		if e[0] == '!' && !met[e] {
			t.Errorf("an expert must say %q, and none does", e[1:])
		}
	}
}

func packets(all []block) (n int) {
	for _, b := range all {
		if b.kind == 6 {
			n++
		}
	}
	return n
}

func explains(explained []string, message string, met map[string]bool) bool {
	for _, e := range explained {
		if strings.HasPrefix(message, strings.TrimPrefix(e, "!")) {
			met[e] = true
			return true
		}
	}
	return false
}

// The first bytes of a run, as tcpdump and tshark would read them.
func ExampleLink_Capture() {
	lab := NewNetwork()
	server, client := lab.NewHost("server", Limits{}), lab.NewHost("client", Limits{})
	link := lab.NewLink(client, server, LAN)
	var file bytes.Buffer // or a file: os.Create("handshake.pcapng")
	capture, err := link.Capture(&file, CaptureOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	server.NewProcess("server").ListenOn(Any(80), 5)
	client.NewProcess("client").Dial(server.Addr(80))
	lab.RunFor(time.Second)
	fmt.Println(capture.Frames(), "frames, and the file begins with", fmt.Sprintf("% x", file.Bytes()[:4]))
	// Output: 3 frames, and the file begins with 0a 0d 0d 0a
}
