package event

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"hash"
	"strings"
)

// Mask puts tokens in the place of identifiers that are not known.
//
// A token is the same for one identifier under one key, so that who stands
// behind it can be followed through a case without being named, and says
// nothing of it to who does not have the key. Short codes, senders of messages
// (IsSender) and withheld numbers name nobody and stay.
type Mask struct {
	mac   hash.Hash
	known map[string]bool
	seen  map[string]string
}

// maxSeen bounds what a Mask remembers.
const maxSeen = 200_000

// The beginnings of tokens: of a number or name, of a handset, of a subscriber
// identity. A token of a handset has fourteen letters, as many as are compared.
const (
	tokenParty      = "id:t"
	tokenHandset    = "id:h"
	tokenSubscriber = "id:s"
	handsetDigits   = 14
	tokenLetters    = 16
)

// NewMask returns a mask under a secret key; known are the identifiers that stay,
// themselves or by their tokens. A handset is known by its first 14 digits.
func NewMask(key []byte, known []string) *Mask {
	m := &Mask{mac: hmac.New(sha256.New, key), known: map[string]bool{}, seen: map[string]string{}}
	for _, id := range known {
		m.known[id] = true
		if len(id) >= handsetDigits && len(id) <= handsetDigits+2 && strings.Trim(id, "0123456789") == "" {
			m.known[id[:handsetDigits]] = true
		}
	}
	return m
}

// Known tells whether an identifier stays.
func (m *Mask) Known(id string) bool { return m.known[id] }

// Token returns the token of an identifier as events have it.
func (m *Mask) Token(id string) string { return m.token(tokenParty, id, tokenLetters) }

func (m *Mask) token(kind, id string, letters int) string {
	key := kind + id
	if token, ok := m.seen[key]; ok {
		return token
	}
	m.mac.Reset()
	_, _ = m.mac.Write([]byte("custos/token/v1\n" + key)) // a hash does not fail
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(m.mac.Sum(nil))
	token := kind + strings.ToLower(text[:letters])
	if len(m.seen) < maxSeen {
		m.seen[key] = token
	}
	return token
}

// Row replaces in an event what names somebody who is not known. The handset
// and the subscriber identity of a known subject stay; digits as dialled go when
// the party they lead to is replaced.
func (m *Mask) Row(r *Row) {
	fields := r.fields
	own := m.known[string(fields[Subject])] || m.known[m.Token(string(fields[Subject]))]
	called := m.party(fields, BNumber)
	for _, c := range []Column{Subject, ANumber, CNumber} {
		m.party(fields, c)
	}
	if called {
		fields[Dialled] = nil
	}
	if own {
		return
	}
	if imei := fields[IMEI]; len(imei) >= handsetDigits && !m.known[string(imei[:handsetDigits])] {
		if token := m.token(tokenHandset, string(imei[:handsetDigits]), handsetDigits-len(tokenHandset)); !m.known[token] {
			fields[IMEI] = []byte(token)
		}
	}
	if imsi := fields[IMSI]; len(imsi) > 0 && !m.known[string(imsi)] {
		if token := m.token(tokenSubscriber, string(imsi), tokenLetters); !m.known[token] {
			fields[IMSI] = []byte(token)
		}
	}
}

// party replaces one party, and tells whether it did.
func (m *Mask) party(fields [][]byte, c Column) bool {
	id := fields[c]
	kind, _, named := bytes.Cut(id, []byte{':'})
	if len(id) == 0 || m.known[string(id)] || named && namesNobody(string(kind), fields[Type], id) {
		return false
	}
	token := m.Token(string(id))
	if m.known[token] {
		return false
	}
	fields[c] = []byte(token)
	return true
}

// namesNobody reports an identifier that needs no token.
func namesNobody(kind string, of, id []byte) bool {
	switch kind {
	case "id", "other":
		return false
	case "text":
		return IsSender(of, id)
	}
	return true
}
