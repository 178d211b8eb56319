package symptoms

import (
	"encoding/binary"
	"time"

	"socketbook/sockets"
)

// open gives the server a UDP socket at port 53 for each family, and reads
// nothing.
func (s *stage) open() (fds []int) {
	for _, a := range []sockets.SockAddr{sockets.Any(53), sockets.Any6(53)} {
		fd, _ := s.web.Socket(int(a.Family), sockets.SOCK_DGRAM|sockets.SOCK_NONBLOCK, 0)
		s.web.Setsockopt(fd, sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY, []byte{1, 0, 0, 0}, 4)
		s.run.check(s.web.Bind(fd, a))
		fds = append(fds, fd)
	}
	return fds
}

// udpEntries are UDP's counters.
var udpEntries = []Entry{
	{Kind: Counter, Ordinary: true, Names: []string{"UdpInDatagrams", "UdpOutDatagrams", "Udp6InDatagrams", "Udp6OutDatagrams"},
		Means: "Datagrams that programs have read, and sent. One that waits unread is not counted yet.",
		Looks: "`nstat`.",
		show: func(r *Run) {
			s := r.lan6(sockets.Limits{}, sockets.LAN)
			fds := s.open()
			s.both(10)
			for _, fd := range fds {
				s.web.Recvfrom(fd, make([]byte, 100), 0)
			}
		}},
	{Kind: Counter, Names: []string{"UdpNoPorts", "Udp6NoPorts"}, Lesson: 2,
		Means: "A datagram for a port that nobody has. The sender is told by ICMP.",
		Looks: "`nstat`; `ss -uln` shows no such port. A scan of ports looks so, too.",
		Knob:  "Start the server, or find who sends.",
		show:  func(r *Run) { r.lan6(sockets.Limits{}, sockets.LAN).both(10) }},
	{Kind: Counter, Names: []string{"UdpInErrors", "UdpRcvbufErrors", "Udp6InErrors", "Udp6RcvbufErrors"}, Lesson: 5,
		Means: "The socket's receive buffer was full: the program reads too slowly, or a burst was larger than it. The datagram is lost, and nobody sends it again. InErrors counts all errors but NoPorts.",
		Looks: "`nstat`; `ss -uanm` shows Recv-Q at rb, and the number of drops behind d.",
		Knob:  "Read faster (recvmmsg, more threads with SO_REUSEPORT); SO_RCVBUF up to net.core.rmem_max.",
		Price: "Kernel memory for each socket; a datagram of one byte is charged 768 bytes.",
		show: func(r *Run) {
			s := r.lan6(sockets.Limits{}, sockets.LAN)
			for _, fd := range s.open() {
				s.web.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_RCVBUF, binary.LittleEndian.AppendUint32(nil, 2000), 4)
			}
			for range 10 {
				s.both(10)
			}
		}},
	{Kind: Counter, Names: []string{"UdpSndbufErrors", "Udp6SndbufErrors"}, Lesson: 5,
		Means: "A datagram found no room: the socket's send buffer was full and the socket non-blocking (EAGAIN), or the card's queue was full.",
		Looks: "`nstat`; Send-Q of `ss -uan` is at its bound.",
		Knob:  "Wait for POLLOUT; SO_SNDBUF; send slower.",
		Price: "A larger buffer holds older datagrams, and kernel memory.",
		show: func(r *Run) {
			s := r.lan6(sockets.Limits{}, sockets.LinkOptions{Rate: 1_000_000, Queue: 1})
			for _, to := range []sockets.SockAddr{s.server.Addr(53), s.server.Addr6(53)} {
				fd, _ := s.browser.Socket(int(to.Family), sockets.SOCK_DGRAM|sockets.SOCK_NONBLOCK, 0)
				for range 10 {
					s.browser.Sendto(fd, make([]byte, 100), 0, &to)
				}
				s.wait(time.Second)
			}
		}},
	{Kind: Counter, Names: []string{"UdpInCsumErrors", "Udp6InCsumErrors"}, Lesson: 6,
		Means: "The frame was whole, and the datagram's checksum wrong: bits flipped inside a switch or a machine on the way.",
		Looks: "`nstat`.",
		Knob:  "Find the machine; the wire is not to blame.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(spoilt(t.datagram(9, false), -1), spoilt(t.datagram(9, true), -1))
		}},
}
