package lab

import (
	"fmt"
	"net"
	"strconv"
)

// DefaultPort is where Jupyter is expected; the next ones are tried after it.
const DefaultPort = 8888

// portTries is how many ports in a row are tried before any free one is taken.
const portTries = 50

// PickPort returns a port that can be listened on. want decides when it is not
// 0, and then a busy one is an error; otherwise it is the first free one from
// DefaultPort on.
func PickPort(ip string, want int) (int, error) {
	if want < 0 || want > 65535 {
		return 0, fmt.Errorf("port %d: want 1 to 65535, or 0 for the first free one from %d on", want, DefaultPort)
	}
	if want != 0 {
		if err := canListen(ip, want); err != nil {
			return 0, fmt.Errorf("port %d cannot be used (%w): give another with -port, or leave -port out and a free one is taken", want, err)
		}
		return want, nil
	}
	for port := DefaultPort; port < DefaultPort+portTries; port++ {
		if canListen(ip, port) == nil {
			return port, nil
		}
	}
	l, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	if err != nil {
		return 0, fmt.Errorf("no port to listen on at %s: %w", ip, err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// canListen binds the port and lets it go.
func canListen(ip string, port int) error {
	l, err := net.Listen("tcp", net.JoinHostPort(ip, strconv.Itoa(port)))
	if err != nil {
		if op, ok := err.(*net.OpError); ok {
			return op.Err
		}
		return err
	}
	return l.Close()
}
