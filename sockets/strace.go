package sockets

import (
	"fmt"
	"strings"
)

// How strace spells the arguments of calls. An argument that the kernel fills
// in is shown after the call; if the call fails it is only a pointer, here
// always the same (userPointer).

// strace prints an address argument and its length.
func strace(a SockAddr) string { return fmt.Sprintf("%s, %d", straceAddr(a), a.length()) }

func straceAddr(a SockAddr) string {
	switch a.Family {
	case AF_INET:
		return fmt.Sprintf("{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr(\"%v\")}", a.Port, a.ip4())
	case AF_INET6:
		return fmt.Sprintf("{sa_family=AF_INET6, sin6_port=htons(%d), sin6_flowinfo=htonl(%d), inet_pton(AF_INET6, \"%v\", &sin6_addr), sin6_scope_id=%d}",
			a.Port, a.Flow, a.AddrPort().Addr(), a.Scope)
	}
	return fmt.Sprintf("{sa_family=%s}", domainName(int(a.Family)))
}

// sizeofStorage is sizeof(struct sockaddr_storage): the place a program has for
// an address of any family.
const sizeofStorage = 128

// straceFilled prints an address that the kernel fills in, and its length
// before and after. nil: it gave none.
func straceFilled(a *SockAddr, e Errno) string {
	switch {
	case e != 0:
		return fmt.Sprintf("%s, [%d]", userPointer, sizeofStorage)
	case a == nil:
		return fmt.Sprintf("%s, [%d => 0]", userPointer, sizeofStorage)
	}
	return fmt.Sprintf("%s, [%d => %d]", straceAddr(*a), sizeofStorage, a.length())
}

// straceData prints bytes that the kernel fills in.
func straceData(buf []byte, n int, e Errno) string {
	if e != 0 {
		return userPointer
	}
	return quote(buf[:min(max(n, 0), len(buf))])
}

var msgFlagNames = []bitName{{MSG_OOB, "MSG_OOB"}, {MSG_PEEK, "MSG_PEEK"}, {MSG_DONTROUTE, "MSG_DONTROUTE"}, {MSG_CTRUNC, "MSG_CTRUNC"},
	{0x10, "MSG_PROBE"}, {MSG_TRUNC, "MSG_TRUNC"}, {MSG_DONTWAIT, "MSG_DONTWAIT"}, {MSG_EOR, "MSG_EOR"}, {MSG_WAITALL, "MSG_WAITALL"},
	{0x200, "MSG_FIN"}, {0x400, "MSG_SYN"}, {MSG_CONFIRM, "MSG_CONFIRM"}, {0x1000, "MSG_RST"}, {MSG_ERRQUEUE, "MSG_ERRQUEUE"},
	{MSG_NOSIGNAL, "MSG_NOSIGNAL"}, {MSG_MORE, "MSG_MORE"}, {0x10000, "MSG_WAITFORONE"}, {0x40000, "MSG_BATCH"},
	{MSG_ZEROCOPY, "MSG_ZEROCOPY"}, {MSG_FASTOPEN, "MSG_FASTOPEN"}, {MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC"}}

func msgFlags(f int) string { return bitNames(int(uint32(f)), msgFlagNames) }

// straceVector prints an array of struct iovec. Of what the kernel filled in
// there are n bytes.
func straceVector(bufs [][]byte, n int, e Errno, filled bool) string {
	var parts []string
	for _, b := range bufs {
		base := quote(b)
		if filled {
			base = straceData(b, n, e)
			n = max(n-len(b), 0)
		}
		parts = append(parts, fmt.Sprintf("{iov_base=%s, iov_len=%d}", base, len(b)))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// straceMsg prints a struct msghdr.
func straceMsg(m *Msg, n int, e Errno, filled bool) string {
	name := "NULL, msg_namelen=0"
	switch {
	case filled && m.Name == nil:
		name = fmt.Sprintf("%s, msg_namelen=%d => 0", userPointer, sizeofStorage)
	case filled:
		name = fmt.Sprintf("%s, msg_namelen=%d => %d", straceAddr(*m.Name), sizeofStorage, m.Name.length())
	case m.Name != nil:
		name = fmt.Sprintf("%s, msg_namelen=%d", straceAddr(*m.Name), m.Name.length())
	}
	if filled && e != 0 {
		return fmt.Sprintf("{msg_namelen=%d}", sizeofStorage)
	}
	return fmt.Sprintf("{msg_name=%s, msg_iov=%s, msg_iovlen=%d, msg_controllen=0, msg_flags=%s}",
		name, straceVector(m.Bufs, n, e, filled), len(m.Bufs), msgFlags(m.Flags))
}

// straceLimit prints a struct rlimit: thousands as a product, -1 by its name.
func straceLimit(soft, hard int) string {
	text := func(n int) string {
		switch {
		case n == -1:
			return "RLIM64_INFINITY"
		case n > 1024 && n%1024 == 0:
			return fmt.Sprintf("%d*1024", uint64(n)/1024)
		}
		return fmt.Sprint(uint64(n))
	}
	return fmt.Sprintf("{rlim_cur=%s, rlim_max=%s}", text(soft), text(hard))
}

// quote prints data as a C string, 32 bytes of it at most (strace -s 32).
func quote(b []byte) string {
	shown := b[:min(len(b), 32)]
	var s strings.Builder
	s.WriteByte('"')
	for i, c := range shown {
		k := strings.IndexByte("\n\t\r\v\f\"\\", c)
		switch {
		case k >= 0:
			s.WriteString(`\` + `ntrvf"\`[k:k+1])
		case c >= ' ' && c < 0x7f:
			s.WriteByte(c)
		case i+1 < len(shown) && shown[i+1] >= '0' && shown[i+1] <= '7':
			fmt.Fprintf(&s, `\%03o`, c)
		default:
			fmt.Fprintf(&s, `\%o`, c)
		}
	}
	s.WriteByte('"')
	if len(b) > len(shown) {
		s.WriteString("...")
	}
	return s.String()
}
