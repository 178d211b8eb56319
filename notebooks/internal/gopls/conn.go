package gopls

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"sync"
)

// largest is the length beyond which an answer is not read, in bytes.
const largest = 64 << 20

// message is any of JSON-RPC's three: a request has a method and an id, a
// notification a method alone, an answer an id alone.
type message struct {
	Version string         `json:"jsonrpc"`
	ID      *raw           `json:"id,omitempty"`
	Method  string         `json:"method,omitempty"`
	Params  any            `json:"params,omitempty"`
	Result  *raw           `json:"result,omitempty"`
	Error   *responseError `json:"error,omitempty"`
}

type responseError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// conn speaks with a server over its standard input and output.
type conn struct {
	out  io.WriteCloser
	done chan struct{} // closed when the server says no more
	once sync.Once

	writing sync.Mutex
	mu      sync.Mutex
	next    int
	waiting map[string]chan message
}

func newConn(in io.Reader, out io.WriteCloser) *conn {
	c := &conn{out: out, done: make(chan struct{}), waiting: map[string]chan message{}}
	go c.read(bufio.NewReader(in))
	return c
}

func (c *conn) close() {
	c.once.Do(func() { close(c.done) })
	_ = c.out.Close()
}

func (c *conn) alive() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// call waits for an answer, or until ctx ends; then the question is withdrawn.
func (c *conn) call(ctx context.Context, method string, params, result any) error {
	answer := make(chan message, 1)
	c.mu.Lock()
	c.next++
	id := raw(strconv.Itoa(c.next))
	c.waiting[string(id)] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.waiting, string(id))
		c.mu.Unlock()
	}()
	// A server that does not read must not hold who asks.
	sent := make(chan error, 1)
	go func() { sent <- c.write(message{ID: &id, Method: method, Params: params}) }()
	for {
		select {
		case err := <-sent:
			if err != nil {
				return err
			}
			sent = nil
		case m := <-answer:
			switch {
			case m.Error != nil:
				return fmt.Errorf("%s: %s", method, m.Error.Message)
			case result == nil || m.Result == nil:
				return nil
			}
			return json.Unmarshal(*m.Result, result)
		case <-c.done:
			return ErrNotReady
		case <-ctx.Done():
			go c.write(message{Method: "$/cancelRequest", Params: map[string]any{"id": id}})
			return ctx.Err()
		}
	}
}

// notify queues a message that has no answer. It is written before what call writes
// later, because both wait for the same lock in turn.
func (c *conn) notify(method string, params any) error {
	return c.write(message{Method: method, Params: params})
}

func (c *conn) write(m message) error {
	m.Version = "2.0"
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err = fmt.Fprintf(c.out, "Content-Length: %d\r\n\r\n%s", len(data), data)
	return err
}

// read hands answers to those who wait for them, and gives the server's own
// questions the shortest answer there is.
func (c *conn) read(in *bufio.Reader) {
	defer c.close()
	for {
		header, err := textproto.NewReader(in).ReadMIMEHeader()
		if err != nil {
			return
		}
		n, err := strconv.Atoi(header.Get("Content-Length"))
		if err != nil || n < 0 || n > largest {
			return
		}
		data := make([]byte, n)
		if _, err := io.ReadFull(in, data); err != nil {
			return
		}
		var m message
		if json.Unmarshal(data, &m) != nil {
			return
		}
		switch {
		case m.Method != "" && m.ID != nil:
			answer := raw("null")
			if m.Method == "workspace/configuration" {
				answer = raw("[null]")
			}
			go c.write(message{ID: m.ID, Result: &answer})
		case m.ID != nil:
			c.mu.Lock()
			waiting := c.waiting[string(*m.ID)]
			c.mu.Unlock()
			if waiting != nil {
				waiting <- m
			}
		}
	}
}
