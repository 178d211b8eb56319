package script

import (
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"socketbook/sockets"
)

// constants are the names of the C headers that stories may use. The numbers
// are Linux's (include/uapi/linux, include/uapi/asm-generic).
var constants = map[string]int64{
	"NULL": 0, "AF_UNSPEC": 0, "AF_INET": 2, "AF_INET6": 10,
	"SOCK_STREAM": 1, "SOCK_DGRAM": 2, "SOCK_RAW": 3, "SOCK_NONBLOCK": 0o4000, "SOCK_CLOEXEC": 0o2000000,
	"IPPROTO_IP": 0, "IPPROTO_ICMP": 1, "IPPROTO_TCP": 6, "IPPROTO_UDP": 17, "IPPROTO_IPV6": 41, "IPPROTO_ICMPV6": 58,
	"SHUT_RD": 0, "SHUT_WR": 1, "SHUT_RDWR": 2,
	"SOL_IP": 0, "SOL_SOCKET": 1, "SOL_TCP": 6, "SOL_UDP": 17, "SOL_IPV6": 41,
	"SO_REUSEADDR": 2, "SO_ERROR": 4, "SO_BROADCAST": 6, "SO_SNDBUF": 7, "SO_RCVBUF": 8, "SO_KEEPALIVE": 9, "SO_OOBINLINE": 10,
	"SO_LINGER": 13, "SO_REUSEPORT": 15, "SO_RCVLOWAT": 18, "SO_RCVTIMEO": 20, "SO_SNDTIMEO": 21,
	"TCP_NODELAY": 1, "TCP_MAXSEG": 2, "TCP_CORK": 3, "TCP_KEEPIDLE": 4, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 6, "TCP_SYNCNT": 7,
	"TCP_LINGER2": 8, "TCP_DEFER_ACCEPT": 9, "TCP_WINDOW_CLAMP": 10, "TCP_QUICKACK": 12, "TCP_USER_TIMEOUT": 18,
	"TCP_NOTSENT_LOWAT": 25, "TCP_INQ": 36,
	"IP_TOS": 1, "IP_TTL": 2, "IP_MTU_DISCOVER": 10, "IP_RECVERR": 11, "IP_MTU": 14, "IPV6_V6ONLY": 26, "IPV6_MTU": 24,
	"IP_PMTUDISC_DONT": 0, "IP_PMTUDISC_WANT": 1, "IP_PMTUDISC_DO": 2,
	"MSG_OOB": 1, "MSG_PEEK": 2, "MSG_TRUNC": 0x20, "MSG_DONTWAIT": 0x40, "MSG_WAITALL": 0x100, "MSG_ERRQUEUE": 0x2000,
	"MSG_NOSIGNAL": 0x4000, "MSG_MORE": 0x8000,
	"F_GETFL": 3, "F_SETFL": 4, "O_RDONLY": 0, "O_RDWR": 2, "O_NONBLOCK": 0o4000,
	"FIONREAD": 0x541b, "SIOCINQ": 0x541b, "SIOCOUTQ": 0x5411, "SIOCOUTQNSD": 0x894b, "SIOCATMARK": 0x8905,
	"POLLIN": 1, "POLLPRI": 2, "POLLOUT": 4, "POLLERR": 8, "POLLHUP": 0x10, "POLLNVAL": 0x20, "POLLRDNORM": 0x40, "POLLWRNORM": 0x100,
	"POLLRDHUP": 0x2000,
}

// symbols is the number that names joined by strokes stand for; nil if one is
// unknown. An errno is its own number.
func symbols(text string) *int64 {
	var n int64
	for name := range strings.SplitSeq(text, "|") {
		v, ok := constants[name]
		if e := errnoOf(name); !ok && e != 0 {
			v, ok = int64(e), true
		}
		if !ok {
			return nil
		}
		n |= v
	}
	return &n
}

// limits are the fields of sockets.Limits that stories may set.
var limits = map[string]struct {
	time   func(l *sockets.Limits) *time.Duration
	number func(l *sockets.Limits) *int
}{
	"TimeWait":   {time: func(l *sockets.Limits) *time.Duration { return &l.TimeWait }},
	"NofileSoft": {number: func(l *sockets.Limits) *int { return &l.NofileSoft }},
	"NofileHard": {number: func(l *sockets.Limits) *int { return &l.NofileHard }},
	"Rmem":       {number: func(l *sockets.Limits) *int { return &l.Rmem }},
	"Wmem":       {number: func(l *sockets.Limits) *int { return &l.Wmem }},
	"RxRing":     {number: func(l *sockets.Limits) *int { return &l.RxRing }},
}

func limitNames() []string { return sorted(limits) }

func callNames() []string { return sorted(calls) }

func sorted[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// field is where a number lies in struct tcp_info (include/uapi/linux/tcp.h).
type field struct {
	name    string
	at, len int
}

var infoFields = []field{
	{"tcpi_state", 0, 1}, {"tcpi_ca_state", 1, 1}, {"tcpi_retransmits", 2, 1}, {"tcpi_probes", 3, 1}, {"tcpi_backoff", 4, 1}, {"tcpi_options", 5, 1},
	{"tcpi_rto", 8, 4}, {"tcpi_ato", 12, 4}, {"tcpi_snd_mss", 16, 4}, {"tcpi_rcv_mss", 20, 4}, {"tcpi_unacked", 24, 4}, {"tcpi_sacked", 28, 4},
	{"tcpi_lost", 32, 4}, {"tcpi_retrans", 36, 4}, {"tcpi_pmtu", 60, 4}, {"tcpi_rcv_ssthresh", 64, 4}, {"tcpi_rtt", 68, 4},
	{"tcpi_snd_ssthresh", 76, 4}, {"tcpi_snd_cwnd", 80, 4}, {"tcpi_advmss", 84, 4}, {"tcpi_reordering", 88, 4}, {"tcpi_total_retrans", 100, 4},
	{"tcpi_bytes_acked", 120, 8}, {"tcpi_bytes_received", 128, 8}, {"tcpi_segs_out", 136, 4}, {"tcpi_segs_in", 140, 4}, {"tcpi_notsent_bytes", 144, 4},
	{"tcpi_delivered_ce", 196, 4},
}

const infoLen = 200

func infoField(name string) *field {
	for i := range infoFields {
		if infoFields[i].name == name {
			return &infoFields[i]
		}
	}
	return nil
}

func infoNames() []string {
	var names []string
	for _, f := range infoFields {
		names = append(names, f.name)
	}
	return names
}

// of is the field's number in a struct, ok if the struct is long enough.
func (f *field) of(b []byte) (n int64, ok bool) {
	if f.at+f.len > len(b) {
		return 0, false
	}
	switch b = b[f.at:]; f.len {
	case 1:
		return int64(b[0]), true
	case 4:
		return int64(binary.NativeEndian.Uint32(b)), true
	}
	return int64(binary.NativeEndian.Uint64(b)), true
}

// icmpMessages are the messages of ICMP (RFC 792) and, with the same words,
// ICMPv6 (RFC 4443). Longer names stand before their beginnings.
var icmpMessages = []struct {
	text             string
	kind4, code4     uint8
	kind6, code6     uint8
	mtu, echo, quote bool
}{
	{text: "echo request", kind4: 8, kind6: 128, echo: true},
	{text: "echo reply", kind4: 0, kind6: 129, echo: true},
	{text: "net unreachable", kind4: 3, code4: 0, kind6: 1, code6: 0, quote: true},
	{text: "host unreachable", kind4: 3, code4: 1, kind6: 1, code6: 3, quote: true},
	{text: "protocol unreachable", kind4: 3, code4: 2, kind6: 4, code6: 1, quote: true},
	{text: "port unreachable", kind4: 3, code4: 3, kind6: 1, code6: 4, quote: true},
	{text: "need to frag", kind4: 3, code4: 4, kind6: 2, code6: 0, mtu: true, quote: true},
	{text: "admin prohibited", kind4: 3, code4: 13, kind6: 1, code6: 1, quote: true},
	{text: "source quench", kind4: 4, kind6: 255, quote: true},
	{text: "time exceeded in-transit", kind4: 11, kind6: 3, quote: true},
	{text: "parameter problem", kind4: 12, kind6: 4, quote: true},
}
