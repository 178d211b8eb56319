package check

import (
	"testing"
	"time"

	"socketbook/sockets"
)

func TestTries(t *testing.T) {
	judge(t, []trial{
		{"reference", tries(7), solved, "7.04"},
		{"as it comes", tries(0), open, "number"},
		{"again only", tries(6), wrong, "first time"},
		{"always the same pause", tries(46), wrong, "twice as long"},
		{"one too many", tries(8), wrong, "next one"},
	})
}

func TestForge(t *testing.T) {
	flip := func(b ...sockets.BitFlip) outcome { return forge(b) }
	judge(t, []trial{
		// The 1 is up in its lowest bit, the blank two bytes on is not.
		{"reference", flip(sockets.BitFlip{Byte: -9}, sockets.BitFlip{Byte: -7}), solved, "no counter"},
		{"as it comes", flip(), open, "which bits"},
		{"one bit", flip(sockets.BitFlip{Byte: -8}), wrong, "TcpInCsumErrors"},
		{"two columns", flip(sockets.BitFlip{Byte: -9}, sockets.BitFlip{Byte: -8}), wrong, "same of the 16 columns"},
		{"outside", flip(sockets.BitFlip{Byte: 3}), wrong, "not in the text"},
		{"no such bit", flip(sockets.BitFlip{Byte: -8, Bit: 9}), wrong, "cannot"},
		{"to and fro", flip(sockets.BitFlip{Byte: -8}, sockets.BitFlip{Byte: -8}), wrong, "as it was"},
	})
}

func TestPersist(t *testing.T) {
	reference := func(p *sockets.Process, fd int, word []byte) error {
		for {
			if _, err := p.Write(fd, word); err != nil {
				return err
			}
			n, err := p.Poll([]sockets.PollFD{{FD: fd, Events: sockets.POLLIN}}, 1, 50*time.Millisecond)
			if err != nil {
				return err
			}
			if n > 0 {
				_, err = p.Read(fd, make([]byte, 10))
				return err
			}
		}
	}
	judge(t, []trial{
		{"reference", persist(reference), solved, "each of 100 seeds"},
		{"nil", persist(nil), open, "until an answer"},
		{"as it comes", persist(func(*sockets.Process, int, []byte) error { return Todo }), open, "check.Todo"},
		{"says it once", persist(func(p *sockets.Process, fd int, word []byte) error {
			_, err := p.Write(fd, word)
			p.Sleep(10 * time.Millisecond)
			return err
		}), wrong, "never arrived"},
		{"waits for ever", persist(func(p *sockets.Process, fd int, word []byte) error {
			p.Write(fd, word)
			_, err := p.Read(fd, make([]byte, 10))
			return err
		}), wrong, "waits for ever"},
		{"another word", persist(func(p *sockets.Process, fd int, word []byte) error { return reference(p, fd, []byte("hi")) }), wrong, "never arrived"},
		{"gives up", persist(func(p *sockets.Process, fd int, word []byte) error { return sockets.ETIMEDOUT }), wrong, "gave up"},
	})
}

func TestBadLuck(t *testing.T) {
	judge(t, []trial{
		{"reference", badLuck("sockets:v1:lossy-bulk?seed=2&bytes=20000&loss=0.05"), solved, "seed=2"},
		{"as it comes", badLuck(""), open, "replay string"},
		{"good luck", badLuck("sockets:v1:lossy-bulk?seed=4&bytes=20000&loss=0.05"), wrong, "nothing had to be"},
		{"mended quickly", badLuck("sockets:v1:lossy-bulk?seed=14&bytes=20000&loss=0.05"), wrong, "no clock"},
		{"a worse wire", badLuck("sockets:v1:lossy-bulk?seed=1&bytes=20000&loss=0.5"), wrong, "another run"},
		{"another scenario", badLuck("sockets:v1:bulk?seed=1&bytes=20000"), wrong, "another run"},
		{"nonsense", badLuck("seed 3"), wrong, "names no run"},
	})
}
