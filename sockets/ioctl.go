package sockets

import (
	"fmt"

	"socketbook/sockets/wire"
)

// Commands of ioctl(2): include/uapi/asm-generic/ioctls.h and sockios.h,
// include/uapi/linux/sockios.h.
const (
	FIONREAD    = 0x541b // also SIOCINQ
	SIOCINQ     = FIONREAD
	TIOCOUTQ    = 0x5411 // also SIOCOUTQ
	SIOCOUTQ    = TIOCOUTQ
	SIOCOUTQNSD = 0x894b
	SIOCATMARK  = 0x8905
	FIONBIO     = 0x5421
	FIONCLEX    = 0x5450
	FIOCLEX     = 0x5451
	FIOASYNC    = 0x5452
	FIOQSIZE    = 0x5460
	FIGETBSZ    = 2
	FIOSETOWN   = 0x8901
	SIOCSPGRP   = 0x8902
	FIOGETOWN   = 0x8903
	SIOCGPGRP   = 0x8904
	SIOCGSTAMP  = 0x8906
	SIOCGSTAMPN = 0x8907 // SIOCGSTAMPNS
)

var ioctlNames = map[int]string{FIONREAD: "FIONREAD", TIOCOUTQ: "TIOCOUTQ", SIOCOUTQNSD: "SIOCOUTQNSD", SIOCATMARK: "SIOCATMARK",
	FIONBIO: "FIONBIO", FIONCLEX: "FIONCLEX", FIOCLEX: "FIOCLEX", FIOASYNC: "FIOASYNC", FIOQSIZE: "FIOQSIZE", FIGETBSZ: "FIGETBSZ",
	FIOSETOWN: "FIOSETOWN", SIOCSPGRP: "SIOCSPGRP", FIOGETOWN: "FIOGETOWN", SIOCGPGRP: "SIOCGPGRP",
	SIOCGSTAMP: "SIOCGSTAMP_OLD", SIOCGSTAMPN: "SIOCGSTAMPNS_OLD"}

// Ioctl asks a number about a file, or switches something: ioctl(2) whose
// argument points to an int that is 0. The result is the int afterwards.
//
// FIONREAD: bytes to read, of datagrams the next one's. TIOCOUTQ: bytes the
// peer has not acknowledged. SIOCATMARK: whether the next byte to read is the
// one after urgent data. EINVAL: a listener has no such queue. ENOTTY: the
// command is not for this kind of file.
func (p *Process) Ioctl(fd, cmd int) (int, error) { return p.IoctlInt(fd, cmd, 0) }

// IoctlInt is [Process.Ioctl] with a number in the int: FIONBIO and FIOASYNC
// set O_NONBLOCK and O_ASYNC if it is not 0, FIOSETOWN names a process.
func (p *Process) IoctlInt(fd, cmd, arg int) (int, error) {
	n, e := p.ioctl(fd, int(uint32(cmd)), int(int32(arg)))
	if p.tracing() {
		name, ok := ioctlNames[int(uint32(cmd))]
		if !ok {
			name = fmt.Sprintf("%#x", uint32(cmd))
		}
		value := fmt.Sprintf("[%d]", n)
		if e != 0 {
			value = userPointer
		}
		p.traceRet(fmt.Sprintf("ioctl(%d, %s, %s)", fd, name, value), 0, e)
	}
	return n, p.answer("ioctl", fd, "", e)
}

// ioctl is do_vfs_ioctl, then the file's own.
func (p *Process) ioctl(fd, cmd, arg int) (int, Errno) {
	f, e := p.openFile(fd)
	if e != 0 {
		return 0, e
	}
	h := p.host
	switch cmd {
	case FIOCLEX:
		p.fds.files[fd] |= fdCloexec
		return arg, 0
	case FIONCLEX:
		p.fds.files[fd] &^= fdCloexec
		return arg, 0
	case FIONBIO:
		return p.switchStatus(f, O_NONBLOCK, arg)
	case FIOASYNC:
		k := f & fdKind
		if (k == kindNull || k == kindEpoll) && arg != 0 {
			return 0, ENOTTY // it has nothing to signal
		}
		return p.switchStatus(f, O_ASYNC, arg)
	case FIOQSIZE:
		return 0, ENOTTY
	case FIGETBSZ:
		return pageSize, 0
	case 0xc020660b: // FS_IOC_FIEMAP: what regular files have
		return 0, EOPNOTSUPP
	case 0xc0045877, 0xc0045878: // FIFREEZE, FITHAW
		if p.uid != 0 {
			return 0, EPERM
		}
		return 0, EOPNOTSUPP
	}
	switch f & fdKind {
	case kindPipeR, kindPipeW:
		if cmd == FIONREAD {
			return h.pipeBytes(f), 0
		}
	case kindEpoll:
		return 0, EINVAL // ep_eventpoll_ioctl
	case kindSock:
		return p.sockIoctl(f, cmd, arg)
	}
	return 0, ENOTTY
}

// switchStatus sets one flag of a file, or clears it.
func (p *Process) switchStatus(f file, flag, arg int) (int, Errno) {
	now := p.host.status(f).open()
	if now &^= flag; arg != 0 {
		now |= flag
	}
	_, e := p.host.setStatus(f, now, p.uid)
	return arg, e
}

// sockIoctl is sock_ioctl: what all sockets know, then the protocol.
func (p *Process) sockIoctl(f file, cmd, arg int) (int, Errno) {
	h, s := p.host, p.host.socks.at(f.index())
	family := h.family(s)
	switch cmd {
	case FIOSETOWN, SIOCSPGRP:
		_, e := p.setOwner(f, arg)
		return arg, e
	case FIOGETOWN, SIOCGPGRP:
		return h.owner(f).pid, 0
	case SIOCGSTAMP, SIOCGSTAMPN:
		if family == AF_INET || family == AF_INET6 || family == AF_PACKET {
			return 0, ENOENT // no packet was stamped
		}
		return 0, ENOTTY
	}
	n, e := 0, ENOTTY
	switch s.proto {
	case protoTCP:
		n, e = h.tcpIoctl(s, cmd)
	case protoUDP:
		n, e = h.udpIoctl(s, cmd)
	default:
		n, e = h.otherIoctl(s, cmd)
	}
	if e == ENOTTY && deviceIoctl(cmd) {
		return 0, ENODEV
	}
	return n, e
}

// deviceIoctl reports whether a command is about a network device, whose name
// an int does not hold.
func deviceIoctl(cmd int) bool {
	return cmd == 0x8910 || cmd >= 0x8913 && cmd <= 0x8927 || cmd == 0x8933 || cmd == 0x8942 || cmd == 0x8990 || cmd&^0xf == 0x89f0
}

// tcpIoctl is tcp_ioctl.
func (h *Host) tcpIoctl(s *sock, cmd int) (int, Errno) {
	t := &traffic{}
	if s.traffic != 0 && s.state != Listen {
		t = h.traffic.at(s.traffic)
	}
	switch cmd {
	case SIOCINQ, SIOCOUTQ, SIOCOUTQNSD:
		if s.state == Listen {
			return 0, EINVAL
		}
	}
	switch cmd {
	case SIOCINQ:
		return h.inQueue(s, t), 0
	case SIOCATMARK:
		return int(bit(t.urgState != urgNone && uint32(t.urgSeq) == h.copied(s))), 0
	case SIOCOUTQ:
		if s.state == SynSent || s.state == SynRecv {
			return 0, 0
		}
		return h.unacknowledged(s, t), 0
	case SIOCOUTQNSD:
		if s.state == SynSent || s.state == SynRecv {
			return 0, 0
		}
		return h.unacknowledged(s, t) - int(uint32(h.nxt(s)-s.sndUna)), 0
	}
	return 0, ENOTTY
}

// inQueue is how many bytes a read can get before it comes to the urgent one
// (tcp_inq).
func (h *Host) inQueue(s *sock, t *traffic) int {
	n := int(t.rcvBytes)
	if t.urgState == urgNone || h.options(s).oobInline {
		return n
	}
	if at := int(int32(uint32(t.urgSeq) - h.copied(s))); at >= 0 && at < n {
		return at
	}
	return n
}

// unacknowledged is write_seq - snd_una: data, and our SYN or FIN.
func (h *Host) unacknowledged(s *sock, t *traffic) int {
	switch s.state {
	case Closed:
		return int(uint32(h.nxt(s)-s.sndUna) + t.unsent) // what nobody will acknowledge any more
	case SynSent, FinWait1, LastAck, Closing:
		return int(t.sndBytes) + 1
	}
	return int(t.sndBytes)
}

// written is write_seq of a connection that has just ended: where the next byte
// would have been.
func (h *Host) written(s *sock, t *traffic) wire.Seq {
	end := s.sndUna + wire.Seq(t.sndBytes)
	if s.flags&flagFinQueued != 0 && s.flags&flagFinSent == 0 {
		end++
	}
	if end.Less(t.sndNxt) { // our SYN or FIN is under way
		end = t.sndNxt
	}
	return end
}

// udpIoctl is udp_ioctl. Nothing stays in the send buffer of a datagram
// socket here but what is being put together.
func (h *Host) udpIoctl(s *sock, cmd int) (int, Errno) {
	switch cmd {
	case SIOCINQ:
		if s.traffic != 0 {
			if t := h.traffic.at(s.traffic); t.rcvHead != 0 {
				return int(h.skbs.at(t.rcvHead).len), 0
			}
		}
		return 0, 0
	case SIOCOUTQ:
		if s.traffic != 0 {
			t := h.traffic.at(s.traffic)
			return int(t.sndBytes + t.sendCharge), 0
		}
		return 0, 0
	}
	return 0, ENOTTY
}

// otherIoctl: the queues of sockets that carry nothing are empty, if they
// tell.
func (h *Host) otherIoctl(s *sock, cmd int) (int, Errno) {
	family := h.family(s)
	switch {
	case cmd == SIOCATMARK && family == AF_UNIX && h.kind(s) == SOCK_STREAM:
		return 0, 0
	case cmd == SIOCATMARK && family == AF_UNIX:
		return 0, EOPNOTSUPP
	case cmd != SIOCINQ && cmd != SIOCOUTQ, s.proto == protoPing, family == AF_NETLINK, family == AF_XDP:
		return 0, ENOTTY
	case family == AF_VSOCK:
		return 0, EOPNOTSUPP
	}
	return 0, 0
}
