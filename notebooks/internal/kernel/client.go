package kernel

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
)

// Client is the front end's side of the protocol. Its methods may be called from
// several goroutines.
type Client struct {
	signer
	session                   string
	shell, control, iopub, hb zmq4.Socket
	sending                   sync.Mutex

	mu      sync.Mutex
	pending map[string]chan incoming // by the request's id
	closed  chan struct{}
}

// incoming is a message and the channel that it came on.
type incoming struct {
	message *Message
	iopub   bool
}

// Dial connects to a running kernel and waits until messages flow.
func Dial(ctx context.Context, conn Connection) (*Client, error) {
	c := &Client{
		signer: signer{key: []byte(conn.Key)}, session: rand.Text(),
		pending: map[string]chan incoming{}, closed: make(chan struct{}),
	}
	quiet := zmq4.WithLogger(log.New(io.Discard, "", 0))
	identity := zmq4.WithID(zmq4.SocketIdentity(c.session))
	c.shell = zmq4.NewDealer(context.Background(), quiet, identity)
	c.control = zmq4.NewDealer(context.Background(), quiet, identity)
	c.iopub = zmq4.NewSub(context.Background(), quiet)
	c.hb = zmq4.NewReq(context.Background(), quiet)
	err := errors.Join(
		c.shell.Dial(conn.endpoint(conn.ShellPort)), c.control.Dial(conn.endpoint(conn.ControlPort)),
		c.iopub.Dial(conn.endpoint(conn.IOPubPort)), c.iopub.SetOption(zmq4.OptionSubscribe, ""),
		c.hb.Dial(conn.endpoint(conn.HBPort)))
	if err != nil {
		c.Close()
		return nil, err
	}
	go c.receive(c.shell, false)
	go c.receive(c.control, false)
	go c.receive(c.iopub, true)
	// A subscription takes effect some time after it was sent. Ask until something
	// published arrives.
	for {
		try, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		_, err := c.Request(try, "control", "kernel_info_request", object{}, nil)
		cancel()
		if err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			c.Close()
			return nil, fmt.Errorf("the kernel does not answer: %w", ctx.Err())
		}
	}
}

// Close ends the connection; the kernel goes on.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.closed:
		return
	default:
	}
	close(c.closed)
	for _, socket := range []zmq4.Socket{c.shell, c.control, c.iopub, c.hb} {
		socket.Close()
	}
}

func (c *Client) receive(socket zmq4.Socket, iopub bool) {
	for {
		frames, err := socket.Recv()
		if err != nil {
			return
		}
		m, err := c.decode(frames.Frames)
		if err != nil {
			continue
		}
		c.mu.Lock()
		waiting := c.pending[m.Parent.ID]
		c.mu.Unlock()
		if waiting == nil {
			continue
		}
		select {
		case waiting <- incoming{m, iopub}:
		case <-c.closed:
			return
		}
	}
}

// Request sends a request on "shell" or "control" and waits for its reply and for
// the kernel to say that it is idle again. What is published meanwhile because of
// this request goes to show, in order.
func (c *Client) Request(ctx context.Context, channel, kind string, content any, show func(*Message)) (*Message, error) {
	wait, err := c.Start(channel, kind, object{}, content)
	if err != nil {
		return nil, err
	}
	return wait(ctx, show)
}

// Start sends a request and returns the function that waits for its end, so that
// several can be under way. It must be called.
func (c *Client) Start(channel, kind string, metadata, content any) (wait func(context.Context, func(*Message)) (*Message, error), err error) {
	m, err := compose(c.session, kind, nil, content)
	if err != nil {
		return nil, err
	}
	if m.Metadata, err = marshal(metadata); err != nil {
		return nil, err
	}
	answers := make(chan incoming, 1024)
	c.mu.Lock()
	c.pending[m.Header.ID] = answers
	c.mu.Unlock()
	socket := c.shell
	if channel == "control" {
		socket = c.control
	}
	c.sending.Lock()
	err = socket.SendMulti(zmq4.NewMsgFrom(c.encode(m)...))
	c.sending.Unlock()
	wait = func(ctx context.Context, show func(*Message)) (*Message, error) {
		defer func() {
			c.mu.Lock()
			delete(c.pending, m.Header.ID)
			c.mu.Unlock()
		}()
		return await(ctx, answers, show)
	}
	return wait, err
}

func await(ctx context.Context, answers chan incoming, show func(*Message)) (*Message, error) {
	var reply *Message
	for idle := false; reply == nil || !idle; {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case in := <-answers:
			if !in.iopub {
				reply = in.message
				continue
			}
			var s status
			if in.message.Header.Type == "status" && json.Unmarshal(in.message.Content, &s) == nil && s.State == "idle" {
				idle = true
			}
			if show != nil {
				show(in.message)
			}
		}
	}
	return reply, nil
}

// Execute runs a cell. cellID is the cell's identity in its notebook.
func (c *Client) Execute(ctx context.Context, cellID, code string, show func(*Message)) (*Message, error) {
	wait, err := c.Start("shell", "execute_request", object{"cellId": cellID}, object{
		"code": code, "silent": false, "store_history": true, "user_expressions": object{},
		"allow_stdin": false, "stop_on_error": true,
	})
	if err != nil {
		return nil, err
	}
	return wait(ctx, show)
}

// Interrupt stops the cell that runs.
func (c *Client) Interrupt(ctx context.Context) error {
	_, err := c.Request(ctx, "control", "interrupt_request", object{}, nil)
	return err
}

// Heartbeat sends something and returns what comes back.
func (c *Client) Heartbeat(data []byte) ([]byte, error) {
	if err := c.hb.Send(zmq4.NewMsg(data)); err != nil {
		return nil, err
	}
	back, err := c.hb.Recv()
	return back.Bytes(), err
}

// Shutdown asks the kernel to end and waits for its word that all is cleaned up.
func (c *Client) Shutdown(ctx context.Context) error {
	_, err := c.Request(ctx, "control", "shutdown_request", object{"restart": false}, nil)
	return err
}
