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
// their size, and the bytes of queued packets. It is a sum of counters, since
// it is asked for every connection. (Files of other kinds are a little
// cheaper, sockets of other kinds too.)
func (h *Host) memory() int64 {
	return int64(h.socks.live-h.waits)*SizeTCPSock +
		int64(h.waits)*SizeTimeWait +
		h.files*sizeOpen +
		int64(h.requests.live)*SizeRequest +
		int64(h.ports.buckets.live)*2*SizeBindBucket +
		int64(h.items.live)*SizeEpollItem +
		int64(h.mem.bytes)
}

// fits reports whether so many bytes more can be had. Crowds do not ask: they
// stand for many machines.
func (h *Host) fits(bytes int64) bool { return h.memory()+bytes <= h.limits.RAM }
