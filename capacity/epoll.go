package capacity

import "fmt"

// A user's epoll watches may fill 4 % of memory, at 184 bytes each (a struct
// epitem and a struct eppoll_entry; the slab takes 208, sockets.SizeEpollItem).
//
// Source: fs/eventpoll.c eventpoll_init, EP_ITEM_COST; epoll(7).
const (
	epollShare = 25 // 1/25 of memory
	epollItem  = 184
)

// epollWall is fs.epoll.max_user_watches, which by default follows RAM:
//
//	RAM / 25 / 184 / descriptors per connection
//
// It stands a little below what idle sockets of the kernel alone would fill.
// (The kernel takes RAM without what it used at boot: do not expect the last
// digits of a real machine.)
func epollWall(h Host, w Workload) wall {
	per := int64(w.DescriptorsPerConn)
	if w.BothEnds {
		per++ // one user on both sides
	}
	sum := fmt.Sprintf("%v / %v", Count(h.EpollWatches), Count(per))
	if h.EpollWatches == h.Limits.RAM/epollShare/epollItem {
		sum = fmt.Sprintf("%v / 25 / %d / %v", Bytes(h.Limits.RAM), epollItem, Count(per))
	}
	return wall{
		Wall: Wall{
			Limit:  EpollWatches,
			Allows: Count(h.EpollWatches / per),
			Sum:    sum,
			Errno:  "ENOSPC", Call: "epoll_ctl",
			Seen: "ENOSPC at epoll_ctl, for this user", Counter: "none; count the lines of /proc/PID/fdinfo/EPFD",
			SS:   "accepted sockets whose Recv-Q grows: nobody watches them",
			Cost: "root; 208 B of kernel memory a watch",
		},
		command: func(goal Count) string {
			need, _ := mul(int64(goal), per)
			return fmt.Sprintf("sysctl -w fs.epoll.max_user_watches=%d", need)
		},
	}
}
