package symptoms

import (
	"socketbook/sockets"
)

// errnosSockets are answers about what a socket is and can do.
var errnosSockets = []Entry{
	{Kind: Errno, Names: []string{"EINVAL"}, Lesson: 2,
		Means: "An argument out of range, or a call at the wrong time: accept on a socket that does not listen, bind of one that has a port.",
		Looks: "`strace` shows the call with its arguments.",
		Knob:  "Mend the order of the calls: socket, bind, listen, accept.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Accept4(tcp(p, 0), 0)
		}},
	{Kind: Errno, Names: []string{"ENOTCONN"}, Lesson: 2,
		Means: "The socket has no peer: not connected yet, or no more.",
		Looks: "\"Transport endpoint is not connected\", often from getpeername or shutdown after the peer has reset.",
		Knob:  "Connect first; take it as the end of a connection otherwise.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Getpeername(tcp(p, 0))
		}},
	{Kind: Errno, Names: []string{"EOPNOTSUPP"}, Lesson: 2,
		Means: "The call does not fit the kind of socket: UDP has no listen and no accept.",
		Looks: "\"Operation not supported\".",
		Knob:  "Ask for the right kind: SOCK_STREAM to listen.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Listen(udp(p, 0), 5)
		}},
	{Kind: Errno, Names: []string{"EDESTADDRREQ"}, Lesson: 1,
		Means: "A UDP socket that is not connected was written to without an address.",
		Looks: "\"Destination address required\".",
		Knob:  "sendto with an address, or connect first.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Write(udp(p, 0), []byte("to whom?"))
		}},
	{Kind: Errno, Names: []string{"EMSGSIZE"}, Lesson: 1,
		Means: "A datagram longer than any packet, 65,507 bytes for UDP over IPv4; or longer than the path's MTU, on a socket that must not fragment.",
		Looks: "\"Message too long\".",
		Knob:  "Smaller datagrams: 1,472 bytes fit an Ethernet frame whole. Or TCP.",
		Price: "More packets, and each costs the CPU about the same whatever its length.",
		show: func(r *Run) {
			s := r.lan()
			to := s.server.Addr(53)
			s.browser.Sendto(udp(s.browser, 0), make([]byte, 70_000), 0, &to)
		}},
	{Kind: Errno, Names: []string{"EAFNOSUPPORT"}, Lesson: 1,
		Means: "The family is not known here, or the address is not of the socket's family: an IPv6 address for an IPv4 socket.",
		Looks: "\"Address family not supported by protocol\".",
		Knob:  "AF_INET6 for both kinds of addresses; getaddrinfo tells the family of each.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Bind(tcp(p, 0), sockets.Any6(80))
		}},
	{Kind: Errno, Names: []string{"EPROTONOSUPPORT", "ESOCKTNOSUPPORT"}, Lesson: 1,
		Means: "socket: the family knows no such protocol for the type (EPROTONOSUPPORT), or no such type (ESOCKTNOSUPPORT).",
		Looks: "Only from socket, at the program's start.",
		Knob:  "0 as the protocol takes the type's usual one.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, sockets.IPPROTO_UDP)
			p.Socket(sockets.AF_INET, sockets.SOCK_SEQPACKET, 0)
		}},
	{Kind: Errno, Names: []string{"EPROTOTYPE"},
		Means:  "The protocol does not fit the type of the socket. Linux has it for Unix sockets of different types.",
		Looks:  "From connect.",
		Silent: "sockets of AF_UNIX carry nothing here."},
	{Kind: Errno, Names: []string{"ECONNABORTED"}, Lesson: 4,
		Means: "connect was called again after a non-blocking connect had failed and its errno was already taken; from accept, on some systems, that the connection has died in the queue (Linux hands it over, and the first read tells).",
		Looks: "\"Software caused connection abort\".",
		Knob:  "Close the socket after a failed connect and make a new one.",
		show: func(r *Run) {
			s := r.lan()
			fd := tcp(s.browser, sockets.SOCK_NONBLOCK)
			s.browser.Connect(fd, s.server.Addr(80))
			s.lab.Run()
			s.browser.Read(fd, make([]byte, 1))
			s.browser.Connect(fd, s.server.Addr(80))
		}},
	{Kind: Errno, Names: []string{"EFAULT"},
		Means: "A pointer argument leads nowhere.",
		Looks: "\"Bad address\". Go programs hardly ever see it.",
		Knob:  "Mend the program.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.EpollCtl(epoll(p), sockets.EPOLL_CTL_ADD, tcp(p, 0), nil)
		}},
	{Kind: Errno, Names: []string{"ENXIO"},
		Means: "A packet socket was written to that is bound to no card.",
		Looks: "Only from programs like tcpdump or DHCP clients.",
		Knob:  "bind it to a card, or name one in sendto.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			fd, _ := p.Socket(sockets.AF_PACKET, sockets.SOCK_DGRAM, 0)
			p.Write(fd, []byte("x"))
		}},
	{Kind: Errno, Names: []string{"ENODEV"},
		Means: "No such card: a link-local address (fe80::…) names one by number, and there is none of that number.",
		Looks: "\"No such device\" from bind.",
		Knob:  "`ip link` has the numbers; write fe80::1%eth0.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			a := sockets.Any6(80)
			a.Addr[0], a.Addr[1], a.Addr[15], a.Scope = 0xfe, 0x80, 1, 99
			fd, _ := p.Socket(sockets.AF_INET6, sockets.SOCK_STREAM, 0)
			p.Bind(fd, a)
		}},
}
