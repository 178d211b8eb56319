package claims

//go:generate go run ./generate -o ../claims.md

// table is every claim: id, verdict, lesson, what is said, what runs.
var table = []Claim{
	// 01: an address and a door
	{"socket-two-way", Condition, 1, "A socket is a software endpoint that makes a two-way link between two programs on the network.", "A connected TCP socket does. A listening socket carries no data, a UDP socket needs no link, and both programs may be on one host."},
	{"address-finds-host", Holds, 1, "The IP address finds the right computer, as a street address finds the building.", ""},
	{"port-finds-door", Condition, 1, "The port finds one program inside that computer, as an apartment number does.", "It finds a socket, in the table of its protocol: TCP 80 and UDP 80 are two doors, and one program may have many."},
	{"socket-is-the-door", Holds, 1, "The socket is the door itself: where data is handed in and taken out.", ""},
	{"socket-is-ip-port", Corrected, 1, "A socket is an IP address and a port.", "Only a listener is known by these two. A thousand accepted sockets share one address and port, TCP and UDP are apart, and SO_REUSEPORT lets several listen on one pair."},
	{"port-known-service", Holds, 1, "A port number stands for a service: 80 for web, 25 for mail.", ""},

	// 02: a server claims a port
	{"kernel-in-between", Holds, 2, "A program cannot touch the network hardware; it asks the kernel by system calls.", ""},
	{"socket-allocates", Holds, 2, "socket() makes the kernel allocate memory for a new socket.", ""},
	{"socket-returns-fd", Holds, 2, "socket() returns a file descriptor.", ""},
	{"socket-has-no-address", Holds, 2, "After socket() the socket exists, with no address and no port.", ""},
	{"bind-checks-table", Holds, 2, "bind() asks a table in the kernel whether the port is in use.", ""},
	{"bind-in-use", Condition, 2, "If the port is in use, bind() is refused with \"address already in use\".", "EADDRINUSE, if the addresses overlap, the protocol is the same, and no SO_REUSEADDR or SO_REUSEPORT rule lets both in."},
	{"bind-table-pid", Corrected, 2, "bind() writes into the table that the port belongs to a process id.", "The table holds a socket, not a process: after a fork two processes hold the same one, and it stays when the first process ends."},
	{"bind-owns-packets", Corrected, 2, "From bind() on, every packet to that port belongs to this process.", "bind() only reserves. A bound TCP socket that does not listen answers a SYN with RST, and a segment of an open connection is found by its five-tuple."},
	{"listen-passive", Holds, 2, "listen() makes the socket passive: it waits for connections and makes none.", ""},

	// 03: the waiting line
	{"listen-makes-queue", Condition, 3, "listen() makes one waiting line for this socket, the backlog.", "Two lines: connections whose handshake is not done (SYN queue) and finished ones (accept queue). The backlog, clamped to net.core.somaxconn, admits backlog+1 finished ones."},
	{"fifty-in-queue", Condition, 3, "If 50 clients connect in the same millisecond, the kernel holds them in the queue until the server has time.", "If the backlog allows: 49 holds all 50; with 5, six are held and the rest wait for their SYN to be sent again, or give up."},
	{"accept-blocks", Condition, 3, "accept() blocks the process and waits.", "If the queue is empty and the socket is blocking. With a connection waiting it returns at once; with O_NONBLOCK it says EAGAIN."},
	{"accept-wakes", Holds, 3, "A client that connects wakes the waiting process.", ""},
	{"accept-new-socket", Holds, 3, "accept() hands over a new socket for this one conversation; the listener stays.", ""},
	{"accept-makes-connection", Corrected, 3, "The server gets the new socket as soon as the client connects.", "The connection is there before accept(): the client is connected and can write while the server has not called it."},

	// 04: blocking and readiness
	{"app-may-be-busy", Holds, 4, "The program may be busy when data arrives; the kernel keeps the data for it.", ""},

	// 05: from the card to read()
	{"nic-bits-to-packet", Holds, 5, "The network card takes in signals and makes a packet of them.", ""},
	{"nic-interrupts", Condition, 5, "The card raises an interrupt for the packet: data is here.", "For the first one. While the driver polls, the card's interrupt is off, and one interrupt can stand for many packets."},
	{"driver-copies", Corrected, 5, "The driver copies the packet from the card into kernel memory.", "The card writes it there itself (DMA), before the interrupt. The driver only takes it off the ring."},
	{"kernel-pauses", Condition, 5, "The kernel pauses what it does to take the packet in.", "The interrupt only schedules the work. The poll that takes packets in runs soon after, a budget of packets at a time."},
	{"stack-reads-headers", Holds, 5, "The kernel reads the packet's headers.", ""},
	{"lookup-by-port", Corrected, 5, "It finds the receiver by the destination port.", "By the five-tuple first, which finds an open connection; only then a listener by address and port."},
	{"table-made-by-bind", Corrected, 5, "The lookup table was made by bind().", "bind() reserves the port. The listener is found from listen() on, and each connection has an entry of its own from its handshake on."},
	{"lookup-gives-pid", Corrected, 5, "The table says that the port is owned by a process id.", "It gives a socket. The kernel looks up no process: it wakes who sleeps on that socket, whichever processes hold it."},
	{"not-pushed-to-app", Holds, 5, "The kernel does not push data into the program.", ""},
	{"copied-to-buffer", Corrected, 5, "The kernel copies the data into a receive buffer.", "The packet is queued where it lies, not copied. The one copy by the CPU is at read()."},
	{"buffer-per-socket", Condition, 5, "The receive buffer belongs to the socket's file descriptor.", "To the socket. After dup or fork several descriptors read from the same buffer."},
	{"like-a-file", Condition, 5, "A socket is like a file: the kernel writes, the program reads.", "read, write, close and descriptors work as for files. There is no position to seek to (ESPIPE), what was read is gone, and one write may need several reads."},
	{"read-pulls", Holds, 5, "read() takes the data out of the kernel's buffer into the program's own memory.", ""},

	// 07: descriptors
	{"socket-is-a-file", Holds, 7, "Each socket is an open file, so the limit on open files of a process limits its sockets.", ""},
	{"nofile-default-1024", Condition, 7, "The default of `ulimit -n` is often 1,024.", "The soft limit. The hard limit is often far higher (524,288 with systemd), and a service or a container may start with another."},
	{"nofile-can-be-raised", Condition, 7, "It is only a setting: it can be raised to hundreds of thousands or millions.", "A process raises its soft limit to its hard one; only a privileged one raises the hard limit, up to fs.nr_open, and fs.file-max bounds all processes together."},
	{"fd-both-kinds", Holds, 7, "There is a descriptor for the listener and one for each client.", ""},
	{"fd-1001", Condition, 7, "With 1,000 clients the system manages 1,001 descriptors.", "1,001 sockets in this process; 1,004 descriptors with 0, 1 and 2. The clients' own descriptors are in their own processes."},
	{"listener-is-3", Condition, 7, "The listener is descriptor 3 and stays open.", "If 0, 1 and 2 are open and it is the first file opened: a new descriptor is the lowest free number."},
	{"clients-4-to-1004", Corrected, 7, "The clients are descriptors 4 to 1004.", "4 to 1003, if none was closed in between: 1,000 numbers that start at 4."},
	{"fd-unique", Condition, 7, "Each open connection needs a descriptor of its own.", "Once accepted. In the queue it has none, and after dup or fork it has several."},
	{"emfile-crash", Corrected, 7, "\"Too many open files\" is a crash of the server.", "accept() fails with EMFILE and the process goes on. The connections stay in the queue, and a loop that only polls for readiness spins."},

	// 08: tuples
	{"limit-65535-myth", Holds, 8, "It is false that a server is limited to 65,535 clients because there are 65,535 ports.", ""},
	{"port-not-burned", Holds, 8, "A client costs the server no new local port: all connect to the same one.", ""},
	{"five-tuple", Holds, 8, "A connection is known by source address, source port, destination address, destination port and protocol.", ""},
	{"server-side-constant", Condition, 8, "On the server's side address, port and protocol are the same for all clients.", "If it listens on one address and port. Each further address or port is another whole space of tuples."},
	{"client-65000", Corrected, 8, "One client machine can open only about 65,000 connections, since it runs out of ports.", "Per destination, and by default 28,232: net.ipv4.ip_local_port_range is 32768 to 60999. With 1024 to 65535 it is 64,512; another server address or port, or another client address, starts anew."},
	{"billions-of-tuples", Condition, 8, "With clients from everywhere a server can tell billions of connections apart.", "More than that: 2^48 pairs of address and port in IPv4, 281 trillion, for one server port. Other limits bind long before."},

	// 09: memory
	{"ram-per-socket", Condition, 9, "Each socket takes kernel memory: for the descriptor, the buffers and the TCP state.", "Buffers only while they hold data: a buffer size is a limit, not an allocation. An idle socket holds none."},
	{"ram-3-to-10-kb", Condition, 9, "A socket takes about 3 to 10 KB.", "If idle, with small buffers. Unread and unsent data is charged on top, up to tcp_rmem and tcp_wmem, and the program's own memory per connection is apart."},
	{"ram-16gb-millions", Corrected, 9, "16 GB hold 1 to 2 million connections at 3 to 10 KB.", "1.6 to 5.3 million at these sizes. 1 to 2 million means 8 to 16 KB each: kernel and program together."},
	{"ram-hard-limit", Condition, 9, "Memory is usually the real hard limit.", "Once descriptors and tuples are set right. Which limit binds first depends on the machine and the load: compute it."},

	// 10: a million sockets
	{"million-on-one-port", Holds, 10, "1,000,000 clients can all be connected to the server's port 80.", ""},
	{"three-bottlenecks", Condition, 10, "Three things limit the number: descriptors, tuples and memory.", "These come first for idle connections. Queues, tcp_mem, conntrack, CPU and the link bind under load."},
}
