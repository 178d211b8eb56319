package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"socketbook/notebooks/internal/cell"
	"socketbook/notebooks/internal/ipynb"
	"socketbook/notebooks/internal/kernel"
)

// open starts a session of the kind that the options ask for.
func (o *Options) open(ctx context.Context) (session, error) {
	if o.Protocol {
		return o.openKernel(ctx)
	}
	engine, err := cell.New(cell.Options{Builder: o.Builder, Dir: o.Dir, Shell: o.Shell})
	if err != nil {
		return nil, err
	}
	return &direct{engine: engine}, nil
}

// direct gives the cells to the engine.
type direct struct {
	engine *cell.Engine
	count  int
}

func (d *direct) run(ctx context.Context, c *ipynb.Cell, out cell.Output) error {
	d.count++
	return d.engine.Run(ctx, cell.Request{Code: c.Source, Count: d.count, Owner: c.ID}, out)
}

func (d *direct) close() error { return d.engine.Close() }

// remote gives the cells to a kernel in this process, over the protocol.
type remote struct {
	client *kernel.Client
	stop   context.CancelFunc
	served chan error
}

// farewell bounds the time in which a kernel must answer what it answers at once.
const farewell = 10 * time.Second

func (o *Options) openKernel(ctx context.Context) (session, error) {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	r := &remote{stop: stop, served: make(chan error, 1)}
	ready := make(chan kernel.Connection, 1)
	go func() {
		r.served <- kernel.ServeConnection(serving, kernel.Local(), kernel.Options{
			Builder: o.Builder, Dir: o.Dir, Shell: o.Shell, Ready: func(c kernel.Connection) { ready <- c },
		})
	}()
	select {
	case conn := <-ready:
		dialing, cancel := context.WithTimeout(ctx, farewell)
		defer cancel()
		var err error
		if r.client, err = kernel.Dial(dialing, conn); err != nil {
			stop()
			return nil, errors.Join(err, <-r.served)
		}
		return r, nil
	case err := <-r.served:
		stop()
		return nil, err
	}
}

func (r *remote) run(ctx context.Context, c *ipynb.Cell, out cell.Output) error {
	// The cell's own end is awaited without a limit: when ctx ends, an interrupt
	// brings it about.
	waiting, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() {
		asking, done := context.WithTimeout(waiting, farewell)
		defer done()
		if err := r.client.Interrupt(asking); err != nil {
			cancel(fmt.Errorf("the kernel does not answer an interrupt: %w", err))
		}
	})()
	reply, err := r.client.Execute(waiting, c.ID, c.Source, func(m *kernel.Message) { show(m, out) })
	if err != nil {
		return err
	}
	var answer struct {
		Status    string   `json:"status"`
		Ename     string   `json:"ename"`
		Evalue    string   `json:"evalue"`
		Traceback []string `json:"traceback"`
	}
	if err := json.Unmarshal(reply.Content, &answer); err != nil {
		return fmt.Errorf("execute_reply: %w", err)
	}
	switch {
	case answer.Status == "ok":
		return nil
	case ctx.Err() != nil: // the kernel does not know why it was interrupted
		message := "interrupted: " + context.Cause(ctx).Error()
		return &cell.Error{Name: "Interrupted", Value: message, Trace: []string{message}}
	}
	return &cell.Error{Name: answer.Ename, Value: answer.Evalue, Trace: answer.Traceback}
}

// show passes a published message on. The error of a cell comes with the reply.
func show(m *kernel.Message, out cell.Output) {
	var content struct {
		Name      string         `json:"name"`
		Text      string         `json:"text"`
		Data      map[string]any `json:"data"`
		Metadata  map[string]any `json:"metadata"`
		Transient struct {
			ID string `json:"display_id"`
		} `json:"transient"`
	}
	if err := json.Unmarshal(m.Content, &content); err != nil {
		return
	}
	switch m.Header.Type {
	case "stream":
		out.Stream(content.Name, content.Text)
	case "display_data", "update_display_data":
		out.Display(cell.Display{
			Data: content.Data, Metadata: content.Metadata, ID: content.Transient.ID,
			Update: m.Header.Type == "update_display_data",
		})
	}
}

func (r *remote) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	err := r.client.Shutdown(ctx)
	r.client.Close()
	r.stop()
	return errors.Join(err, <-r.served)
}
