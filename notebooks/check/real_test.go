package check

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/linux"
)

// The reference solutions are programs of a real kernel, too: an answer knows
// nothing of what it runs on.
func TestAnswersOnTheRealKernel(t *testing.T) {
	for _, c := range []struct {
		name   string
		server Server
		sends  int
		wants  []byte
	}{
		{"length", lengthReference, 100_000, []byte("100000")},
		{"echo", echoReference, 5000, letter(5000)},
		{"event", eventReference, 5000, letter(5000)},
	} {
		host, err := linux.Open()
		if err != nil {
			t.Skip(err)
		}
		var got []byte
		ended := make(chan error, 1)
		linux.Run(host, func(k *linux.Kernel) {
			k.Process("server").Go(func(s sockets.Calls) { ended <- c.server(s) })
			client := k.Process("client")
			fd, refused := -1, error(nil)
			for range 500 { // it takes the server a moment to listen
				fd, _ = client.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
				if refused = client.Connect(fd, k.Addr(8080)); refused == nil {
					break
				}
				client.Close(fd)
				client.Poll(nil, 0, 10*time.Millisecond)
			}
			if refused != nil {
				t.Log(c.name, refused)
				return
			}
			writeAll(client, fd, letter(c.sends))
			client.Shutdown(fd, shutWR)
			got, _ = readAllOf(client, fd)
		})
		select { // a server goes on as long as it is let
		case err = <-ended:
		default:
		}
		if errors.Is(err, sockets.EADDRINUSE) {
			t.Skip("port 8080 is taken on this machine: ", err)
		}
		if !bytes.Equal(got, c.wants) {
			t.Errorf("%s: got %d bytes, want %d (server: %v)", c.name, len(got), len(c.wants), err)
		}
	}
}
