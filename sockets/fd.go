package sockets

import "math/bits"

// fdTable is a process's descriptors: number → file. What a number names is
// packed into four bytes, the bitmaps find the lowest free number in a few
// steps however many are open (the kernel's open_fds and full_fds_bits).
type fdTable struct {
	files []fdEntry
	used  []uint64 // a bit for each number in use
	full  []uint64 // a bit for each word of used that is full
	count int
}

// fdEntry is kind, FD_CLOEXEC and the file's index in its host's slab.
type fdEntry uint32

// lowest is the lowest free number (POSIX.1-2017 §2.14: every call that opens
// a descriptor gives out this one).
func (t *fdTable) lowest() int {
	for i, w := range t.full {
		if w != ^uint64(0) {
			word := i*64 + bits.TrailingZeros64(^w)
			if word < len(t.used) {
				return word*64 + bits.TrailingZeros64(^t.used[word])
			}
			break
		}
	}
	return len(t.used) * 64
}

// put opens a number that is free.
func (t *fdTable) put(fd int, e fdEntry) {
	for fd >= len(t.files) {
		t.files = append(t.files, 0)
	}
	for fd/64 >= len(t.used) {
		t.used = append(t.used, 0)
	}
	for fd/64/64 >= len(t.full) {
		t.full = append(t.full, 0)
	}
	t.files[fd] = e
	t.used[fd/64] |= 1 << (fd % 64)
	if t.used[fd/64] == ^uint64(0) {
		t.full[fd/64/64] |= 1 << (fd / 64 % 64)
	}
	t.count++
}

// reserve takes a free number without opening it: to others it looks closed,
// but is not given out.
func (t *fdTable) reserve(fd int) {
	t.put(fd, 0)
	t.count--
}

// unreserve gives a reserved number back.
func (t *fdTable) unreserve(fd int) {
	t.count++
	t.take(fd)
}

// take closes a number and returns what it named.
func (t *fdTable) take(fd int) fdEntry {
	e := t.files[fd]
	t.files[fd] = 0
	t.used[fd/64] &^= 1 << (fd % 64)
	t.full[fd/64/64] &^= 1 << (fd / 64 % 64)
	t.count--
	return e
}

// get is what a number names, 0 if it is not open.
func (t *fdTable) get(fd int) fdEntry {
	if fd < 0 || fd >= len(t.files) {
		return 0
	}
	return t.files[fd]
}
