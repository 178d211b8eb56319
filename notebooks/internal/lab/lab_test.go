package lab

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets this test binary play JupyterLab: with FAKE_LAB set it serves,
// or fails, as the variable says.
func TestMain(m *testing.M) {
	if mode := os.Getenv("FAKE_LAB"); mode != "" {
		fakeLab(mode)
		return
	}
	os.Exit(m.Run())
}

func fakeLab(mode string) {
	if mode == "busy" {
		fmt.Fprintln(os.Stderr, "ERROR: the port 8888 is already in use")
		os.Exit(1)
	}
	port := ""
	for _, a := range os.Args {
		if v, ok := strings.CutPrefix(a, "--ServerApp.port="); ok {
			port = v
		}
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go http.ListenAndServe("127.0.0.1:"+port, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "token "+os.Getenv("JUPYTER_TOKEN") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprintln(w, strings.Join(os.Args, " "))
		fmt.Fprintln(w, strings.Join(os.Environ(), "\n"))
	}))
	if mode == "stubborn" {
		signal.Ignore(syscall.SIGTERM)
		select {}
	}
	<-stop
}

func fakeOptions(t *testing.T, mode string) Options {
	t.Helper()
	t.Setenv("FAKE_LAB", mode)
	port, err := PickPort("127.0.0.1", 0)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	return Options{Python: os.Args[0], Work: dir, Kernels: dir + "/kernels", State: dir + "/state", Temp: t.TempDir(),
		IP: "127.0.0.1", Port: port, Token: "secret", Args: []string{"--extra=1"}}
}

func TestServerStartsAnswersAndStops(t *testing.T) {
	t.Setenv("JUPYTER_CONFIG_DIR", "/the/reader's own")
	t.Setenv("PYTHONPATH", "/the/reader's own")
	o := fakeOptions(t, "serve")
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop(context.Background())
	if want := fmt.Sprintf("http://127.0.0.1:%d/lab/tree/01-what%%3F.ipynb?token=secret", o.Port); s.URL("01-what?.ipynb") != want {
		t.Errorf("URL = %s; want %s", s.URL("01-what?.ipynb"), want)
	}
	req, _ := http.NewRequest("GET", s.base()+"/", nil)
	req.Header.Set("Authorization", "token secret")
	resp, err := local.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	args, env, _ := strings.Cut(string(body), "\n")
	for _, want := range []string{"--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0", "--extra=1"} {
		if !strings.Contains(args, want) {
			t.Errorf("arguments %s; want %s among them", args, want)
		}
	}
	if strings.Contains(args, "secret") {
		t.Error("the token is among the arguments, which every user of the machine can read")
	}
	if strings.Contains(env, "reader's own") || !strings.Contains(env, "JUPYTER_PATH="+o.Kernels) {
		t.Errorf("environment\n%s\nwant ours alone", env)
	}
	s.Stop(context.Background())
	select {
	case <-s.Done():
	default:
		t.Error("Stop returned before the server had ended")
	}
	if _, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Port))); err == nil {
		t.Error("something still listens after Stop")
	}
}

func TestASecondStopIsAtOnce(t *testing.T) {
	o := fakeOptions(t, "stubborn")
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	now, cancel := context.WithCancel(context.Background())
	cancel()
	begun := time.Now()
	s.Stop(now)
	if d := time.Since(begun); d > stopLimit/2 {
		t.Errorf("a stop that may not wait took %v", d)
	}
}

func TestAPortTakenMeanwhileIsTold(t *testing.T) {
	o := fakeOptions(t, "busy")
	_, err := Start(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), ErrPortTaken.Error()) {
		t.Errorf("error %v; want %v", err, ErrPortTaken)
	}
}

func TestNewsAndOtherKernelsAreOff(t *testing.T) {
	state := t.TempDir()
	for range 2 { // the second time finds the files there
		if err := configure(state); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string]string{
		"config/labconfig/page_config.json": `"@jupyterlab/apputils-extension:announcements": true`,
		"config/jupyter_server_config.json": `"ensure_native_kernel": false`,
	} {
		data, err := os.ReadFile(filepath.Join(state, file))
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s: %v\n%s\nwant %s", file, err, data, want)
		}
	}
}

func TestPickPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	busy := l.Addr().(*net.TCPAddr).Port
	if _, err := PickPort("127.0.0.1", busy); err == nil || !strings.Contains(err.Error(), strconv.Itoa(busy)) || !strings.Contains(err.Error(), "-port") {
		t.Errorf("a busy port: %v; want an error that names it and the flag", err)
	}
	// Whether or not somebody has the default port, another is found.
	if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", DefaultPort)); err == nil {
		defer l.Close()
	}
	if p, err := PickPort("127.0.0.1", 0); err != nil || p == DefaultPort {
		t.Errorf("PickPort(0) = %d, %v; want a port other than the busy %d", p, err, DefaultPort)
	}
	for _, bad := range []int{-1, 65536} {
		if _, err := PickPort("127.0.0.1", bad); err == nil {
			t.Errorf("port %d was accepted", bad)
		}
	}
}

func TestTheDoorOpensOnce(t *testing.T) {
	target := "http://127.0.0.1:1/lab?token=secret"
	door, err := oneTimeDoor(target)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(door, "secret") {
		t.Errorf("the door %s shows the token", door)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if resp, err := client.Get(door + "x"); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("a guess: %v, %v; want 404", resp, err)
	}
	resp, err := client.Get(door)
	if err != nil || resp.Header.Get("Location") != target {
		t.Fatalf("the door: %v, %v; want a redirect to the lab", resp, err)
	}
	if resp, err := client.Get(door); err == nil && resp.Header.Get("Location") != "" {
		t.Error("the door opened twice")
	}
}
