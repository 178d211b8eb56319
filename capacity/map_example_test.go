package capacity_test

import (
	"errors"
	"fmt"

	"socketbook/capacity"
	"socketbook/sockets"
)

// How much memory a million connections of a Go server take, beside what the machine
// needs for the rest.
func ExampleNeedMemory() {
	each := must(capacity.Workload{Epoll: true, AppBytes: capacity.AppGoroutine4KiB}.BytesPerConn())
	fmt.Println(must(capacity.NeedMemory(1_000_000, 2*capacity.GB, each)).Approx())
	fmt.Println(must(capacity.RoundBytes(1234.5)))
	// Output:
	// 13.7 GB
	// 1,235 B
}

// What one connection's memory is made of, the largest part first.
func ExamplePartsOf() {
	parts := must(capacity.PartsOf(capacity.Host{}, capacity.Workload{Epoll: true, AppBytes: 4 * capacity.KiB}))
	var p capacity.Parts = parts
	for i := range min(3, p.Len()) {
		name, bytes := p.Part(i)
		fmt.Printf("%s %.0f\n", name, bytes)
	}
	// Output:
	// application 4096
	// server's socket 3829
	// epoll watches 208
}

// Which limit binds for each pair of two inputs.
func ExampleMapOf() {
	ram := capacity.Axis{Label: "RAM, GB", Values: []float64{1, 16}, Set: func(h *capacity.Host, w *capacity.Workload, v float64) {
		h.Limits.RAM = int64(v * 1e9)
	}}
	files := capacity.Axis{Label: "ulimit -n", Values: []float64{1024, 1 << 20}, Set: func(h *capacity.Host, w *capacity.Workload, v float64) {
		h.Limits.NofileSoft, h.Limits.NofileHard = int(v), int(v)
	}}
	var grid capacity.Grid = must(capacity.MapOf(capacity.Host{}, capacity.Workload{Epoll: true, Clients: []capacity.Clients{{Addrs: 1000}}}, ram, files))
	for y := range 2 {
		for x := range 2 {
			limit, connections := grid.At(x, y)
			fmt.Printf("%s %.0f\n", limit, connections)
		}
	}
	// Output:
	// RLIMIT_NOFILE soft 1019
	// RLIMIT_NOFILE soft 1019
	// fs.file-max 97651
	// RLIMIT_NOFILE soft 1048571
}

// A curve can be asked to pass through places, and says what binds at each.
func ExampleAgainstClients() {
	span := capacity.Span{From: 1, To: 100, Points: 3, Only: capacity.Tuples, Marks: []capacity.Mark{{X: 36, Label: "a million"}}}
	c := must(capacity.AgainstClients(sockets.Limits{}, capacity.Workload{}, span))
	for i := range c.Len() {
		x, clients := c.XY(i)
		fmt.Printf("%.0f addresses: %.0f, %s\n", x, clients, c.Binding(i))
	}
	// Output:
	// 1 addresses: 28232, five-tuples
	// 10 addresses: 282320, five-tuples
	// 36 addresses: 1016352, five-tuples
	// 100 addresses: 2823200, five-tuples
}

// The same against the memory of one connection.
func ExampleAgainstBytes() {
	c := must(capacity.AgainstBytes(sockets.Limits{RAM: 16 << 30}, capacity.Workload{}, capacity.Span{From: 3000, To: 10_000, Points: 2, Only: capacity.RAM}))
	for i := range c.Len() {
		bytes, connections := c.XY(i)
		fmt.Printf("%.0f B: %.0f\n", bytes, connections)
	}
	// Output:
	// 3000 B: 5726623
	// 3829 B: 4486777
	// 10000 B: 1717986
}

// The kernels of the dial differ in defaults and in what an object weighs; each number
// has a source.
func ExampleKernelNamed() {
	kernel := must(capacity.KernelNamed("5.15.0-91-generic"))
	var sizes capacity.Sizes = kernel.Sizes
	fmt.Println(kernel.Name, kernel.Somaxconn, sizes.Server)
	for _, c := range kernel.Constants()[:1] {
		var constant capacity.Constant = c
		fmt.Println(constant.Name, constant.Value, constant.Unit)
	}
	_, err := capacity.KernelNamed("2.6")
	var input *capacity.InputError
	fmt.Println(errors.As(err, &input), err)
	// Output:
	// 5.x 4096 3572
	// net.core.somaxconn 4096 connections
	// true capacity: Kernel is "2.6", allowed: a version that begins with "4.", "5." or "6."
}

// A resource is a limit's name, as the kernel or the field calls it.
func ExampleResource() {
	var first capacity.Resource = capacity.Resources[0]
	fmt.Println(first, len(capacity.Resources) > 5)
	fmt.Println(capacity.Ports(32768, 60999))
	// Output:
	// RLIMIT_NOFILE soft true
	// 28,232 <nil>
}
