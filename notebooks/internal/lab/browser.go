package lab

import (
	"context"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"socketbook/notebooks/internal/proc"
)

// doorOpenFor is how long a browser may take to start and ask.
const doorOpenFor = 2 * time.Minute

// ErrNoDesktop says that there is no screen to open a browser on.
var ErrNoDesktop = errors.New("no desktop here")

// opener returns the command that opens an address in the user's browser.
func opener() (string, error) {
	name := "xdg-open"
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name = "explorer"
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return "", ErrNoDesktop
		}
	}
	return exec.LookPath(name)
}

// CanOpen reports whether a browser can be opened, and if not, why.
func CanOpen() error {
	_, err := opener()
	return err
}

// Open shows url in the user's browser. Arguments of a process can be read by
// every user of the machine, and url holds the token: so the browser is sent to
// a door on this machine that opens once and leads to url.
func Open(url string) error {
	program, err := opener()
	if err != nil {
		return err
	}
	door, err := oneTimeDoor(url)
	if err != nil {
		return err
	}
	cmd := exec.Command(program, door)
	proc.Apart(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait() // it may stay as long as the browser
	return nil
}

// oneTimeDoor serves one redirect to url, at an address nobody can guess.
func oneTimeDoor(url string) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	path := "/" + NewToken()
	srv := &http.Server{ReadHeaderTimeout: 10 * time.Second}
	var once sync.Once
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.URL.Path), []byte(path)) != 1 {
			http.NotFound(w, r)
			return
		}
		first := false
		once.Do(func() { first = true })
		if !first {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		http.Redirect(w, r, url, http.StatusFound)
		go srv.Shutdown(context.Background()) // lets this answer out first
	})
	go srv.Serve(l)
	time.AfterFunc(doorOpenFor, func() { srv.Close() })
	return "http://" + l.Addr().String() + path, nil
}
