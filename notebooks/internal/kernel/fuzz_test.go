//go:build unix

package kernel

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"sync"
	"testing"
)

// fuzzed is a kernel and its key. It has a client, since without one ZeroMQ would
// wait for it at the first reply.
var fuzzed = sync.OnceValues(func() (*kernel, signer) {
	started := make(chan *kernel, 1)
	conn := Local()
	ready := make(chan Connection, 1)
	go ServeConnection(context.Background(), conn, Options{
		Builder: builder(), Log: io.Discard, started: func(k *kernel) { started <- k }, Ready: func(c Connection) { ready <- c },
	})
	if _, err := Dial(context.Background(), <-ready); err != nil {
		panic(err)
	}
	return <-started, signer{key: []byte(conn.Key)}
})

// FuzzFrames takes frames from anybody. None may be taken for a message without the
// right signature, and nothing may panic.
func FuzzFrames(f *testing.F) {
	key := signer{key: []byte("k")}
	m, err := compose("s", "execute_request", nil, object{"code": "x"})
	if err != nil {
		f.Fatal(err)
	}
	whole := bytes.Join(key.encode(m), []byte{0})
	f.Add(whole)
	f.Add(bytes.Replace(whole, []byte("x"), []byte("y"), 1))
	f.Add([]byte("<IDS|MSG>"))
	f.Add([]byte("id\x00<IDS|MSG>\x00\x00{}\x00{}\x00{}\x00{}"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		frames := bytes.Split(data, []byte{0})
		m, err := key.decode(frames)
		if err != nil {
			return
		}
		// Whoever passes knows the key: signing it again must give the same signature.
		back := key.encode(m)
		if at := len(m.identities) + 1; !bytes.Equal(back[at], frames[at]) {
			t.Errorf("a message with signature %q was taken; %q is right", frames[at], back[at])
		}
	})
}

// FuzzRequests takes requests with the right signature and a content that no client
// would send. Cells are not run here: what they do is theirs.
func FuzzRequests(f *testing.F) {
	kinds := []string{"kernel_info_request", "complete_request", "inspect_request", "is_complete_request", "history_request",
		"comm_info_request", "comm_open", "comm_msg", "interrupt_request", "input_reply", "nonsense", ""}
	for i, content := range []string{
		`{}`, `{"code":"fmt.","cursor_pos":4}`, `{"code":"fmt.Println(","cursor_pos":12}`, `{"code":"é","cursor_pos":-7}`, `{"code":"x","cursor_pos":1e9}`,
		`{"code":7}`, `[]`, `null`, `{"code":"%%\n%%\n`, `{"code":"func f() {","cursor_pos":10}`, `{"hist_access_type":"search","pattern":"[","n":-1}`,
		`{"hist_access_type":"range","start":-9,"stop":99999999999999999999}`, `{"code":"` + "\\u0000\\\\" + `"}`,
	} {
		for kind := range kinds {
			f.Add(byte(kind), []byte(content))
		}
		f.Add(byte(i), []byte(content+content))
	}
	f.Fuzz(func(t *testing.T, kind byte, content []byte) {
		k, key := fuzzed()
		m, err := compose("s", kinds[int(kind)%len(kinds)], nil, object{})
		if err != nil {
			t.Fatal(err)
		}
		m.Content = content
		m.identities = [][]byte{[]byte("nobody")}
		if m, err = key.decode(key.encode(m)); err != nil {
			t.Fatal(err)
		}
		k.answerShell(m)
		k.answerControl(m)
		var after object
		if reply, err := json.Marshal(isComplete(field(m, "code"))); err != nil || json.Unmarshal(reply, &after) != nil {
			t.Errorf("is_complete: %s, %v", reply, err)
		}
	})
}
