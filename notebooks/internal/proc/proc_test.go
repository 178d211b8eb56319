//go:build unix

package proc

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRunHandsOnLinesAndTheEndOfAFailure(t *testing.T) {
	lines := 0
	err := Run(t.Context(), Command{Name: "sh", Args: []string{"-c", "for i in $(seq 40); do echo line $i; done; echo why >&2; exit 3"},
		Line: func(string) { lines++ }})
	var pe *Error
	if !errors.As(err, &pe) || lines != 41 {
		t.Fatalf("error %v after %d lines; want an *Error after 41", err, lines)
	}
	if got := strings.Split(pe.Tail, "\n"); len(got) != tailLines || got[len(got)-1] != "why" {
		t.Errorf("the error ends with %q; want the last %d lines", got, tailLines)
	}
}

func TestAnEndedContextEndsTheCommandAndItsChildren(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan struct{})
	done := make(chan error)
	go func() {
		// The child holds the pipe: Run can only return early if it goes too.
		done <- Run(ctx, Command{Name: "sh", Args: []string{"-c", "sleep 600 & echo up; wait"}, Line: func(string) { close(started) }})
	}()
	<-started
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v; want context.Canceled", err)
		}
	case <-time.After(4 * time.Second): // less than the wait for a lost pipe
		t.Error("the child of an ended command still runs")
	}
}

func TestALineWithoutEndDoesNotBlock(t *testing.T) {
	if err := Run(t.Context(), Command{Name: "sh", Args: []string{"-c", "head -c 3000000 /dev/zero"}}); err != nil {
		t.Error(err)
	}
}
