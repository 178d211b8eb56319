package kernel

import (
	"context"
	"encoding/json"
	"unicode/utf8"
)

// complete answers a complete_request. The protocol counts characters.
func (k *kernel) complete(ctx context.Context, m *Message) object {
	code, at := cursor(m)
	c := k.engine.Complete(ctx, code, at)
	start, end := utf8.RuneCountInString(code[:c.Start]), utf8.RuneCountInString(code[:c.End])
	texts, types := []string{}, []object{}
	for _, match := range c.Matches {
		texts = append(texts, match.Text)
		types = append(types, object{"start": start, "end": end, "text": match.Text, "type": match.Kind, "signature": match.Detail})
	}
	return object{
		"status": "ok", "matches": texts, "cursor_start": start, "cursor_end": end,
		"metadata": object{"_jupyter_types_experimental": types}, // JupyterLab's
	}
}

// inspect answers an inspect_request.
func (k *kernel) inspect(ctx context.Context, m *Message) object {
	code, at := cursor(m)
	found, data := k.engine.Inspect(ctx, code, at), object{}
	if found.Plain != "" {
		data = object{"text/plain": found.Plain, "text/markdown": found.Markdown}
	}
	return object{"status": "ok", "found": found.Plain != "", "data": data, "metadata": object{}}
}

// cursor is the code of a request and the place of its cursor in bytes. A place
// outside the code is taken for its nearest end.
func cursor(m *Message) (code string, at int) {
	var content struct {
		Code string `json:"code"`
		At   *int   `json:"cursor_pos"`
	}
	_ = json.Unmarshal(m.Content, &content)
	if content.At == nil {
		return content.Code, len(content.Code)
	}
	characters := 0
	for i := range content.Code {
		if characters >= *content.At {
			return content.Code, i
		}
		characters++
	}
	return content.Code, len(content.Code)
}
