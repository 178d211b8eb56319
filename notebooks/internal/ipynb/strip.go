package ipynb

// What changes from run to run without the lesson having changed, by the name of
// the metadata field: Jupyter's own record of times, and that of a common extension.
var volatileMetadata = []string{"execution", "ExecuteTime", "trusted"}

// Strip removes what a run leaves behind besides its outputs: execution counts,
// times, and the version of the language. Two runs of an unchanged notebook then
// give the same file, and a code host shows no difference.
func (nb *Notebook) Strip() {
	if info, ok := nb.Metadata["language_info"].(Object); ok {
		delete(info, "version")
	}
	delete(nb.Metadata, "signature")
	for _, c := range nb.Cells {
		c.ExecutionCount = nil
		for _, field := range volatileMetadata {
			delete(c.Metadata, field)
		}
		for _, o := range c.Outputs {
			o.ExecutionCount = nil
		}
	}
}

// Unstripped names what Strip would remove, for a test that a file is clean.
func (nb *Notebook) Unstripped() []string {
	var found []string
	if info, ok := nb.Metadata["language_info"].(Object); ok && info["version"] != nil {
		found = append(found, "metadata.language_info.version")
	}
	if nb.Metadata["signature"] != nil {
		found = append(found, "metadata.signature")
	}
	for _, c := range nb.Cells {
		where := "cell " + c.ID + ": "
		if c.ExecutionCount != nil {
			found = append(found, where+"execution_count")
		}
		for _, field := range volatileMetadata {
			if _, ok := c.Metadata[field]; ok {
				found = append(found, where+"metadata."+field)
			}
		}
		for _, o := range c.Outputs {
			if o.ExecutionCount != nil {
				found = append(found, where+"execution_count of an output")
			}
		}
	}
	return found
}
