package sockets

import (
	"fmt"
	"strings"
)

// Lsof is the process's open files as `lsof -nP -p PID` shows them. (The real
// tool begins with the directory, the program and its libraries.) The numbers
// of devices and inodes stand for themselves only.
func (p *Process) Lsof() string {
	lines := [][8]string{{"COMMAND", "PID", "USER", "FD", "TYPE", "DEVICE", "SIZE/OFF", "NODE"}}
	names := []string{"NAME"}
	for fd, e := range p.fds.files {
		if e == 0 {
			continue
		}
		l := [8]string{p.name[:min(len(p.name), 9)], itoa(p.pid), p.user(), itoa(fd) + lsofMode(e), "", "", "0t0", ""}
		var name string
		l[4], l[5], l[7], name = p.host.lsof(e.file(), &l[6])
		lines, names = append(lines, l), append(names, name)
	}
	var wide [8]int
	for _, l := range lines {
		for i := range l {
			wide[i] = max(wide[i], len(l[i]))
		}
	}
	var b strings.Builder
	for i, l := range lines {
		if i == 0 {
			l[3] += " " // the letter of the mode stands behind
			wide[3] = max(wide[3], len(l[3]))
		}
		fmt.Fprintf(&b, "%-*s", wide[0], l[0])
		for k := 1; k < len(l); k++ {
			fmt.Fprintf(&b, " %*s", wide[k], l[k])
		}
		b.WriteString(" " + names[i] + "\n")
	}
	return b.String()
}

// user is the name of the process's user. Only root has one here.
func (p *Process) user() string {
	if p.uid == 0 {
		return "root"
	}
	return itoa(int(p.uid))
}

// lsofMode is the letter behind a descriptor: for reading, writing, or both.
func lsofMode(f file) string { return [...]string{"r", "w", "u", ""}[f.mode()] }

// lsof is a file's columns TYPE, DEVICE, NODE and NAME; size is changed where
// it is not 0t0.
func (h *Host) lsof(f file, size *string) (typ, device, node, name string) {
	inode := itoa(10000 + int(f.index()))
	switch f & fdKind {
	case kindPipeR, kindPipeW:
		return "FIFO", "0,15", inode, "pipe"
	case kindEpoll:
		*size = "0"
		return "a_inode", "0,16", "1038", "[eventpoll" + h.watchList(f.index()) + "]"
	case kindSock:
		return h.lsofSocket(h.socks.at(f.index()), inode)
	}
	return "CHR", "1,3", "3", "/dev/null"
}

// watchList is the descriptors an epoll looks after.
func (h *Host) watchList(i uint32) string {
	text := ""
	for k := h.epolls.at(i).items; k != 0; {
		it := h.items.at(k)
		text = "," + itoa(int(it.fd)) + text
		k = it.older
	}
	if text == "" {
		return ""
	}
	return ":" + text[1:]
}

// lsofSocket: a socket without an address has only its protocol.
func (h *Host) lsofSocket(s *sock, inode string) (typ, device, node, name string) {
	typ, proto := "IPv4", [...]string{"TCP", "UDP", "PING", "RAW", "UNIX"}[s.proto]
	if s.six() {
		typ = "IPv6"
	}
	if s.proto > protoUDP || s.proto == protoTCP && s.state == Closed || s.proto == protoUDP && s.flags&flagHashed == 0 {
		if s.six() {
			proto += "v6"
		}
		return "sock", "0,9", inode, "protocol: " + proto
	}
	name = lsofEnd(h.local(s))
	if s.rport != 0 {
		name += "->" + lsofEnd(h.remote(s))
	}
	if s.proto == protoTCP {
		name += " (" + s.state.lsof() + ")"
	}
	return typ, inode, proto, name
}

// lsofStates are the states as lsof spells them.
var lsofStates = [...]string{"UNKNOWN", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
	"CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"}

func (s State) lsof() string { return lsofStates[s] }

// lsofEnd is an address and a port; every wildcard is a star.
func lsofEnd(a SockAddr) string {
	host := "*"
	if a.Addr != ([16]byte{}) {
		host = a.AddrPort().Addr().String()
		if a.Family == AF_INET6 {
			host = "[" + host + "]"
		}
	}
	return host + ":" + itoa(int(a.Port))
}
