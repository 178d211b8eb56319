package charts_test

import (
	"testing"

	"socketbook/capacity"
	"socketbook/charts"
	"socketbook/sockets"
)

// What the other rooms offer is what the pictures take. Neither side imports
// the other, so the compiler is asked here.
var (
	_ charts.XYer         = capacity.Curve{}
	_ charts.Named        = capacity.Curve{}
	_ charts.Marked       = capacity.Curve{}
	_ charts.Binding      = capacity.Curve{}
	_ charts.Stops        = sockets.Journey{}
	_ charts.FDTable      = sockets.DescriptorTable{}
	_ charts.QueueSamples = sockets.QueueSeries{}
	_ charts.Named        = sockets.QueueSeries{}
)

// TestRooms draws the theory of a stock host as it comes.
func TestRooms(t *testing.T) {
	for _, c := range []struct {
		name  string
		curve func(sockets.Limits, capacity.Workload, capacity.Span) (capacity.Curve, error)
		draw  func(...charts.XYer) *charts.Chart
	}{
		{"ulimit -n", capacity.AgainstNofile, charts.AgainstNofile},
		{"clients", capacity.AgainstClients, charts.AgainstAddresses},
		{"bytes", capacity.AgainstBytes, charts.AgainstSocketMemory},
	} {
		curve, err := c.curve(sockets.Limits{}, capacity.Workload{}, capacity.Span{})
		if err != nil {
			t.Fatal(err)
		}
		chart := c.draw(curve)
		if chart.Err() != nil {
			t.Errorf("%s: %v", c.name, chart.Err())
		} else if _, err := chart.HTML(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
