// Package calibrate puts package capacity on the reader's own machine.
//
// [Here] reads what a Linux says of itself: limits, sysctls, memory, cgroup.
// [Measure] opens connections on loopback, in steps, and fits what one more of
// each kind costs the kernel. [File] keeps the result; [File.Apply] puts it
// into a [capacity.Host].
//
// # What it does to the machine
//
// Measure never takes more than half of a limit that it can see (descriptors,
// open files, ports), nor more than a few megabytes; it stops at its deadline
// and when its context ends (^C), and closes everything. It changes no
// setting. What it may not read it names in [File.Notes], and goes on with the
// rest: without root it reads no slabinfo and falls back to the sum of all
// slabs in meminfo.
//
// # How good it is
//
// Fit.Stderr is the scatter of the points. Beside it the allocator's own
// counting leans: what it keeps free at hand counts as in use, and is used
// first. On one shared virtual machine three runs gave 7,582 ± 40, 7,660 ± 5 and
// 7,666 ± 5 B for both ends of an idle connection, where its objects add up to
// 7,914: the buckets of the ports came from such a stock. As nobody, without
// slabinfo, 7,798. Right to a twentieth.
//
// It counts a point only if the kernel's own number of sockets moved by exactly
// what it opened: on a busy machine it says that it could not measure.
package calibrate
