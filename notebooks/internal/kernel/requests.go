package kernel

import (
	"context"
	"encoding/json"
	"go/parser"
	"go/scanner"
	"go/token"
	"runtime"
	"strings"

	"github.com/go-zeromq/zmq4"
)

// object is the content of a message that is written once.
type object = map[string]any

type status struct {
	State string `json:"execution_state"`
}

// answerShell answers a request of the shell channel, between busy and idle.
func (k *kernel) answerShell(m *Message) {
	ctx, cancel := context.WithCancel(k.cells)
	defer cancel()
	k.running(cancel) // before busy is said: who hears it may interrupt
	defer k.running(nil)
	k.publish(m, "status", status{"busy"})
	defer k.publish(m, "status", status{"idle"})
	switch m.Header.Type {
	case "execute_request":
		k.execute(ctx, m)
	case "is_complete_request":
		k.reply(k.shell, m, "is_complete_reply", isComplete(field(m, "code")))
	case "complete_request":
		k.reply(k.shell, m, "complete_reply", k.complete(ctx, m))
	case "inspect_request":
		k.reply(k.shell, m, "inspect_reply", k.inspect(ctx, m))
	case "history_request":
		k.answerHistory(m)
	case "comm_info_request":
		k.reply(k.shell, m, "comm_info_reply", object{"status": "ok", "comms": object{}})
	case "comm_open": // nothing here talks back; the protocol wants it closed
		k.publish(m, "comm_close", object{"comm_id": field(m, "comm_id"), "data": object{}})
	default:
		k.answerBoth(k.shell, m)
	}
}

// answerControl answers a request of the control channel, while a cell may run.
func (k *kernel) answerControl(m *Message) {
	k.publish(m, "status", status{"busy"})
	defer k.publish(m, "status", status{"idle"})
	k.answerBoth(k.control, m)
}

// answerBoth answers what may come on either channel. Requests unknown here get no
// answer, as the protocol asks.
func (k *kernel) answerBoth(socket zmq4.Socket, m *Message) {
	switch m.Header.Type {
	case "kernel_info_request":
		k.reply(socket, m, "kernel_info_reply", k.info())
	case "interrupt_request":
		k.stop()
		k.reply(socket, m, "interrupt_reply", object{"status": "ok"})
	case "shutdown_request":
		var request struct {
			Restart bool `json:"restart"`
		}
		_ = json.Unmarshal(m.Content, &request)
		shutdown := func() {
			k.finish() // first, so that the reply can be relied on
			answer := object{"status": "ok", "restart": request.Restart}
			k.reply(socket, m, "shutdown_reply", answer)
			k.publish(m, "shutdown_reply", answer)
			k.quit()
		}
		if socket == k.shell { // finish waits for this very loop
			go shutdown()
			return
		}
		shutdown()
	default:
		k.log.Printf("%s is unknown", m.Header.Type)
	}
}

func (k *kernel) info() object {
	return object{
		"status":                 "ok",
		"protocol_version":       protocolVersion,
		"implementation":         "socketbook",
		"implementation_version": k.version,
		"banner":                 "Go " + strings.TrimPrefix(runtime.Version(), "go") + ", the bundled kernel of socketbook. %help lists what there is besides Go.",
		"help_links":             []object{{"text": "Go", "url": "https://go.dev/doc/"}, {"text": "The standard library", "url": "https://pkg.go.dev/std"}},
		"debugger":               false,
		"language_info": object{
			"name": "go", "version": runtime.Version(), "mimetype": "text/x-go", "file_extension": ".go",
			"pygments_lexer": "go", "codemirror_mode": "go", "nbconvert_exporter": "script",
		},
	}
}

// isComplete tells a console whether a cell can be run or wants more lines.
func isComplete(code string) object {
	var lines []string
	inMain := false
	for line := range strings.Lines(code) {
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "%%" || trimmed == "%main" || strings.HasPrefix(line, "%% ") || strings.HasPrefix(line, "%main "):
			line, inMain = "func main() {\n", true
		case strings.HasPrefix(line, "%") || strings.HasPrefix(line, "!"):
			line = "\n"
		}
		lines = append(lines, line)
	}
	source := "package main\n" + strings.Join(lines, "") + "\n"
	parse := func(source string) error {
		_, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
		return err
	}
	err := parse(source)
	list, _ := err.(scanner.ErrorList)
	switch {
	case err == nil || inMain && parse(source+"}\n") == nil:
		return object{"status": "complete"}
	case len(list) > 0 && (strings.Contains(list[0].Msg, "found 'EOF'") || strings.Contains(list[0].Msg, "not terminated")):
		return object{"status": "incomplete", "indent": "\t"}
	}
	return object{"status": "invalid"}
}

// field is a string in the content of a message, "" if there is none.
func field(m *Message, name string) string {
	var content map[string]any
	_ = json.Unmarshal(m.Content, &content)
	s, _ := content[name].(string)
	return s
}
