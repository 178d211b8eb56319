package symptoms

import (
	"time"

	"socketbook/sockets"
)

// tcp is a new TCP socket of a program.
func tcp(p *sockets.Process, flags int) int {
	fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM|flags, 0)
	return fd
}

// udp is a new UDP socket of a program.
func udp(p *sockets.Process, flags int) int {
	fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM|flags, 0)
	return fd
}

// errnosFirst are the answers most programs meet.
var errnosFirst = []Entry{
	{Kind: Errno, Names: []string{"EADDRINUSE"}, Lesson: 2,
		Means: "bind or listen found the port taken: another socket of the same protocol has it, at an address that overlaps. After a restart it may be a connection of the old server that is in TIME-WAIT.",
		Looks: "\"Address already in use\". `ss -tanp sport = :80` names who has the port.",
		Knob:  "Stop the other program, take another port, or set SO_REUSEADDR (past TIME-WAIT) before bind; SO_REUSEPORT lets several listen on purpose.",
		Price: "With SO_REUSEPORT the kernel spreads the clients by a hash: one slow listener keeps its share, and what waits in its queue is lost when it closes.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.ListenOn(sockets.Any(80), 5)
			p.ListenOn(sockets.Any(80), 5)
		}},
	{Kind: Errno, Names: []string{"ECONNREFUSED"}, Lesson: 2,
		Means: "The SYN reached a host on which nobody listens at that port, and its kernel answered RST. For UDP, ICMP \"port unreachable\" says the same, to the next call.",
		Looks: "\"Connection refused\", at once. On the other host TcpOutRsts grows, and `ss -tln` shows no such port.",
		Knob:  "Start the server, or listen at the address that is called: 127.0.0.1 is reached from its own host only.",
		show: func(r *Run) {
			s := r.lan()
			s.browser.Dial(s.server.Addr(80))
		}},
	{Kind: Errno, Names: []string{"ETIMEDOUT"}, Lesson: 3,
		Means: "Nobody answered: the SYN was lost each time (or dropped by a full queue or a firewall), or sent data was not acknowledged for as long as tcp_retries2 allows, or keep-alive found the peer gone.",
		Looks: "`ss -tano` shows SYN-SENT, or a Send-Q that does not shrink, with a timer that doubles. TcpExtTCPTimeouts and TcpExtTCPAbortOnTimeout grow.",
		Knob:  "net.ipv4.tcp_syn_retries and tcp_retries2, TCP_USER_TIMEOUT for one socket, keep-alive for quiet ones.",
		Price: "Shorter means that connections die in an outage they would have survived. Longer means that programs wait for the dead: with the defaults 131 s for a connect, 15 minutes for data.",
		show:  unanswered},
	{Kind: Errno, Names: []string{"ECONNRESET"}, Lesson: 6,
		Means: "The peer sent RST: its program had closed with data unread, or closed with SO_LINGER 0, or has crashed and the kernel knows the connection no more.",
		Looks: "\"Connection reset by peer\", at read or write. At the peer TcpOutRsts grows, and TcpExtTCPAbortOnClose or TcpExtTCPAbortOnData.",
		Knob:  "Let the peer read to the end before it closes, or call shutdown(SHUT_WR) and read until 0.",
		Price: "To read to the end takes time, and a peer that never ends needs a limit.",
		show:  func(r *Run) { r.replay("sockets:v1:reset?how=unread") }},
	{Kind: Errno, Names: []string{"EPIPE"}, Lesson: 6,
		Means: "A write on a connection whose sending half has ended: this side called shutdown, or a RST came and an earlier call has told of it.",
		Looks: "\"Broken pipe\". On Linux SIGPIPE comes with it and ends a program that does not ignore it.",
		Knob:  "Ignore SIGPIPE or send with MSG_NOSIGNAL, and treat EPIPE as the end of this connection.",
		show: func(r *Run) {
			s := r.lan()
			_, fd := s.connect()
			s.browser.Shutdown(fd, 1) // SHUT_WR
			s.browser.Write(fd, []byte("late"))
		}},
	{Kind: Errno, Names: []string{"EAGAIN"}, Lesson: 4,
		Means: "The call would have to sleep, and the socket is non-blocking, or its timeout (SO_RCVTIMEO) has run out. Nothing is wrong. EWOULDBLOCK is the same number.",
		Looks: "`strace` shows -1 EAGAIN now and then. A loop of nothing but EAGAIN, at 100 % CPU, asks without waiting for readiness.",
		Knob:  "Wait with poll or epoll_wait until the socket is ready, then try again.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			fd := tcp(p, sockets.SOCK_NONBLOCK)
			p.Bind(fd, sockets.Any(80))
			p.Listen(fd, 5)
			p.Accept4(fd, 0)
		}},
	{Kind: Errno, Names: []string{"EINPROGRESS", "EALREADY", "EISCONN"}, Lesson: 4,
		Means: "A non-blocking connect has begun (EINPROGRESS), is still under way when it is called again (EALREADY), and is done (EISCONN).",
		Looks: "`ss` shows SYN-SENT meanwhile.",
		Knob:  "Wait with poll for POLLOUT, then read SO_ERROR: 0 is connected, else it is connect's errno.",
		show: func(r *Run) {
			s := r.lan()
			s.listen(5)
			fd := tcp(s.browser, sockets.SOCK_NONBLOCK)
			for range 2 {
				s.browser.Connect(fd, s.server.Addr(80))
			}
			s.wait(time.Millisecond)
			for range 2 {
				s.browser.Connect(fd, s.server.Addr(80))
			}
		}},
	{Kind: Errno, Names: []string{"EADDRNOTAVAIL"}, Lesson: 8,
		Means: "bind: no card of this host has the address. connect: every ephemeral port is in use for this destination, so no five-tuple is left.",
		Looks: "\"Cannot assign requested address\", at the client. `ss -s` shows tens of thousands of connections or of TIME-WAIT to one destination.",
		Knob:  "Keep connections and use them again; net.ipv4.ip_local_port_range = \"1024 65535\"; more client addresses; more server addresses or ports.",
		Price: "A wide range can take a port that a server wants later: reserve those in ip_local_reserved_ports.",
		show: func(r *Run) {
			s := r.lan()
			s.listen(5)
			s.client.SetSysctl("net.ipv4.ip_local_port_range", "40000 40001")
			for range 3 {
				s.browser.Dial(s.server.Addr(80))
			}
		}},
	{Kind: Errno, Names: []string{"EACCES"}, Lesson: 2,
		Means: "A port below net.ipv4.ip_unprivileged_port_start (1024) needs the capability CAP_NET_BIND_SERVICE. For a packet: a route or a firewall forbids it.",
		Looks: "\"Permission denied\" from bind.",
		Knob:  "`setcap cap_net_bind_service=+ep`, AmbientCapabilities= in the service's unit, or a lower ip_unprivileged_port_start.",
		Price: "A lower start lets any program of the host take those ports.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Setuid(1000)
			p.Bind(tcp(p, 0), sockets.Any(80))
		}},
}
