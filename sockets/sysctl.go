package sockets

// settings are the host's sysctls that are not among the limits.
type settings struct {
	rmemDefault, wmemDefault int64    // net.core.rmem_default, wmem_default
	rmemMax, wmemMax         int64    // net.core.rmem_max, wmem_max
	tcpRmem, tcpWmem         [3]int64 // net.ipv4.tcp_rmem, tcp_wmem
	pingGroups               [2]int64 // net.ipv4.ping_group_range
}

func (y *settings) init() {
	*y = settings{rmemDefault: 212992, wmemDefault: 212992, rmemMax: 4 << 20, wmemMax: 4 << 20,
		tcpRmem: [3]int64{4096, 131072, 32 << 20}, tcpWmem: [3]int64{4096, 16384, 4 << 20}, pingGroups: [2]int64{1, 0}}
}

func (h *Host) sysInt(key string) int64   { return 0 }
func (h *Host) sysText(key string) string { return "" }

// SetSysctl sets a kernel setting.
func (h *Host) SetSysctl(key, value string) error { return nil }
