package main

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"socketbook/charts/spec"
)

// Longest times the kernel at the other end of the pipe may take: to open it,
// and to read on. Beyond, the cell gets an error instead of hanging.
var (
	openTime  = 5 * time.Second
	writeTime = 30 * time.Second
	drainTime = 2 * time.Second
)

// data is what the kernel decodes; gob matches the fields by name.
type data struct {
	Data      map[string]any
	Metadata  map[string]any
	DisplayID string
}

// display is the notebook's screen: a FIFO, opened once, with one encoder for
// the life of the process. A second encoder would send its type once more, and
// the kernel would drop what follows.
type display struct {
	fifo string
	file *os.File
	enc  *gob.Encoder
}

// show sends one output in two forms. It returns when the kernel has read it:
// the kernel closes its end when the cell ends, whatever is still in the pipe.
func (s *display) show(html, text string) error {
	if err := s.open(); err != nil {
		return err
	}
	s.file.SetWriteDeadline(time.Now().Add(writeTime))
	err := s.enc.Encode(data{Data: map[string]any{"text/html": html, "text/plain": text}})
	if err != nil {
		return fmt.Errorf("display pipe %s=%s: %w", spec.PipeEnv, s.fifo, err)
	}
	for end := time.Now().Add(drainTime); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if n, err := unread(s.file); err != nil || n == 0 {
			break
		}
	}
	return nil
}

// open waits for the kernel to open its end. A plain open would wait for ever
// where no kernel is left.
func (s *display) open() error {
	if s.file != nil {
		return nil
	}
	if s.fifo == "" {
		return errors.New(spec.PipeEnv + " is not set: there is no notebook to show this in")
	}
	info, err := os.Stat(s.fifo)
	if err == nil && info.Mode()&fs.ModeNamedPipe == 0 {
		err = fmt.Errorf("it is not a FIFO (%v)", info.Mode())
	}
	for end := time.Now().Add(openTime); err == nil; time.Sleep(time.Millisecond) {
		s.file, err = os.OpenFile(s.fifo, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err == nil {
			s.enc = gob.NewEncoder(s.file)
			return nil
		}
		if errors.Is(err, syscall.ENXIO) && time.Now().Before(end) {
			err = nil // nobody reads yet
		}
	}
	return fmt.Errorf("display pipe %s=%s: %w", spec.PipeEnv, s.fifo, err)
}

func (s *display) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
