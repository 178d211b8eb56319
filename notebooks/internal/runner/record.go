package runner

import (
	"maps"

	"socketbook/notebooks/internal/cell"
	"socketbook/notebooks/internal/ipynb"
)

// recorder collects what cells show into their outputs, as a Jupyter client does.
type recorder struct {
	cell     *ipynb.Cell
	displays map[string][]*ipynb.Output // by display ID
}

// Stream joins text to the output before it, if that is of the same stream.
func (r *recorder) Stream(name, text string) {
	if n := len(r.cell.Outputs); n > 0 {
		if last := r.cell.Outputs[n-1]; last.Type == "stream" && last.Name == name {
			last.Text += text
			return
		}
	}
	r.cell.Outputs = append(r.cell.Outputs, &ipynb.Output{Type: "stream", Name: name, Text: text})
}

// Display adds a display, or changes those with its ID, whose cell may be another.
func (r *recorder) Display(d cell.Display) {
	if d.Update {
		for _, o := range r.displays[d.ID] {
			o.Data, o.Metadata = maps.Clone(d.Data), maps.Clone(d.Metadata)
		}
		return
	}
	o := &ipynb.Output{Type: "display_data", Data: d.Data, Metadata: d.Metadata}
	if d.ID != "" {
		r.displays[d.ID] = append(r.displays[d.ID], o)
	}
	r.cell.Outputs = append(r.cell.Outputs, o)
}

func (r *recorder) failed(err *cell.Error) {
	r.cell.Outputs = append(r.cell.Outputs, &ipynb.Output{
		Type: "error", Ename: err.Name, Evalue: err.Value, Traceback: err.Trace,
	})
}
