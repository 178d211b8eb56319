package check

import (
	"testing"

	"socketbook/sockets"
)

func TestOnePort(t *testing.T) {
	type answer = func(client *sockets.Process, to80, to81 sockets.SockAddr) error
	from := func(local string, reuse bool, destinations int) answer {
		return func(client *sockets.Process, to80, to81 sockets.SockAddr) error {
			for _, to := range []sockets.SockAddr{to80, to81}[:destinations] {
				fd, err := client.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
				if err != nil {
					return err
				}
				if reuse {
					if err := client.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, []byte{1, 0, 0, 0}, 4); err != nil {
						return err
					}
				}
				if local != "" {
					if err := client.Bind(fd, sockets.Addr(local)); err != nil {
						return err
					}
				}
				if err := client.Connect(fd, to); err != nil {
					return err
				}
			}
			return nil
		}
	}
	judge(t, []trial{
		{"reference", onePort(from("10.0.0.2:40000", true, 2)), solved, "one number"},
		{"nil", onePort(nil), open, "Two sockets"},
		{"as it comes", onePort(func(*sockets.Process, sockets.SockAddr, sockets.SockAddr) error { return Todo }), open, "check.Todo"},
		{"without the option", onePort(from("10.0.0.2:40000", false, 2)), wrong, "SO_REUSEADDR"},
		{"without bind", onePort(from("", false, 2)), wrong, "two ports"},
		{"only one", onePort(from("10.0.0.2:40000", true, 1)), wrong, "one of the two"},
		{"another port", onePort(from("10.0.0.2:50000", true, 2)), wrong, "should from"},
		{"nothing", onePort(from("", false, 0)), wrong, "Nobody"},
		{"one socket for both", onePort(func(client *sockets.Process, to80, to81 sockets.SockAddr) error {
			fd, _ := client.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
			client.Bind(fd, sockets.Addr("10.0.0.2:40000"))
			client.Connect(fd, to80)
			return client.Connect(fd, to81)
		}), wrong, "EISCONN"},
	})
}

func TestProxyRate(t *testing.T) {
	judge(t, []trial{
		{"reference", proxyRate(1411), solved, "1,411"},
		{"as it comes", proxyRate(0), open, "number"},
		{"one backend", proxyRate(470), wrong, "one backend"},
		{"no rate", proxyRate(84_696), wrong, "rest"},
		{"another", proxyRate(28_232), wrong, "rest"},
	})
}

func TestKnob(t *testing.T) {
	judge(t, []trial{
		{"reference", knob("net.ipv4.ip_local_port_range"), solved, "64,512"},
		{"reuse", knob("net.ipv4.tcp_tw_reuse"), solved, "after a second"},
		{"as it comes", knob(""), open, "name"},
		{"misleading", knob("net.ipv4.tcp_fin_timeout"), wrong, "FIN_WAIT2"},
		{"throws away", knob("net.ipv4.tcp_max_tw_buckets"), wrong, "protects"},
		{"another", knob("net.core.somaxconn"), wrong, "does not give"},
		{"no such", knob("net.ipv4.tcp_tw_recycle"), wrong, "no such setting"},
	})
}
