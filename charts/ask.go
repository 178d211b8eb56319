package charts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"socketbook/charts/spec"
)

// A request to the renderer, one JSON value a line on its standard input; the
// reply comes the same way on its standard output.
type (
	request = spec.Request
	reply   = spec.Reply
)

const (
	opShow    = spec.OpShow
	opSetup   = spec.OpSetup
	opDisplay = spec.OpDisplay
	opFigure  = spec.OpFigure
	opPage    = spec.OpPage
	opLibrary = spec.OpLibrary
)

// renderer is the helper process of this program: one for its whole life, for
// the display pipe takes only one sender, and reading the library takes longer
// than drawing. It ends by itself when this program's end closes the pipes.
var renderer struct {
	sync.Mutex
	in  *json.Encoder
	out *json.Decoder
	err error // why it cannot be used; it is not tried again
}

// ask sends one request and waits for the answer.
func ask(r request) (string, error) {
	renderer.Lock()
	defer renderer.Unlock()
	if renderer.in == nil && renderer.err == nil {
		renderer.err = start()
	}
	if renderer.err != nil {
		return "", renderer.err
	}
	var answer reply
	err := renderer.in.Encode(r)
	if err == nil {
		err = renderer.out.Decode(&answer)
	}
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("it ended without an answer")
		}
		renderer.err = fmt.Errorf("the renderer failed: %w", err)
		return "", renderer.err
	}
	if answer.Err != "" {
		return "", errors.New(answer.Err)
	}
	return answer.Out, nil
}

// start finds or builds the helper and connects its two pipes. os.StartProcess
// rather than os/exec: a cell links it, and it is 40 ms lighter.
func start() error {
	path, err := helper(os.Stderr)
	if err != nil {
		return err
	}
	hisIn, in, err := os.Pipe()
	if err != nil {
		return err
	}
	out, hisOut, err := os.Pipe()
	if err != nil {
		return err
	}
	_, err = os.StartProcess(path, []string{path}, &os.ProcAttr{Files: []*os.File{hisIn, hisOut, os.Stderr}})
	hisIn.Close()
	hisOut.Close()
	if err != nil {
		in.Close()
		out.Close()
		return fmt.Errorf("cannot start the renderer %s: %w", path, err)
	}
	renderer.in, renderer.out = json.NewEncoder(in), json.NewDecoder(out)
	return nil
}
