package linux

import (
	"strings"
	"testing"

	"socketbook/sockets"
)

// found are programs whose last answer was wrong once: random programs found
// them. The answer that stands here is Linux 6.18's.
var found = []struct {
	name, want string
	program    Program
}{
	{"writev of nothing needs no destination", "0", func(k *Kernel) {
		k.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		k.Writev(3, [][]byte{{}, {}})
	}},
	{"a socket shut down before it was connected is good for nothing", "EINVAL", func(k *Kernel) {
		k.Socket(sockets.AF_INET, sockets.SOCK_STREAM|sockets.SOCK_NONBLOCK, 0)
		k.Connect(3, k.Addr(80))
		k.Shutdown(3, 0)
		k.Listen(3, 0)
	}},
	{"and does not connect", "EINVAL", func(k *Kernel) {
		k.Socket(sockets.AF_INET, sockets.SOCK_STREAM|sockets.SOCK_NONBLOCK, 0)
		k.Connect(3, k.Addr(80))
		k.Shutdown(3, 0)
		k.Connect(3, k.Addr(80))
	}},
	{"a datagram for a mapped address is never out of band", "EOPNOTSUPP", func(k *Kernel) {
		k.Socket(sockets.AF_INET6, sockets.SOCK_DGRAM, 0)
		to := k.Addr(80)
		k.Sendto(3, []byte("x"), sockets.MSG_OOB, &to)
	}},
	{"nor is one that is being put together", "EOPNOTSUPP", func(k *Kernel) {
		k.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		to := k.Addr(80)
		k.Sendto(3, []byte("x"), sockets.MSG_MORE, &to)
		k.Sendto(3, nil, sockets.MSG_OOB, nil)
	}},
	{"an IPv6 socket that connect gave an address still has IPv4's port", "EADDRINUSE", func(k *Kernel) {
		k.Socket(sockets.AF_INET6, sockets.SOCK_STREAM|sockets.SOCK_NONBLOCK, 0)
		port := k.Addr(80).Port
		k.Bind(3, sockets.Any6(port))
		k.Connect(3, sockets.Any6(port))
		k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		k.Bind(4, sockets.Any(port))
	}},
	{"what was shut before connect is shut when it is connected", "ENOTCONN", func(k *Kernel) {
		k.Socket(sockets.AF_INET, sockets.SOCK_STREAM|sockets.SOCK_NONBLOCK, 0)
		k.Bind(3, k.Addr(81))
		k.Shutdown(3, 2)
		k.Connect(3, k.Addr(81)) // to itself
		k.Getpeername(3)
	}},
	{"MSG_MORE holds until something else happens", "ECONNRESET", func(k *Kernel) {
		server, client := pairOf(k)
		k.Sendto(server, []byte("held"), sockets.MSG_MORE, nil)
		client.Shutdown(3, 2) // its FIN lets the bytes go, to a socket that reads no more
		client.Read(3, make([]byte, 9))
	}},
	{"but bytes from the peer do not count as something", `5 "hello"`, func(k *Kernel) {
		server, client := pairOf(k)
		client.Write(3, []byte("hello"))
		client.Sendto(3, []byte("x"), sockets.MSG_MORE, nil)
		k.Write(server, []byte("x"))
		k.Read(server, make([]byte, 9))
	}},
	{"TCP_NODELAY sends what MSG_MORE holds", `4 "held"`, func(k *Kernel) {
		server, client := pairOf(k)
		client.Sendto(3, []byte("held"), sockets.MSG_MORE, nil)
		client.Setsockopt(3, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, []byte{1, 0, 0, 0}, 4)
		k.Read(server, make([]byte, 9))
	}},
	{"a SYN that was refused stays unacknowledged, and its end moves write_seq on", "3", func(k *Kernel) {
		k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		k.Connect(3, k.Addr(80))
		k.Ioctl(3, sockets.SIOCOUTQ)
	}},
	{"where nothing was sent", "2", func(k *Kernel) {
		k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		k.Connect(3, k.Addr(80))
		k.Ioctl(3, sockets.SIOCOUTQNSD)
	}},
	{"the next connect has a SYN of its own", "0", func(k *Kernel) {
		l, _ := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		k.Bind(l, k.Addr(80))
		c, _ := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		k.Connect(c, k.Addr(80))
		k.Listen(l, 1)
		k.Connect(c, k.Addr(80))
		k.Ioctl(c, sockets.SIOCOUTQ)
	}},
	{"a reset leaves what was acknowledged out of the count", "0", func(k *Kernel) {
		server, client := pairOf(k)
		client.Write(3, []byte("hello"))
		k.Close(server) // with five bytes unread: a reset
		client.Ioctl(3, sockets.SIOCOUTQ)
	}},
}

// pairOf is a connection: the program's descriptor, and a client's, which is 3.
// The program's do not block.
func pairOf(k *Kernel) (server int, client *Proc) {
	l, _ := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	k.Bind(l, k.Addr(80))
	k.Listen(l, 1)
	client = k.Process("client")
	c, _ := client.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	client.Connect(c, k.Addr(80))
	server, _, _ = k.Accept4(l, sockets.SOCK_NONBLOCK)
	return server, client
}

func TestFoundByRandomPrograms(t *testing.T) {
	for _, f := range found {
		t.Run(strings.ReplaceAll(f.name, " ", "-"), func(t *testing.T) {
			table := Compare(f.program)
			if last := table.Rows[len(table.Rows)-1]; last.Simulated != f.want {
				t.Errorf("want %s\n%v", f.want, table)
			}
			if table.Err == nil && table.Differences() > 0 {
				t.Errorf("the real kernel differs\n%v", table)
			}
		})
	}
}
