//go:build linux && (amd64 || arm64)

package linux

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"socketbook/sockets"
)

// order is one system call being put together in the arena of a task.
type order struct {
	t   *task
	err error // the first thing that went wrong on our side
}

func (t *task) order() *order {
	t.mu.Lock()
	return t.begin()
}

// begin is order with t.mu held.
func (t *task) begin() *order {
	t.m.gate.RLock()
	t.used = 0
	o := &order{t: t}
	if t.m.closed.Load() {
		o.err = errClosed
	}
	return o
}

// room takes n bytes of the arena and gives their address in the task, and the
// bytes. They are zero.
func (o *order) room(n int) (uintptr, []byte) {
	t := o.t
	start := headSize + t.used
	switch {
	case o.err != nil:
		return 0, nil
	case n < 0 || uintptr(n) > slotSize-pageSize-start:
		o.err = fmt.Errorf("sockets/linux: a call of %d bytes, allowed: up to %d MiB", n, slotSize>>20-1)
		return 0, nil
	}
	t.used += (uintptr(n) + 15) &^ 15
	at := uintptr(t.n)*slotSize + start
	b := t.m.mem[at : at+uintptr(n) : at+uintptr(n)]
	clear(b)
	return t.m.base + at, b
}

// put is room filled with data.
func (o *order) put(data []byte) (uintptr, []byte) {
	at, b := o.room(len(data))
	copy(b, data)
	return at, b
}

// text is a C string.
func (o *order) text(s string) uintptr {
	at, _ := o.put(append([]byte(s), 0))
	return at
}

// cliff puts data at the end of the arena, so that a kernel that reads on behind
// it meets memory that is not there.
func (o *order) cliff(data []byte) uintptr {
	t := o.t
	end := t.m.base + uintptr(t.n+1)*slotSize - pageSize
	t.call(unix.SYS_MPROTECT, end, pageSize, unix.PROT_NONE)
	at := end - uintptr(len(data))
	copy(t.m.mem[at-t.m.base:], data)
	return at
}

// number is an int in memory, for calls that read or write one.
func (o *order) number(n int) (uintptr, []byte) {
	return o.put(binary.LittleEndian.AppendUint32(nil, uint32(n)))
}

// vector is an array of struct iovec for buffers, each filled with what it
// holds now.
func (o *order) vector(bufs [][]byte) (uintptr, [][]byte) {
	list, raw := o.room(16 * len(bufs))
	ours := make([][]byte, len(bufs))
	for i, b := range bufs {
		at, in := o.put(b)
		if o.err != nil {
			return 0, nil
		}
		ours[i] = in
		binary.LittleEndian.PutUint64(raw[16*i:], uint64(at))
		binary.LittleEndian.PutUint64(raw[16*i+8:], uint64(len(b)))
	}
	return list, ours
}

// do makes the call. It must be the last thing asked of the task before the
// answer is read and the order ended.
func (o *order) do(nr uintptr, args ...uintptr) (int, error) {
	if o.err != nil {
		return -1, o.err
	}
	r, err := o.t.call(nr, args...)
	if err != nil {
		return -1, err
	}
	return int(r), nil
}

func (o *order) end() {
	o.t.m.gate.RUnlock()
	o.t.mu.Unlock()
}

// failed is a call's error in the words of package sockets.
func failed(op string, fd int, addr string, err error) error {
	var e unix.Errno
	var late *WaitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return &sockets.OpError{Op: op, FD: fd, Addr: addr, Err: sockets.Errno(e)}
	case errors.As(err, &late):
		late.Call = op
	}
	return err
}

// num is a C int as a register has it.
func num(n int) uintptr { return uintptr(n) }
