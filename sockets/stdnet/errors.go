package stdnet

import (
	"context"
	"errors"
	"net"
	"os"

	"socketbook/sockets"
)

// timeoutError is what a dialer's time-out gives, with package net's text.
type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }
func (timeoutError) Is(err error) bool {
	return err == context.DeadlineExceeded || err == os.ErrDeadlineExceeded
}

// canceledError is what a cancelled context gives, likewise.
type canceledError struct{}

func (canceledError) Error() string     { return "operation was canceled" }
func (canceledError) Is(err error) bool { return err == context.Canceled }

// contextError is a context's error as package net has it.
func contextError(err error) error {
	switch err {
	case context.Canceled:
		return canceledError{}
	case context.DeadlineExceeded:
		return timeoutError{}
	}
	return err
}

// errno is the simulated kernel's answer in an error, 0 if it has none.
func errno(err error) sockets.Errno {
	var e sockets.Errno
	errors.As(err, &e)
	return e
}

// system is the kernel's answer as package net passes it on: an
// *[os.SyscallError] around the platform's errno.
func system(err error) error {
	var call *sockets.OpError
	if !errors.As(err, &call) {
		return err
	}
	if e := call.Err.Platform(); e != 0 {
		return os.NewSyscallError(call.Op, e)
	}
	return err
}

// fail is an operation's error as package net has it.
func fail(op, network string, source, addr net.Addr, err error) error {
	if err == nil {
		return nil
	}
	return &net.OpError{Op: op, Net: network, Source: source, Addr: addr, Err: system(err)}
}
