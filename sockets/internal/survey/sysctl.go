package survey

import "strings"

// settings are the keys to ask, those a network namespace has of its own. Left
// out are net.ipv4.ping_group_range, where the namespace of users decides too,
// and the names of congestion controls, which are the machine's.
const settings = `
core.somaxconn core.optmem_max core.txrehash

ipv4.ip_local_port_range ipv4.ip_local_reserved_ports ipv4.ip_unprivileged_port_start ipv4.ip_autobind_reuse
ipv4.ip_nonlocal_bind ipv4.ip_default_ttl ipv4.ip_no_pmtu_disc ipv4.ip_dynaddr ipv4.ip_early_demux ipv4.ip_forward_use_pmtu
ipv4.udp_rmem_min ipv4.udp_wmem_min ipv4.igmp_max_memberships ipv4.igmp_max_msf ipv4.igmp_qrv ipv4.icmp_echo_ignore_all
ipv4.icmp_echo_ignore_broadcasts ipv4.icmp_ratelimit ipv4.icmp_ratemask

ipv4.tcp_rmem ipv4.tcp_wmem ipv4.tcp_syncookies ipv4.tcp_max_syn_backlog ipv4.tcp_syn_retries ipv4.tcp_syn_linear_timeouts
ipv4.tcp_synack_retries ipv4.tcp_retries1 ipv4.tcp_retries2 ipv4.tcp_tw_reuse ipv4.tcp_tw_reuse_delay ipv4.tcp_abort_on_overflow
ipv4.tcp_stdurg ipv4.tcp_fin_timeout ipv4.tcp_keepalive_time ipv4.tcp_keepalive_intvl ipv4.tcp_keepalive_probes ipv4.tcp_fastopen
ipv4.tcp_timestamps ipv4.tcp_sack ipv4.tcp_window_scaling ipv4.tcp_orphan_retries ipv4.tcp_rfc1337 ipv4.tcp_frto ipv4.tcp_ecn
ipv4.tcp_min_snd_mss ipv4.tcp_base_mss ipv4.tcp_mtu_probe_floor ipv4.tcp_reordering ipv4.tcp_adv_win_scale ipv4.tcp_app_win
ipv4.tcp_notsent_lowat ipv4.tcp_autocorking ipv4.tcp_rto_min_us ipv4.tcp_rto_max_ms ipv4.tcp_invalid_ratelimit ipv4.tcp_min_rtt_wlen
ipv4.tcp_max_tw_buckets ipv4.tcp_probe_interval ipv4.tcp_comp_sack_delay_ns

ipv6.bindv6only ipv6.ip_nonlocal_bind ipv6.auto_flowlabels ipv6.flowlabel_consistency ipv6.flowlabel_reflect
ipv6.conf.all.hop_limit ipv6.conf.default.hop_limit ipv6.conf.lo.hop_limit

core.nosuch ipv4.nosuch nosuch`

var writes = []string{"0", "1", "-1", "2", "3", "4", "5", "31", "64", "100", "127", "128", "255", "256", "999", "1000", "1001", "2000",
	"60000", "60001", "65535", "65536", "120000", "120001", "200000", "1048576", "2147483", "8589934", "8589935", "2147483647", "2147483648",
	"4294967295", "4294967296", "-2147483648", "-2147483649", "abc", "1abc", "1 2", "1 2 3", "1 2 3 4",
	"2000 60000", "60000 2000", "40000 40000", "1023 5000", "1024 5000", "0x10", "010", " 5 ", "5\n", "5\t6", "1,2", "8080-8090",
	"8080,9000-9010,8081", "10-5", "70000", "1-65535", "", "\n", "reno", "cubic", "reno cubic", "nosuch", "100 200 x", "4096 8192 16384",
	"-5 10", "1;2", "+3", "true", "1.5", "100 50", "0 1000"}

// sysctls writes every setting with every text, and reads it after each.
func (a *asker) sysctls() {
	for _, key := range strings.Fields(settings) {
		key = "net." + key
		old, err := a.k.Sysctl(key)
		if err != nil {
			a.line("%s: %s, write %s", key, errno(err), errno(a.k.SetSysctl(key, "1")))
			continue
		}
		if strings.HasSuffix(key, "mem") {
			a.k.SetSysctl(key, "4096 8192 16384") // the three are the machine's
		}
		a.sysctl(key)
		a.k.SetSysctl(key, old)
	}
}

func (a *asker) sysctl(key string) {
	var r runs
	known := false // the first value is the machine's
	for _, text := range writes {
		err := a.k.SetSysctl(key, text)
		answer := errno(err)
		if known = known || err == nil && strings.TrimSpace(text) != ""; known {
			v, err := a.k.Sysctl(key)
			if err != nil {
				v = errno(err)
			}
			answer += "=" + strings.ReplaceAll(v, "\t", "_")
		}
		r.add("<"+text+">", answer)
	}
	a.line("%s%s", key, strings.ReplaceAll(r.String(), "\n", "\\n"))
}
