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
	next  int // every number below is taken (the kernel's next_fd)
	size  int // how many numbers the kernel's table has room for: max_fds
}

// fdEntry is kind, FD_CLOEXEC and the file's index in its host's slab.
type fdEntry uint32

// firstTable is the room of a new table: NR_OPEN_DEFAULT
// (include/linux/fdtable.h).
const firstTable = 64

// lowest is the lowest free number from a number on (POSIX.1-2017 §2.14: every
// call that opens a descriptor gives out this one). It remembers where it found
// one, or ten million open numbers would be walked over each time.
func (t *fdTable) lowest(from int) int {
	if from > t.next {
		return t.search(from)
	}
	t.next = t.search(t.next)
	return t.next
}

// search looks for a free number in the bitmaps.
func (t *fdTable) search(from int) int {
	if word := from / 64; word < len(t.used) {
		if free := ^t.used[word] >> (from % 64) << (from % 64); free != 0 {
			return word*64 + bits.TrailingZeros64(free)
		}
		from = (word + 1) * 64
	}
	// No room in its own word: the first word after it that is not full.
	word := from / 64
	for i := word / 64; i < len(t.full); i++ {
		free := ^t.full[i]
		if i == word/64 {
			free = free >> (word % 64) << (word % 64)
		}
		if free != 0 {
			if w := i*64 + bits.TrailingZeros64(free); w < len(t.used) {
				return w*64 + bits.TrailingZeros64(^t.used[w])
			}
			break
		}
	}
	return max(from, len(t.used)*64)
}

// grow makes room for a number (expand_files): the kernel's table doubles, up
// to fs.nr_open. It reports whether there can be room.
func (t *fdTable) grow(fd, most int) bool {
	t.size = max(t.size, firstTable)
	if fd < t.size {
		return true
	}
	if fd >= most {
		return false
	}
	size := 1 << bits.Len(uint(fd)) // the power of two above it
	if size > most {
		size = most &^ 63
	}
	if size <= fd {
		return false
	}
	t.size = size
	return true
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
	t.grow(fd, maxNrOpen)
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

// taken reports whether a number is open or reserved.
func (t *fdTable) taken(fd int) bool {
	return fd >= 0 && fd/64 < len(t.used) && t.used[fd/64]>>(fd%64)&1 != 0
}

// take closes a number and returns what it named.
func (t *fdTable) take(fd int) fdEntry {
	e := t.files[fd]
	t.files[fd] = 0
	t.next = min(t.next, fd)
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

// room is max_fds: select looks at no number from there on.
func (t *fdTable) room() int { return max(t.size, firstTable) }

// clone is a fork's table (dup_fd): as large as it must be, and without what
// is only reserved.
func (t *fdTable) clone() fdTable {
	var c fdTable
	highest := -1
	for fd, e := range t.files {
		if e != 0 {
			c.put(fd, e)
		}
		if t.taken(fd) {
			highest = fd
		}
	}
	c.size = 0
	c.grow((highest+64)&^63-1, maxNrOpen) // the last number of the highest's word
	return c
}
