package sockets

// The account of a host: what its sockets cost in kernel memory, against RAM.
//
//	socket     no room: ENOMEM                       (inet_create)
//	SYN        no room for a request: ListenDrops    (tcp_conn_request)
//	last ACK   no room for a socket: ListenDrops     (tcp_v4_syn_recv_sock)
//	accept4    no room for inode and file: ENFILE    (do_accept, sock_alloc)
//
// A real host has less than all of its RAM for this, and other tenants; long
// before the last byte its OOM killer ends somebody. Here the wall is where
// the sum says, so that the sum can be held against it.

// sizeOpen is what a descriptor adds to a socket: inode, file and name.
const sizeOpen = SizeSockInode + SizeFile + SizeDentry + SizeSockLSM

// memory is the kernel memory of all sockets, in bytes: objects in use times
// their size, and the bytes of queued packets. (Files of other kinds are a
// little cheaper, sockets of other kinds too.)
func (h *Host) memory() int64 {
	return int64(h.socks.live-h.waits)*SizeTCPSock +
		int64(h.waits)*SizeTimeWait +
		h.files*sizeOpen +
		int64(h.requests.live)*SizeRequest +
		int64(h.ports.inUse)*2*SizeBindBucket +
		int64(h.items.live)*SizeEpollItem +
		int64(h.mem.bytes)
}

// fits reports whether so many bytes more can be had. It is asked three times
// for every connection, so it counts down a part of what was free when it last
// looked, and looks again when that is used up: near the wall, every time.
// Crowds do not ask: they stand for many machines.
func (h *Host) fits(bytes int64) bool {
	h.slack -= bytes
	return h.slack >= 0 || h.look(bytes)
}

// look is fits with a new sum. What others take meanwhile (data, epoll) is at
// most noticed when a sixteenth of the room is gone.
func (h *Host) look(bytes int64) bool {
	free := h.limits.RAM - h.memory() - bytes
	h.slack = max(0, free/16)
	return free >= 0
}
