package kernel

import "sync"

// queue holds the requests of the shell channel that wait for the cell that runs.
type queue struct {
	mu      sync.Mutex
	more    *sync.Cond
	waiting []*Message
	aborted map[*Message]bool
	closed  bool
}

func (q *queue) init() {
	q.more = sync.NewCond(&q.mu)
	q.aborted = map[*Message]bool{}
}

func (q *queue) push(m *Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, m)
	q.more.Signal()
}

// pop waits for a request; nil means that there will be none.
func (q *queue) pop() *Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.closed {
		q.more.Wait()
	}
	if q.closed {
		return nil
	}
	m := q.waiting[0]
	q.waiting = q.waiting[1:]
	return m
}

// abort marks the cells that wait now: the one before them failed.
func (q *queue) abort() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.waiting {
		if m.Header.Type == "execute_request" {
			q.aborted[m] = true
		}
	}
}

// takeAborted tells, once, whether a request was aborted.
func (q *queue) takeAborted(m *Message) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer delete(q.aborted, m)
	return q.aborted[m]
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	if q.more != nil {
		q.more.Broadcast()
	}
}
