// Package lab starts one JupyterLab for one reader, and stops it without a
// question.
package lab

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"socketbook/notebooks/internal/proc"
)

const (
	startLimit = 90 * time.Second // a cold disk and a slow machine
	stopLimit  = 10 * time.Second // kernels are asked to end first
	pollEvery  = 50 * time.Millisecond
)

// Options say what to start and where.
type Options struct {
	Python  string   // interpreter of the environment that holds JupyterLab
	Work    string   // folder shown in the file browser
	Kernels string   // folder for JUPYTER_PATH: the kernelspec lies below it
	State   string   // writable folder for settings and the list of trusted notebooks
	Temp    string   // private folder for run-time files and the log, removed by the caller
	IP      string   // address to listen on
	Port    int      // port to listen on, free a moment ago
	Token   string   // what a browser must show
	Args    []string // further arguments for JupyterLab
}

// A Server is a running JupyterLab.
type Server struct {
	opts Options
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	err  error         // how it ended; read after done
}

// ErrPortTaken is wrapped when the port was taken before JupyterLab had it.
var ErrPortTaken = errors.New("the port was taken in the meantime")

// NewToken returns a random token.
func NewToken() string {
	var b [24]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Start starts JupyterLab and returns when it answers. When it does not, the
// error carries the end of its log.
func Start(ctx context.Context, o Options) (*Server, error) {
	if err := configure(o.State); err != nil {
		return nil, fmt.Errorf("settings of JupyterLab: %w", err)
	}
	log, err := os.Create(filepath.Join(o.Temp, "jupyter.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() // the process has its own copy
	cmd := exec.Command(o.Python, args(o)...)
	cmd.Dir = o.Work
	cmd.Env = environ(o)
	cmd.Stdout, cmd.Stderr = log, log
	// Its own process group, and no standard input: ^C reaches us alone, and
	// Jupyter's "Shutdown this server?" is never asked.
	proc.Apart(cmd)
	s := &Server{opts: o, cmd: cmd, done: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		s.err = cmd.Wait()
		close(s.done)
	}()
	if err := s.waitReady(ctx); err != nil {
		s.Stop(context.Background())
		return nil, err
	}
	return s, nil
}

func args(o Options) []string {
	a := []string{"-m", "jupyterlab", "--no-browser",
		"--ServerApp.ip=" + o.IP,
		"--ServerApp.port=" + strconv.Itoa(o.Port),
		"--ServerApp.port_retries=0",
		"--ServerApp.root_dir=" + o.Work,
	}
	if os.Geteuid() == 0 {
		a = append(a, "--allow-root")
	}
	return append(a, o.Args...)
}

// environ keeps the reader's own Jupyter out: settings, kernels and run-time
// files come from our folders alone. The token travels here and not among the
// arguments, which every user of the machine can read.
func environ(o Options) []string {
	env := make([]string, 0, len(os.Environ())+8)
	for _, kv := range os.Environ() {
		key, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(key, "JUPYTER") || strings.HasPrefix(key, "PYTHON") && key != "PYTHONDONTWRITEBYTECODE" {
			continue
		}
		env = append(env, kv)
	}
	return append(env,
		"JUPYTER_TOKEN="+o.Token,
		"JUPYTER_PATH="+o.Kernels,
		"JUPYTER_CONFIG_DIR="+filepath.Join(o.State, "config"),
		"JUPYTER_DATA_DIR="+filepath.Join(o.State, "data"),
		"JUPYTER_RUNTIME_DIR="+filepath.Join(o.Temp, "runtime"),
		"PYTHONNOUSERSITE=1", "PYTHONUTF8=1",
	)
}

// configure writes the settings that make JupyterLab ours: no news, no look for
// updates, and only the kernel of the book in the launcher. The reader's own
// settings, made in JupyterLab, lie beside them and are left alone.
func configure(state string) error {
	files := map[string]any{
		"config/jupyter_server_config.json": map[string]any{
			"ServerApp":          map[string]any{"open_browser": false},
			"KernelSpecManager":  map[string]any{"ensure_native_kernel": false, "allowed_kernelspecs": []string{"gonb"}},
			"MultiKernelManager": map[string]any{"default_kernel_name": "gonb"},
			"LabApp":             map[string]any{"news_url": nil, "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"},
		},
		"config/labconfig/page_config.json": map[string]any{
			"disabledExtensions": map[string]bool{"@jupyterlab/apputils-extension:announcements": true},
		},
	}
	for name, value := range files {
		data, err := json.MarshalIndent(value, "", " ")
		if err != nil {
			return err
		}
		path := filepath.Join(state, name)
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
	}
	return os.MkdirAll(filepath.Join(state, "data"), 0o755)
}

// Trust marks notebooks as trusted, so that their committed pictures are live
// before the first run. They come from the clone whose code the reader runs
// anyway. Best effort: an untrusted notebook shows still pictures.
func Trust(ctx context.Context, o Options, notebooks []string) {
	if len(notebooks) == 0 {
		return
	}
	args := append([]string{"-c", "from nbformat.sign import TrustNotebookApp as A; A.launch_instance()"}, notebooks...)
	proc.Run(ctx, proc.Command{Name: o.Python, Args: args, Env: environ(o), Dir: o.Work})
}

// waitReady polls the server until it answers, ends, or takes too long.
func (s *Server) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, "GET", s.base()+"/api/status", nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "token "+s.opts.Token)
		if resp, err := local.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.done:
			tail := s.LogTail(12)
			if strings.Contains(tail, "already in use") {
				return fmt.Errorf("%w:\n%s", ErrPortTaken, tail)
			}
			return fmt.Errorf("JupyterLab ended at once (%v):\n%s", s.err, tail)
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("JupyterLab did not answer within %v:\n%s", startLimit, s.LogTail(12))
			}
			return ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

// local talks to this machine directly, whatever proxy the environment names.
var local = &http.Client{Transport: &http.Transport{}, Timeout: 5 * time.Second}

// base is the server's address as a browser on this machine reaches it.
func (s *Server) base() string {
	ip := s.opts.IP
	if a := net.ParseIP(ip); a != nil && a.IsUnspecified() {
		ip = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(ip, strconv.Itoa(s.opts.Port))
}

// URL is the address that opens a notebook of the work folder, with the token.
func (s *Server) URL(notebook string) string {
	u := s.base() + "/lab"
	if notebook != "" {
		u += "/tree/" + url.PathEscape(notebook)
	}
	return u + "?token=" + url.QueryEscape(s.opts.Token)
}

// Done is closed when the server has ended by itself or by Stop.
func (s *Server) Done() <-chan struct{} { return s.done }

// LogTail returns the last n lines of the server's log.
func (s *Server) LogTail(n int) string {
	data, err := os.ReadFile(filepath.Join(s.opts.Temp, "jupyter.log"))
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// Stop ends the server and its kernels: first asked, then, after a while or
// when ctx ends, forced.
func (s *Server) Stop(ctx context.Context) {
	proc.Ask(s.cmd)
	select {
	case <-s.done:
	case <-ctx.Done():
	case <-time.After(stopLimit):
	}
	proc.Kill(s.cmd) // also what its children may have left behind in the group
	<-s.done
}
