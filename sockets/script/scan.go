package script

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// SyntaxError says where a text is no story, what stands there, and what may.
type SyntaxError struct {
	Name      string // of the story
	Line, Col int    // from 1; a column is a character
	Found     string
	Allowed   string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: found %s, allowed: %s", e.Name, e.Line, e.Col, e.Found, e.Allowed)
}

// scanner reads one line, from left to right.
type scanner struct {
	name string
	no   int
	text string
	at   int
}

// blank skips blanks.
func (s *scanner) blank() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
}

// end reports whether nothing is left but a comment.
func (s *scanner) end() bool {
	s.blank()
	return s.at == len(s.text) || s.text[s.at] == '#'
}

// fail is the error at the present place.
func (s *scanner) fail(allowed string) error {
	s.blank()
	return s.failAt(s.at, allowed)
}

func (s *scanner) failAt(at int, allowed string) error {
	rest := s.text[at:]
	found := "the end of the line"
	if rest != "" {
		word := rest
		if i := strings.IndexAny(rest[1:], " \t,()[]{}="); i >= 0 {
			word = rest[:i+1]
		}
		if len(word) > 40 {
			word = word[:40]
		}
		found = strconv.Quote(word)
	}
	return &SyntaxError{s.name, s.no, utf8.RuneCountInString(s.text[:at]) + 1, found, allowed}
}

// take takes a word or a sign if it is next, and skips blanks before it.
func (s *scanner) take(what string) bool {
	s.blank()
	if !strings.HasPrefix(s.text[s.at:], what) {
		return false
	}
	next := s.at + len(what)
	if isWord(what[len(what)-1]) && next < len(s.text) && isWord(s.text[next]) {
		return false // it is the beginning of a longer word
	}
	s.at = next
	return true
}

// need is take of what must be there.
func (s *scanner) need(what string) error {
	if s.take(what) {
		return nil
	}
	return s.fail(strconv.Quote(what))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(c byte) bool {
	return c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// word is the next word of letters, digits, underscores, and of some signs
// more; "" if there is none.
func (s *scanner) word(more string) string {
	s.blank()
	start := s.at
	for s.at < len(s.text) && (isWord(s.text[s.at]) || strings.IndexByte(more, s.text[s.at]) >= 0) {
		s.at++
	}
	return s.text[start:s.at]
}

// peek reports whether the next character is one of these.
func (s *scanner) peek(chars string) bool {
	s.blank()
	return s.at < len(s.text) && strings.IndexByte(chars, s.text[s.at]) >= 0
}

// number is a number between two bounds, decimal or hex.
func (s *scanner) number(lo, hi int64) (int64, error) {
	s.blank()
	start := s.at
	if s.at < len(s.text) && s.text[s.at] == '-' {
		s.at++
	}
	for s.at < len(s.text) && isWord(s.text[s.at]) {
		s.at++
	}
	n, err := parseInt(s.text[start:s.at])
	if err != nil || n < lo || n > hi {
		s.at = start
		return 0, s.fail(fmt.Sprintf("a number from %d to %d", lo, hi))
	}
	return n, nil
}

// parseInt reads decimal numbers, and hex ones with 0x. A leading zero means
// nothing.
func parseInt(text string) (int64, error) {
	if strings.Contains(text, "_") {
		return 0, strconv.ErrSyntax
	}
	digits, minus := strings.CutPrefix(text, "-")
	base := 10
	if hex, ok := strings.CutPrefix(digits, "0x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 63)
	if minus {
		return -int64(n), err
	}
	return int64(n), err
}

// longest is the longest time of a story.
const longest = 24 * time.Hour

const wantTime = "seconds, as in 1 or 0.25, up to 86400"

// seconds is a time: 1, 0.25. Two points after the number are not its own.
func (s *scanner) seconds() (time.Duration, error) {
	s.blank()
	start := s.at
	digits := func() string {
		from := s.at
		for s.at < len(s.text) && isDigit(s.text[s.at]) {
			s.at++
		}
		return s.text[from:s.at]
	}
	whole, frac := digits(), ""
	if s.at+1 < len(s.text) && s.text[s.at] == '.' && isDigit(s.text[s.at+1]) {
		s.at++
		frac = digits()
	}
	n, err := strconv.ParseUint(whole+(frac + "000000000")[:9], 10, 63)
	if err != nil || whole+frac == "" || len(frac) > 9 || n > uint64(longest) {
		s.at = start
		return 0, s.fail(wantTime)
	}
	return time.Duration(n), nil
}

// appendSeconds prints a time as seconds reads it.
func appendSeconds(b []byte, d time.Duration) []byte {
	b = strconv.AppendInt(b, int64(d/time.Second), 10)
	if frac := d % time.Second; frac != 0 {
		text := fmt.Sprintf(".%09d", int64(frac))
		b = append(b, strings.TrimRight(text, "0")...)
	}
	return b
}

const escapes = "a\ab\bf\fn\nr\rt\tv\v\"\"\\\\"

// quoted is a string as strace prints it: "a\n\0\x7f".
func (s *scanner) quoted() (string, error) {
	s.blank()
	start := s.at
	if !s.take(`"`) {
		return "", s.fail(`data, as in "hello"`)
	}
	var b []byte
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			return string(b), nil
		case c != '\\':
			b = append(b, c)
			continue
		case s.at == len(s.text):
			return "", s.failAt(start, `a string with a " at its end`)
		}
		c = s.text[s.at]
		if i := strings.IndexByte(escapes, c); i >= 0 && i%2 == 0 {
			b = append(b, escapes[i+1])
			s.at++
			continue
		}
		digits, alphabet, base, most := s.text[s.at:], "01234567", 8, 3
		if c == 'x' {
			digits, alphabet, base, most = digits[1:], "0123456789abcdefABCDEF", 16, 2
			s.at++
		}
		n := 0
		for n < most && n < len(digits) && strings.IndexByte(alphabet, digits[n]) >= 0 {
			n++
		}
		v, err := strconv.ParseUint(digits[:n], base, 8)
		if err != nil {
			return "", s.failAt(s.at-1, `\n \r \t \" \\, octal \0 to \377, or \x00 to \xff`)
		}
		b = append(b, byte(v))
		s.at += n
	}
	return "", s.failAt(start, `a string with a " at its end`)
}

// appendQuoted prints data as quoted reads it, and strace -x does not differ.
func appendQuoted(b []byte, data string) []byte {
	b = append(b, '"')
	for i := range len(data) {
		c := data[i]
		if k := strings.LastIndexByte(escapes, c); k >= 0 && k%2 == 1 {
			b = append(b, '\\', escapes[k-1])
		} else if c < ' ' || c >= 0x7f {
			b = append(b, fmt.Sprintf(`\%03o`, c)...)
		} else {
			b = append(b, c)
		}
	}
	return append(b, '"')
}
