package sockets

import (
	"math"
	"time"
)

// sysctlTexts are the settings of words, with their defaults. cubic is the
// kernel's own choice (net/ipv4/Kconfig), reno is always there.
var sysctlTexts = map[string]string{
	"net.ipv4.tcp_congestion_control":           "cubic",
	"net.ipv4.tcp_available_congestion_control": "reno cubic",
	"net.ipv4.tcp_allowed_congestion_control":   "reno cubic",
}

// Makers of the usual entries. limit and field are wired to what the code
// looks at; kept ones are only told back.

func kept(kind sysctlKind, lo, hi, def int64) sysctl {
	return sysctl{kind: kind, n: 1, lo: lo, hi: hi, def: []int64{def}}
}

// any of a kind's numbers.
func anyOf(kind sysctlKind, def int64) sysctl {
	return kept(kind, math.MinInt64, math.MaxInt64, def)
}

func wired[T int | int64](kind sysctlKind, lo, hi int64, at func(h *Host) *T) sysctl {
	return sysctl{kind: kind, n: 1, lo: lo, hi: hi,
		at:  func(h *Host) []int64 { return []int64{int64(*at(h))} },
		put: func(h *Host, v []int64) Errno { *at(h) = T(v[0]); return 0 }}
}

// wiredBool is a number of which only zero counts; it is told as it was set.
func wiredBool(kind sysctlKind, hi int64, key string, at func(h *Host) *bool) sysctl {
	c := kept(kind, 0, hi, 0)
	c.put = func(h *Host, v []int64) Errno {
		h.keepSysctl(key, v)
		*at(h) = v[0] != 0
		return 0
	}
	return c
}

// wiredFlag is a byte of which only zero counts, with a default.
func wiredFlag(key string, def int64, at func(h *Host) *bool) sysctl {
	c := wiredBool(sysU8, 255, key, at)
	c.def = []int64{def}
	return c
}

// ecnFallbackSysctl is off or on.
func ecnFallbackSysctl() sysctl {
	c := wiredFlag("net.ipv4.tcp_ecn_fallback", 1, func(h *Host) *bool { return &h.sys.ecnFallback })
	c.hi = 1
	return c
}

// earlyRetransSysctl: 3 and 4 ask for tail loss probes, the rest is history.
func earlyRetransSysctl() sysctl {
	c := kept(sysU8, 0, 4, 3)
	c.put = func(h *Host, v []int64) Errno {
		h.keepSysctl("net.ipv4.tcp_early_retrans", v)
		h.sys.tailProbe = v[0] >= 3
		return 0
	}
	return c
}

// memory is a buffer size that new sockets start with.
func memory(n int, lo int64, at func(h *Host) []int64, put func(h *Host, v []int64)) sysctl {
	return sysctl{kind: sysInt, n: n, lo: lo, hi: math.MaxInt32, piecewise: true, at: at, put: func(h *Host, v []int64) Errno {
		put(h, v)
		h.renewDefaults()
		return 0
	}}
}

// sysctls are the settings of numbers. Ranges and defaults: net/ipv4/
// sysctl_net_ipv4.c, net/core/sysctl_net_core.c, net/ipv6/sysctl_net_ipv6.c,
// fs/file_table.c, and the code each belongs to. It is filled at start: some
// entries look others up.
var sysctls map[string]sysctl

func init() {
	sysctls = map[string]sysctl{}
	for _, part := range []map[string]sysctl{coreSysctls(), ipSysctls(), tcpSysctls(), tcpKept(), sixSysctls()} {
		for k, c := range part {
			sysctls[k] = c
		}
	}
}

func coreSysctls() map[string]sysctl {
	return map[string]sysctl{
		"net.core.somaxconn":  wired(sysInt, 0, math.MaxInt32, func(h *Host) *int { return &h.limits.Somaxconn }),
		"net.core.optmem_max": kept(sysInt, 0, math.MaxInt32, 131072),
		"net.core.txrehash":   kept(sysU8, 0, 1, 1),
		"net.core.rmem_max":   wired(sysInt, minRcvbuf, math.MaxInt32, func(h *Host) *int64 { return &h.sys.rmemMax }),
		"net.core.wmem_max":   wired(sysInt, minSndbuf, math.MaxInt32, func(h *Host) *int64 { return &h.sys.wmemMax }),
		"net.core.rmem_default": memory(1, minRcvbuf, func(h *Host) []int64 { return []int64{h.sys.rmemDefault} },
			func(h *Host, v []int64) { h.sys.rmemDefault = v[0] }),
		"net.core.wmem_default": memory(1, minSndbuf, func(h *Host) []int64 { return []int64{h.sys.wmemDefault} },
			func(h *Host, v []int64) { h.sys.wmemDefault = v[0] }),
		"net.core.netdev_max_backlog":  backlogSysctl(),
		"net.core.netdev_budget":       wired(sysInt, math.MinInt64, math.MaxInt64, func(h *Host) *int { return &h.netBudget }),
		"net.core.netdev_budget_usecs": budgetTimeSysctl(),
		"net.unix.max_dgram_qlen":      anyOf(sysInt, 10),
		"fs.nr_open":                   wired(sysUint, minNrOpen, maxNrOpen, func(h *Host) *int { return &h.limits.NrOpen }),
		"fs.file-max":                  wired(sysLong, 0, math.MaxInt64, func(h *Host) *int64 { return &h.limits.FileMax }),
		"fs.epoll.max_user_watches":    wired(sysLong, 0, math.MaxInt64, func(h *Host) *int64 { return &h.maxWatches }),
		"fs.pipe-user-pages-soft":      wired(sysLong, 0, math.MaxInt64, func(h *Host) *int { return &h.pipeRules.soft }),
		"fs.pipe-user-pages-hard":      wired(sysLong, 0, math.MaxInt64, func(h *Host) *int { return &h.pipeRules.hard }),
		"fs.pipe-max-size":             pipeSizeSysctl(),
	}
}

// pipeSizeSysctl is a size in bytes, rounded up to a power of two pages.
func pipeSizeSysctl() sysctl {
	c := wired(sysUint, 0, math.MaxUint32, func(h *Host) *int { return &h.pipeRules.maxSize })
	c.put = func(h *Host, v []int64) Errno {
		size := roundPipe(uint32(v[0]))
		if size > 1<<31 {
			return EINVAL
		}
		h.pipeRules.maxSize = int(size)
		return 0
	}
	return c
}

func ipSysctls() map[string]sysctl {
	u8 := func(hi, def int64) sysctl { return kept(sysU8, 0, hi, def) }
	return map[string]sysctl{
		"net.ipv4.ip_local_port_range":        portRangeSysctl(),
		"net.ipv4.ip_unprivileged_port_start": unprivilegedSysctl(),
		"net.ipv4.ping_group_range":           pingGroupSysctl(),
		"net.ipv4.ip_autobind_reuse": wiredBool(sysU8, 1, "net.ipv4.ip_autobind_reuse",
			func(h *Host) *bool { return &h.autobindReuse }),
		"net.ipv4.ip_nonlocal_bind": wiredBool(sysU8, 255, "net.ipv4.ip_nonlocal_bind",
			func(h *Host) *bool { return &h.sys.nonlocalBind }),
		"net.ipv4.ip_default_ttl":                    kept(sysU8, 1, 255, ttl),
		"net.ipv4.ip_no_pmtu_disc":                   u8(255, 0),
		"net.ipv4.ip_dynaddr":                        u8(255, 0),
		"net.ipv4.ip_early_demux":                    u8(255, 1),
		"net.ipv4.udp_early_demux":                   u8(255, 1),
		"net.ipv4.tcp_early_demux":                   u8(255, 1),
		"net.ipv4.ip_forward":                        forwardSysctl("net.ipv4.ip_forward", func(h *Host) *bool { return &h.sys.forward }),
		"net.ipv4.ip_forward_use_pmtu":               u8(255, 0),
		"net.ipv4.ip_forward_update_priority":        u8(1, 1),
		"net.ipv4.fwmark_reflect":                    u8(255, 0),
		"net.ipv4.raw_l3mdev_accept":                 u8(1, 1),
		"net.ipv4.udp_l3mdev_accept":                 u8(1, 0),
		"net.ipv4.udp_rmem_min":                      kept(sysInt, 1, math.MaxInt32, 4096),
		"net.ipv4.udp_wmem_min":                      kept(sysInt, 1, math.MaxInt32, 4096),
		"net.ipv4.igmp_link_local_mcast_reports":     u8(255, 1),
		"net.ipv4.igmp_max_memberships":              anyOf(sysInt, 20),
		"net.ipv4.igmp_max_msf":                      anyOf(sysInt, 10),
		"net.ipv4.igmp_qrv":                          kept(sysInt, 1, math.MaxInt32, 2),
		"net.ipv4.icmp_echo_ignore_all":              u8(1, 0),
		"net.ipv4.icmp_echo_enable_probe":            u8(1, 0),
		"net.ipv4.icmp_echo_ignore_broadcasts":       u8(1, 1),
		"net.ipv4.icmp_ignore_bogus_error_responses": u8(1, 1),
		"net.ipv4.icmp_errors_use_inbound_ifaddr":    u8(1, 0),
		"net.ipv4.icmp_ratelimit":                    anyOf(sysMillis, 1000),
		"net.ipv4.icmp_ratemask":                     anyOf(sysInt, 6168),
		"net.ipv4.icmp_msgs_per_sec":                 kept(sysInt, 0, math.MaxInt32, 1000),
		"net.ipv4.icmp_msgs_burst":                   kept(sysInt, 0, math.MaxInt32, 50),
		"net.ipv4.ipfrag_max_dist":                   kept(sysInt, 0, math.MaxInt32, 64),
		"net.ipv4.ipfrag_time":                       anyOf(sysSecs, 30),
		"net.ipv4.ipfrag_high_thresh":                anyOf(sysLong, 4<<20),
		"net.ipv4.ipfrag_low_thresh":                 anyOf(sysLong, 3<<20),
		"net.ipv4.route.mtu_expires":                 anyOf(sysSecs, 600),
		"net.ipv4.route.min_pmtu":                    kept(sysInt, 68, math.MaxInt32, 552),
	}
}

// forwardSysctl makes a router of a host: any int, and 0 is no.
func forwardSysctl(key string, at func(h *Host) *bool) sysctl {
	c := anyOf(sysInt, 0)
	c.put = func(h *Host, v []int64) Errno {
		h.keepSysctl(key, v)
		*at(h) = v[0] != 0
		return 0
	}
	return c
}

// portRangeSysctl is ipv4_local_port_range: the range must not be empty, and
// not reach into the privileged ports.
func portRangeSysctl() sysctl {
	return sysctl{kind: sysInt, n: 2, lo: 1, hi: maxPort,
		at: func(h *Host) []int64 { return []int64{int64(h.limits.PortLow), int64(h.limits.PortHigh)} },
		put: func(h *Host, v []int64) Errno {
			if v[1] < v[0] || v[0] < int64(h.limits.UnprivilegedPortStart) {
				return EINVAL
			}
			h.limits.PortLow, h.limits.PortHigh = int(v[0]), int(v[1])
			return 0
		}}
}

// unprivilegedSysctl is ipv4_privileged_ports: not beyond where the ephemeral
// ports begin.
func unprivilegedSysctl() sysctl {
	return sysctl{kind: sysInt, n: 1, lo: 0, hi: maxPort,
		at: func(h *Host) []int64 { return []int64{max(0, int64(h.limits.UnprivilegedPortStart))} },
		put: func(h *Host, v []int64) Errno {
			if int64(h.limits.PortLow) < v[0] {
				return EINVAL
			}
			h.limits.UnprivilegedPortStart = int(v[0])
			if v[0] == 0 {
				h.limits.UnprivilegedPortStart = -1 // in Limits 0 asks for the default
			}
			return 0
		}}
}

// pingGroupSysctl is ipv4_ping_group_range: an empty range is told as 1 0.
func pingGroupSysctl() sysctl {
	return sysctl{kind: sysLong, n: 2, lo: 0, hi: math.MaxUint32 - 1,
		at: func(h *Host) []int64 { return h.sys.pingGroups[:] },
		put: func(h *Host, v []int64) Errno {
			if v[1] < v[0] {
				v[0], v[1] = 1, 0
			}
			h.sys.pingGroups = [2]int64(v)
			return 0
		}}
}

func tcpSysctls() map[string]sysctl {
	mem := func(at func(h *Host) *[3]int64, set func(h *Host, v int)) sysctl {
		return memory(3, 1, func(h *Host) []int64 { return at(h)[:] }, func(h *Host, v []int64) {
			*at(h) = [3]int64(v)
			set(h, int(v[1]))
		})
	}
	return map[string]sysctl{
		"net.ipv4.tcp_rmem":                mem(func(h *Host) *[3]int64 { return &h.sys.tcpRmem }, func(h *Host, v int) { h.limits.Rmem = v }),
		"net.ipv4.tcp_wmem":                mem(func(h *Host) *[3]int64 { return &h.sys.tcpWmem }, func(h *Host, v int) { h.limits.Wmem = v }),
		"net.ipv4.tcp_syncookies":          wired(sysU8, 0, 255, func(h *Host) *int64 { return &h.sys.syncookies }),
		"net.ipv4.tcp_max_syn_backlog":     wired(sysInt, math.MinInt32, math.MaxInt32, func(h *Host) *int64 { return &h.sys.maxSynBacklog }),
		"net.ipv4.tcp_syn_retries":         wired(sysU8, 1, 127, func(h *Host) *int { return &h.limits.SynRetries }),
		"net.ipv4.tcp_syn_linear_timeouts": wired(sysU8, 0, 127, func(h *Host) *int { return &h.limits.SynLinearTimeouts }),
		"net.ipv4.tcp_synack_retries":      wired(sysU8, 0, 255, func(h *Host) *int { return &h.limits.SynackRetries }),
		"net.ipv4.tcp_retries2":            wired(sysU8, 0, 255, func(h *Host) *int { return &h.limits.Retries2 }),
		"net.ipv4.tcp_tw_reuse":            wired(sysU8, 0, 2, func(h *Host) *int { return &h.twReuse }),
		"net.ipv4.tcp_abort_on_overflow": wiredBool(sysU8, 255, "net.ipv4.tcp_abort_on_overflow",
			func(h *Host) *bool { return &h.sys.abortOnOverflow }),
		"net.ipv4.tcp_timestamps":            wired(sysU8, 0, 255, func(h *Host) *int64 { return &h.sys.timestamps }),
		"net.ipv4.tcp_ecn":                   wired(sysU8, 0, 2, func(h *Host) *int64 { return &h.sys.ecn }),
		"net.ipv4.tcp_ecn_fallback":          ecnFallbackSysctl(),
		"net.ipv4.tcp_sack":                  wiredFlag("net.ipv4.tcp_sack", 1, func(h *Host) *bool { return &h.sys.sack }),
		"net.ipv4.tcp_window_scaling":        wiredFlag("net.ipv4.tcp_window_scaling", 1, func(h *Host) *bool { return &h.sys.windowScaling }),
		"net.ipv4.tcp_dsack":                 wiredFlag("net.ipv4.tcp_dsack", 1, func(h *Host) *bool { return &h.sys.dsack }),
		"net.ipv4.tcp_frto":                  wiredFlag("net.ipv4.tcp_frto", 2, func(h *Host) *bool { return &h.sys.frto }),
		"net.ipv4.tcp_slow_start_after_idle": wiredFlag("net.ipv4.tcp_slow_start_after_idle", 1, func(h *Host) *bool { return &h.sys.restartAfterIdle }),
		"net.ipv4.tcp_moderate_rcvbuf":       wiredFlag("net.ipv4.tcp_moderate_rcvbuf", 1, func(h *Host) *bool { return &h.sys.tuneRcvbuf }),
		"net.ipv4.tcp_early_retrans":         earlyRetransSysctl(),
		"net.ipv4.tcp_rfc1337":               wiredFlag("net.ipv4.tcp_rfc1337", 0, func(h *Host) *bool { return &h.sys.rfc1337 }),
		"net.ipv4.tcp_stdurg":                wiredBool(sysU8, 255, "net.ipv4.tcp_stdurg", func(h *Host) *bool { return &h.sys.stdurg }),
		"net.ipv4.tcp_fin_timeout": {kind: sysSecs, n: 1, lo: math.MinInt32, hi: math.MaxInt32,
			at:  func(h *Host) []int64 { return []int64{int64(h.limits.FinTimeout / time.Second)} },
			put: func(h *Host, v []int64) Errno { h.limits.FinTimeout = time.Duration(v[0]) * time.Second; return 0 }},
		"net.ipv4.tcp_tw_reuse_delay": {kind: sysUint, n: 1, lo: 1, hi: 60_000, // TCP_TIMEWAIT_LEN
			at:  func(h *Host) []int64 { return []int64{h.twReuseDelay.Milliseconds()} },
			put: func(h *Host, v []int64) Errno { h.twReuseDelay = time.Duration(v[0]) * time.Millisecond; return 0 }},
	}
}

// tcpKept are TCP's settings that change nothing here: the wire they are about
// is simpler, or it is a matter of tuning.
func tcpKept() map[string]sysctl {
	m := map[string]sysctl{
		"net.ipv4.tcp_keepalive_time":         anyOf(sysSecs, 7200),
		"net.ipv4.tcp_keepalive_intvl":        anyOf(sysSecs, 75),
		"net.ipv4.tcp_keepalive_probes":       kept(sysU8, 0, 255, 9),
		"net.ipv4.tcp_fastopen":               anyOf(sysInt, 1),
		"net.ipv4.tcp_rto_min_us":             kept(sysInt, 1, math.MaxInt32, 200_000),
		"net.ipv4.tcp_rto_max_ms":             kept(sysInt, 1000, 120_000, 120_000),
		"net.ipv4.tcp_min_snd_mss":            kept(sysInt, 48, 65535, 48),
		"net.ipv4.tcp_mtu_probe_floor":        kept(sysInt, 48, 65535, 48),
		"net.ipv4.tcp_reordering":             kept(sysInt, 1, 300, 3),
		"net.ipv4.tcp_max_reordering":         kept(sysInt, 1, math.MaxInt32, 300),
		"net.ipv4.tcp_adv_win_scale":          kept(sysInt, -31, 31, 1),
		"net.ipv4.tcp_pacing_ss_ratio":        kept(sysInt, 0, 1000, 200),
		"net.ipv4.tcp_pacing_ca_ratio":        kept(sysInt, 0, 1000, 120),
		"net.ipv4.tcp_min_rtt_wlen":           kept(sysInt, 0, 86400, 300),
		"net.ipv4.tcp_plb_cong_thresh":        kept(sysInt, 0, 256, 128),
		"net.ipv4.tcp_retries1":               kept(sysU8, 0, 255, 3),
		"net.ipv4.tcp_app_win":                kept(sysU8, 0, 31, 31),
		"net.ipv4.tcp_min_tso_segs":           kept(sysU8, 1, 255, 2),
		"net.ipv4.tcp_pingpong_thresh":        kept(sysU8, 1, 255, 1),
		"net.ipv4.tcp_ecn_option":             kept(sysU8, 0, 2, 2),
		"net.ipv4.tcp_ecn_option_beacon":      kept(sysU8, 0, 3, 3),
		"net.ipv4.tcp_notsent_lowat":          anyOf(sysUint, math.MaxUint32),
		"net.ipv4.tcp_probe_interval":         kept(sysUint, 0, math.MaxUint32/hz, 600),
		"net.ipv4.tcp_comp_sack_delay_ns":     anyOf(sysLong, 1_000_000),
		"net.ipv4.tcp_comp_sack_slack_ns":     anyOf(sysLong, 100_000),
		"net.ipv4.tcp_invalid_ratelimit":      anyOf(sysMillis, 500),
		"net.ipv4.tcp_plb_idle_rehash_rounds": kept(sysU8, 0, 31, 3),
		"net.ipv4.tcp_plb_rehash_rounds":      kept(sysU8, 0, 31, 12),
	}
	for name, def := range map[string]int64{ // any int
		"base_mss": 1024, "probe_threshold": 8, "max_tw_buckets": 131072,
		"limit_output_bytes": 4 << 20, "challenge_ack_limit": math.MaxInt32,
	} {
		m["net.ipv4.tcp_"+name] = anyOf(sysInt, def)
	}
	for name, def := range map[string]int64{ // any byte
		"orphan_retries": 0, "recovery": 1, "thin_linear_timeouts": 0,
		"retrans_collapse": 1, "fack": 0, "no_metrics_save": 0,
		"tso_win_divisor": 3, "workaround_signed_windows": 0, "tso_rtt_log": 9, "comp_sack_nr": 44,
		"fwmark_accept": 0, "mtu_probing": 0, "plb_suspend_rto_sec": 60,
	} {
		m["net.ipv4.tcp_"+name] = kept(sysU8, 0, 255, def)
	}
	for name, def := range map[string]int64{ // off or on
		"migrate_req": 0, "no_ssthresh_metrics_save": 1, "autocorking": 1, "backlog_ack_defer": 1, "reflect_tos": 0,
		"plb_enabled": 0, "shrink_window": 0, "l3mdev_accept": 0,
	} {
		m["net.ipv4.tcp_"+name] = kept(sysU8, 0, 1, def)
	}
	return m
}

func sixSysctls() map[string]sysctl {
	only := kept(sysU8, 0, 255, 0)
	only.put = func(h *Host, v []int64) Errno {
		h.keepSysctl("net.ipv6.bindv6only", v)
		h.bindv6only = v[0]&1 != 0 // the socket's own flag is one bit
		return 0
	}
	m := map[string]sysctl{
		"net.ipv6.bindv6only": only,
		"net.ipv6.ip_nonlocal_bind": wiredBool(sysU8, 255, "net.ipv6.ip_nonlocal_bind",
			func(h *Host) *bool { return &h.sys.nonlocalBind6 }),
		"net.ipv6.auto_flowlabels":        kept(sysU8, 0, 3, 1),
		"net.ipv6.flowlabel_consistency":  kept(sysU8, 0, 255, 1),
		"net.ipv6.flowlabel_state_ranges": kept(sysU8, 0, 255, 0),
		"net.ipv6.flowlabel_reflect":      kept(sysInt, 0, 7, 0),
		"net.ipv6.mld_max_msf":            anyOf(sysInt, 64),
	}
	for _, which := range []string{"all", "default", "lo"} {
		at := "net.ipv6.conf." + which + "."
		m[at+"hop_limit"] = kept(sysInt, 1, 255, 64)
		m[at+"forwarding"] = anyOf(sysInt, 0)
		m[at+"disable_ipv6"] = anyOf(sysInt, 0)
	}
	m["net.ipv6.conf.all.forwarding"] = forwardSysctl("net.ipv6.conf.all.forwarding", func(h *Host) *bool { return &h.sys.forward6 })
	m["net.ipv6.ip6frag_time"] = anyOf(sysSecs, 60)
	m["net.ipv6.ip6frag_high_thresh"] = anyOf(sysLong, 4<<20)
	m["net.ipv6.ip6frag_low_thresh"] = anyOf(sysLong, 3<<20)
	return m
}
