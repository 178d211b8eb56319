package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"socketbook/capacity"
	"socketbook/capacity/calibrate"
	"socketbook/capacity/chance"
)

// question is the command line.
type question struct {
	here, json, constants, published bool
	calibrate, sizes, kernel         string
	goal                             int64
	seed                             uint64

	host   capacity.Host
	work   capacity.Workload
	inputs []chance.Input // numbers that were given as a span

	clients               int64
	behind, ports         int
	clientLow, clientHigh int
}

func (q *question) flags() *flag.FlagSet {
	fs := flag.NewFlagSet("capacity", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // an error is told once, by main
	fs.Usage = func() {}
	q.about(fs)
	q.machine(fs)
	q.load(fs)
	return fs
}

// help is what -help prints.
func help(fs *flag.FlagSet, log io.Writer) {
	fmt.Fprint(log, "How many connections does a machine hold, and what stops it first?\n\n"+
		"  capacity -ram 16GB -clients 10 -epoll -app 20KB\n  capacity -here -goal 1000000\n\n"+
		"Bytes need a unit: 20KB, 16GiB. Bytes, times and -rate may be spans: 8KB..40KB.\n\n")
	fs.SetOutput(log)
	fs.PrintDefaults()
}

// about are the flags that say what to do.
func (q *question) about(fs *flag.FlagSet) {
	fs.BoolVar(&q.here, "here", false, "read this machine: limits, sysctls, RAM, cgroup; other flags change what was read")
	fs.BoolVar(&q.json, "json", false, "print JSON")
	fs.BoolVar(&q.constants, "constants", false, "list the model's constants with unit, kernel version and source")
	fs.BoolVar(&q.published, "published", false, "hold the model against published results")
	fs.StringVar(&q.calibrate, "calibrate", "", "measure this machine's sockets and keep the result in this `file`")
	fs.StringVar(&q.sizes, "sizes", "", "take the sizes of sockets from this `file` of -calibrate")
	fs.Int64Var(&q.goal, "goal", 0, "connections to hold: prints the commands that lead there")
	fs.Uint64Var(&q.seed, "seed", 1, "of the chances, where a number is a span")
}

// machine are the flags of the host.
func (q *question) machine(fs *flag.FlagSet) {
	h := &q.host
	fs.StringVar(&q.kernel, "kernel", "", "4.x, 5.x or 6.x (default 6.x)")
	q.bytes(fs, "ram", "of RAM in the machine (default 16GiB)", func(b capacity.Bytes) { h.Limits.RAM = int64(b) }, nil)
	q.bytes(fs, "memory-max", "of memory.max, the limit of the cgroup", func(b capacity.Bytes) { h.MemoryMax = b }, nil)
	fs.IntVar(&h.Limits.NofileSoft, "nofile", 0, "soft ulimit -n (default 1024)")
	fs.IntVar(&h.Limits.NofileHard, "nofile-hard", 0, "hard ulimit -n (default 4096)")
	fs.IntVar(&h.Limits.NrOpen, "nr-open", 0, "fs.nr_open (default 1048576)")
	fs.Int64Var(&h.Limits.FileMax, "file-max", 0, "fs.file-max (default a tenth of the RAM in KiB)")
	fs.IntVar(&h.Limits.Somaxconn, "somaxconn", 0, "net.core.somaxconn (default 4096)")
	fs.Func("port-range", "`\"low high\"`: ip_local_port_range of the clients and of this machine (default 32768 60999)", func(s string) error {
		if _, err := fmt.Sscan(s, &q.clientLow, &q.clientHigh); err != nil {
			return fmt.Errorf(`two numbers, as "1024 65535"`)
		}
		h.Limits.PortLow, h.Limits.PortHigh = q.clientLow, q.clientHigh
		return nil
	})
	fs.BoolVar(&h.Tracked, "tracked", false, "a firewall tracks connections here (nf_conntrack)")
	fs.Int64Var(&h.ConntrackMax, "conntrack-max", 0, "nf_conntrack_max (default from RAM)")
	fs.BoolVar(&h.NoSynCookies, "no-syncookies", false, "net.ipv4.tcp_syncookies=0")
	q.real(fs, "cpus", "of cores for the connections", &h.CPUs)
	q.rate(fs, "link", "a second of the network card, as 10Gbit", &h.LinkRate)
	q.real(fs, "pps", "of packets a second that host and card carry", &h.PacketRate)
	q.time(fs, "cpu-message", "of a core for a request and its answer", &h.MessageCPU, chance.MessageCPU, 1e3)
	q.time(fs, "cpu-handshake", "of a core for a new connection", &h.HandshakeCPU, chance.HandshakeCPU, 1e3)
}

// load are the flags of the workload.
func (q *question) load(fs *flag.FlagSet) {
	w := &q.work
	fs.Int64Var(&q.clients, "clients", 0, "client addresses (default: all of the Internet)")
	fs.IntVar(&q.ports, "client-ports", 0, "ports of each (default: the port range)")
	fs.IntVar(&q.behind, "behind", 0, "machines behind each client address (NAT)")
	fs.IntVar(&w.ServerAddrs, "server-addrs", 0, "addresses that clients connect to (default 1)")
	fs.IntVar(&w.ServerPorts, "server-ports", 0, "ports that clients connect to (default 1)")
	fs.IntVar(&w.Processes, "processes", 0, "that share the work (default 1)")
	fs.IntVar(&w.Reserve, "reserve", 0, "descriptors of each process for other things")
	fs.IntVar(&w.DescriptorsPerConn, "fds", 0, "descriptors of each connection (default 1; a proxy has 2)")
	fs.BoolVar(&w.Raises, "raises", false, "the program raises its soft limit to the hard one (Go does)")
	fs.BoolVar(&w.Epoll, "epoll", false, "the program watches its connections with epoll (Go does)")
	fs.BoolVar(&w.BothEnds, "both-ends", false, "the clients are on this machine too")
	q.bytes(fs, "app", "of the program, for each connection", func(b capacity.Bytes) { w.AppBytes = b }, chance.AppBytes)
	q.bytes(fs, "tls", "of its TLS, for each connection", func(b capacity.Bytes) { w.TLSBytes = b }, chance.TLSBytes)
	q.bytes(fs, "reserved", "of RAM that connections may not have", func(b capacity.Bytes) { w.ReservedRAM = b }, chance.ReservedRAM)
	q.bytes(fs, "unread", "of data that waits in each receive buffer", func(b capacity.Bytes) { w.Unread = b }, chance.Unread)
	q.bytes(fs, "unsent", "of data that waits in each send buffer", func(b capacity.Bytes) { w.Unsent = b }, nil)
	q.real(fs, "waiting", "from 0 to 1: the share of connections with such data (default 1)", &w.Waiting)
	fs.IntVar(&w.Backends, "backends", 0, "a proxy: places it connects onwards to")
	fs.IntVar(&w.OwnAddrs, "own-addrs", 0, "addresses it does so from (default 1)")
	q.time(fs, "lifetime", "that a connection lasts (default: for ever)", &w.Lifetime, chance.Lifetime, 1e9)
	fs.BoolVar(&w.ServerCloses, "server-closes", false, "this machine closes first, and keeps TIME_WAIT")
	q.real(fs, "rate", "of requests a second on a connection", &w.Rate)
	q.bytes(fs, "request", "of a request", func(b capacity.Bytes) { w.RequestBytes = b }, chance.RequestBytes)
	q.bytes(fs, "answer", "of its answer", func(b capacity.Bytes) { w.AnswerBytes = b }, chance.AnswerBytes)
	fs.DurationVar(&w.Rush, "rush", 0, "everybody connects within this time")
	q.real(fs, "accept-rate", "of connections accepted a second meanwhile", &w.AcceptRate)
	fs.IntVar(&w.Backlog, "backlog", 0, "of listen() (default somaxconn)")
	fs.DurationVar(&w.RTT, "rtt", 0, "round trip to the clients, for the SYN queue")
}

// bytes is a flag of an amount of memory, or of a span where in is given.
func (q *question) bytes(fs *flag.FlagSet, name, usage string, set func(capacity.Bytes), in func(chance.Number) chance.Input) {
	fs.Func(name, "`bytes` "+usage, func(s string) error {
		low, high, isSpan := span(s)
		a, err := capacity.ParseBytes(low)
		if err != nil || !isSpan {
			set(a)
			return err
		}
		b, err := capacity.ParseBytes(high)
		if err != nil {
			return err
		}
		mid, _ := capacity.RoundBytes(math.Sqrt(float64(a) * float64(b)))
		set(mid)
		return q.span(in, float64(a), float64(b), 1)
	})
}

// time is a flag of a duration, or of a span of them. The input's unit is
// given in nanoseconds.
func (q *question) time(fs *flag.FlagSet, name, usage string, to *time.Duration, in func(chance.Number) chance.Input, unit float64) {
	fs.Func(name, "`time` "+usage, func(s string) error {
		low, high, isSpan := span(s)
		a, err := time.ParseDuration(low)
		*to = a
		if err != nil || !isSpan {
			return err
		}
		b, err := time.ParseDuration(high)
		if err != nil {
			return err
		}
		*to = time.Duration(math.Sqrt(float64(a) * float64(b)))
		return q.span(in, float64(a), float64(b), unit)
	})
}

func (q *question) span(in func(chance.Number) chance.Input, low, high, unit float64) error {
	if in == nil {
		return fmt.Errorf("this one cannot be a span")
	}
	if !(low > 0 && low < high) {
		return fmt.Errorf("a span goes from a smaller to a larger number, both above zero")
	}
	q.inputs = append(q.inputs, in(chance.LogNormal(low/unit, high/unit)))
	return nil
}

// real is a flag of a number that need not be whole; -rate may be a span.
func (q *question) real(fs *flag.FlagSet, name, usage string, to *float64) {
	fs.Func(name, "`number` "+usage, func(s string) error {
		low, high, isSpan := span(s)
		a, err := strconv.ParseFloat(low, 64)
		*to = a
		if err != nil || !isSpan {
			return err
		}
		b, err := strconv.ParseFloat(high, 64)
		if err != nil {
			return err
		}
		if *to = math.Sqrt(a * b); name == "rate" {
			return q.span(chance.Rate, a, b, 1)
		}
		return q.span(nil, a, b, 1)
	})
}

// rate is a flag of bits a second: 10Gbit, 100Mbit.
func (q *question) rate(fs *flag.FlagSet, name, usage string, to *float64) {
	fs.Func(name, "`bits` "+usage, func(s string) error {
		for _, u := range []struct {
			name string
			size float64
		}{{"kbit", 1e3}, {"Mbit", 1e6}, {"Gbit", 1e9}, {"Tbit", 1e12}} {
			if number, ok := strings.CutSuffix(s, u.name); ok {
				v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
				*to = v * u.size
				return err
			}
		}
		return fmt.Errorf("a number and kbit, Mbit, Gbit or Tbit")
	})
}

// build is the host and the workload that the flags describe.
func (q *question) build(fs *flag.FlagSet) (h capacity.Host, w capacity.Workload, in []chance.Input, notes []string, err error) {
	h, w = q.host, q.work
	if q.here {
		var read capacity.Host
		read, notes = calibrate.Here("/", os.Getppid())
		h = merge(read, h, fs)
	}
	if q.kernel != "" {
		h.Kernel = q.kernel
	}
	if q.sizes != "" {
		f, err := calibrate.Load(q.sizes)
		if err != nil {
			return h, w, nil, nil, err
		}
		h.Sizes = f.Sizes
	}
	if q.clients != 0 || q.ports != 0 || q.behind != 0 {
		c := capacity.Clients{Addrs: q.clients, Ports: q.ports, Behind: q.behind}
		c.Limits.PortLow, c.Limits.PortHigh = q.clientLow, q.clientHigh
		w.Clients = []capacity.Clients{c}
	}
	return h, w, q.inputs, notes, nil
}

// merge lays the flags that were given over what was read.
func merge(read, given capacity.Host, fs *flag.FlagSet) capacity.Host {
	fs.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "ram":
			read.Limits.RAM = given.Limits.RAM
		case "memory-max":
			read.MemoryMax = given.MemoryMax
		case "nofile":
			read.Limits.NofileSoft = given.Limits.NofileSoft
			read.Limits.NofileHard = max(read.Limits.NofileHard, given.Limits.NofileSoft)
		case "nofile-hard":
			read.Limits.NofileHard = given.Limits.NofileHard
		case "nr-open":
			read.Limits.NrOpen = given.Limits.NrOpen
		case "file-max":
			read.Limits.FileMax = given.Limits.FileMax
		case "somaxconn":
			read.Limits.Somaxconn = given.Limits.Somaxconn
		case "port-range":
			read.Limits.PortLow, read.Limits.PortHigh = given.Limits.PortLow, given.Limits.PortHigh
		case "tracked":
			read.Tracked = given.Tracked
		case "conntrack-max":
			read.ConntrackMax = given.ConntrackMax
		case "no-syncookies":
			read.NoSynCookies = given.NoSynCookies
		case "cpus":
			read.CPUs = given.CPUs
		}
	})
	read.LinkRate, read.PacketRate = given.LinkRate, given.PacketRate
	read.HandshakeCPU, read.MessageCPU = given.HandshakeCPU, given.MessageCPU
	return read
}
