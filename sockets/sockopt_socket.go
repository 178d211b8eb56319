package sockets

import "math"

// Options of SOL_SOCKET: include/uapi/asm-generic/socket.h.
const (
	SO_DEBUG                 = 1
	SO_REUSEADDR             = 2
	SO_TYPE                  = 3
	SO_ERROR                 = 4
	SO_DONTROUTE             = 5
	SO_BROADCAST             = 6
	SO_SNDBUF                = 7
	SO_RCVBUF                = 8
	SO_KEEPALIVE             = 9
	SO_OOBINLINE             = 10
	SO_NO_CHECK              = 11
	SO_PRIORITY              = 12
	SO_LINGER                = 13
	SO_BSDCOMPAT             = 14
	SO_REUSEPORT             = 15
	SO_PASSCRED              = 16
	SO_PEERCRED              = 17
	SO_RCVLOWAT              = 18
	SO_SNDLOWAT              = 19
	SO_RCVTIMEO              = 20 // SO_RCVTIMEO_OLD
	SO_SNDTIMEO              = 21 // SO_SNDTIMEO_OLD
	SO_BINDTODEVICE          = 25
	SO_ATTACH_FILTER         = 26 // told: SO_GET_FILTER
	SO_DETACH_FILTER         = 27
	SO_PEERNAME              = 28
	SO_TIMESTAMP             = 29 // SO_TIMESTAMP_OLD
	SO_ACCEPTCONN            = 30
	SO_PEERSEC               = 31
	SO_SNDBUFFORCE           = 32
	SO_RCVBUFFORCE           = 33
	SO_PASSSEC               = 34
	SO_TIMESTAMPNS           = 35 // SO_TIMESTAMPNS_OLD
	SO_MARK                  = 36
	SO_TIMESTAMPING          = 37 // SO_TIMESTAMPING_OLD
	SO_PROTOCOL              = 38
	SO_DOMAIN                = 39
	SO_RXQ_OVFL              = 40
	SO_WIFI_STATUS           = 41
	SO_PEEK_OFF              = 42
	SO_NOFCS                 = 43
	SO_LOCK_FILTER           = 44
	SO_SELECT_ERR_QUEUE      = 45
	SO_BUSY_POLL             = 46
	SO_MAX_PACING_RATE       = 47
	SO_BPF_EXTENSIONS        = 48
	SO_INCOMING_CPU          = 49
	SO_ATTACH_BPF            = 50
	SO_ATTACH_REUSEPORT_CBPF = 51
	SO_ATTACH_REUSEPORT_EBPF = 52
	SO_CNX_ADVICE            = 53
	SO_MEMINFO               = 55
	SO_INCOMING_NAPI_ID      = 56
	SO_COOKIE                = 57
	SO_PEERGROUPS            = 59
	SO_ZEROCOPY              = 60
	SO_TXTIME                = 61
	SO_BINDTOIFINDEX         = 62
	SO_TIMESTAMP_NEW         = 63
	SO_TIMESTAMPNS_NEW       = 64
	SO_TIMESTAMPING_NEW      = 65
	SO_RCVTIMEO_NEW          = 66
	SO_SNDTIMEO_NEW          = 67
	SO_DETACH_REUSEPORT_BPF  = 68
	SO_PREFER_BUSY_POLL      = 69
	SO_BUSY_POLL_BUDGET      = 70
	SO_NETNS_COOKIE          = 71
	SO_BUF_LOCK              = 72
	SO_RESERVE_MEM           = 73
	SO_TXREHASH              = 74
	SO_RCVMARK               = 75
	SO_PASSPIDFD             = 76
	SO_PEERPIDFD             = 77
	SO_DEVMEM_LINEAR         = 78
	SO_DEVMEM_DMABUF         = 79
	SO_DEVMEM_DONTNEED       = 80
	SO_RCVPRIORITY           = 82
	SO_PASSRIGHTS            = 83
	SO_INQ                   = 84
)

// setSocket is sk_setsockopt.
func (c *optCall) setSocket() Errno {
	if c.opt == SO_BINDTODEVICE {
		return c.setDevice() // a name, of any length
	}
	if c.opt == SO_INQ && c.h.family(c.s) == AF_UNIX && c.h.kind(c.s) == SOCK_STREAM {
		return c.setUnixInq()
	}
	if c.n < 4 {
		return EINVAL
	}
	return find(socketOptions, c.opt).doSet(c)
}

// getSocket is sk_getsockopt.
func (c *optCall) getSocket() Errno {
	if c.n < 0 {
		return EINVAL
	}
	return find(socketOptions, c.opt).doGet(c)
}

// socketOptions are what net/core/sock.c sk_setsockopt and sk_getsockopt
// know. Defaults are sock_init_data's.
var socketOptions = []sockopt{
	SO_DEBUG:       {"SO_DEBUG", optRefused, setDebug, tellZero},
	SO_REUSEADDR:   {"SO_REUSEADDR", optSimulated, setReuse(func(o *sockOptions) *bool { return &o.reuseAddr }), getReuseAddr},
	SO_TYPE:        told("SO_TYPE", func(c *optCall) Errno { return c.giveInt(int64(c.h.kind(c.s))) }),
	SO_ERROR:       told("SO_ERROR", func(c *optCall) Errno { return c.giveInt(int64(c.h.tellError(c.s))) }),
	SO_DONTROUTE:   flag("SO_DONTROUTE"),
	SO_BROADCAST:   field("SO_BROADCAST", func(o *sockOptions) *bool { return &o.broadcast }),
	SO_SNDBUF:      {"SO_SNDBUF", optSimulated, setSndbuf, tellSndbuf},
	SO_RCVBUF:      {"SO_RCVBUF", optSimulated, setRcvbuf, func(c *optCall) Errno { return c.giveInt(int64(c.options().rcvBuf)) }},
	SO_KEEPALIVE:   {"SO_KEEPALIVE", optSimulated, setKeepalive, flagAs("", key(SOL_SOCKET, SO_KEEPALIVE), 0).get},
	SO_OOBINLINE:   field("SO_OOBINLINE", func(o *sockOptions) *bool { return &o.oobInline }),
	SO_NO_CHECK:    flag("SO_NO_CHECK"),
	SO_PRIORITY:    {"SO_PRIORITY", optStored, setPriority, number("", 0, 0, 0).get},
	SO_LINGER:      {"SO_LINGER", optSimulated, setLinger, getLinger},
	SO_BSDCOMPAT:   {"SO_BSDCOMPAT", optRefused, answering(0), tellZero},
	SO_REUSEPORT:   {"SO_REUSEPORT", optSimulated, setReusePort, func(c *optCall) Errno { return c.giveBool(c.options().reusePort) }},
	SO_PASSCRED:    messages("SO_PASSCRED", 0, AF_UNIX, AF_NETLINK),
	SO_PEERCRED:    told("SO_PEERCRED", getPeerCred),
	SO_RCVLOWAT:    {"SO_RCVLOWAT", optSimulated, setRcvLowat, func(c *optCall) Errno { return c.giveInt(int64(c.options().rcvLowat)) }},
	SO_SNDLOWAT:    told("SO_SNDLOWAT", func(c *optCall) Errno { return c.giveInt(1) }),
	SO_RCVTIMEO:    timeout("SO_RCVTIMEO", false),
	SO_SNDTIMEO:    timeout("SO_SNDTIMEO", true),
	SO_PEERNAME:    told("SO_PEERNAME", getPeerName),
	SO_TIMESTAMP:   timestamps("SO_TIMESTAMP", stampNone, stampRecv, stampRecv|stampNano|stampNew),
	SO_ACCEPTCONN:  told("SO_ACCEPTCONN", func(c *optCall) Errno { return c.giveBool(c.s.state == Listen) }),
	SO_PEERSEC:     {"SO_PEERSEC", optRefused, nil, nil}, // needs a security module
	SO_SNDBUFFORCE: {"SO_SNDBUFFORCE", optRefused, answering(EPERM), nil},
	SO_RCVBUFFORCE: {"SO_RCVBUFFORCE", optRefused, answering(EPERM), nil},
	SO_PASSSEC:     messages("SO_PASSSEC", 0, AF_UNIX, AF_NETLINK),
	SO_TIMESTAMPNS: timestamps("SO_TIMESTAMPNS", stampNano, stampNano, stampNano|stampNew),
	SO_MARK:        {"SO_MARK", optStored, setMark, number("", 0, 0, 0).get},
	SO_TIMESTAMPING: {"SO_TIMESTAMPING", optStored, setTimestamping,
		func(c *optCall) Errno { return c.give64(uint64(c.h.stored(c.s, keyTimestamping, 0))) }},
	SO_PROTOCOL:         told("SO_PROTOCOL", func(c *optCall) Errno { return c.giveInt(int64(c.h.number(c.s))) }),
	SO_DOMAIN:           told("SO_DOMAIN", func(c *optCall) Errno { return c.giveInt(int64(c.h.family(c.s))) }),
	SO_RXQ_OVFL:         flag("SO_RXQ_OVFL"),
	SO_WIFI_STATUS:      flag("SO_WIFI_STATUS"),
	SO_PEEK_OFF:         {"SO_PEEK_OFF", optStored, setPeekOff, getPeekOff},
	SO_NOFCS:            flag("SO_NOFCS"),
	SO_LOCK_FILTER:      {"SO_LOCK_FILTER", optStored, setLockFilter, flag("").get},
	SO_SELECT_ERR_QUEUE: flag("SO_SELECT_ERR_QUEUE"),
	SO_BUSY_POLL:        number("SO_BUSY_POLL", 0, math.MaxInt32, 0),
	SO_MAX_PACING_RATE:  {"SO_MAX_PACING_RATE", optStored, setPacing, getPacing},
	SO_BPF_EXTENSIONS:   told("SO_BPF_EXTENSIONS", func(c *optCall) Errno { return c.giveInt(64) }), // SKF_AD_MAX
	SO_INCOMING_CPU:     {"SO_INCOMING_CPU", optStored, setAny, getCPU},
	SO_ATTACH_FILTER:    {"SO_ATTACH_FILTER", optRefused, attachFilter, func(c *optCall) Errno { return c.give(nil) }},
	SO_DETACH_FILTER:    {"SO_DETACH_FILTER", optRefused, detachFilter, nil},
	SO_ATTACH_BPF:       {"SO_ATTACH_BPF", optRefused, attachBPF, nil},

	SO_ATTACH_REUSEPORT_CBPF: {"SO_ATTACH_REUSEPORT_CBPF", optRefused, attachFilter, nil},
	SO_ATTACH_REUSEPORT_EBPF: {"SO_ATTACH_REUSEPORT_EBPF", optRefused, attachBPF, nil},
	SO_CNX_ADVICE:            {"SO_CNX_ADVICE", optStored, answering(0), nil},
	SO_MEMINFO:               told("SO_MEMINFO", getMemInfo),
	SO_INCOMING_NAPI_ID:      told("SO_INCOMING_NAPI_ID", tellZero),
	SO_COOKIE:                told("SO_COOKIE", getCookie),
	SO_PEERGROUPS:            {"SO_PEERGROUPS", optRefused, nil, answering(ENODATA)},
	SO_ZEROCOPY:              {"SO_ZEROCOPY", optStored, setZerocopy, flag("").get},
	SO_TXTIME:                {"SO_TXTIME", optStored, setTxtime, func(c *optCall) Errno { return c.give64(uint64(c.h.stored(c.s, c.key(), 0))) }},
	SO_BINDTOIFINDEX:         {"SO_BINDTOIFINDEX", optStored, func(c *optCall) Errno { return c.bindToDevice(c.v) }, number("", 0, 0, 0).get},
	SO_TIMESTAMP_NEW:         timestamps("SO_TIMESTAMP_NEW", stampNew, stampRecv|stampNew, stampRecv|stampNew),
	SO_TIMESTAMPNS_NEW:       timestamps("SO_TIMESTAMPNS_NEW", stampNano|stampNew, stampNano|stampNew, stampNano|stampNew),
	SO_TIMESTAMPING_NEW:      {"SO_TIMESTAMPING_NEW", optStored, setTimestamping, getTimestampingNew},
	SO_RCVTIMEO_NEW:          timeout("SO_RCVTIMEO_NEW", false),
	SO_SNDTIMEO_NEW:          timeout("SO_SNDTIMEO_NEW", true),
	SO_DETACH_REUSEPORT_BPF:  {"SO_DETACH_REUSEPORT_BPF", optRefused, detachReuseport, nil},
	SO_PREFER_BUSY_POLL:      {"SO_PREFER_BUSY_POLL", optRefused, setPreferBusyPoll, tellZero},
	SO_BUSY_POLL_BUDGET:      {"SO_BUSY_POLL_BUDGET", optStored, setBusyPollBudget, nil},
	SO_NETNS_COOKIE:          told("SO_NETNS_COOKIE", getNetnsCookie),
	SO_BUF_LOCK:              {"SO_BUF_LOCK", optSimulated, setBufLock, getBufLock},
	SO_RESERVE_MEM:           {"SO_RESERVE_MEM", optRefused, setReserveMem, tellZero},
	SO_TXREHASH:              {"SO_TXREHASH", optStored, setTxrehash, getTxrehash},
	SO_RCVMARK:               flag("SO_RCVMARK"),
	SO_PASSPIDFD:             messages("SO_PASSPIDFD", 0, AF_UNIX),
	SO_PEERPIDFD:             {"SO_PEERPIDFD", optRefused, nil, answering(ENODATA)},
	SO_DEVMEM_LINEAR:         {"SO_DEVMEM_LINEAR", optRefused, nil, nil}, // a name for control messages only
	SO_DEVMEM_DMABUF:         {"SO_DEVMEM_DMABUF", optRefused, nil, nil},
	SO_DEVMEM_DONTNEED:       {"SO_DEVMEM_DONTNEED", optRefused, setDevmem, nil},
	SO_RCVPRIORITY:           flag("SO_RCVPRIORITY"),
	SO_PASSRIGHTS:            messages("SO_PASSRIGHTS", 1, AF_UNIX),
	SO_INQ:                   {"SO_INQ", optRefused, nil, nil},
	SO_BINDTODEVICE:          {"SO_BINDTODEVICE", optStored, nil, getDevice},
}
