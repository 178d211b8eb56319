// Package survey asks a kernel about every option, every kind of socket and
// every ioctl, and writes the answers down as text: one line for each
// question. The same questions go to a real kernel and to the simulated one.
package survey

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"socketbook/sockets"
)

// Kernel is what is asked: the calls of one process, and the network around
// it, which is the loopback device alone.
type Kernel interface {
	sockets.Calls
	SetSysctl(key, value string) error
	Sysctl(key string) (string, error)
	Settle()              // what is under way arrives
	Wait(d time.Duration) // time goes by
}

// Sections are the parts of the survey, by name.
var Sections = []string{"sweep", "values", "inherit", "kinds", "ioctl", "sysctl"}

// Users are those who ask the questions of a section: root, and somebody else.
func Users(section string) []int {
	if section == "sysctl" {
		return []int{0}
	}
	return []int{0, 1000}
}

// Ask puts the questions of one section and returns the answers.
func Ask(k Kernel, section string) []string {
	a := &asker{k: k}
	switch section {
	case "sweep":
		a.sweep()
	case "values":
		a.values()
	case "inherit":
		a.inherit()
	case "kinds":
		a.triples()
		a.otherCalls()
	case "ioctl":
		a.ioctls()
	case "sysctl":
		a.sysctls()
	}
	return a.lines
}

// asker is a survey under way.
type asker struct {
	k     Kernel
	open  []int // descriptors to close after the question
	lines []string
}

func (a *asker) line(format string, args ...any) {
	a.lines = append(a.lines, fmt.Sprintf(format, args...))
}

// clean closes what the last question opened, the last first. Connections are
// reset, whatever the question did to them, so that no TIME_WAIT is left for
// the next.
func (a *asker) clean() {
	for _, fd := range a.open {
		a.k.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_LINGER, words(1, 0), 8)
	}
	for i := len(a.open) - 1; i >= 0; i-- {
		a.k.Close(a.open[i])
	}
	a.open = a.open[:0]
	a.k.Settle()
}

// keep remembers a descriptor; -1 stands for one that was refused.
func (a *asker) keep(fd int, err error) int {
	if err != nil {
		return -1
	}
	a.open = append(a.open, fd)
	return fd
}

// errno is an answer's error in a word: "ok" or the errno's name.
func errno(err error) string {
	if err == nil {
		return "ok"
	}
	var e sockets.Errno
	if errors.As(err, &e) {
		return e.Name()
	}
	return err.Error()
}

// set is a setsockopt; the length is that of the value, or another.
func (a *asker) set(fd, level, opt int, val []byte, n int) string {
	return errno(a.k.Setsockopt(fd, level, opt, val, n))
}

// get is a getsockopt of n bytes, asked with in in the buffer.
func (a *asker) get(fd, level, opt, n int, in []byte) string {
	buf := make([]byte, max(n, len(in), 512))
	copy(buf, in)
	m, err := a.k.Getsockopt(fd, level, opt, buf, n)
	if err != nil {
		return errno(err)
	}
	return show(level, opt, m, buf)
}

// masked are options whose value is the machine's, or chance's: only the
// length is told.
var masked = map[[2]int]bool{
	{sockets.SOL_SOCKET, sockets.SO_COOKIE}: true, {sockets.SOL_SOCKET, sockets.SO_NETNS_COOKIE}: true,
	{sockets.SOL_SOCKET, sockets.SO_MEMINFO}: true, {sockets.SOL_SOCKET, sockets.SO_INCOMING_CPU}: true,
	{sockets.SOL_SOCKET, sockets.SO_INCOMING_NAPI_ID}: true,
	{sockets.IPPROTO_TCP, sockets.TCP_TIMESTAMP}:      true, {sockets.IPPROTO_TCP, sockets.TCP_QUEUE_SEQ}: true,
	{sockets.IPPROTO_TCP, sockets.TCP_REPAIR_WINDOW}: true, {sockets.IPPROTO_TCP, sockets.TCP_CONGESTION}: true,
}

// show is a value of n bytes: an int as a number, else hex without the zeros
// at its end.
func show(level, opt, n int, b []byte) string {
	switch {
	case masked[[2]int{level, opt}]:
		return fmt.Sprintf("(%d)", n)
	case n > len(b):
		return fmt.Sprintf("(%d, more than asked)", n)
	case level == sockets.IPPROTO_TCP && opt == sockets.TCP_INFO:
		return fmt.Sprintf("(%d)%x", n, b[:min(n, 1)])
	case n == 4:
		return fmt.Sprint(int32(binary.LittleEndian.Uint32(b)))
	}
	return fmt.Sprintf("(%d)%s", n, strings.TrimRight(hex.EncodeToString(b[:n]), "0"))
}

// runs writes pairs of question and answer, equal answers that follow each
// other together.
type runs struct {
	b    strings.Builder
	last string
}

func (r *runs) add(question, answer string) {
	if answer != r.last {
		fmt.Fprintf(&r.b, " %s:", answer)
		r.last = answer
	}
	r.b.WriteString(" " + question)
}

func (r *runs) String() string { return r.b.String() }

// words makes the little-endian ints of a structure.
func words(v ...uint32) (b []byte) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, x)
	}
	return b
}

func longs(v ...int64) (b []byte) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, uint64(x))
	}
	return b
}

func itoa(n int) string { return strconv.Itoa(n) }
