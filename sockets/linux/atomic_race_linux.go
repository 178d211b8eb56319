//go:build linux && (amd64 || arm64) && race

package linux

// Under the race detector package sync/atomic calls its runtime, which a task
// does not have. Here plain accesses do: each is next to a futex call.

//go:norace
//go:nosplit
//go:noinline
func load(p *uint32) uint32 { return *p }

//go:norace
//go:nosplit
//go:noinline
func store(p *uint32, v uint32) { *p = v }
