//go:build linux && (amd64 || arm64) && !race

package linux

import "sync/atomic"

// load and store order the futex word with what lies beside it.

//go:nosplit
func load(p *uint32) uint32 { return atomic.LoadUint32(p) }

//go:nosplit
func store(p *uint32, v uint32) { atomic.StoreUint32(p, v) }
