package stdnet

import "socketbook/sockets"

// Pair is two stock hosts, "server" and "client", joined by a wire of a machine
// room: what a test of ordinary network code needs. Close ends it:
//
//	server, client := stdnet.Pair()
//	defer server.Net().Close()
func Pair(options ...sockets.Option) (server, client *Stack) {
	lab := sockets.NewNetwork(options...)
	a, b := lab.NewHost("server", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
	lab.NewLink(a, b, sockets.LAN)
	n := New(lab)
	var err error
	if server, err = n.Attach(a); err == nil {
		client, err = n.Attach(b)
	}
	if err != nil {
		panic(err) // only an option that no network could have
	}
	return server, client
}
