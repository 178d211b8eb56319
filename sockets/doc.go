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
//	limits.go      every default and bound, with unit and source
//	network.go     the street: hosts, links, one clock, one seed
//	link.go        a wire with delay, rate and queue (door 1)
//	load.go        the crowd: clients that need no program
//	host.go        the house, built in boot order
//	slab.go        where it all lies: slabs and buffers, by index
//	nic.go         the card: rx ring, DMA
//	irq.go         the interrupt, hard half and soft half (door 2)
//	driver.go      the poll, and the way out
//	ip.go          is it whole, is it mine, who is next
//	lookup.go      whose segment is it: five-tuples
//	ports.go       who has which port: bind, listeners, ephemeral ports
//	tcp.go         states, and what a segment is
//	tcp_input.go   segment arrives
//	tcp_output.go  what may be sent now
//	tcp_timer.go   what happens when nothing comes (door 3)
//	socket.go      what a descriptor points to
//	listen.go      SYN queue, accept queue, SYN cookies
//	buffer.go      the two copies
//	wait.go        sleep and wake-up (door 4)
//	errno.go       the kernel's answers
//	addr.go        addresses and the numbers of the headers
//	fd.go          the lowest free number
//	syscall.go     the system-call table
//	syscall_io.go  the calls that move data
//	process.go     a program's life
//	trace.go       the tape
//	journey.go     one segment's way, taken from the tape
//	series.go      a queue over time, taken from the tape
//	stats.go       the kernel's counters
//	netstat.go     ss
//	sockstat.go    /proc/net/sockstat
//	lsof.go        lsof
//	strace.go      how strace spells it
//	doc.go         this page
//
// # Limitations
//
// What a real host has and this one does not, yet: IPv6, UDP and ICMP; socket
// options, poll, select and epoll, fork and dup; loss on the wire, and what TCP
// has for it beyond the retransmission timer: a queue for segments out of
// order, fast retransmit, SACK, congestion control; window scaling, timestamps
// and delayed acknowledgements; the time a CPU spends; ARP (both ends of a wire
// know each other) and routers (a host reaches those it has a wire to). A
// program runs as root without CAP_SYS_RESOURCE and CAP_SYS_ADMIN. The send
// buffer does not grow by itself, and memory is not charged against the host's
// RAM.
package sockets
