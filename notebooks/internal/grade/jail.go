package grade

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

// jailEnv carries the orders of a process that is about to become an answer.
const jailEnv = "SOCKETBOOK_JAIL"

// orders of such a process.
type orders struct {
	Program    string
	Root       string // an empty folder, to be its root; "": it keeps the machine's
	Data, Text uint64 // bytes of memory and of a file
	CPU, Files uint64 // seconds; descriptors
}

var limits = orders{Data: 1 << 30, Text: 16 << 20, CPU: 20, Files: 256}

// jail holds answers.
type jail struct {
	self   string
	closed bool   // in namespaces of its own
	why    string // not
}

func (j *jail) String() string {
	const always = "Each answer ran in a process of its own with limits on time, memory, output and files, and was read for what it uses before."
	if j.closed {
		return always + " It saw neither the files of this machine nor its network nor other processes."
	}
	return always + " Namespaces were not to be had here (" + j.why + "): that an answer does not read the files of the others rests on that reading alone."
}

// environment of an answer: nothing of this machine's.
var environment = []string{"HOME=/tmp", "TMPDIR=/tmp", "PATH=/", "GOMAXPROCS=2", "GOTRACEBACK=single"}

// confine makes the command one that enters the jail before it becomes the program.
func (j *jail) confine(cmd *exec.Cmd) error {
	o := limits
	o.Program = cmd.Path
	if j.closed {
		// Beside the program, to go when that goes.
		o.Root = filepath.Join(filepath.Dir(cmd.Path), "jail")
		if err := os.MkdirAll(o.Root, 0o755); err != nil {
			return err
		}
	}
	return j.order(cmd, o)
}

func (j *jail) order(cmd *exec.Cmd, o orders) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	cmd.Path, cmd.Args = j.self, []string{"answer"}
	cmd.Env = append(environment, jailEnv+"="+string(text))
	if j.closed {
		cmd.SysProcAttr = separate(cmd.SysProcAttr)
	}
	return nil
}

// Enter makes this process an answer, if it was started to be one. A program that
// grades calls it first of all.
func Enter() {
	text := os.Getenv(jailEnv)
	if text == "" {
		return
	}
	runtime.LockOSThread() // privileges are a thread's, and this one becomes the program
	var o orders
	err := json.Unmarshal([]byte(text), &o)
	program := o.Program
	if err == nil && o.Root != "" {
		program, err = lockUp(o)
	}
	if err == nil {
		err = restrict(o)
	}
	if err == nil && o.Program != "" {
		err = syscall.Exec(program, []string{"answer"}, environment)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the jail:", err)
		os.Exit(1)
	}
	os.Exit(0)
}
