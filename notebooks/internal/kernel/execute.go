package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"socketbook/notebooks/internal/cell"
)

// execute runs a cell.
func (k *kernel) execute(ctx context.Context, m *Message) {
	if k.queue.takeAborted(m) {
		count, _ := k.counter(false, "")
		k.reply(k.shell, m, "execute_reply", object{"status": "aborted", "execution_count": count})
		return
	}
	request := struct {
		Code         string `json:"code"`
		Silent       bool   `json:"silent"`
		StoreHistory bool   `json:"store_history"`
		StopOnError  bool   `json:"stop_on_error"`
	}{StoreHistory: true, StopOnError: true}
	if err := json.Unmarshal(m.Content, &request); err != nil {
		k.reply(k.shell, m, "execute_reply", failure(0, &cell.Error{Name: "KernelError", Value: "execute_request: " + err.Error()}))
		return
	}
	var metadata struct {
		CellID string `json:"cellId"` // JupyterLab's
	}
	_ = json.Unmarshal(m.Metadata, &metadata)

	count, number := k.counter(request.StoreHistory && !request.Silent, request.Code)
	out := &output{kernel: k, parent: m, silent: request.Silent, ctx: ctx}
	if !request.Silent {
		k.publish(m, "execute_input", object{"code": request.Code, "execution_count": count})
	}
	err := k.engine.Run(ctx, cell.Request{Code: request.Code, Count: number, Owner: metadata.CellID}, out)
	out.flush()
	if err == nil {
		k.reply(k.shell, m, "execute_reply", object{
			"status": "ok", "execution_count": count, "user_expressions": object{}, "payload": []any{},
		})
		return
	}
	failed, ok := errors.AsType[*cell.Error](err)
	if !ok {
		failed = &cell.Error{Name: "KernelError", Value: err.Error()}
	}
	if !request.Silent {
		k.publish(m, "error", object{"ename": failed.Name, "evalue": failed.Value, "traceback": trace(failed)})
	}
	if request.StopOnError {
		k.queue.abort()
	}
	k.reply(k.shell, m, "execute_reply", failure(count, failed))
}

func failure(count int, err *cell.Error) object {
	return object{
		"status": "error", "execution_count": count,
		"ename": err.Name, "evalue": err.Value, "traceback": trace(err),
	}
}

func trace(err *cell.Error) []string {
	if len(err.Trace) == 0 {
		return []string{err.Value}
	}
	return err.Trace
}

// Cells that do not count (silent ones, a front end's own) get numbers from here
// on for their error messages, so that they are not taken for a cell that does.
const firstUncounted = 1_000_001

// counter returns the execution count and the number under which errors speak of
// the cell: the same for a cell that counts.
func (k *kernel) counter(counts bool, code string) (count, number int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if counts {
		k.count++
		k.history = append(k.history, code)
		return k.count, k.count
	}
	k.uncounted++
	return k.count, firstUncounted + k.uncounted - 1
}

func (k *kernel) running(cancel context.CancelFunc) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.interrupt = cancel
}

// output publishes what a cell shows. Text is gathered for a moment: a program that
// writes in small pieces, as Go's runtime does with a panic, would else send a
// message for each.
type output struct {
	kernel *kernel
	parent *Message
	silent bool
	ctx    context.Context

	mu    sync.Mutex
	name  string // of the stream that text belongs to
	text  []byte
	sent  int       // bytes of text
	began time.Time // of the first
}

const (
	gather    = 10 * time.Millisecond
	gathering = 32 << 10 // bytes that go out at once

	// A program can print faster than any browser shows, and ZeroMQ queues without a
	// bound what the browser does not take. So text is held to this rate after a first
	// burst; the program then waits in write, as with a slow terminal.
	burst = 4 << 20 // bytes
	rate  = 8 << 20 // bytes per second
)

func (o *output) Stream(name, text string) {
	if o.silent {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if name != o.name {
		o.send()
		o.name = name
	}
	if len(o.text) == 0 {
		time.AfterFunc(gather, o.flush)
	}
	o.text = append(o.text, text...)
	if len(o.text) >= gathering {
		o.send()
	}
}

func (o *output) Display(d cell.Display) {
	if o.silent {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send()
	kind, transient, metadata := "display_data", object{}, d.Metadata
	if d.ID != "" {
		transient["display_id"] = d.ID
	}
	if d.Update {
		kind = "update_display_data"
	}
	if metadata == nil {
		metadata = object{}
	}
	o.kernel.publish(o.parent, kind, object{"data": d.Data, "metadata": metadata, "transient": transient})
}

// flush sends what was gathered.
func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send()
}

// send is flush for those who hold the lock.
func (o *output) send() {
	if len(o.text) == 0 {
		return
	}
	if o.began.IsZero() {
		o.began = time.Now()
	}
	o.sent += len(o.text)
	if ahead := o.sent - burst - int(time.Since(o.began).Seconds()*rate); ahead > 0 {
		select {
		case <-time.After(time.Duration(ahead) * time.Second / rate):
		case <-o.ctx.Done():
		}
	}
	o.kernel.publish(o.parent, "stream", object{"name": o.name, "text": string(o.text)})
	o.text = o.text[:0]
}
