package sockets

// What experiments write again and again, as one call each. None of it is a
// system call: each is made of them, and they stand on the tape as usual.

// ListenOn is how every server begins: socket, bind, listen. It returns the
// listener's descriptor. If one of the three fails, the error is that call's
// and the socket is closed.
func (p *Process) ListenOn(a SockAddr, backlog int) (fd int, err error) {
	fd, err = p.Socket(AF_INET, SOCK_STREAM, 0)
	if err != nil {
		return -1, err
	}
	if err = p.Bind(fd, a); err == nil {
		err = p.Listen(fd, backlog)
	}
	return p.keep(fd, err)
}

// Dial is how every client begins: socket, connect. It returns the
// connection's descriptor, and sleeps until the handshake is over. If connect
// fails, the error is its own and the socket is closed.
func (p *Process) Dial(a SockAddr) (fd int, err error) {
	fd, err = p.Socket(AF_INET, SOCK_STREAM, 0)
	if err != nil {
		return -1, err
	}
	return p.keep(fd, p.Connect(fd, a))
}

// keep gives a descriptor back that led nowhere.
func (p *Process) keep(fd int, err error) (int, error) {
	if err != nil {
		p.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Name is what a picture calls the queue.
func (s QueueSeries) Name() string { return "accept queue" }
