package kernel

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

const protocolVersion = "5.3"

// delimiter stands between ZeroMQ's routing and the message.
var delimiter = []byte("<IDS|MSG>")

// Message is one message of the protocol.
type Message struct {
	Header   Header
	Parent   Header // of the request that this one answers
	Metadata json.RawMessage
	Content  json.RawMessage

	identities           [][]byte // the way back to the sender
	rawHeader, rawParent json.RawMessage
}

// Header names a message.
type Header struct {
	ID       string `json:"msg_id"`
	Session  string `json:"session"`
	Username string `json:"username"`
	Date     string `json:"date"`
	Type     string `json:"msg_type"`
	Version  string `json:"version"`
}

// signer signs and checks messages with the key of the connection.
type signer struct{ key []byte }

func (s signer) sign(parts ...[]byte) []byte {
	if len(s.key) == 0 {
		return nil
	}
	mac := hmac.New(sha256.New, s.key)
	for _, part := range parts {
		mac.Write(part)
	}
	return []byte(hex.EncodeToString(mac.Sum(nil)))
}

var (
	errSignature = errors.New("the signature is wrong")
	errMalformed = errors.New("not a message of the protocol")
)

// decode reads a message from its frames:
//
//	identities… | <IDS|MSG> | signature | header | parent | metadata | content | buffers…
func (s signer) decode(frames [][]byte) (*Message, error) {
	at := slices.IndexFunc(frames, func(f []byte) bool { return bytes.Equal(f, delimiter) })
	if at < 0 || len(frames) < at+6 {
		return nil, errMalformed
	}
	signature, parts := frames[at+1], frames[at+2:at+6]
	if !hmac.Equal(signature, s.sign(parts...)) {
		return nil, errSignature
	}
	m := &Message{identities: frames[:at], rawHeader: parts[0], rawParent: parts[1], Metadata: parts[2], Content: parts[3]}
	if err := json.Unmarshal(m.rawHeader, &m.Header); err != nil {
		return nil, fmt.Errorf("%w: header: %w", errMalformed, err)
	}
	if err := json.Unmarshal(m.rawParent, &m.Parent); err != nil {
		return nil, fmt.Errorf("%w: parent header: %w", errMalformed, err)
	}
	return m, nil
}

// encode is the way back of decode.
func (s signer) encode(m *Message) [][]byte {
	parts := [][]byte{m.rawHeader, m.rawParent, m.Metadata, m.Content}
	frames := append(slices.Clone(m.identities), delimiter, s.sign(parts...))
	return append(frames, parts...)
}

// compose makes a message. A nil parent is that of a message nobody asked for.
func compose(session, kind string, parent *Message, content any) (*Message, error) {
	m := &Message{
		Header: Header{
			ID: rand.Text(), Session: session, Username: "kernel", Type: kind, Version: protocolVersion,
			Date: time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"),
		},
		Metadata:  json.RawMessage("{}"),
		rawParent: json.RawMessage("{}"),
	}
	if parent != nil {
		m.Parent, m.rawParent, m.identities = parent.Header, parent.rawHeader, parent.identities
	}
	var err error
	if m.rawHeader, err = marshal(m.Header); err != nil {
		return nil, err
	}
	m.Content, err = marshal(content)
	return m, err
}

// marshal leaves <, > and & alone: a page of HTML would grow by half.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}
