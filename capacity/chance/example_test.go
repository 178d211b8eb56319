package chance_test

import (
	"fmt"

	"socketbook/capacity"
	"socketbook/capacity/chance"
	"socketbook/sockets"
)

// 64 GiB and a program of which little is known: how many, what stops us, and
// which number is worth a measurement.
func ExampleAsk() {
	h := capacity.Host{Limits: sockets.Limits{RAM: 64 << 30, NofileSoft: 5_000_000, FileMax: 8_000_000}}
	r, err := chance.Ask(h, capacity.Workload{Clients: []capacity.Clients{{Addrs: 100}}}, chance.Options{Seed: 1},
		chance.AppBytes(chance.LogNormal(8_000, 40_000)),
		chance.ReservedRAM(chance.Uniform(1<<30, 8<<30)),
		chance.KernelBytes(chance.Measured(3829, 50)))
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.1f million, nine times in ten %.1f to %.1f\n", float64(r.P50)/1e6, float64(r.P5)/1e6, float64(r.P95)/1e6)
	for _, b := range r.Binds {
		fmt.Printf("%.0f %% %s\n", 100*b.Probability, b.Limit)
	}
	for _, e := range r.Effects {
		fmt.Printf("%s: %.0f %% of the variance\n", e.Input, 100*e.FirstOrder)
	}
	// Output:
	// 2.8 million, nine times in ten 1.5 to 2.8
	// 54 % five-tuples
	// 46 % RAM
	// application bytes: 96 % of the variance
	// reserved RAM: 0 % of the variance
	// kernel bytes: 0 % of the variance
}
