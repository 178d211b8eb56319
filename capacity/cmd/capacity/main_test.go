package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"socketbook/capacity"
	"socketbook/capacity/calibrate"
)

// say runs the command and returns what it prints.
func say(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(context.Background(), args, &out, io.Discard); err != nil {
		t.Fatalf("capacity %v: %v", args, err)
	}
	return out.String()
}

// The commands of the help, each with the numbers that must be in the answer.
func TestAnswersInText(t *testing.T) {
	for line, want := range map[string][]string{
		"-ram 16GB -clients 10": {"1,020 connections: RLIMIT_NOFILE soft stops us first", "282,320", "4,178,636", "ss -lnt: Recv-Q grows"},
		"-epoll -reserve 1":     {"1,018 connections"},
		"-raises -goal 10000":   {"To hold 10,000", "ulimit -Hn 10004"},
		"-goal 1000":            {"1,000 connections fit"},
		"-nofile 100000000 -file-max 200000000 -clients 1 -lifetime 1m":       {"14,116 connections: five-tuples"},
		"-nofile 100000000 -file-max 200000000 -ram 64GiB -app 8KB..40KB":     {"nine times in ten between", "100 %  RAM binds", "application bytes"},
		"-kernel 4.x -rush 1ns -nofile 9999":                                  {"129 connections: accept queue"},
		"-tracked -nofile 9999999 -file-max 9999999":                          {"262,144 connections: nf_conntrack_max", "table full"},
		"-backends 1 -nofile 9999999 -file-max 9999999":                       {"28,232 connections: five-tuples to the backends"},
		"-cpus 2 -rate 10 -cpu-message 1ms":                                   {"200 connections: CPU"},
		"-link 1Gbit -rate 1 -answer 1000B -nofile 9999999 -file-max 9999999": {"114,678 connections: link rate"},
		"-clients 2 -behind 500":                                              {"have 56 ports"},
		"-constants -kernel 5.x":                                              {"idle socket, server", "3,572", "net/ipv4/tcp.c"},
		"-published":                                                          {"MigratoryData, 2013", "MISS", "garbage collector"},
	} {
		got := say(t, strings.Fields(line)...)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("capacity %s: no word of %q in\n%s", line, w, got)
			}
		}
	}
	if got := say(t, "-port-range", "1024 65535", "-clients", "1", "-nofile", "9999999", "-file-max", "9999999"); !strings.Contains(got, "64,512 connections") {
		t.Error(got)
	}
}

func TestAnswersInJSON(t *testing.T) {
	var a struct {
		Connections int64
		Binding     string
		Walls       []struct{ Limit, Errno, Counter, SS, Command string }
		Steps       []struct{ Command string }
		Chances     struct {
			P5, P50, P95 int64
			Effects      []struct{ Input string }
		}
	}
	if err := json.Unmarshal([]byte(say(t, "-json", "-goal", "2000", "-app", "1KB..9KB")), &a); err != nil {
		t.Fatal(err)
	}
	if a.Connections != 1020 || a.Binding != "RLIMIT_NOFILE soft" || a.Walls[0].Errno != "EMFILE" || a.Walls[0].SS == "" || len(a.Steps) != 1 ||
		a.Chances.P50 != 1020 || a.Chances.Effects[0].Input != "application bytes" {
		t.Errorf("%+v", a)
	}
	for _, args := range [][]string{{"-json", "-published"}, {"-json", "-constants"}} {
		var rows []map[string]any
		if err := json.Unmarshal([]byte(say(t, args...)), &rows); err != nil || len(rows) < 10 {
			t.Errorf("%v: %d rows, %v", args, len(rows), err)
		}
	}
}

// The same words give the same bytes, spans included.
func TestTheSameQuestionGivesTheSameAnswer(t *testing.T) {
	args := []string{"-ram", "64GiB", "-nofile", "9999999", "-app", "8KB..40KB", "-lifetime", "10s..10m", "-rate", "0.1..5", "-cpus", "4"}
	if a, b := say(t, args...), say(t, args...); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

func TestBadWordsAreRefused(t *testing.T) {
	for line, want := range map[string]string{
		"-ram 16G":                 "16G",
		"-ram 0B":                  "",
		"-ram 8MB..16MB":           "cannot be a span",
		"-app 9KB..1KB":            "smaller to a larger",
		"-app 9KB..x":              "allowed",
		"-rate NaN -cpus 2":        "Rate is NaN",
		"-rate 1..x":               "invalid",
		"-cpus -1":                 "CPUs is -1",
		"-link fast":               "Gbit",
		"-port-range 1":            "two numbers",
		"-port-range 0":            "two numbers",
		"-kernel 3":                "Kernel",
		"-nofile 10 -clients -1":   "Addrs is -1",
		"-goal -5":                 "",
		"-lifetime 99999h":         "Lifetime",
		"-lifetime 1s..x":          "invalid",
		"-nofile-hard 5 -nofile 9": "NofileSoft is 9",
		"-sizes /no/such/file":     "no such file",
		"million":                  "million",
		"-nonsense":                "nonsense",
	} {
		err := run(context.Background(), strings.Fields(line), io.Discard, io.Discard)
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("capacity %s: %v, want a word of %q", line, err, want)
		}
	}
}

func TestHelp(t *testing.T) {
	var log bytes.Buffer
	if err := run(context.Background(), []string{"-help"}, io.Discard, &log); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"-ram bytes", "-here", "-calibrate file", "-goal", "-backends"} {
		if !strings.Contains(log.String(), flag) {
			t.Errorf("no word of %s", flag)
		}
	}
}

// A calibration's sizes go into the answer.
func TestSizesOfAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "sizes.json")
	f := calibrate.File{Kernel: "6.18", Sizes: capacity.Kernels[2].Sizes}
	f.Sizes.Server = 8000
	if err := f.Save(name); err != nil {
		t.Fatal(err)
	}
	if got := say(t, "-ram", "8GB", "-nofile", "9999999", "-sizes", name); !strings.Contains(got, "1,000,000") {
		t.Error(got)
	}
}

// Whatever this machine is, it can be asked about, and flags change it.
func TestHere(t *testing.T) {
	if got := say(t, "-here", "-nofile", "100"); !strings.Contains(got, "96 connections") {
		t.Error(got)
	}
}
