package capacity

// Resource names a limit, as the kernel or the field calls it.
type Resource string

// The limits of this package, in the order in which a tie is broken.
const (
	NofileSoft   Resource = "RLIMIT_NOFILE soft"
	NofileHard   Resource = "RLIMIT_NOFILE hard"
	NrOpen       Resource = "fs.nr_open"
	FileMax      Resource = "fs.file-max"
	EpollWatches Resource = "fs.epoll.max_user_watches"
	Tuples       Resource = "five-tuples"
	OwnTuples    Resource = "five-tuples to the backends"
	Conntrack    Resource = "nf_conntrack_max"
	TimeWaits    Resource = "tcp_max_tw_buckets"
	Pressure     Resource = "tcp_mem, pressure"
	TCPMem       Resource = "tcp_mem, limit"
	MemoryMax    Resource = "memory.max"
	RAM          Resource = "RAM"
	AcceptQueue  Resource = "accept queue"
	SynQueue     Resource = "SYN queue"
	CPU          Resource = "CPU"
	Link         Resource = "link rate"
	Packets      Resource = "packet rate"
)

// Resources are all limits, in the order of the constants.
var Resources = []Resource{NofileSoft, NofileHard, NrOpen, FileMax, EpollWatches, Tuples, OwnTuples, Conntrack,
	TimeWaits, Pressure, TCPMem, MemoryMax, RAM, AcceptQueue, SynQueue, CPU, Link, Packets}

// Wall is one limit in front of one workload: how far it lets us go, and how
// it looks from there.
type Wall struct {
	Limit  Resource `json:"limit"`
	Allows Count    `json:"allows"` // connections, at most
	Soft   bool     `json:"soft"`   // it slows, and does not stop
	Sum    string   `json:"sum"`    // how Allows came about, with the numbers

	Errno string `json:"errno"` // Linux's name, "EMFILE"; "" where no call fails
	Call  string `json:"call"`  // the call that returns it, "accept4"
	Seen  string `json:"seen"`  // what the operator sees, in a sentence

	Counter string `json:"counter"` // what counts it, as nstat names it, or the file to read
	SS      string `json:"ss"`      // what ss shows

	Command string `json:"command"` // what moves the wall, up to the next one
	Cost    string `json:"cost"`    // what moving it costs
}

// wall is a Wall that can still say how to reach a goal.
type wall struct {
	Wall
	command func(goal Count) string
}
