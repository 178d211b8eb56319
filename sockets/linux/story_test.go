package linux

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"socketbook/sockets/script"
)

// Every story that package script tells of the simulated host is true of this
// kernel: that is what makes it a story about Linux. Those that are about
// minutes run on virtual time only.
func TestStories(t *testing.T) {
	names, err := filepath.Glob("../script/testdata/*.story")
	if err != nil || len(names) < 40 {
		t.Fatalf("%d stories, %v", len(names), err)
	}
	if _, sub, ok := strings.Cut(flag.Lookup("test.run").Value.String(), "/"); ok {
		only := regexp.MustCompile(sub)
		names = slices.DeleteFunc(names, func(name string) bool { return !only.MatchString(strings.TrimSuffix(filepath.Base(name), ".story")) })
	}
	// They wait most of the time, so many run at once, whatever -parallel says.
	places := make(chan struct{}, 8)
	ends := map[string]chan outcome{}
	for _, name := range names {
		end := make(chan outcome, 1)
		ends[name] = end
		go func() {
			places <- struct{}{}
			end <- runStory(name)
			<-places
		}()
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".story"), func(t *testing.T) {
			switch o := <-ends[name]; {
			case o.skip != "":
				t.Skip(o.skip)
			case o.err != nil:
				t.Error(o.log)
			default:
				t.Log(o.log)
			}
		})
	}
}

// outcome is how a story went.
type outcome struct {
	skip, log string
	err       error
}

// patient is a kernel on a computer that does other things, and is late.
type patient struct {
	script.Kernel
	more time.Duration
}

func (k patient) Late(d time.Duration) time.Duration { return k.Kernel.Late(d) + k.more }

// runStory runs a story up to four times, each time with more patience.
func runStory(name string) (o outcome) {
	text, err := os.ReadFile(name)
	if err != nil {
		return outcome{err: err, log: err.Error()}
	}
	st, err := script.Parse(name, string(text))
	if err != nil {
		return outcome{err: err, log: err.Error()}
	}
	if why := st.SimulatorOnly(); why != "" {
		return outcome{skip: "for virtual time only: " + why}
	}
	for _, more := range []time.Duration{0, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond} {
		var r *script.Report
		r, o.err = st.Run(script.Options{Open: func(s script.Setup) (script.Kernel, error) {
			k, err := OpenTap(s)
			return patient{k, more}, err
		}})
		var support *SupportError
		if errors.As(o.err, &support) {
			return outcome{skip: o.err.Error()}
		}
		if o.err == nil {
			break
		}
		o.log += fmt.Sprintf("with %v more: %v\n\nso far:\n%s\n", more, o.err, r)
	}
	return o
}
