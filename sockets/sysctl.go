package sockets

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// settings are the host's sysctls that are not among the limits: those the
// code looks at as fields, the others by name.
type settings struct {
	rmemDefault, wmemDefault int64    // net.core.rmem_default, wmem_default
	rmemMax, wmemMax         int64    // net.core.rmem_max, wmem_max
	tcpRmem, tcpWmem         [3]int64 // net.ipv4.tcp_rmem, tcp_wmem: least, default, most
	pingGroups               [2]int64 // net.ipv4.ping_group_range
	ecn                      int64    // net.ipv4.tcp_ecn: 0 never, 1 ask, 2 agree
	ecnFallback              bool     // net.ipv4.tcp_ecn_fallback
	syncookies               int64    // net.ipv4.tcp_syncookies: 0 never, 1 when needed, 2 always
	maxSynBacklog            int64    // net.ipv4.tcp_max_syn_backlog
	abortOnOverflow          bool     // net.ipv4.tcp_abort_on_overflow
	stdurg                   bool     // net.ipv4.tcp_stdurg
	timestamps               int64    // net.ipv4.tcp_timestamps: 0 never
	sack, windowScaling      bool     // net.ipv4.tcp_sack, tcp_window_scaling
	rfc1337                  bool     // net.ipv4.tcp_rfc1337: TIME-WAIT outlives a reset
	dsack, frto              bool     // net.ipv4.tcp_dsack, tcp_frto
	restartAfterIdle         bool     // net.ipv4.tcp_slow_start_after_idle
	tuneRcvbuf               bool     // net.ipv4.tcp_moderate_rcvbuf
	tailProbe                bool     // net.ipv4.tcp_early_retrans 3 or 4
	reno                     bool     // net.ipv4.tcp_congestion_control
	forward                  bool     // net.ipv4.ip_forward
	forward6                 bool     // net.ipv6.conf.all.forwarding
	nonlocalBind             bool     // net.ipv4.ip_nonlocal_bind
	nonlocalBind6            bool     // net.ipv6.ip_nonlocal_bind

	values map[string][]int64 // what was set, by name
	texts  map[string]string
}

func (y *settings) init(l Limits) {
	*y = settings{rmemDefault: 212992, wmemDefault: 212992, rmemMax: 4 << 20, wmemMax: 4 << 20,
		tcpRmem: [3]int64{4096, int64(l.Rmem), 32 << 20}, tcpWmem: [3]int64{4096, int64(l.Wmem), 4 << 20},
		pingGroups: [2]int64{1, 0}, syncookies: 1, maxSynBacklog: 2048,
		ecn: 2, ecnFallback: true, timestamps: 1, sack: true, windowScaling: true,
		dsack: true, frto: true, restartAfterIdle: true, tuneRcvbuf: true, tailProbe: true}
}

// sysctl is one kernel setting: how many numbers, of what kind and range, and
// what follows from a change.
type sysctl struct {
	kind   sysctlKind
	n      int
	lo, hi int64
	def    []int64
	at     func(h *Host) []int64          // where it lives, if it is not only kept
	put    func(h *Host, v []int64) Errno // what a change does

	piecewise bool // numbers before a bad one are taken over
}

// sysctlKind is how the kernel reads the numbers of a setting.
type sysctlKind uint8

const (
	sysInt    sysctlKind = iota // proc_dointvec
	sysUint                     // proc_douintvec
	sysU8                       // proc_dou8vec_minmax
	sysLong                     // proc_doulongvec_minmax
	sysSecs                     // proc_dointvec_jiffies: seconds, kept in ticks
	sysMillis                   // proc_dointvec_ms_jiffies: milliseconds, rounded up to ticks
)

// bounds of each kind of number.
func (k sysctlKind) bounds() (lo, hi int64) {
	switch k {
	case sysUint:
		return 0, math.MaxUint32
	case sysU8:
		return 0, math.MaxUint8
	case sysLong:
		return 0, math.MaxInt64
	case sysSecs:
		return -math.MaxInt32 / hz, math.MaxInt32 / hz
	case sysMillis:
		return 0, math.MaxInt32
	}
	return math.MinInt32, math.MaxInt32
}

// A SysctlError says why a kernel setting could not be read or set. It unwraps
// to the errno that writing the file below /proc/sys gives.
type SysctlError struct {
	Key, Value string
	Err        Errno // ENOENT: no such setting; EINVAL: not a value it takes; EACCES: read-only
}

func (e *SysctlError) Error() string {
	if e.Err == ENOENT && e.Value == "" {
		return fmt.Sprintf("sockets: sysctl %s: no such setting on this host", e.Key)
	}
	return fmt.Sprintf("sockets: sysctl %s = %q: %v", e.Key, e.Value, e.Err)
}

func (e *SysctlError) Unwrap() error { return e.Err }

// SetSysctl sets a kernel setting, as `sysctl -w key=value` by root does:
// net.core.*, net.ipv4.*, some of net.ipv6.* and fs.*. The value is text, read
// as the kernel reads it: numbers separated by blanks, decimal, octal or hex.
// Fewer numbers than the setting has change the first ones.
//
// Sockets that exist keep the buffer sizes they were made with. The error is a
// *[SysctlError].
func (h *Host) SetSysctl(key, value string) error {
	e := h.setSysctl(key, value)
	if h.net.tape != nil {
		text := fmt.Sprintf("sysctl -w %s=%q", key, value)
		if e != 0 {
			text += ": " + e.Error()
		}
		h.net.tape.add(Event{Host: h.name, Station: StationSyscall, Text: text, Errno: e})
	}
	if e == ENOENT && !h.knows(key) {
		return &SysctlError{key, "", ENOENT}
	}
	if e != 0 {
		return &SysctlError{key, value, e}
	}
	return nil
}

// Sysctl tells a kernel setting in the kernel's format: numbers separated by
// tabs.
func (h *Host) Sysctl(key string) (string, error) {
	if !h.knows(key) {
		return "", &SysctlError{key, "", ENOENT}
	}
	if key == reservedPortsKey {
		return h.reservedText(), nil
	}
	if _, ok := sysctlTexts[key]; ok {
		return h.sysText(key), nil
	}
	var b strings.Builder
	for i, v := range h.sysValues(key) {
		if i > 0 {
			b.WriteByte('\t')
		}
		b.WriteString(strconv.FormatInt(v, 10))
	}
	return b.String(), nil
}

func (h *Host) knows(key string) bool {
	_, number := sysctls[key]
	_, text := sysctlTexts[key]
	return number || text || key == reservedPortsKey
}

// sysValues are a setting's numbers now.
func (h *Host) sysValues(key string) []int64 {
	c := sysctls[key]
	if c.at != nil {
		return c.at(h)
	}
	if v := h.sys.values[key]; v != nil {
		return v
	}
	return c.def
}

// sysInt is a setting of one number, sysText one of words.
func (h *Host) sysInt(key string) int64 { return h.sysValues(key)[0] }

func (h *Host) sysText(key string) string {
	if t, ok := h.sys.texts[key]; ok {
		return t
	}
	return sysctlTexts[key]
}

func (h *Host) setSysctl(key, value string) Errno {
	c, ok := sysctls[key]
	switch {
	case key == reservedPortsKey:
		return h.reservePorts(value)
	case !ok:
		return h.setSysText(key, value)
	case value == "":
		return 0 // a write of no bytes
	}
	v := slices.Clone(h.sysValues(key))
	set, e := parseNumbers(value, c.n)
	if e != 0 && len(set) == 0 {
		return e
	}
	for i, n := range set {
		if c.kind == sysMillis {
			n = int64(uint32(n)) // msecs_to_jiffies takes an unsigned int
		}
		if lo, hi := c.kind.bounds(); n < max(c.lo, lo) || n > min(c.hi, hi) {
			e = EINVAL
			break
		}
		if c.kind == sysMillis {
			n = ceilTicks(n, 1000/hz)
		}
		v[i] = n
		if c.put == nil {
			h.keepSysctl(key, v) // those before a bad one are set
		}
	}
	if c.put != nil && (e == 0 || c.piecewise) {
		if bad := c.put(h, v); e == 0 {
			e = bad
		}
	}
	return e
}

func (h *Host) keepSysctl(key string, v []int64) {
	if h.sys.values == nil {
		h.sys.values = map[string][]int64{}
	}
	h.sys.values[key] = slices.Clone(v)
}

// parseNumbers reads up to n numbers (do_proc_dointvec). A number must end in
// a blank or at the end; what follows the n-th is not looked at.
func parseNumbers(text string, n int) (list []int64, e Errno) {
	const blank = " \t\n"
	for rest := strings.TrimLeft(text, blank); rest != "" && len(list) < n; rest = strings.TrimLeft(rest, blank) {
		end := strings.IndexAny(rest, blank)
		if end < 0 {
			end = len(rest)
		}
		v, ok := parseNumber(rest[:end])
		if !ok {
			return list, EINVAL
		}
		list, rest = append(list, v), rest[end:]
	}
	if len(list) == 0 {
		return nil, EINVAL
	}
	return list, 0
}

// parseNumber reads one number, with the base that its beginning tells. A
// number beyond 64 bits is beyond every bound.
func parseNumber(s string) (int64, bool) {
	digits := strings.TrimPrefix(s, "-")
	base, body := 10, digits
	switch {
	case strings.HasPrefix(digits, "0x") || strings.HasPrefix(digits, "0X"):
		base, body = 16, digits[2:]
	case len(digits) > 1 && digits[0] == '0':
		base, body = 8, digits[1:]
	}
	if body == "" || strings.ContainsAny(body, "+-_") {
		return 0, false
	}
	u, err := strconv.ParseUint(body, base, 64)
	if err != nil && !strings.Contains(err.Error(), "range") {
		return 0, false
	}
	v := int64(min(u, math.MaxInt64))
	if len(digits) < len(s) {
		v = -v
	}
	return v, true
}

// Reserved ports are a list of ports and ranges: "8080,9000-9010".
const reservedPortsKey = "net.ipv4.ip_local_reserved_ports"

// reservePorts is proc_do_large_bitmap: the list replaces the one before.
func (h *Host) reservePorts(text string) Errno {
	if text == "" {
		return 0
	}
	var set [1024]uint64
	for item := range strings.SplitSeq(strings.TrimRight(text, "\n"), ",") {
		if item == "" {
			continue
		}
		from, to, isRange := strings.Cut(item, "-")
		lo, ok := parseNumber(from)
		hi := lo
		if isRange {
			var right bool
			hi, right = parseNumber(to)
			ok = ok && right
		}
		if !ok || lo < 0 || hi < lo || hi > maxPort {
			return EINVAL
		}
		for p := lo; p <= hi; p++ {
			set[p/64] |= 1 << (p % 64)
		}
	}
	h.reservedPorts = &set
	return 0
}

func (h *Host) reservedText() string {
	if h.reservedPorts == nil {
		return ""
	}
	has := func(p int) bool { return p <= maxPort && h.reservedPorts[p/64]>>(p%64)&1 != 0 }
	var items []string
	for p := 0; p <= maxPort; p++ {
		if !has(p) {
			continue
		}
		first := p
		for has(p + 1) {
			p++
		}
		if first == p {
			items = append(items, itoa(p))
		} else {
			items = append(items, itoa(first)+"-"+itoa(p))
		}
	}
	return strings.Join(items, ",")
}

// setSysText sets a setting of words: the algorithm of congestion control, by
// default or allowed to everybody.
func (h *Host) setSysText(key, value string) Errno {
	words := strings.Fields(value)
	switch key {
	case "net.ipv4.tcp_congestion_control":
		words = []string{strings.TrimRight(value, "\n")}
	case "net.ipv4.tcp_allowed_congestion_control":
	default:
		if _, ok := sysctlTexts[key]; ok {
			return EACCES // read-only
		}
		return ENOENT
	}
	if value == "" {
		return 0
	}
	available := strings.Fields(h.sysText("net.ipv4.tcp_available_congestion_control"))
	for _, w := range words {
		if !slices.Contains(available, w) {
			return ENOENT
		}
	}
	if h.sys.texts == nil {
		h.sys.texts = map[string]string{}
	}
	h.sys.texts[key] = strings.Join(words, " ")
	h.sys.reno = h.sysText("net.ipv4.tcp_congestion_control") == "reno"
	return 0
}
