package sockets_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/script"
)

// watched is a simulated kernel whose books are looked at after every event.
type watched struct {
	script.Kernel
	net   *sockets.Network
	wrong []string
}

func (k *watched) Wait(until time.Duration, stop func() bool) error {
	return k.Kernel.Wait(until, func() bool {
		if len(k.wrong) == 0 {
			k.wrong = sockets.Audit(k.net)
		}
		return stop()
	})
}

// Close ends everything first, and looks what is left.
func (k *watched) Close() {
	k.wrong = append(k.wrong, sockets.AuditEnd(k.net)...)
	k.Kernel.Close()
}

// Whatever a story's peer does to a host, and whether the story passes or not:
// its books are right at every moment, and nothing is left when all has ended.
func TestStoriesAudit(t *testing.T) {
	names, err := filepath.Glob("script/testdata/*.story")
	if err != nil || len(names) < 40 {
		t.Fatalf("%d stories, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".story"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var k *watched
			script.Run(string(text), script.Options{Name: name, Open: func(s script.Setup) (script.Kernel, error) {
				inner, err := script.Simulated(s)
				if err == nil {
					k = &watched{Kernel: inner, net: inner.(interface{ Network() *sockets.Network }).Network()}
				}
				return k, err
			}})
			for _, wrong := range k.wrong {
				t.Error(wrong)
			}
		})
	}
}
