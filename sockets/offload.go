package sockets

// Offloads are jobs a card takes off the CPU, a bit each: `ethtool -k`.
type Offloads uint8

// The offloads. Checksums are real on every frame in any case: without
// the offload the CPU computes them, which costs it time ([Costs]).
const (
	OffloadRxChecksum Offloads = 1 << iota // rx-checksumming
	OffloadTxChecksum                      // tx-checksumming
	OffloadTSO                             // tcp-segmentation-offload
	OffloadGRO                             // generic-receive-offload
)

func (c *nic) merges([]byte) bool { return false }
func (q *rxQueue) flush()         {}
