package kernel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/go-zeromq/zmq4"

	"socketbook/notebooks/internal/cell"
)

// Options of a kernel.
type Options struct {
	// Module is the folder of the module in which cells are compiled. Default: the
	// one around Dir.
	Module string
	// Builder compiles the cells, if it is shared with others. Default: a new one
	// for Module.
	Builder *cell.Builder
	// Dir is the notebook's folder. Default: the working directory, which Jupyter sets.
	Dir string
	// Shell runs the ! lines. Default: as package cell has it.
	Shell string
	// Limits of what cells may do.
	Limits cell.Limits
	// Version of the book, for kernel_info.
	Version string
	// Standalone says that the process is there for this kernel alone: SIGINT
	// interrupts the cell, SIGTERM and SIGHUP end the kernel, and so does the end of
	// the process that started it.
	Standalone bool
	// Gopls is the path of a gopls that helps to complete and to inspect; "" is none.
	Gopls string
	// Warm has packages compiled in the background before the first cell needs them.
	Warm bool
	// Ready is told the connection with the ports in use, once they are open.
	Ready func(Connection)
	// Log receives what concerns the kernel itself. Default: nothing is logged.
	Log io.Writer

	started func(*kernel) // lets a test look inside
}

// Serve runs a kernel with a connection file until it is told to shut down or ctx
// ends. When it returns, no process and no file of its cells is left.
func Serve(ctx context.Context, connectionFile string, opts Options) error {
	conn, err := ReadConnection(connectionFile)
	if err != nil {
		return err
	}
	return ServeConnection(ctx, conn, opts)
}

// ServeConnection is Serve for a connection that is not in a file. A port 0 takes a
// free one.
func ServeConnection(ctx context.Context, conn Connection, opts Options) error {
	if opts.Log == nil {
		opts.Log = io.Discard
	}
	if opts.Builder == nil {
		if opts.Module == "" {
			module, err := cell.FindModule(opts.Dir)
			if err != nil {
				return fmt.Errorf("the module of the cells: %w", err)
			}
			opts.Module = module
		}
		opts.Builder = cell.NewBuilder(opts.Module)
	}
	engine, err := cell.New(cell.Options{Builder: opts.Builder, Dir: opts.Dir, Shell: opts.Shell, Limits: opts.Limits, Gopls: opts.Gopls})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	k := &kernel{
		signer: signer{key: []byte(conn.Key)}, session: rand.Text(), engine: engine, version: opts.Version,
		log: log.New(opts.Log, "kernel: ", 0), quit: cancel, idle: make(chan struct{}),
	}
	k.cells, k.endCells = context.WithCancel(ctx)
	defer k.cleanUp()
	defer cancel()
	if conn, err = k.open(conn); err != nil {
		return err
	}
	if opts.Warm {
		go opts.Builder.Warm(ctx) // a failure shows again in the cell that needs it
	}
	if opts.Standalone {
		stop := k.obeySignals(ctx)
		defer stop()
	}
	k.publish(nil, "status", status{"starting"})
	k.serve()
	if opts.started != nil {
		opts.started(k)
	}
	if opts.Ready != nil {
		opts.Ready(conn)
	}
	<-ctx.Done()
	return nil
}

// kernel is a running kernel.
type kernel struct {
	signer
	session string
	version string
	engine  *cell.Engine
	log     *log.Logger
	quit    context.CancelFunc

	shell, control, stdin, iopub, hb zmq4.Socket
	sending                          sync.Mutex // ZeroMQ sockets take one message at a time

	queue    queue
	cells    context.Context // in which cells run
	endCells context.CancelFunc
	idle     chan struct{} // closed when the loop of the shell channel has ended
	serving  bool

	mu        sync.Mutex
	interrupt context.CancelFunc // of the running cell
	count     int
	uncounted int
	history   []string // codes of the cells that counted
}

// open opens the five channels.
func (k *kernel) open(conn Connection) (Connection, error) {
	if err := conn.check(); err != nil {
		return conn, err
	}
	quiet := zmq4.WithLogger(log.New(io.Discard, "", 0))
	// Sockets end by Close and not by a context, so that a last reply still leaves.
	ctx := context.Background()
	for _, channel := range []struct {
		name   string
		port   *int
		socket *zmq4.Socket
		kind   func(context.Context, ...zmq4.Option) zmq4.Socket
	}{
		{"shell", &conn.ShellPort, &k.shell, zmq4.NewRouter},
		{"control", &conn.ControlPort, &k.control, zmq4.NewRouter},
		{"stdin", &conn.StdinPort, &k.stdin, zmq4.NewRouter},
		{"iopub", &conn.IOPubPort, &k.iopub, zmq4.NewPub},
		{"hb", &conn.HBPort, &k.hb, zmq4.NewRouter}, // unlike REP it serves many clients
	} {
		*channel.socket = channel.kind(ctx, quiet)
		if err := (*channel.socket).Listen(conn.endpoint(*channel.port)); err != nil {
			return conn, fmt.Errorf("the %s channel cannot listen on %s: %w", channel.name, conn.endpoint(*channel.port), errors.Unwrap(err))
		}
		if tcp, ok := (*channel.socket).Addr().(*net.TCPAddr); ok {
			*channel.port = tcp.Port
		}
	}
	return conn, nil
}

// serve starts the loops of the channels.
func (k *kernel) serve() {
	k.serving = true
	k.queue.init()
	go k.receive(k.shell, k.queue.push)
	go k.receive(k.control, k.answerControl)
	go k.receive(k.stdin, func(*Message) {}) // nobody asked
	go func() {
		defer close(k.idle)
		for {
			m := k.queue.pop()
			if m == nil {
				return
			}
			k.answerShell(m)
		}
	}()
	go func() {
		for {
			beat, err := k.hb.Recv()
			if err != nil {
				return
			}
			_ = k.hb.SendMulti(beat)
		}
	}()
}

// receive reads a channel until it is closed. Messages with a wrong signature are
// dropped: they come from somebody without the key.
func (k *kernel) receive(socket zmq4.Socket, handle func(*Message)) {
	for {
		frames, err := socket.Recv()
		if err != nil {
			return
		}
		m, err := k.decode(frames.Frames)
		if err != nil {
			k.log.Printf("a message was dropped: %v", err)
			continue
		}
		handle(m)
	}
}

func (k *kernel) send(socket zmq4.Socket, m *Message) {
	k.sending.Lock()
	defer k.sending.Unlock()
	if err := socket.SendMulti(zmq4.NewMsgFrom(k.encode(m)...)); err != nil {
		k.log.Printf("%s was not sent: %v", m.Header.Type, err)
	}
}

// reply answers a request on the channel it came from.
func (k *kernel) reply(socket zmq4.Socket, request *Message, kind string, content any) {
	m, err := compose(k.session, kind, request, content)
	if err != nil {
		k.log.Printf("%s: %v", kind, err)
		return
	}
	k.send(socket, m)
}

// publish tells all clients something, because of the request parent.
func (k *kernel) publish(parent *Message, kind string, content any) {
	m, err := compose(k.session, kind, parent, content)
	if err != nil {
		k.log.Printf("%s: %v", kind, err)
		return
	}
	m.identities = [][]byte{[]byte("kernel." + k.session + "." + kind)} // the topic
	k.send(k.iopub, m)
}

// stop interrupts the running cell.
func (k *kernel) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.interrupt != nil {
		k.interrupt()
	}
}

// finish ends the running cell, forgets the waiting ones, and removes what cells
// left. It may be called again.
func (k *kernel) finish() {
	k.queue.close()
	k.endCells()
	if k.serving {
		<-k.idle
	}
	if err := k.engine.Close(); err != nil {
		k.log.Printf("cleaning up: %v", err)
	}
}

// linger gives the sockets time to send the last messages: closing drops what is
// still queued.
const linger = 50 * time.Millisecond

func (k *kernel) cleanUp() {
	k.finish()
	time.Sleep(linger)
	for _, socket := range []zmq4.Socket{k.shell, k.control, k.stdin, k.iopub, k.hb} {
		if socket != nil {
			socket.Close()
		}
	}
}

// obeySignals does what Options.Standalone says.
func (k *kernel) obeySignals(ctx context.Context) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	parent := os.Getppid()
	tick := time.NewTicker(time.Second)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-signals:
				if s == os.Interrupt {
					k.stop()
				} else {
					k.quit()
				}
			case <-tick.C:
				if os.Getenv("JPY_PARENT_PID") != "" && os.Getppid() != parent {
					k.quit() // the server is gone and cannot tell us any more
				}
			}
		}
	}()
	return func() {
		tick.Stop()
		signal.Stop(signals)
	}
}
