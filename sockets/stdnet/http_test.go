package stdnet_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/stdnet"
)

// both runs a test at real pace and in a bubble, where an hour costs nothing.
// long is a time that is short at real pace.
func both(t *testing.T, f func(t *testing.T, long time.Duration)) {
	t.Run("pace", func(t *testing.T) { f(t, 30*time.Millisecond) })
	t.Run("bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { f(t, time.Hour) })
	})
}

// site is an unmodified net/http server on one host and a client on another.
type site struct {
	t              testing.TB
	server, client *stdnet.Stack
	http           *http.Server
	web            *http.Client
	served         chan error
	log            syncBuffer // what the server complains of
}

// syncBuffer is a buffer for several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

func newSite(t testing.TB, h http.HandlerFunc) *site {
	t.Helper()
	s := &site{t: t, served: make(chan error, 1)}
	s.server, s.client = stdnet.Pair()
	l, err := s.server.Listen("tcp", ":80")
	if err != nil {
		t.Fatal(err)
	}
	s.http = &http.Server{Handler: h, ErrorLog: log.New(&s.log, "", 0)}
	go func() { s.served <- s.http.Serve(l) }()
	s.web = &http.Client{Transport: &http.Transport{DialContext: s.client.DialContext}}
	t.Cleanup(func() {
		s.web.CloseIdleConnections()
		s.http.Close()
		s.server.Net().Close()
	})
	return s
}

// get is a request for a path, and its whole answer.
func (s *site) get(path string) (string, error) {
	r, err := s.web.Get("http://server" + path)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return string(b), err
}

func TestHTTPKeepAlive(t *testing.T) {
	both(t, func(t *testing.T, _ time.Duration) {
		s := newSite(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello from ", r.URL.Path) })
		for i := range 1000 {
			if got, err := s.get(fmt.Sprintf("/%d", i)); err != nil || got != fmt.Sprintf("hello from /%d", i) {
				t.Fatalf("request %d: got %q, %v", i, got, err)
			}
		}
		if st := s.client.Stats(); st.ActiveOpens != 1 {
			t.Errorf("1,000 requests one after another keep one connection alive, opened %d", st.ActiveOpens)
		}
	})
}

func TestHTTPManyAtOnce(t *testing.T) {
	both(t, func(t *testing.T, _ time.Duration) {
		s := newSite(t, echo)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				body := bytes.Repeat([]byte{byte(i)}, 1000*i)
				for range 4 {
					r, err := s.web.Post("http://server/", "", bytes.NewReader(body))
					if err != nil {
						t.Error(err)
						return
					}
					got, err := io.ReadAll(r.Body)
					r.Body.Close()
					if err != nil || !bytes.Equal(got, body) {
						t.Errorf("client %d: sent %d bytes, got back %d, %v", i, len(body), len(got), err)
					}
				}
			})
		}
		wg.Wait()
	})
}

func TestHTTPTenMegabytes(t *testing.T) {
	both(t, func(t *testing.T, _ time.Duration) {
		s := newSite(t, echo)
		body := pattern(10 << 20)
		r, err := s.web.Post("http://server/", "", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		sum := sha256.New()
		n, err := io.Copy(sum, r.Body)
		if want := sha256.Sum256(body); err != nil || n != int64(len(body)) || !bytes.Equal(sum.Sum(nil), want[:]) {
			t.Errorf("10 MiB up and down again: %d bytes came back, %v, the same: %v", n, err, bytes.Equal(sum.Sum(nil), want[:]))
		}
	})
}

// TLS and HTTP/2, which the client and the server agree on by themselves.
func TestHTTP2(t *testing.T) {
	both(t, func(t *testing.T, _ time.Duration) {
		server, client := stdnet.Pair()
		defer server.Net().Close()
		l, err := server.Listen("tcp", ":443")
		if err != nil {
			t.Fatal(err)
		}
		srv := &httptest.Server{Listener: l, EnableHTTP2: true, Config: &http.Server{Handler: http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) })}}
		srv.StartTLS()
		defer srv.Close()
		web := srv.Client()
		web.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return client.DialContext(ctx, network, "server:https")
		}
		for range 10 {
			r, err := web.Get("https://example.com") // whose certificate httptest has
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r.Body)
			r.Body.Close()
			if string(got) != "HTTP/2.0" || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		}
	})
}

// echo answers a request with its own body, once it has all of it.
func echo(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	w.Write(b)
}

// pattern is n bytes that do not repeat.
func pattern(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(b)
	return b
}

// untilReached calls f with a time-out, and with longer ones as long as the
// request did not reach the handler before: a busy machine may need more than
// is short.
func untilReached(long time.Duration, reached *atomic.Bool, f func(timeout time.Duration)) {
	for ; !reached.Load(); long *= 10 {
		f(long)
	}
}

func TestHTTPClientTimeout(t *testing.T) {
	both(t, func(t *testing.T, long time.Duration) {
		var reached atomic.Bool
		gone := make(chan error, 1)
		s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
			reached.Store(true)
			<-r.Context().Done() // the server notices that the client has left
			gone <- r.Context().Err()
		})
		untilReached(long, &reached, func(timeout time.Duration) {
			s.web.Timeout = timeout
			start := time.Now()
			_, err := s.get("/")
			var ne net.Error
			if !errors.As(err, &ne) || !ne.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a time-out was due, got %v", err)
			}
			if d := time.Since(start); d < timeout {
				t.Errorf("time-out after %v, before its time, %v", d, timeout)
			}
		})
		if err := <-gone; err != context.Canceled {
			t.Errorf("the handler's context: %v", err)
		}
	})
}

// The header comes in time, the body does not.
func TestHTTPBodyTimeout(t *testing.T) {
	both(t, func(t *testing.T, long time.Duration) {
		var reached atomic.Bool
		s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "begin")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		untilReached(long, &reached, func(timeout time.Duration) {
			s.web.Timeout = timeout
			got, err := s.get("/")
			reached.Store(got == "begin")
			var ne net.Error
			if !errors.As(err, &ne) || !ne.Timeout() {
				t.Errorf("a time-out was due, got %q, %v", got, err)
			}
		})
	})
}

func TestHTTPShutdown(t *testing.T) {
	both(t, func(t *testing.T, long time.Duration) {
		entered := make(chan bool)
		s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
			entered <- true
			time.Sleep(long)
			fmt.Fprint(w, "finished")
		})
		answer := make(chan string)
		go func() {
			got, err := s.get("/")
			answer <- fmt.Sprint(got, err)
		}()
		<-entered
		down := make(chan error)
		go func() { down <- s.http.Shutdown(context.Background()) }()
		if err := <-s.served; err != http.ErrServerClosed {
			t.Errorf("Serve: %v", err)
		}
		if _, err := s.client.Dial("tcp", "server:80"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("while it shuts down nobody gets in: %v", err)
		}
		if got := <-answer; got != "finished<nil>" {
			t.Errorf("the request under way is answered: got %q", got)
		}
		if err := <-down; err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
}

// The server runs out of descriptors. Its Accept fails with EMFILE, which
// net/http takes for temporary: it waits and tries again, and when one client
// leaves the next gets in. Nobody is turned away.
func TestHTTPDescriptorsRunOut(t *testing.T) {
	both(t, func(t *testing.T, long time.Duration) {
		s := newSite(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "in") })
		s.server.Net().Do(func() {
			p := s.server.Process()
			if err := p.Setrlimit(p.Open()+1, 100); err != nil { // one more than it holds now
				t.Error(err)
			}
		})
		first, err := s.client.Dial("tcp", "server:80")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(first, "GET / HTTP/1.1\r\nHost: server\r\n\r\n")
		if _, err := io.ReadFull(first, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		answer := make(chan string)
		go func() {
			got, err := s.get("/")
			answer <- fmt.Sprint(got, err)
		}()
		waitFor(t, func() bool { // in the accept queue, while the server tries again and again
			l := s.server.Sockets().In(sockets.Listen)
			return l[0].RecvQ == 1 && strings.Contains(s.log.String(), "accept tcp [::]:80: accept4: too many open files; retrying")
		})
		select {
		case got := <-answer:
			t.Errorf("nobody has let the second client in, it got %q", got)
		default:
		}
		first.Close()
		if got := <-answer; got != "in<nil>" {
			t.Errorf("then it gets in: got %q", got)
		}
	})
}
