package chance

import (
	"testing"

	"socketbook/capacity"
)

// What a page waits for: one plan, and a question of 2,000 draws with four
// uncertain inputs.
//
//	go test ./capacity/chance -run '^$' -bench .
func BenchmarkPlan(b *testing.B) {
	for b.Loop() {
		must(capacity.Plan(roomy, capacity.Workload{Epoll: true}))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "plans/s")
}

func BenchmarkAsk(b *testing.B) {
	for b.Loop() {
		must(Ask(roomy, capacity.Workload{}, Options{}, AppBytes(LogNormal(5000, 40_000)), TLSBytes(LogNormal(1000, 9000)),
			KernelBytes(Measured(3829, 20)), ReservedRAM(Uniform(0, 2<<30))))
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/question")
}
