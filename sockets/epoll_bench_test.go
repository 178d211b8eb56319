package sockets

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkEpoll puts n sockets into one epoll and takes them out again: the
// cost of one does not depend on how many there are, in time or in memory.
func BenchmarkEpoll(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"1k", 1000}, {"100k", 100_000}, {"1M", 1_000_000}} {
		b.Run(c.name, func(b *testing.B) { benchmarkEpoll(b, c.n) })
	}
}

func benchmarkEpoll(b *testing.B, n int) {
	var add, wait, del time.Duration
	var bytes int64
	for b.Loop() {
		b.StopTimer()
		lab := NewNetwork()
		p := lab.NewHost("host", Limits{NofileSoft: n + 10, NofileHard: n + 10}).NewProcess("server")
		ep, err := p.EpollCreate1(0)
		for k := 0; k < n && err == nil; k++ {
			_, err = p.Socket(AF_INET, SOCK_DGRAM|SOCK_NONBLOCK, 0)
		}
		if err != nil {
			b.Fatal(err)
		}
		before := resident()
		start := time.Now()
		for fd := ep + 1; fd <= ep+n && err == nil; fd++ {
			err = p.EpollCtl(ep, EPOLL_CTL_ADD, fd, &EpollEvent{EPOLLIN, uint64(fd)})
		}
		add += time.Since(start)
		bytes += resident() - before
		start = time.Now()
		for k := 0; k < 1000 && err == nil; k++ {
			err = oneReady(p, ep, ep+1+k*(n/1000))
		}
		wait += time.Since(start)
		start = time.Now()
		for fd := ep + 1; fd <= ep+n && err == nil; fd++ {
			err = p.EpollCtl(ep, EPOLL_CTL_DEL, fd, nil)
		}
		del += time.Since(start)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	each := func(d time.Duration, of int) float64 { return float64(d.Nanoseconds()) / float64(of) / float64(b.N) }
	b.ReportMetric(each(add, n), "ns/add")
	b.ReportMetric(each(del, n), "ns/del")
	b.ReportMetric(each(wait, 1000), "ns/wait")
	b.ReportMetric(float64(bytes)/float64(n)/float64(b.N), "B/item")
	b.ReportMetric(0, "ns/op")
}

// oneReady makes one socket of an epoll ready and sees that epoll_wait finds
// it, and nothing else.
func oneReady(p *Process, ep, fd int) error {
	h := p.host
	s := h.socks.at(p.fds.get(fd).index())
	s.shut = shutRead // as shutdown(2), which wants a connection
	h.wakeQueue(&s.waiters, newsState)
	events, err := p.EpollWait(ep, 8, 0)
	if err == nil && (len(events) != 1 || events[0].Data != uint64(fd)) {
		err = fmt.Errorf("descriptor %d is ready, epoll_wait found %v", fd, events)
	}
	s.shut = 0
	return err
}
