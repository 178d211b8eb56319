package capacity

import (
	"fmt"

	"socketbook/sockets"
)

// ByDescriptors is how many connections a descriptor limit allows:
//
//	(limit - taken) / perConn
//
// all in descriptors. RLIMIT_NOFILE bounds the largest number plus one, so
// what is already open (taken: 0-2 and the listener make 4) counts against it.
// With everything taken the answer is 0.
func ByDescriptors(limit, taken, perConn int64) (Count, error) {
	err := check(
		field{"limit", limit, 0, maxCount},
		field{"taken", taken, 0, maxCount},
		field{"perConn", perConn, 1, maxCount})
	if err != nil {
		return 0, err
	}
	return Count(max(0, limit-taken) / perConn), nil
}

// NeedDescriptors is the descriptor limit under which connections fit:
//
//	connections × perConn + taken
func NeedDescriptors(connections Count, taken, perConn int64) (Count, error) {
	err := check(
		field{"connections", int64(connections), 0, maxCount},
		field{"taken", taken, 0, maxCount},
		field{"perConn", perConn, 1, maxCount})
	if err != nil {
		return 0, err
	}
	need, ok := mulAdd(int64(connections), perConn, taken)
	if !ok {
		return 0, tooMany("connections × perConn + taken",
			fmt.Sprintf("%v × %v + %v", connections, Count(perConn), Count(taken)))
	}
	return Count(need), nil
}

// DescriptorUse is the descriptor table of one server process: how many are
// open for what, and which numbers they have, given that the kernel hands out
// the lowest free one and the connections come last.
type DescriptorUse struct {
	Stdio       Count // 0, 1 and 2
	Listeners   Count // from number 3
	Other       Count // the epoll instance and Workload.Reserve
	Connections Count // descriptors of connections

	First, Last Count // numbers of the connections; Last < First without any
}

// Sockets is listeners and connections together.
func (u DescriptorUse) Sockets() Count { return u.Listeners + u.Connections }

// Open is all descriptors, and the smallest RLIMIT_NOFILE that allows them.
func (u DescriptorUse) Open() Count { return u.Last + 1 }

// Descriptors says what one process has open while it holds connections.
func (w Workload) Descriptors(connections Count) (DescriptorUse, error) {
	if err := w.Validate(); err != nil {
		return DescriptorUse{}, err
	}
	w = w.WithDefaults()
	open, err := NeedDescriptors(connections, w.taken(), int64(w.DescriptorsPerConn))
	if err != nil {
		return DescriptorUse{}, err
	}
	listeners := Count(w.Listeners)
	first := Count(w.taken())
	return DescriptorUse{
		Stdio:       stdio,
		Listeners:   listeners,
		Other:       first - stdio - listeners,
		Connections: open - first,
		First:       first,
		Last:        open - 1,
	}, nil
}

// taken is the descriptors a process holds before its first connection.
func (w Workload) taken() int64 {
	n := stdio + int64(w.Listeners) + int64(w.Reserve)
	if w.Epoll {
		n++ // the epoll instance
	}
	return n
}

// filesPerConn is the open files of a connection on this host.
func (w Workload) filesPerConn() int64 {
	n := int64(w.DescriptorsPerConn)
	if w.BothEnds {
		n++
	}
	return n
}

// perProcess is a wall that every process meets for itself.
func (w Workload) perProcess(limit Resource, value int64) wall {
	taken, per, processes := w.taken(), int64(w.DescriptorsPerConn), int64(w.Processes)
	one := max(0, value-taken) / per
	all, _ := mul(one, processes) // below 2^31 × 2^22
	sum := fmt.Sprintf("(%v - %v) / %v", Count(value), Count(taken), Count(per))
	if processes > 1 {
		sum = fmt.Sprintf("%v processes × %s", Count(processes), sum)
	}
	return wall{Wall: Wall{Limit: limit, Allows: Count(all), Sum: sum}}
}

// raise prints the command that lets every process hold its share of goal.
// Beyond fs.nr_open's own ceiling only more processes help.
func (w Workload) raise(command string, round int64) func(goal Count) string {
	return func(goal Count) string {
		share := ceilDiv(int64(goal), int64(w.Processes))
		need, _ := mulAdd(share, int64(w.DescriptorsPerConn), w.taken())
		need = ceilDiv(need, round) * round
		if need > maxNrOpen {
			return fmt.Sprintf("more processes (none has more than %v descriptors)", Count(maxNrOpen))
		}
		return fmt.Sprintf(command, need)
	}
}

// descriptorWalls are the four limits that count descriptors, inner first:
// soft ≤ hard ≤ fs.nr_open for a process, fs.file-max for the host.
func descriptorWalls(l sockets.Limits, w Workload) []wall {
	soft := w.perProcess(NofileSoft, int64(l.NofileSoft))
	soft.Errno, soft.Call = "EMFILE", "accept4"
	soft.Seen = "EMFILE at accept4; connections wait in the accept queue"
	soft.Counter, soft.SS = "none; ls /proc/PID/fd | wc -l", "ss -lnt: Recv-Q grows"
	soft.Cost = "8 B of table each; select() breaks from 1,024 on"
	soft.command = w.raise("ulimit -Sn %d", 1)

	// Sources of the two EPERMs: kernel/sys.c do_prlimit.
	hard := w.perProcess(NofileHard, int64(l.NofileHard))
	hard.Errno, hard.Call = "EPERM", "setrlimit"
	hard.Seen = "EPERM at setrlimit (ulimit -n), unless root"
	hard.Counter, hard.SS = "none; prlimit -n -p PID", "ss -lnt: Recv-Q grows"
	hard.Cost = "root, or LimitNOFILE= and a restart"
	hard.command = w.raise("ulimit -Hn %d", 1)

	// The table grows in powers of two, and at last to fs.nr_open rounded down
	// to 64: with 1,000 there, number 960 is refused. fs/file.c alloc_fdtable.
	nrOpen := w.perProcess(NrOpen, int64(l.NrOpen)&^63)
	nrOpen.Errno, nrOpen.Call = "EPERM", "setrlimit"
	nrOpen.Seen = "EPERM at setrlimit (ulimit -n), even for root"
	nrOpen.Counter, nrOpen.SS = "none; cat /proc/sys/fs/nr_open", "ss -lnt: Recv-Q grows"
	nrOpen.Cost = "root; programs that loop over all numbers slow down"
	nrOpen.command = w.raise("sysctl -w fs.nr_open=%d", 64)
	if table := l.NrOpen &^ 63; table < l.NofileSoft || w.Raises && table < l.NofileHard {
		nrOpen.Errno, nrOpen.Call = soft.Errno, soft.Call
		nrOpen.Seen = soft.Seen + ", below ulimit -n"
	}

	if w.Raises { // EMFILE comes at the hard limit then
		hard.Errno, hard.Call, hard.SS = soft.Errno, soft.Call, soft.SS
		hard.Seen = soft.Seen + "; EPERM at setrlimit for more"
		return []wall{hard, nrOpen, fileMaxWall(l, w)}
	}
	return []wall{soft, hard, nrOpen, fileMaxWall(l, w)}
}

// fileMaxWall is fs.file-max: open files over all processes. The three
// standard files and the listeners count once for each process, which is a few
// too many when the processes inherited them.
//
// Source: fs/file_table.c alloc_empty_file.
func fileMaxWall(l sockets.Limits, w Workload) wall {
	fixed, _ := mul(w.taken(), int64(w.Processes)) // below 2^33 × 2^22
	per := w.filesPerConn()
	return wall{
		Wall: Wall{
			Limit:  FileMax,
			Allows: Count(max(0, l.FileMax-fixed) / per),
			Sum:    fmt.Sprintf("(%v - %v) / %v", Count(l.FileMax), Count(fixed), Count(per)),
			Errno:  "ENFILE", Call: "accept4",
			Seen: "ENFILE at accept4, in every process but root's", SS: "ss -lnt: Recv-Q grows",
			Counter: `/proc/sys/fs/file-nr; dmesg "VFS: file-max limit reached"`,
			Cost:    "root; files are kernel memory that cannot be swapped",
		},
		command: func(goal Count) string {
			need, _ := mulAdd(int64(goal), per, fixed)
			return fmt.Sprintf("sysctl -w fs.file-max=%d", need)
		},
	}
}
