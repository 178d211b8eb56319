package workdir

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"socketbook/notebooks/internal/ipynb"
)

// fingerprint sums up what a person wrote in a notebook: type, source and
// attachments of its cells, in order. Outputs, execution counts, cell ids and
// metadata are left out, since running or merely opening a notebook changes
// them. What is not a notebook is summed up byte by byte.
func fingerprint(data []byte) string {
	nb, err := ipynb.Decode(data)
	if err != nil {
		return sum(data)
	}
	var all bytes.Buffer
	enc := json.NewEncoder(&all)
	for _, c := range nb.Cells {
		if err := enc.Encode([]any{c.Type, c.Source, c.Extra["attachments"]}); err != nil {
			return sum(data)
		}
	}
	return sum(all.Bytes())
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:16])
}
