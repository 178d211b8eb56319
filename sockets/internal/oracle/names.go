package oracle

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"socketbook/sockets"
)

// numbers are the constants of the C headers that cases use by name, on
// x86-64.
var numbers = map[string]int{
	"AF_UNSPEC": 0, "AF_UNIX": 1, "AF_INET": 2, "AF_AX25": 3, "AF_INET6": 10, "AF_NETLINK": 16, "AF_PACKET": 17,
	"SOCK_STREAM": 1, "SOCK_DGRAM": 2, "SOCK_RAW": 3, "SOCK_RDM": 4, "SOCK_SEQPACKET": 5, "SOCK_DCCP": 6, "SOCK_PACKET": 10,
	"SOCK_NONBLOCK": 0o4000, "SOCK_CLOEXEC": 0o2000000,
	"IPPROTO_IP": 0, "IPPROTO_ICMP": 1, "IPPROTO_IGMP": 2, "IPPROTO_TCP": 6, "IPPROTO_EGP": 8, "IPPROTO_PUP": 12, "IPPROTO_UDP": 17,
	"IPPROTO_IDP": 22, "IPPROTO_DCCP": 33, "IPPROTO_IPV6": 41, "IPPROTO_RSVP": 46, "IPPROTO_GRE": 47, "IPPROTO_ESP": 50,
	"IPPROTO_AH": 51, "IPPROTO_ICMPV6": 58, "IPPROTO_SCTP": 132, "IPPROTO_UDPLITE": 136, "IPPROTO_RAW": 255, "IPPROTO_MPTCP": 262,

	"SOL_SOCKET": 1, "SOL_IP": 0, "SOL_TCP": 6, "SOL_UDP": 17, "SOL_IPV6": 41, "SOL_RAW": 255,
	"SO_DEBUG": 1, "SO_REUSEADDR": 2, "SO_TYPE": 3, "SO_ERROR": 4, "SO_DONTROUTE": 5, "SO_BROADCAST": 6, "SO_SNDBUF": 7,
	"SO_RCVBUF": 8, "SO_KEEPALIVE": 9, "SO_OOBINLINE": 10, "SO_NO_CHECK": 11, "SO_PRIORITY": 12, "SO_LINGER": 13, "SO_BSDCOMPAT": 14,
	"SO_REUSEPORT": 15, "SO_PASSCRED": 16, "SO_PEERCRED": 17, "SO_RCVLOWAT": 18, "SO_SNDLOWAT": 19, "SO_RCVTIMEO": 20, "SO_SNDTIMEO": 21,
	"SO_BINDTODEVICE": 25, "SO_ATTACH_FILTER": 26, "SO_DETACH_FILTER": 27, "SO_PEERNAME": 28, "SO_TIMESTAMP": 29, "SO_ACCEPTCONN": 30,
	"SO_PEERSEC": 31, "SO_SNDBUFFORCE": 32, "SO_RCVBUFFORCE": 33, "SO_PASSSEC": 34, "SO_TIMESTAMPNS": 35, "SO_MARK": 36,
	"SO_TIMESTAMPING": 37, "SO_PROTOCOL": 38, "SO_DOMAIN": 39, "SO_RXQ_OVFL": 40, "SO_WIFI_STATUS": 41, "SO_PEEK_OFF": 42, "SO_NOFCS": 43,
	"SO_LOCK_FILTER": 44, "SO_SELECT_ERR_QUEUE": 45, "SO_BUSY_POLL": 46, "SO_MAX_PACING_RATE": 47, "SO_BPF_EXTENSIONS": 48,
	"SO_INCOMING_CPU": 49, "SO_ATTACH_BPF": 50, "SO_ATTACH_REUSEPORT_CBPF": 51, "SO_ATTACH_REUSEPORT_EBPF": 52, "SO_CNX_ADVICE": 53,
	"SO_MEMINFO": 55, "SO_INCOMING_NAPI_ID": 56, "SO_COOKIE": 57, "SO_PEERGROUPS": 59, "SO_ZEROCOPY": 60, "SO_TXTIME": 61,
	"SO_BINDTOIFINDEX": 62, "SO_DETACH_REUSEPORT_BPF": 68, "SO_PREFER_BUSY_POLL": 69, "SO_BUSY_POLL_BUDGET": 70, "SO_NETNS_COOKIE": 71,
	"SO_BUF_LOCK": 72, "SO_RESERVE_MEM": 73, "SO_TXREHASH": 74, "SO_RCVMARK": 75, "SO_PASSPIDFD": 76, "SO_PEERPIDFD": 77,
	"SO_DEVMEM_LINEAR": 78, "SO_DEVMEM_DMABUF": 79, "SO_DEVMEM_DONTNEED": 80, "SO_RCVPRIORITY": 82, "SO_PASSRIGHTS": 83, "SO_INQ": 84,

	"TCP_NODELAY": 1, "TCP_MAXSEG": 2, "TCP_CORK": 3, "TCP_KEEPIDLE": 4, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 6, "TCP_SYNCNT": 7,
	"TCP_LINGER2": 8, "TCP_DEFER_ACCEPT": 9, "TCP_WINDOW_CLAMP": 10, "TCP_INFO": 11, "TCP_QUICKACK": 12, "TCP_CONGESTION": 13,
	"TCP_MD5SIG": 14, "TCP_THIN_LINEAR_TIMEOUTS": 16, "TCP_THIN_DUPACK": 17, "TCP_USER_TIMEOUT": 18, "TCP_REPAIR": 19,
	"TCP_REPAIR_QUEUE": 20, "TCP_QUEUE_SEQ": 21, "TCP_REPAIR_OPTIONS": 22, "TCP_FASTOPEN": 23, "TCP_TIMESTAMP": 24,
	"TCP_NOTSENT_LOWAT": 25, "TCP_CC_INFO": 26, "TCP_SAVE_SYN": 27, "TCP_SAVED_SYN": 28, "TCP_REPAIR_WINDOW": 29,
	"TCP_FASTOPEN_CONNECT": 30, "TCP_ULP": 31, "TCP_MD5SIG_EXT": 32, "TCP_FASTOPEN_KEY": 33, "TCP_FASTOPEN_NO_COOKIE": 34,
	"TCP_ZEROCOPY_RECEIVE": 35, "TCP_INQ": 36, "TCP_TX_DELAY": 37, "TCP_RTO_MAX_MS": 44, "TCP_RTO_MIN_US": 45, "TCP_DELACK_MAX_US": 46,
	"UDP_CORK": 1, "UDP_ENCAP": 100, "UDP_NO_CHECK6_TX": 101, "UDP_NO_CHECK6_RX": 102, "UDP_SEGMENT": 103, "UDP_GRO": 104,

	"IP_TOS": 1, "IP_TTL": 2, "IP_HDRINCL": 3, "IP_OPTIONS": 4, "IP_ROUTER_ALERT": 5, "IP_RECVOPTS": 6, "IP_RETOPTS": 7, "IP_PKTINFO": 8,
	"IP_PKTOPTIONS": 9, "IP_MTU_DISCOVER": 10, "IP_RECVERR": 11, "IP_RECVTTL": 12, "IP_RECVTOS": 13, "IP_MTU": 14, "IP_FREEBIND": 15,
	"IP_IPSEC_POLICY": 16, "IP_XFRM_POLICY": 17, "IP_PASSSEC": 18, "IP_TRANSPARENT": 19, "IP_ORIGDSTADDR": 20, "IP_RECVORIGDSTADDR": 20,
	"IP_MINTTL": 21, "IP_NODEFRAG": 22, "IP_CHECKSUM": 23, "IP_BIND_ADDRESS_NO_PORT": 24, "IP_RECVFRAGSIZE": 25, "IP_RECVERR_RFC4884": 26,
	"IP_MULTICAST_IF": 32, "IP_MULTICAST_TTL": 33, "IP_MULTICAST_LOOP": 34, "IP_ADD_MEMBERSHIP": 35, "IP_DROP_MEMBERSHIP": 36,
	"IP_UNBLOCK_SOURCE": 37, "IP_BLOCK_SOURCE": 38, "IP_ADD_SOURCE_MEMBERSHIP": 39, "IP_DROP_SOURCE_MEMBERSHIP": 40, "IP_MSFILTER": 41,
	"IP_MULTICAST_ALL": 49, "IP_UNICAST_IF": 50, "IP_LOCAL_PORT_RANGE": 51, "IP_PROTOCOL": 52,
	"IPV6_ADDRFORM": 1, "IPV6_2292PKTINFO": 2, "IPV6_CHECKSUM": 7, "IPV6_UNICAST_HOPS": 16, "IPV6_MULTICAST_IF": 17,
	"IPV6_MULTICAST_HOPS": 18, "IPV6_MULTICAST_LOOP": 19, "IPV6_JOIN_GROUP": 20, "IPV6_ADD_MEMBERSHIP": 20, "IPV6_LEAVE_GROUP": 21,
	"IPV6_DROP_MEMBERSHIP": 21, "IPV6_ROUTER_ALERT": 22, "IPV6_MTU_DISCOVER": 23, "IPV6_MTU": 24, "IPV6_RECVERR": 25, "IPV6_V6ONLY": 26,
	"IPV6_JOIN_ANYCAST": 27, "IPV6_LEAVE_ANYCAST": 28, "IPV6_MULTICAST_ALL": 29, "IPV6_ROUTER_ALERT_ISOLATE": 30, "IPV6_RECVERR_RFC4884": 31,
	"IPV6_FLOWLABEL_MGR": 32, "IPV6_FLOWINFO_SEND": 33, "IPV6_HDRINCL": 36, "IPV6_RECVPKTINFO": 49, "IPV6_PKTINFO": 50,
	"IPV6_RECVHOPLIMIT": 51, "IPV6_HOPLIMIT": 52, "IPV6_RECVHOPOPTS": 53, "IPV6_RTHDRDSTOPTS": 55, "IPV6_RECVRTHDR": 56,
	"IPV6_RECVDSTOPTS": 58, "IPV6_RECVPATHMTU": 60, "IPV6_PATHMTU": 61, "IPV6_DONTFRAG": 62, "IPV6_RECVTCLASS": 66, "IPV6_TCLASS": 67,
	"IPV6_AUTOFLOWLABEL": 70, "IPV6_ADDR_PREFERENCES": 72, "IPV6_MINHOPCOUNT": 73, "IPV6_ORIGDSTADDR": 74, "IPV6_RECVORIGDSTADDR": 74,
	"IPV6_TRANSPARENT": 75, "IPV6_UNICAST_IF": 76, "IPV6_RECVFRAGSIZE": 77, "IPV6_FREEBIND": 78,

	"SHUT_RD": 0, "SHUT_WR": 1, "SHUT_RDWR": 2,
	"F_DUPFD": 0, "F_GETFD": 1, "F_SETFD": 2, "F_GETFL": 3, "F_SETFL": 4, "F_GETLK": 5, "F_SETLK": 6, "F_SETOWN": 8, "F_GETOWN": 9,
	"F_SETSIG": 10, "F_GETSIG": 11, "F_DUPFD_CLOEXEC": 1030, "F_SETPIPE_SZ": 1031, "F_GETPIPE_SZ": 1032,
	"O_RDONLY": 0, "O_WRONLY": 1, "O_RDWR": 2, "O_APPEND": 0o2000, "O_NONBLOCK": 0o4000, "O_ASYNC": 0o20000, "O_DIRECT": 0o40000,
	"O_NOATIME": 0o1000000, "O_CLOEXEC": 0o2000000, "FD_CLOEXEC": 1,
	"FIONREAD": 0x541b, "SIOCINQ": 0x541b, "TIOCINQ": 0x541b, "SIOCOUTQ": 0x5411, "TIOCOUTQ": 0x5411, "SIOCATMARK": 0x8905, "FIONBIO": 0x5421,
	"FIOASYNC": 0x5452, "SIOCGSTAMP": 0x8906, "SIOCOUTQNSD": 0x894b,
	"EPOLL_CTL_ADD": 1, "EPOLL_CTL_DEL": 2, "EPOLL_CTL_MOD": 3, "EPOLL_CLOEXEC": 0o2000000,
	"EPOLLIN": 0x001, "EPOLLPRI": 0x002, "EPOLLOUT": 0x004, "EPOLLERR": 0x008, "EPOLLHUP": 0x010, "EPOLLNVAL": 0x020,
	"EPOLLRDNORM": 0x040, "EPOLLRDBAND": 0x080, "EPOLLWRNORM": 0x100, "EPOLLWRBAND": 0x200, "EPOLLMSG": 0x400, "EPOLLRDHUP": 0x2000,
	"EPOLLEXCLUSIVE": 1 << 28, "EPOLLWAKEUP": 1 << 29, "EPOLLONESHOT": 1 << 30, "EPOLLET": 1 << 31,
	"POLLIN": 0x001, "POLLPRI": 0x002, "POLLOUT": 0x004, "POLLERR": 0x008, "POLLHUP": 0x010, "POLLNVAL": 0x020, "POLLRDNORM": 0x040,
	"POLLRDBAND": 0x080, "POLLWRNORM": 0x100, "POLLWRBAND": 0x200, "POLLMSG": 0x400, "POLLREMOVE": 0x1000, "POLLRDHUP": 0x2000,
	"MSG_OOB": 0x1, "MSG_PEEK": 0x2, "MSG_DONTROUTE": 0x4, "MSG_CTRUNC": 0x8, "MSG_PROBE": 0x10, "MSG_TRUNC": 0x20, "MSG_DONTWAIT": 0x40,
	"MSG_EOR": 0x80, "MSG_WAITALL": 0x100, "MSG_FIN": 0x200, "MSG_SYN": 0x400, "MSG_CONFIRM": 0x800, "MSG_RST": 0x1000,
	"MSG_ERRQUEUE": 0x2000, "MSG_NOSIGNAL": 0x4000, "MSG_MORE": 0x8000, "MSG_WAITFORONE": 0x10000, "MSG_BATCH": 0x40000,
	"MSG_ZEROCOPY": 0x4000000, "MSG_FASTOPEN": 0x20000000, "MSG_CMSG_CLOEXEC": 0x40000000,
}

// constant is a constant by name, or a number as it is.
func constant(v *Value) (int, error) {
	if v == nil {
		return 0, nil
	}
	if !v.Text {
		return int(v.N), nil
	}
	if n, ok := numbers[v.Name]; ok {
		return n, nil
	}
	n, err := strconv.ParseInt(v.Name, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("unknown constant %q", v.Name)
	}
	return int(n), nil
}

// bitsOf adds up flags.
func bitsOf(names []string) (int, error) {
	n := 0
	for _, name := range names {
		b, err := constant(&Value{Name: name, Text: true})
		if err != nil {
			return 0, err
		}
		n |= b
	}
	return n, nil
}

// namesOf lists the flags in n that have one of the names, in a fixed order;
// what is left over follows as a number.
func namesOf(n int, names ...string) []string {
	list := []string{}
	for _, name := range names {
		if b := numbers[name]; n&b == b {
			list = append(list, name)
			n &^= b
		}
	}
	if n != 0 {
		list = append(list, fmt.Sprintf("%#x", n))
	}
	return list
}

var pollNames = []string{"IN", "PRI", "OUT", "ERR", "HUP", "NVAL", "RDNORM", "RDBAND", "WRNORM", "WRBAND", "MSG", "RDHUP"}

func eventNames(prefix string, n int) []string {
	full := make([]string, len(pollNames))
	for i, name := range pollNames {
		full[i] = prefix + name
	}
	return namesOf(n, full...)
}

var tcpStates = []string{"", "TCP_ESTABLISHED", "TCP_SYN_SENT", "TCP_SYN_RECV", "TCP_FIN_WAIT1", "TCP_FIN_WAIT2", "TCP_TIME_WAIT",
	"TCP_CLOSE", "TCP_CLOSE_WAIT", "TCP_LAST_ACK", "TCP_LISTEN", "TCP_CLOSING", "TCP_NEW_SYN_RECV"}

// parseAddr reads an address as the cases write it; ports maps variables.
func parseAddr(text string, length *int, port func(string) (string, bool)) (sockets.SockAddr, error) {
	var a sockets.SockAddr
	family := -1
	if text == "unspec" {
		a.Len = 16
	} else {
		if strings.HasPrefix(text, "af") {
			f, rest, ok := strings.Cut(text[2:], ":")
			n, err := strconv.Atoi(f)
			if !ok || err != nil {
				return a, fmt.Errorf("address %q", text)
			}
			family, text = n, rest
		}
		ip, p := splitAddr(text)
		if strings.HasPrefix(p, "$") {
			v, ok := port(p)
			if !ok {
				return a, fmt.Errorf("address %q: the variable has no value", text)
			}
			p = v
		}
		var err error
		if a, err = sockets.ParseAddr(ip + ":" + p); err != nil {
			return a, err
		}
		if family >= 0 {
			a.Len = 16
			if a.Family == sockets.AF_INET6 {
				a.Len = 28
			}
			a.Family = uint16(family)
		}
	}
	if length != nil {
		if a.Len = *length; a.Len == 0 {
			a.Len = -1
		}
	}
	return a, nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
