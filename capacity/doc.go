// Package capacity answers one question: how many connections can a Linux
// server hold, and what stops us first?
//
//	          ┌ descriptors  min(soft, hard, fs.nr_open) less what is taken, per process
//	          │              fs.file-max, over all processes
//	          │ tuples       Σ client addresses × ports × server addresses × server ports
//	max = min ┤ memory       (RAM - reserved) / (kernel per socket + application per connection)
//	          │              and the same under the cgroup's memory.max
//	          │ tcp_mem      pages / pages of data that waits in a connection
//	          │ tables       epoll watches, conntrack, TIME_WAIT
//	          │ queues       (backlog + 1) + accepted meanwhile, where all come at once
//	          └ rates        CPU, link, packets, where connections do something
//
// The host is a [sockets.Limits], the same value that the simulated host runs
// on, in a [Host] with what a real one has beside it. What the clients and the
// server's program bring is a [Workload]. [Of] and [Plan] put all walls in
// order:
//
//	v, err := capacity.Of(sockets.Limits{}, capacity.Workload{})
//	fmt.Print(v) // limit, allows, what you see, command, cost
//
// A wall is there when somebody walks towards it: without unread data there
// is no tcp_mem, without CPUs no CPU.
//
// The sums can also be done one at a time, without a host: [ByDescriptors],
// [ByTuples], [ByMemory] give the connections a resource allows, and
// [NeedDescriptors], [NeedClientAddrs], [NeedMemory] the resource that a number
// of connections needs.
//
// # Reading order
//
//	workload.go     what the clients and the program bring
//	host.go         what the machine has
//	kernels.go      defaults and sizes by kernel version, each with its source
//	descriptors.go  first wall: numbers in a process, files in a host
//	epoll.go        a wall that epoll adds
//	tuples.go       second wall: pairs of address and port
//	memory.go       third wall: bytes, and what a socket costs
//	traffic.go      walls of what moves: rates, queues, what remembers the dead
//	verdict.go      the walls side by side, lowest first
//	resource.go     their names
//	table.go        the verdict in print
//	curve.go        capacity against one of its causes, to be drawn
//	sweep.go        where a curve has its points, and its corners
//	grid.go         which limit binds, over two inputs; memory part by part
//	units.go        Bytes and Count: 16 GB is not 16 GiB
//	figures.go      numbers in a sum, as a planner reads them
//	errors.go       refused input, and arithmetic that does not wrap
//
// # Around it
//
// This package is plain arithmetic and runs in a web page, where it adds a
// quarter of a megabyte to the simulator (77 kB compressed). What needs more
// stands beside it:
//
//	queueing       the accept queue under chance, by theory
//	chance         numbers that are not known: P5, P50, P95, who binds, what to measure
//	calibrate      this machine, read and measured (Linux)
//	published      the model against what others have reported
//	cmd/capacity   all of it for a shell
//
// Random hosts are driven to their wall in the simulator, which is the one that
// the model named, at the number that it named; see property_test.go.
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
//   - Tuples are counted as if no port were explicitly bound or reserved. The
//     client's own descriptors are not counted. Of a range with an odd number
//     of ports connect() may overlook one for each address.
//   - RLIMIT_NOFILE is taken as given. Go's runtime raises its own soft limit
//     to the hard one at start: state what the process runs with.
//   - The descriptor table itself (8 bytes a number, doubling) is not charged.
//   - Queued data is counted as loopback and receive offload pack it. A card
//     without offload spends half a page and more on every packet.
//   - CPU, link and packets are averages; what a queue does with bursts is in
//     package capacity/queueing.
//   - Sizes are those of three kernels on x86-64, of which only 6.x was
//     measured as a whole; package capacity/calibrate measures the machine at
//     hand.
package capacity
