package sockets

import "strings"

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

// names are ethtool's, in the order of the bits.
var offloadNames = [...]string{"rx-checksumming", "tx-checksumming", "tcp-segmentation-offload", "generic-receive-offload"}

// String lists the offloads that are on, as `ethtool -k` calls them.
func (o Offloads) String() string {
	var on []string
	for k, name := range offloadNames {
		if o>>k&1 == 1 {
			on = append(on, name)
		}
	}
	return strings.Join(on, " ")
}

// SetOffload turns offloads of a device on or off: `ethtool -K eth0 gro on`.
// A card is born with both checksum offloads, and without the other two, which
// Linux has on: so a story shows every segment, until it asks for less.
func (h *Host) SetOffload(device string, which Offloads, on bool) error {
	c, err := h.device(device)
	switch {
	case err != nil:
		return err
	case which >= 1<<len(offloadNames):
		return &LimitError{"offloads", uint8(which), "the Offload constants, added"}
	}
	if on {
		c.offloads |= which
	} else {
		c.offloads &^= which
	}
	return nil
}

// device is the device of that name.
func (h *Host) device(name string) (*nic, error) {
	names := ""
	for _, c := range append([]*nic{h.lo}, h.nics...) {
		if c.name == name {
			return c, nil
		}
		names += " " + c.name
	}
	return nil, &LimitError{"device", name, "a device of host " + h.name + ":" + names}
}
