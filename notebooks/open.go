package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"socketbook/notebooks/internal/lab"
	"socketbook/notebooks/internal/setup"
	"socketbook/notebooks/internal/workdir"
)

var openVerb = verb{
	args: "[flags] [-- arguments for JupyterLab]",
	long: `Opens JupyterLab on the first lesson. What is missing is prepared first, once:
a Python environment with JupyterLab, and GoNB, the Go kernel, where it can be
had (else the bundled kernel runs the same notebooks). All of it goes into your
cache folder; nothing else on the machine is changed.

You play in your own copies of the lessons (-work). A new version of the book
updates those whose cells you have not changed; beside the others it puts the
new one as NAME.new.ipynb. To get a lesson afresh, delete or rename your copy.

^C stops everything. JUPYTER_TOKEN sets the token; otherwise it is random.`,
	run: open,
}

func open(ctx context.Context, c *command) error {
	var (
		kernel    = c.kernelFlag()
		cacheDir  = c.cacheFlag()
		workDir   = c.workFlag()
		port      = c.flags.Int("port", 0, fmt.Sprintf("`port` to listen on; 0 is the first free one from %d on", lab.DefaultPort))
		ip        = c.flags.String("ip", "127.0.0.1", "`address` to listen on; another than 127.0.0.1 lets other machines in (a container wants 0.0.0.0)")
		noBrowser = c.flags.Bool("no-browser", false, "open no browser, only print the address")
	)
	if err := c.parse(-1); err != nil {
		return err
	}
	if len(c.args) > 0 && !strings.HasPrefix(c.args[0], "-") {
		return fmt.Errorf("unexpected argument %q: flags come first, arguments for JupyterLab after -- (%w)", c.args[0], errUsage)
	}
	if net.ParseIP(*ip) == nil {
		return fmt.Errorf("-ip %q: want an address such as 127.0.0.1 (%w)", *ip, errUsage)
	}
	if *port < 0 || *port > 65535 {
		return fmt.Errorf("-port %d: want 1 to 65535, or 0 for the first free one (%w)", *port, errUsage)
	}
	root, lessons, err := clone()
	if err != nil {
		return err
	}
	cache, err := setup.CacheDir(*cacheDir)
	if err != nil {
		return err
	}
	work, err := setup.WorkDir(*workDir)
	if err != nil {
		return err
	}
	// What can fail at once is tried before what takes minutes.
	if _, err := lab.PickPort(*ip, *port); err != nil {
		return err
	}
	if err := needCells(ctx, root); err != nil {
		return err
	}
	if err := usableWork(c.say(work), root); err != nil {
		return err
	}
	if err := setup.Writable(work.Path, "work"); err != nil {
		return err
	}
	temp, remove, err := temporary()
	if err != nil {
		return err
	}
	defer remove()
	p, err := prepare(ctx, *kernel, c.say(cache), temp, root, c.log)
	if err != nil {
		return err
	}
	placed, err := c.layOut(work.Path, lessons)
	if err != nil {
		return err
	}
	token := os.Getenv("JUPYTER_TOKEN")
	if token == "" {
		token = lab.NewToken()
	}
	opts := p.options(work.Path, temp, *ip, 0, token, c.args)
	// Both wait for Python to load, so they go side by side. JupyterLab looks at
	// the signatures when somebody opens a notebook, which is after the welcome.
	trusted := make(chan struct{})
	go func() {
		defer close(trusted)
		lab.Trust(ctx, opts, placed)
	}()
	server, err := c.startLab(ctx, opts, *port)
	<-trusted
	if err != nil {
		return err
	}
	c.welcome(server.URL(filepath.Base(lessons[0])), work.Path, p.kernel, *noBrowser)
	return c.serve(ctx, server)
}

// layOut brings the reader's copies up to date, says what was done, and
// returns the files that were written.
func (c *command) layOut(work string, lessons []string) (placed []string, err error) {
	results, err := workdir.Sync(work, lessons)
	copied := 0
	for _, r := range results {
		switch r.Action {
		case workdir.Copied:
			copied++
		case workdir.Updated:
			c.log.Say("%s: brought up to date (you had not changed it)", r.Name)
		case workdir.Beside:
			c.log.Say("%s: yours is kept; the book's new version is beside it as %s", r.Name, r.Put)
		}
		if r.Put != "" {
			placed = append(placed, filepath.Join(work, r.Put))
		}
	}
	if copied > 0 {
		c.log.Say("%s copied to %s", count(copied, "lesson"), work)
	}
	if isFull(err) {
		err = fmt.Errorf("no space left on the disk of %s for your copies of the lessons: go run ./notebooks -work DIR chooses another place", work)
	}
	return placed, err
}

// isFull reports whether there was no room on the disk, or none left of the user's share.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// startLab starts JupyterLab. A port that somebody took in the meantime is no
// reason to give up when the reader did not ask for that very one.
func (c *command) startLab(ctx context.Context, opts lab.Options, want int) (*lab.Server, error) {
	step := c.log.Start("Starting JupyterLab")
	defer step.Fail()
	for try := 0; ; try++ {
		port, err := lab.PickPort(opts.IP, want)
		if err != nil {
			return nil, err
		}
		opts.Port = port
		server, err := lab.Start(ctx, opts)
		if err == nil {
			step.Done("it answers")
			return server, nil
		}
		if want != 0 || try == 3 || !errors.Is(err, lab.ErrPortTaken) {
			return nil, err
		}
	}
}

// welcome says where the reader is, and opens the browser.
func (c *command) welcome(url, work, kernel string, noBrowser bool) {
	fmt.Fprintf(c.stdout, "\nJupyterLab runs with %s. Your copies of the lessons: %s\n", kernel, work)
	if os.Geteuid() == 0 {
		fmt.Fprintln(c.stdout, "You are root, so every cell runs as root (JupyterLab was started with --allow-root).")
	}
	fmt.Fprintf(c.stdout, "\n    %s\n\n", url)
	switch err := error(nil); {
	case noBrowser:
		fmt.Fprintln(c.stdout, "Open this address in a browser. ^C stops everything.")
	default:
		if err = lab.Open(url); err != nil {
			fmt.Fprintf(c.stdout, "Open this address in a browser (none could be opened: %v). ^C stops everything.\n", err)
		} else {
			fmt.Fprintln(c.stdout, "It opens in your browser. ^C stops everything.")
		}
	}
}

// serve waits until the reader, the system or JupyterLab itself ends it.
func (c *command) serve(ctx context.Context, server *lab.Server) error {
	orphan := make(chan struct{})
	done := make(chan struct{})
	defer close(done)
	go watchParent(orphan, done)
	select {
	case <-ctx.Done():
	case <-orphan:
	case <-server.Done():
		return fmt.Errorf("JupyterLab ended by itself; its last words:\n%s", server.LogTail(12))
	}
	// A second ^C while it stops means: now.
	again, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	step := c.log.Start("Stopping JupyterLab and its kernels")
	server.Stop(again)
	step.Done("stopped")
	return nil
}

// watchParent closes orphan when "go run", which started this program, is gone:
// some signals end it without a word to us, and nobody would ever stop the server.
func watchParent(orphan, done chan struct{}) {
	if !setup.StartedByGoRun() {
		return
	}
	parent := os.Getppid()
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-done:
			return
		case <-t.C:
			if os.Getppid() != parent {
				close(orphan)
				return
			}
		}
	}
}
