package check

import "testing"

// How long a reader waits for feedback: right answers take longest, since they
// are played on every seed.
func BenchmarkFeedback(b *testing.B) {
	for name, e := range references() {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				if o := e.examine(); o.state != solved {
					b.Fatal(o.text)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/answer")
			b.ReportMetric(trialSeeds*float64(b.N)/b.Elapsed().Seconds(), "runs/s")
		})
	}
	b.Run("wrong", func(b *testing.B) {
		all := bank()
		for range b.N {
			for _, w := range all {
				w.exam.examine()
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N*len(all)), "s/answer")
	})
}
