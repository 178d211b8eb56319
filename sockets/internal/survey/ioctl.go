package survey

import "socketbook/sockets"

var commands = []int{sockets.FIONREAD, sockets.TIOCOUTQ, sockets.SIOCOUTQNSD, sockets.SIOCATMARK, sockets.FIOGETOWN, sockets.SIOCGPGRP,
	sockets.FIOSETOWN, sockets.SIOCSPGRP, sockets.SIOCGSTAMP, sockets.SIOCGSTAMPN, sockets.FIONCLEX, sockets.FIOCLEX, sockets.FIOQSIZE,
	sockets.FIONBIO, sockets.FIOASYNC, sockets.FIGETBSZ, 1, 0x5401, 0x5402, 0x540f, 0x5410, 0x5413, 0x12345, 0, -1, 0x8a00, 0x5760}

// ioctls asks every file of every kind.
func (a *asker) ioctls() {
	list := append([]specimen(nil), specimens...)
	// send: what the client sends before the server is asked.
	send := func(name string, then func(a *asker, c, s int)) {
		list = append(list, specimen{name, func(a *asker) int {
			c, s := pair(a, inet, here, there, here)
			then(a, c, s)
			a.k.Settle()
			return s
		}})
	}
	urgent := func(a *asker, c int) { a.k.Sendto(c, []byte("abc"), sockets.MSG_OOB, nil); a.k.Settle() }
	send("tcp 10 bytes", func(a *asker, c, _ int) { a.k.Write(c, make([]byte, 10)) })
	send("tcp 7 bytes and FIN", func(a *asker, c, _ int) { a.k.Write(c, make([]byte, 7)); a.k.Shutdown(c, 1) })
	send("tcp urgent", func(a *asker, c, _ int) { urgent(a, c) })
	send("tcp 5 and urgent", func(a *asker, c, _ int) { a.k.Write(c, make([]byte, 5)); urgent(a, c) })
	send("tcp at the mark", func(a *asker, c, s int) { urgent(a, c); a.k.Read(s, make([]byte, 100)) })
	send("tcp beyond the mark", func(a *asker, c, s int) {
		urgent(a, c)
		a.k.Read(s, make([]byte, 100))
		a.k.Write(c, []byte("xyz"))
		a.k.Settle()
		a.k.Read(s, make([]byte, 100))
	})
	send("tcp urgent inline", func(a *asker, c, s int) {
		urgent(a, c)
		a.k.Setsockopt(s, sockets.SOL_SOCKET, sockets.SO_OOBINLINE, words(1), 4)
	})
	list = append(list, specimen{"udp two datagrams", func(a *asker) int {
		fd := connected(inet, there, here)(a)
		a.k.Write(fd, []byte("12345"))
		a.k.Write(fd, []byte("123"))
		a.k.Settle()
		return a.open[len(a.open)-2]
	}})
	pipe := func(write bool) func(a *asker) int {
		return func(a *asker) int {
			r, w, err := a.k.Pipe2(nonblock)
			a.keep(r, err)
			a.keep(w, err)
			a.k.Write(w, make([]byte, 5000))
			if write {
				return w
			}
			return r
		}
	}
	list = append(list, specimen{"pipe to read", pipe(false)}, specimen{"pipe to write", pipe(true)},
		specimen{"null", func(a *asker) int { return a.keep(a.k.OpenNull()) }},
		specimen{"epoll", func(a *asker) int { return a.keep(a.k.EpollCreate1(0)) }},
		specimen{"closed", func(*asker) int { return 99 }})
	for _, s := range list {
		fd := s.make(a)
		if fd >= 0 {
			var r runs
			for _, c := range commands {
				n, err := a.k.Ioctl(fd, c)
				answer := errno(err)
				if err == nil && n != 0 {
					answer += "=" + itoa(n)
				}
				r.add(itoa(c), answer)
			}
			a.line("%s%s", s.name, &r)
		}
		a.clean()
	}
}
