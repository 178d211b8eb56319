//go:build linux && (amd64 || arm64)

package linux

import (
	"encoding/binary"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// On the loopback device a segment arrives while the call that sends it is
// still under way. What does not arrive so is data that TCP holds back for an
// acknowledgement (Nagle's algorithm), and the peer may be slow to give one.

// wrote notes that data went to a descriptor, for Settle.
func (k *thread) wrote(fd int) {
	m := k.p.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if w := (written{k, fd}); !slices.Contains(m.dirty, w) {
		m.dirty = append(m.dirty, w)
	}
}

type written struct {
	k  *thread
	fd int
}

const (
	settleStep  = 500 * time.Microsecond
	settleQuiet = 60 * time.Millisecond // longer than TCP_DELACK_MIN, 40 ms
	settleLimit = time.Second
)

// Settle returns when everything that was written has been sent, or cannot be
// because the peer has no room for it.
func (m *machine) Settle() {
	m.mu.Lock()
	dirty := m.dirty
	m.dirty = nil
	m.mu.Unlock()
	for _, w := range dirty {
		w.settle()
	}
}

func (w written) settle() {
	start := time.Now()
	changed := start
	for last := -1; ; {
		n := w.k.unsent(w.fd)
		now := time.Now()
		if n != last {
			last, changed = n, now
		}
		if n <= 0 || now.Sub(changed) > settleQuiet || now.Sub(start) > settleLimit {
			return
		}
		time.Sleep(settleStep)
	}
}

// Pass lets real time pass.
func (m *machine) Pass(d time.Duration) {
	m.Settle()
	time.Sleep(d)
}

const siocoutqnsd = 0x894b // SIOCOUTQNSD, include/uapi/linux/sockios.h

// unsent is how many bytes TCP has not sent yet; 0 if that is no question to
// ask, or the task is busy.
func (k *thread) unsent(fd int) int {
	if !k.t.mu.TryLock() {
		return 0
	}
	o := k.t.begin()
	defer o.end()
	at, b := o.number(0)
	if _, err := o.do(unix.SYS_IOCTL, num(fd), siocoutqnsd, at); err != nil {
		return 0
	}
	return int(int32(binary.NativeEndian.Uint32(b)))
}
