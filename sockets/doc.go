// Package sockets is a Linux host that you can look into: a network card with
// its rx ring, the interrupt, the driver's poll, IP, TCP, the lookup tables,
// sockets with their queues and buffers, descriptors with their limits, and
// programs that block in accept and read. Nothing in it is real, and all of it
// answers as Linux 6.18 does.
//
//	 program      accept4()          read()           write()        connect()
//	─────────────────┼─────────────────▲────────────────┼───────────────┼─── system calls
//	 descriptors     3 listener        4 connection     │  one copy     │
//	                 │                 │ one copy       │               │
//	 sockets    accept queue      receive queue     send buffer         │
//	            SYN queue              ▲                │               │
//	─────────────────▲─────────────────┼────────────────┼───────────────┼───
//	 TCP             └── lookup: five-tuple, then listener              │
//	 IP                    ▲                            ▼               ▼
//	─────────────────────── │ ──────────────────────────┼───────────────┼───
//	 driver          poll, budget 64                    transmit queue
//	 interrupt             ▲ masked while polled        │
//	 card            rx ring in kernel memory (DMA)     │
//	═══════════════════════▲════════════════════════════▼═══════════════════
//	                              the wire
//
// A run is a [Network] of [Host]s and [Link]s. Programs are functions that
// block as in C ([Host.Spawn]), or processes whose calls are made one by one
// ([Host.NewProcess]). A [Load] is a crowd of clients without programs. What
// happened is on the [Tape]; what is, is in snapshots: [Host.Sockets],
// [Host.Stats], [Process.Descriptors].
//
//	lab := sockets.NewNetwork(sockets.Seed(1), sockets.Record())
//	server := lab.NewHost("server", sockets.Limits{})
//	client := lab.NewHost("client", sockets.Limits{})
//	lab.NewLink(client, server, sockets.LAN)
//
// # Time
//
// Time is virtual and passes at four doors only: on the wire (link.go), between
// a frame and its interrupt (irq.go), in a timer (tcp_timer.go, listen.go),
// and between a wake-up and the program's running again (wait.go). Everything
// else takes no time. The same seed and the same calls give the same tape,
// byte for byte, on every machine.
//
// # Reading order
//
// The files are the rooms of the house, from the street to the top floor.
//
//	limits.go              every default and bound, with unit and source
//	sysctl.go              net.* and fs.*: read and written as text
//	sysctl_table.go        which of them there are
//	network.go             the street: hosts, links, one clock, one seed
//	budget.go              what a run may take of the reader's machine
//	link.go                a wire with delay, rate and queue (door 1)
//	link_faults.go         what goes wrong on it: loss, doubles, disorder, flips
//	link_run.go            accidents planned for single frames; cable in, cable out
//	tap.go                 a wire's end without a host: what a test sends and sees
//	load.go                the crowd: clients that need no program
//	host.go                the house, built in boot order
//	slab.go                where it all lies: slabs and buffers, by index
//	nic.go                 the card: rx rings, DMA
//	rss.go                 which ring a frame goes into: Toeplitz
//	irq.go                 the interrupt, hard half and soft half (door 2)
//	driver.go              the poll, and the way out
//	offload.go             what the card does for the CPU
//	tso.go                 one segment down, many frames out
//	gro.go                 many frames in, one segment up
//	ethtool.go             the card in ethtool's words
//	softnet.go             /proc/net/softnet_stat, ip -s link
//	cost.go                what work costs a CPU
//	cpu.go                 who has it: interrupts, ksoftirqd, programs
//	ip.go                  is it whole, is it mine, who is next
//	ip_output.go           the way down: header, device
//	route.go               where a packet goes: links, then the routing table
//	neigh.go               whose address is whose card
//	arp.go                 asking for it: ARP, and IPv6's neighbour discovery
//	forward.go             a router
//	fragment.go            packets cut
//	reassemble.go          and put together
//	pmtu.go                how long a packet may be on its whole way
//	icmp.go                what is told to a sender whose packet nobody wants
//	icmp_input.go          who is told of it
//	lookup.go              whose segment is it: five-tuples
//	ports.go               who has which port: bind, listeners
//	ephemeral.go           a port for a connection that named none
//	bind.go                bind and listen, as the socket's family checks them
//	udp.go                 datagrams: whose, and how they are received
//	udp_send.go            and sent
//	tcp.go                 states, and what a segment is
//	tcp_options.go         what two SYNs agree on; timestamps, old duplicates
//	tcp_input.go           segment arrives
//	tcp_ack.go             what an ACK says: round trips, windows
//	tcp_scoreboard.go      what is in flight, SACK, RACK
//	tcp_recovery.go        loss recovery: Open, Disorder, Recovery, Loss
//	tcp_resend.go          what is sent again
//	tcp_undo.go            what turns out to have been for nothing
//	tcp_ecn.go             marks in place of losses
//	tcp_congestion.go      slow start, Reno, CUBIC
//	tcp_reassembly.go      what comes out of order, and how it is told
//	tcp_delack.go          delayed acknowledgements
//	tcp_output.go          what may be sent now
//	tcp_keepalive.go       whether a quiet peer is still there
//	tcp_close.go           FIN, TIME-WAIT, reset: how it ends
//	tcp_timer.go           what happens when nothing comes (door 3)
//	socket.go              what a descriptor points to
//	account.go             what sockets cost, against RAM
//	kinds.go               which socket(domain, type, protocol) there are
//	options.go             what a socket keeps besides its state
//	listen.go              SYN queue, accept queue
//	cookies.go             SYN cookies, for when the SYN queue is full
//	buffer.go              the two copies
//	wait.go                sleep and wake-up (door 4)
//	errno.go               the kernel's answers
//	errno_linux.go         numbers that only Linux has
//	errno_other.go         the same on other systems
//	addr.go                addresses and the numbers of the headers
//	fd.go                  the lowest free number
//	file.go                what a number stands for
//	dup.go                 two numbers for one file
//	fcntl.go               a descriptor's flags and a file's
//	ioctl.go               how much waits, and other questions
//	pipe.go                pipes
//	calls.go               the system-call interface, for programs that run on both kernels
//	syscall.go             the system-call table
//	connect.go             connect
//	syscall_io.go          the calls that move data
//	close.go               shutdown, close, and what is left behind
//	syscall_msg.go         recvmsg and sendmsg
//	msg.go                 MSG_PEEK, MSG_WAITALL and the others
//	poll.go                poll: is anything ready
//	poll_sock.go           when a socket is
//	select.go              select, over poll
//	epoll.go               epoll: told when it is ready
//	epoll_item.go          one watched descriptor
//	epoll_nest.go          an epoll in an epoll
//	sockopt.go             setsockopt and getsockopt
//	sockopt_socket.go      SOL_SOCKET
//	sockopt_socket_set.go  SOL_SOCKET: setting
//	sockopt_socket_tell.go SOL_SOCKET: asking
//	sockopt_timer.go       SO_RCVTIMEO, SO_LINGER: options that are times
//	sockopt_tcp.go         IPPROTO_TCP
//	sockopt_tcp_own.go     IPPROTO_TCP: the rest
//	tcp_info.go            TCP_INFO, and what ss -i shows
//	sockopt_udp.go         IPPROTO_UDP
//	sockopt_ip.go          IPPROTO_IP
//	sockopt_ipopts.go      IP_OPTIONS: the header's options
//	sockopt_ipv6.go        IPPROTO_IPV6
//	sockopt_ipv6_own.go    IPPROTO_IPV6: the rest
//	sockopt_multicast.go   groups: who joins, who sends
//	sockopt_group.go       groups by name: MCAST_JOIN_GROUP and its kin
//	sockopt_raw.go         raw sockets
//	process.go             a program's life
//	fork.go                a process from a process, and threads
//	outside.go             calls from outside the simulation
//	lab.go                 what experiments write again and again
//	deviations.go          where this kernel and Linux differ
//	trace.go               the tape
//	journey.go             one segment's way, taken from the tape
//	snapshot.go            all that is, at one instant, by value
//	capture.go             real bytes of a wire, for Wireshark
//	scenario.go            a run that has a name
//	scenarios.go           those the lessons use
//	replay.go              one line of text that is a run
//	player.go              forwards and backwards through a run
//	series.go              a queue over time, taken from the tape
//	talk.go                a conversation, and a way through the states, taken from the tape
//	stats.go               the kernel's counters
//	stats_loss.go          counters of what is lost, late, double or out of order
//	stats_ip.go            those of IP, ICMP and UDP
//	netstat.go             ss
//	ss_filter.go           which sockets ss shows
//	sockstat.go            /proc/net/sockstat
//	memory.go              what it all costs on Linux, and here
//	lsof.go                lsof
//	strace.go              how strace spells it
//	doc.go                 this page
//
// # Runs that can be named, stopped and looked into
//
// Any wire can be captured: link.Capture(file, [CaptureOptions]{}), and Wireshark
// opens it. A registered scenario with its seed and its options is one line of
// text, a [Replay], that gives the same capture to the byte wherever it is
// pasted; a [Player] stops such a run at any event, forwards or backwards. A
// story (package script) is calls as strace prints them and packets as tcpdump
// does; it runs here and on a real kernel. [StopWhen] ends a run by a function's
// error, a context's for instance; [MemoryBudget] refuses a crowd that the machine
// cannot hold, with the bytes it needs. [Host.MemoryUse] prints what Linux would
// charge beside what it takes here.
//
// # Held against theory
//
// What is known on paper is a test: theory_test.go, theory_loss_test.go,
// link_theory_test.go. The figures are printed by
//
//	SOCKETBOOK_THEORY=1 go test ./sockets -v \
//		-run 'WireIs|Throughput|SlowStart|Law|RFC9438|CurveAfter|BackOff|BacksOff'
//
// and without the variable by shorter runs. W is the mean window, segments
// delivered in a round trip; p is the share of frames lost. Behind ± is one
// standard error; a tolerance has three of them added.
//
//	quantity                            theory       simulated    tolerance
//	throughput, 64 KiB window, 80 ms    819 kB/s     809 kB/s     2 %
//	  1 MiB window, 20 ms               52.4 MB/s    52.2 MB/s    2 %
//	  1 MiB window, 100 Mbit/s wire     11.77 MB/s   11.77 MB/s   2 %
//	slow start, 7 round trips           1280         1280         none
//	  every second segment acknowledged 1280         1262         2 %
//	  HyStart ends it, 100 Mbit/s       1046         1047         2 %
//	Reno, W at p = 0.1 %                38.7         40.4 ± 0.4   -8 to +12 %
//	  0.3 %                             22.4         22.6 ± 0.2   -8 to +12 %
//	  1 %                               12.2         12.4 ± 0.1   ±12 %
//	  3 %                               7.1          6.7 ± 0.1    -20 to 0 %
//	Reno without SACK, W at p = 3 %     5.9          6.2 ± 0.1    15 %
//	  6 %                               3.4          3.8 ± 0.1    15 %
//	CUBIC, RTT 100 ms, W at p = 1e-2    12           11.4         12 %
//	  1e-3                              38           39.1         6 %
//	  1e-4                              187          188.8        4 %
//	  1e-5                              1054         1052.9       2 %
//	CUBIC, RTT 10 ms, W at p = 1e-2     12           9.0          30 %
//	  1e-3                              38           36.1         8 %
//	  1e-4                              120          118.6        4 %
//	  1e-5                              379          383.6        3 %
//	CUBIC's curve after a loss          C(t-K)³+Wmax the same     1 % of Wmax
//	RTO after 100 ms was measured       300 ms·2^k   the same     2 ms
//	SYN again, without linear timeouts  1,3,7 … 63 s the same     1 ms
//	wait for a wire, M/D/1, ρ = 0.8     2.00 ms      1.97 ms      4 %
//	frames refused, M/M/1/5, ρ = 0.8    8.9 %        9.1 %        4 %
//
// Theory is: a window for each round trip, or the wire's rate (RFC 7323 §1.1);
// RFC 5681 §3.1; W = sqrt(3/2)/sqrt(p) (Mathis and others 1997), and Padhye and
// others 1998 for timeouts; tables 1 and 2 of RFC 9438 §5.1 and the curve of its
// §4.2; RFC 6298; Pollaczek and Khinchine (TestWireIsMD1), and the loss formula
// of M/M/1/K (TestWireIsMM1K).
//
// Where paper and Linux part, we follow Linux. It counts segments acknowledged,
// not ACKs, so delayed ACKs slow neither slow start nor Reno down (1.5 times a
// round trip, and sqrt(3/4), would be the paper's). With SACK, RACK and the tail
// loss probe there are hardly any timeouts, so at 3 % of loss Reno lies between
// the square root and Padhye. Small windows come out low: each halving rounds
// down, each recovery is a round trip without growth, and at 10 ms CUBIC looks at
// its curve every three round trips if the window has not grown (31 ms,
// bictcp_update), which is a third of what is missing at 1e-2. CUBIC's tables
// hold where it begins near them: its curve is flat where the next loss comes,
// and so forgets a high start only after dozens of losses.
//
// # Limitations
//
// Links know each other's cards from the start unless LinkOptions.ARP asks for
// real neighbours. Hosts forward with net.ipv4.ip_forward, and [Host.AddRoute] is
// `ip route add`; IPv6 addresses come from [Host.AddAddr6], fd00::/8 for a network
// of one's own. With [Limits].Costs a host's CPUs are finite; without, nothing
// waits for them. A queue marks packets only where LinkOptions.CEThreshold says
// so (RFC 3168). Raw, ping and AF_UNIX sockets answer every call and carry
// nothing; there is no multicast, and there are no signals. A program runs as
// root with the capabilities of a container, without CAP_SYS_RESOURCE and
// CAP_SYS_ADMIN. Sockets are charged against the host's RAM, the data that waits
// in them is not charged against tcp_mem. [Deviations] lists where a program
// could see a difference.
package sockets
