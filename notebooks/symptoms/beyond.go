package symptoms

// beyond is why the simulator shows none of these.
const beyond = "package capacity computes this wall; the simulated host does not run into it."

// beyondEntries are symptoms of walls that the capacity model knows and the
// simulator does not have: tcp_mem, conntrack, the OOM killer.
var beyondEntries = []Entry{
	{Kind: Model, Names: []string{"TcpExtTCPMemoryPressures"}, Lesson: 9, Silent: beyond,
		Means: "The data that waits in all TCP sockets together has reached the second number of net.ipv4.tcp_mem. The kernel saves: windows shrink, queues of late segments are thrown away.",
		Looks: "`nstat`; mem in /proc/net/sockstat. Throughput falls, and no call fails.",
		Knob:  "net.ipv4.tcp_mem, in pages; or read what waits.",
		Price: "Memory that programs do not have."},
	{Kind: Model, Names: []string{"TcpExtTCPRcvQDrop", "TcpExtTCPAbortOnMemory", "TCP: out of memory -- consider tuning tcp_mem"}, Lesson: 9, Silent: beyond,
		Means: "The third number of net.ipv4.tcp_mem is reached: data that arrives is dropped, and orphans are ended with RST.",
		Looks: "`nstat`, and the line in `dmesg`.",
		Knob:  "net.ipv4.tcp_mem, in pages; or read what waits.",
		Price: "Memory that programs do not have."},
	{Kind: Model, Names: []string{"TcpExtTCPTimeWaitOverflow"}, Lesson: 8, Silent: beyond,
		Means: "There are net.ipv4.tcp_max_tw_buckets connections in TIME-WAIT; the next ones are closed without it.",
		Looks: "`nstat`; timewait in `ss -s` stays at the limit.",
		Knob:  "net.ipv4.tcp_max_tw_buckets.",
		Price: "256 bytes each. Without TIME-WAIT an old packet can meet a new connection."},
	{Kind: Model, Names: []string{"nf_conntrack: table full, dropping packet"}, Lesson: 11, Silent: beyond,
		Means: "The firewall keeps an entry for each connection, and has no room for another: packets of new connections are dropped. TCP knows nothing of it, and `ss` shows nothing.",
		Looks: "The line in `dmesg`; drop in `conntrack -S`. To clients it looks like loss.",
		Knob:  "sysctl net.netfilter.nf_conntrack_max; or do not track what needs no tracking (NOTRACK).",
		Price: "256 bytes and more each; entries live on for two minutes after the connection."},
	{Kind: Model, Names: []string{"VFS: file-max limit reached"}, Lesson: 7, Silent: beyond,
		Means: "fs.file-max files are open on the host: ENFILE in every process that is not root's.",
		Looks: "The line in `dmesg`; first and third number of /proc/sys/fs/file-nr.",
		Knob:  "sysctl fs.file-max.",
		Price: "About 1.3 kB of kernel memory for each open socket's file, inode and dentry."},
	{Kind: Model, Names: []string{"oom_kill"}, Lesson: 9, Silent: beyond,
		Means: "Memory is used up, the host's or the cgroup's (memory.max), and the OOM killer has ended a process, most often the largest: the server.",
		Looks: "oom_kill in /proc/vmstat or in the cgroup's memory.events; \"Out of memory: Killed process\" in `dmesg`.",
		Knob:  "More RAM, a higher memory.max, fewer connections; OOMScoreAdjust= to name another victim.",
		Price: "Somebody else is ended instead."},
}
