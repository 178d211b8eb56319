package kernel

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
)

// session0 is the number of this session among those with a history. No other is
// kept.
const session0 = 0

// answerHistory tells the codes of the cells that counted: the last ones, those
// between two numbers, or those that match a pattern.
func (k *kernel) answerHistory(m *Message) {
	var request struct {
		Output  bool   `json:"output"`
		Type    string `json:"hist_access_type"`
		Session int    `json:"session"` // 0 or less counts back from this one
		N       int    `json:"n"`
		Start   int    `json:"start"`
		Stop    int    `json:"stop"`
		Pattern string `json:"pattern"`
		Unique  bool   `json:"unique"`
	}
	_ = json.Unmarshal(m.Content, &request)
	k.mu.Lock()
	history := slices.Clone(k.history)
	k.mu.Unlock()
	entries := [][]any{}
	for i, code := range history {
		line := i + 1
		switch request.Type {
		case "range":
			if request.Session != session0 || line < request.Start || request.Stop > 0 && line >= request.Stop {
				continue
			}
		case "search":
			repeated := request.Unique && slices.Contains(history[i+1:], code)
			if repeated || !matches(request.Pattern, code) {
				continue
			}
		}
		if request.Output { // outputs are not kept
			entries = append(entries, []any{session0, line, []any{code, nil}})
		} else {
			entries = append(entries, []any{session0, line, code})
		}
	}
	if request.Type != "range" && request.N > 0 && len(entries) > request.N {
		entries = entries[len(entries)-request.N:]
	}
	k.reply(k.shell, m, "history_reply", object{"status": "ok", "history": entries})
}

// matches tells whether a code fits a pattern as of a shell, in which a slash and
// the end of a line are letters like all others.
func matches(pattern, code string) bool {
	plain := strings.NewReplacer("/", "\x00")
	found, err := path.Match(plain.Replace(pattern), plain.Replace(code))
	return err == nil && found
}
