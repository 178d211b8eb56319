package published

import "testing"

// The table as it stands: what is hit, what is missed. A change of the model
// that moves a row must say so here.
func TestPublishedResults(t *testing.T) {
	rows, err := Check()
	if err != nil {
		t.Fatal(err)
	}
	missed := map[string]bool{"Jayway, 2015": true, "glerchundi, 2016": true, "Eaze, 2024": true, "MegaComet, 2011": true}
	for _, r := range rows {
		t.Logf("%-30s %-45s %s in %s to %s: %v", r.Name, r.What, r.Number(r.Reported), r.Number(r.Low), r.Number(r.High), r.Hit())
		if r.Hit() == missed[r.Name] {
			t.Errorf("%s, %s: hit is %v", r.Name, r.What, r.Hit())
		}
		if r.Why == "" || r.Source == "" || r.Low <= 0 || r.High < r.Low {
			t.Errorf("%+v", r)
		}
		// A band so wide that it says nothing is no prediction.
		if r.High/r.Low > 6 {
			t.Errorf("%s: the band is %.1f times as wide as it begins", r.Name, r.High/r.Low)
		}
	}
	if rows.Len() < 15 {
		t.Errorf("%d rows", len(rows))
	}
	who, p5, p50, p95, reported := rows.Report(0)
	unit, kind := rows.Qualify(0)
	if who == "" || !(p5 < p50 && p50 < p95) || reported != 3000 || unit != "B" || kind != "measured" {
		t.Errorf("%s: %v, %v, %v; %v %s %s", who, p5, p50, p95, reported, unit, kind)
	}
}

// Who says what stopped them must hear the same from the model, but for the
// one that was stopped by a garbage collector.
func TestPublishedBottlenecks(t *testing.T) {
	want := map[string]string{"memory": "RAM", "descriptors": "RLIMIT_NOFILE soft", "“always stops at 28,200”": "five-tuples"}
	rows, err := Check()
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, r := range rows {
		if w := want[r.Said]; w != "" {
			named++
			if r.Binding != w {
				t.Errorf("%s says %s, the model %s", r.Name, r.Said, r.Binding)
			}
		}
		if r.Said == "CPU" && (r.Binding == "CPU" || r.Hit()) {
			t.Errorf("%s: the model cannot know of a garbage collector", r.Name)
		}
	}
	if named != 3 {
		t.Errorf("%d named their bottleneck", named)
	}
}
