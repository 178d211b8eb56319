package kernel

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
)

// Connection is the content of the connection file with which Jupyter starts a
// kernel: where to listen, and the key that signs all messages.
type Connection struct {
	Transport       string `json:"transport"` // "tcp" or "ipc"
	IP              string `json:"ip"`
	ShellPort       int    `json:"shell_port"`
	IOPubPort       int    `json:"iopub_port"`
	StdinPort       int    `json:"stdin_port"`
	ControlPort     int    `json:"control_port"`
	HBPort          int    `json:"hb_port"`
	Key             string `json:"key"` // empty: messages are not signed
	SignatureScheme string `json:"signature_scheme"`
}

// Local is a connection on free ports of this machine, with a key of its own.
func Local() Connection {
	return Connection{Transport: "tcp", IP: "127.0.0.1", Key: rand.Text(), SignatureScheme: "hmac-sha256"}
}

// ReadConnection reads and checks a connection file.
func ReadConnection(file string) (Connection, error) {
	var c Connection
	data, err := os.ReadFile(file)
	if err != nil {
		return c, fmt.Errorf("the connection file: %w", err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("the connection file %s: %w", file, err)
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("the connection file %s: %w", file, err)
	}
	return c, nil
}

func (c Connection) check() error {
	if c.Transport != "tcp" && c.Transport != "ipc" {
		return fmt.Errorf("transport is %q; want tcp or ipc", c.Transport)
	}
	if c.IP == "" {
		return fmt.Errorf("ip is empty; want an address to listen on")
	}
	if c.SignatureScheme != "hmac-sha256" && c.Key != "" {
		return fmt.Errorf("signature_scheme is %q; want hmac-sha256", c.SignatureScheme)
	}
	for name, port := range map[string]int{
		"shell_port": c.ShellPort, "iopub_port": c.IOPubPort, "stdin_port": c.StdinPort,
		"control_port": c.ControlPort, "hb_port": c.HBPort,
	} {
		if port < 0 || port > 65535 {
			return fmt.Errorf("%s is %d; want 0 to 65535", name, port)
		}
	}
	return nil
}

// endpoint is the address of a channel in ZeroMQ's way of writing.
func (c Connection) endpoint(port int) string {
	if c.Transport == "ipc" {
		return fmt.Sprintf("ipc://%s-%d", c.IP, port)
	}
	return fmt.Sprintf("tcp://%s:%d", c.IP, port)
}
