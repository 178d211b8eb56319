// Package capacity answers one question: how many connections can a Linux
// server hold, and what stops us first?
//
//	          ┌ descriptors  min(soft, hard, fs.nr_open) less what is taken, per process
//	          │              fs.file-max, over all processes
//	max = min ┤ tuples       Σ client addresses × ports × server addresses × server ports
//	          │ RAM          (RAM - reserved) / (kernel per socket + application per connection)
//	          └ epoll        fs.epoll.max_user_watches, where the server uses epoll
//
// The host is a [sockets.Limits], the same value that the simulated host runs
// on. What the clients and the server's program bring is a [Workload]. [Of]
// puts all walls in order:
//
//	v, err := capacity.Of(sockets.Limits{}, capacity.Workload{})
//	fmt.Print(v) // limit, allows, what you see, command, cost
//
// The sums can also be done one at a time, without a host: [ByDescriptors],
// [ByTuples], [ByMemory] give the connections a resource allows, and
// [NeedDescriptors], [NeedClientAddrs], [NeedMemory] the resource that a number
// of connections needs.
//
// # Reading order
//
//	workload.go     what the clients and the program bring
//	descriptors.go  first wall: numbers in a process, files in a host
//	epoll.go        a wall that epoll adds
//	tuples.go       second wall: pairs of address and port
//	memory.go       third wall: bytes, and what a socket costs
//	verdict.go      the walls side by side, lowest first
//	resource.go     their names
//	table.go        the verdict in print
//	curve.go        capacity against one of its causes, to be drawn
//	sweep.go        where a curve has its points, and its corners
//	units.go        Bytes and Count: 16 GB is not 16 GiB
//	errors.go       refused input, and arithmetic that does not wrap
//
// # Answers
//
// Counts are exact integers. A product beyond 2^63-1 is an error, never a
// wrapped number. Bad input gives an *[InputError], or the *[sockets.LimitError]
// of the host, with the field, its value and what is allowed.
//
// A zero field of [sockets.Limits] means Linux's default, so RAM 0 there is
// 16 GiB; where RAM is an argument of its own, zero is refused.
//
// # Limitations
//
//   - The walls are for idle connections. Unread or unsent data costs memory
//     of its own, and net.ipv4.tcp_mem bounds it far below RAM.
//   - Connection tracking (nf_conntrack_max) is not a wall here; where a
//     firewall tracks, it often stops at 262,144.
//   - Tuples are counted as if no port were explicitly bound or reserved and
//     none sat in TIME_WAIT. The client's own descriptors are not counted.
//   - RLIMIT_NOFILE is taken as given. Go's runtime raises its own soft limit
//     to the hard one at start: state what the process runs with.
//   - A proxy is also a client of its backends, where its own ports run out:
//     ask a second time with the roles turned.
//   - The descriptor table itself (8 bytes a number, doubling) is not charged.
//   - Object sizes are those of one kernel, Linux 6.18 on x86-64; another
//     kernel's differ by some hundred bytes a socket.
package capacity
