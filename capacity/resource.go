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
	RAM          Resource = "RAM"
)

// Wall is one limit in front of one workload: how far it lets us go, and how
// it looks from there.
type Wall struct {
	Limit  Resource
	Allows Count  // connections, at most
	Sum    string // how Allows came about, with the numbers

	Errno string // Linux's name, "EMFILE"
	Call  string // the call that returns it, "accept4"
	Seen  string // what the operator sees, in a sentence

	Command string // what moves the wall, up to the next one
	Cost    string // what moving it costs
}

// wall is a Wall that can still say how to reach a goal.
type wall struct {
	Wall
	command func(goal Count) string
}
