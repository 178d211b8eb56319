// Package oracle runs scripts of system calls and compares every answer with
// the one a real Linux kernel gave. A case is one JSON object: a list of steps
// of one or more processes on one host, each with its expected result.
package oracle

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Case is one script.
type Case struct {
	Name   string                       `json:"name"`
	Topic  string                       `json:"topic"`
	Source string                       `json:"source"`
	Note   string                       `json:"note"`
	Tags   []string                     `json:"tags"`
	Sysctl map[string]string            `json:"sysctl"`
	Procs  map[string]struct{ UID int } `json:"procs"`
	Steps  []Step                       `json:"steps"`
}

// Has reports whether the case has a tag.
func (c *Case) Has(tag string) bool {
	for _, t := range c.Tags {
		if t == tag {
			return true
		}
	}
	return false
}

// Value is a name or a number.
type Value struct {
	Name string
	N    int64
	Text bool
}

// UnmarshalJSON takes a string or an integer.
func (v *Value) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		v.Text = true
		return json.Unmarshal(b, &v.Name)
	}
	return json.Unmarshal(b, &v.N)
}

func (v Value) String() string {
	if v.Text {
		return v.Name
	}
	return fmt.Sprint(v.N)
}

// PollFD is an entry of poll's list.
type PollFD struct {
	FD Value    `json:"fd"`
	Ev []string `json:"ev"`
}

// Step is one call.
type Step struct {
	P       string          `json:"p"`
	Call    string          `json:"call"`
	FD      *Value          `json:"fd"`
	Domain  *Value          `json:"domain"`
	Type    *Value          `json:"type"`
	Proto   *Value          `json:"proto"`
	Flags   []string        `json:"flags"`
	Addr    string          `json:"addr"`
	AddrLen *int            `json:"addrlen"`
	Backlog int             `json:"backlog"`
	Data    *string         `json:"data"`
	Bufs    []string        `json:"bufs"`
	N       int             `json:"n"`
	Ns      []int           `json:"ns"`
	Level   *Value          `json:"level"`
	Opt     *Value          `json:"opt"`
	Val     any             `json:"val"`
	OptLen  *int            `json:"optlen"`
	How     *Value          `json:"how"`
	FDs     []PollFD        `json:"fds"`
	Timeout int             `json:"timeout"`
	R       []Value         `json:"r"`
	W       []Value         `json:"w"`
	E       []Value         `json:"e"`
	NFDs    *int            `json:"nfds"`
	Op      *Value          `json:"op"`
	Ev      []string        `json:"ev"`
	Tag     string          `json:"tag"`
	Max     int             `json:"max"`
	Cur     int             `json:"cur"`
	Cmd     *Value          `json:"cmd"`
	Arg     *Value          `json:"arg"`
	To      *Value          `json:"to"`
	As      string          `json:"as"`
	As2     string          `json:"as2"`
	Save    string          `json:"save"`
	Child   string          `json:"child"`
	MS      int             `json:"ms"`
	Key     string          `json:"key"`
	Value   string          `json:"value"`
	Job     string          `json:"job"`
	Expect  *Result         `json:"expect"`
	Claim   json.RawMessage `json:"claim"`
}

func (s *Step) proc() string {
	if s.P == "" {
		return "A"
	}
	return s.P
}

// Result is what a call answered, in the form of the cases.
type Result struct {
	Err     string     `json:"err,omitempty"`
	Ret     *int64     `json:"ret,omitempty"`
	FD      *int64     `json:"fd,omitempty"`
	FD2     *int64     `json:"fd2,omitempty"`
	Data    *string    `json:"data,omitempty"`
	Addr    *string    `json:"addr,omitempty"`
	Val     any        `json:"val,omitempty"`
	Revents [][]string `json:"revents,omitempty"`
	R       []Value    `json:"r,omitempty"`
	W       []Value    `json:"w,omitempty"`
	E       []Value    `json:"e,omitempty"`
	Events  []Event    `json:"events,omitempty"`
	Flags   []string   `json:"flags,omitempty"`
	Cur     *int64     `json:"cur,omitempty"`
	Max     *int64     `json:"max,omitempty"`
	Total   string     `json:"total,omitempty"`
	Pending bool       `json:"pending,omitempty"`
}

// Event is one of epoll_wait's.
type Event struct {
	Tag string   `json:"tag"`
	Ev  []string `json:"ev"`
}

// MarshalJSON writes a value as it was read.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.Text {
		return json.Marshal(v.Name)
	}
	return json.Marshal(v.N)
}

// String is the result as JSON.
func (r *Result) String() string {
	if r == nil {
		return "nothing"
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}

// File is the cases of one file.
type File struct {
	Name  string
	Cases []*Case
}

// Load reads every *.jsonl and *.jsonl.gz under a directory.
func Load(dir string) ([]File, error) {
	var paths []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.HasSuffix(path, ".jsonl") || strings.HasSuffix(path, ".jsonl.gz")) {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	sort.Strings(paths)
	if len(paths) == 0 {
		return nil, fmt.Errorf("oracle: no *.jsonl or *.jsonl.gz under %s", dir)
	}
	var files []File
	for _, path := range paths {
		f, err := loadFile(path)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func loadFile(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return File{}, fmt.Errorf("%s: %w", path, err)
		}
	}
	file := File{Name: filepath.Base(path)}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		c := new(Case)
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(c); err != nil {
			return File{}, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		file.Cases = append(file.Cases, c)
	}
	return file, lines.Err()
}
