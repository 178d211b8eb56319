package sockets

import (
	"strings"
	"testing"
)

// A thousand idle connections cost a Linux server 3,829 bytes each and the
// client 4,085 (measured), beside a few tables.
func TestMemoryOfIdleConnections(t *testing.T) {
	st := newStory(t, Limits{NofileSoft: 2048}, LAN)
	l := st.listen(80, 1000)
	st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 1000, Window: 100})
	st.settle()
	queued := st.server.MemoryUse()
	for range 1000 {
		st.accept(l)
	}
	m := st.server.MemoryUse()
	if m.Connections != 1000 || queued.Connections != 1000 {
		t.Fatalf("1,000 connections, not %d and %d", queued.Connections, m.Connections)
	}
	// What accept4 adds is a file with its inode, dentry and blobs, and a larger
	// table of descriptors.
	if got, want := m.Kernel()-queued.Kernel(), int64(1000*(SizeSockInode+SizeFile+SizeDentry+SizeSockLSM)+(1024-64)*8); got != want {
		t.Errorf("accepting costs %d bytes, want %d", got, want)
	}
	// The listener and its port: a bucket for the port, one for the wildcard and
	// one for the address its children have.
	one := int64(SizeServerSocket + 3*SizeBindBucket)
	if got, want := m.Kernel(), 1000*int64(SizeServerSocket)+one+1024*8; got != want {
		t.Errorf("the server takes %d bytes, want %d:\n%v", got, want, m)
	}
	if m.TCPPages != 0 {
		t.Errorf("idle buffers hold nothing: %d pages", m.TCPPages)
	}
	if m.TCPMem != [3]int{196608, 262144, 393216} {
		t.Errorf("tcp_mem of 16 GiB is a sixteenth of its pages, and three quarters and three halves of that: %v", m.TCPMem)
	}
	// A crowd's clients need no descriptors here; on Linux each would have one.
	c := st.client.MemoryUse()
	if got, want := c.Kernel()-64*8, int64(1000*SizeClientSocket); got != want {
		t.Errorf("the crowd takes %d bytes, want %d:\n%v", got, want, c)
	}
	text := m.Beside(178_000)
	for _, line := range []string{"a connection             1,000          3.84 kB     178 B\n", "TCP                      1,001   2521   2.52 MB\n", "the host's RAM                          17.2 GB\n", "tcp_mem: 0 pages of 196,608, 262,144, 393,216\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("the table must say %q:\n%s", line, text)
		}
	}
}

// Data that nobody reads is charged by its truesize, each socket's rounded up
// to pages; what is over is small.
func TestMemoryOfTrafficAndTimeWait(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	before := st.server.MemoryUse()
	st.write(st.c, c, strings.Repeat("x", 5000))
	st.settle()
	m := st.server.MemoryUse()
	if m.TCPPages < 2 || m.TCPPages > 4 || m.Kernel()-before.Kernel() != int64(m.TCPPages)*4096 {
		t.Errorf("5,000 bytes in four buffers are 2 to 4 pages, not %d", m.TCPPages)
	}
	var buf [8192]byte
	st.s.Read(s, buf[:])
	if m := st.server.MemoryUse(); m.TCPPages != 0 {
		t.Errorf("what is read is no longer charged: %d pages", m.TCPPages)
	}
	st.ok(st.s.Close(s), "close")
	st.settle()
	st.ok(st.c.Close(c), "close")
	st.settle()
	m = st.server.MemoryUse()
	if got, want := before.Kernel()-m.Kernel(), int64(SizeServerSocket-SizeTimeWait); got != want {
		t.Errorf("a connection in TIME_WAIT costs %d bytes less, want %d:\n%v", got, want, m)
	}
	if m.Connections != 1 {
		t.Errorf("it is still one connection, not %d", m.Connections)
	}
}
