package sockets

import (
	"testing"
	"time"
)

// A mebibyte holds 273 sockets of 3,829 bytes, less what the process and its
// standard files take; the next one hears ENOMEM, and a closed one makes room.
func TestSocketsAgainstRAM(t *testing.T) {
	st := newStory(t, Limits{RAM: 1 << 20, NofileSoft: 5000, NofileHard: 5000, FileMax: 5000}, LAN)
	base := st.server.memory()
	want := int((1<<20 - base) / SizeServerSocket)
	for n := range want {
		if _, err := st.s.Socket(AF_INET, SOCK_STREAM, 0); err != nil {
			t.Fatalf("socket %d of %d: %v", n+1, want, err)
		}
	}
	_, err := st.s.Socket(AF_INET, SOCK_STREAM, 0)
	st.errno(err, ENOMEM, "one socket more than RAM holds")
	st.ok(st.s.Close(10), "close")
	if fd := st.socket(st.s); fd != 10 {
		t.Errorf("the room of a closed socket is another's: descriptor 10, got %d", fd)
	}
	st.audit()
}

// What a crowd sees of a server without memory: no answer to its SYN, or to
// its last ACK; and the program: ENFILE at accept4.
func TestConnectionsAgainstRAM(t *testing.T) {
	st := newStory(t, Limits{RAM: 1 << 20, NofileSoft: 5000, NofileHard: 5000, FileMax: 5000}, LAN)
	door := st.listen(80, 1000)
	before := st.server.memory()
	load := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 1000, Window: 1})
	st.net.RunFor(100 * time.Millisecond)
	want := int((1<<20 - before) / SizeTCPSock)
	// In the last 2.5 KB a few requests fit: their clients believe themselves
	// connected, and their ACKs are dropped.
	queued := int(st.server.Sockets().In(Listen)[0].RecvQ)
	if got := load.Result().Connected; queued != want || got < want || got > want+SizeTCPSock/SizeRequest {
		t.Errorf("%d connections of %d bytes fit, nobody accepted: %d are in the queue, %d believe to be", want, SizeTCPSock, queued, got)
	}
	if st.server.Stats().ListenDrops == 0 || st.server.Stats().ListenOverflows != 0 {
		t.Errorf("a SYN without memory is ListenDrops alone: %d, %d", st.server.Stats().ListenDrops, st.server.Stats().ListenOverflows)
	}
	_, _, err := st.s.Accept4(door, 0)
	st.errno(err, ENFILE, "accept4 without memory for an inode")
	load.CloseAll()
	st.audit()
}

// What is in TIME-WAIT is small: the account follows a connection through its
// states, and is back where it was when the last one is forgotten.
func TestTheAccountOfAConnection(t *testing.T) {
	st := newStory(t, Limits{TimeWait: time.Second}, LAN)
	l := st.listen(80, 16)
	server, client := st.server.memory(), st.client.memory()
	c := st.connect(80)
	s := st.accept(l)
	st.settle()
	if got := st.server.memory() - server; got != SizeServerSocket {
		t.Errorf("the server's end costs %d, want %d", got, SizeServerSocket)
	}
	if got := st.client.memory() - client; got != SizeClientSocket {
		t.Errorf("the client's end costs %d, want %d", got, SizeClientSocket)
	}
	st.ok(st.c.Close(c), "close")
	st.settle()
	st.ok(st.s.Close(s), "close")
	st.settle()
	if got := st.client.memory() - client; got != SizeTimeWait+2*SizeBindBucket {
		t.Errorf("TIME-WAIT costs %d, want %d", got, SizeTimeWait+2*SizeBindBucket)
	}
	st.audit()
	st.net.RunFor(2 * time.Second)
	if s, c := st.server.memory(), st.client.memory(); s != server || c != client {
		t.Errorf("afterwards %d and %d bytes, want %d and %d", s, c, server, client)
	}
}
