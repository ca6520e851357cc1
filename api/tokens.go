package api

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"custos.example/custody"
	"custos.example/ledger/durable"
)

// Tokens says who a bearer token belongs to, and until when. Only SHA-256 digests of
// tokens are kept, in one file of the key folder.
//
// Trust: whoever can write the file can act as any user. Times are those of the clock.
type Tokens struct {
	path  string
	clock custody.Clock
	mu    sync.Mutex

	reading sync.Mutex
	read    [sha256.Size]byte // digest of the file that was read last
	known   tokenFile         // what it holds; nobody changes it
}

// NewTokens names the file; nothing is read or written yet.
func NewTokens(path string, clock custody.Clock) *Tokens { return &Tokens{path: path, clock: clock} }

// The terms of a token.
const (
	usualLife = 12 * time.Hour
	longest   = 30 * 24 * time.Hour
	usualIdle = 2 * time.Hour
	shortest  = time.Minute
)

// Term is how long a token is good.
// Shape: Life from its issue on, Idle from its last use on; zero = 12 hours and 2
// hours. Idle is never longer than Life.
type Term struct {
	Life, Idle time.Duration
}

// Settled fills in what was not said.
// Errors: custody.ErrInvalid for a term that no token may have.
func (t Term) Settled() (Term, error) {
	if t.Life == 0 {
		t.Life = usualLife
	}
	if t.Life < shortest || t.Life > longest {
		return t, fmt.Errorf("a token is good for %v to %v, not for %v: %w", shortest, longest, t.Life, custody.ErrInvalid)
	}
	if t.Idle == 0 {
		t.Idle = min(usualIdle, t.Life)
	}
	if t.Idle < shortest || t.Idle > t.Life {
		return t, fmt.Errorf("a token that is good for %v may lie unused for %v to %v, not for %v: %w", t.Life, shortest, t.Life, t.Idle, custody.ErrInvalid)
	}
	return t, nil
}

// Issue makes a new token for the user and returns it; it cannot be shown again.
// Durability: on disk when it returns.
// Errors: custody.ErrInvalid for a term that no token may have.
func (t *Tokens) Issue(actor string, term Term) (string, error) {
	term, err := term.Settled()
	if err != nil {
		return "", err
	}
	var secret [32]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return "", fmt.Errorf("no randomness for a token: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(secret[:])
	return token, t.change(func(known *tokenFile, now time.Time) bool {
		known.Tokens[digest(token)] = issuedToken{Actor: actor, Issued: now, Ends: now.Add(term.Life), Idle: int64(term.Idle / time.Second), Used: now}
		return true
	})
}

// End ends every token of the user, at once, and returns how many there were. What
// an identity provider issued for them before this instant ends with them.
// Durability: on disk when it returns.
func (t *Tokens) End(actor string) (int, error) {
	ended := 0
	err := t.change(func(known *tokenFile, now time.Time) bool {
		before := len(known.Tokens)
		maps.DeleteFunc(known.Tokens, func(_ string, of issuedToken) bool { return of.Actor == actor })
		ended, known.Ended[actor] = before-len(known.Tokens), now
		return true
	})
	return ended, err
}

// change changes the file, whoever else does so; do says whether it changed anything.
func (t *Tokens) change(do func(known *tokenFile, now time.Time) bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	lock, err := durable.Lock(t.path + ".lock")
	if err != nil {
		return fmt.Errorf("the lock of the token file: %w", err)
	}
	defer func() { _ = lock.Close() }() // what was changed is on disk
	known, err := readTokens(t.path)
	if err != nil {
		return err
	}
	now := t.clock.Now().UTC()
	known.forget(now)
	if !do(&known, now) {
		return nil
	}
	return known.keep(t.path)
}

// actor returns the user to whom a token belongs, and notes that it was used.
// Errors: signOnError, which says why.
func (t *Tokens) actor(token string) (string, error) {
	known, err := t.inForce()
	if err != nil {
		return "", err
	}
	want, found, matches := digest(token), issuedToken{}, false
	for have, issued := range known.Tokens {
		if subtle.ConstantTimeCompare([]byte(have), []byte(want)) == 1 {
			found, matches = issued, true
		}
	}
	if !matches {
		return "", signOnError("This token is not known here, or was ended. Ask an administrator for a new one: custos actor token ID.")
	}
	now := t.clock.Now().UTC()
	if err := found.good(now); err != nil {
		return "", err
	}
	if now.Sub(found.Used) >= found.step() {
		// when it cannot be noted, the token only ends the sooner
		_ = t.change(func(known *tokenFile, now time.Time) bool { return known.use(want, now) })
	}
	return found.Actor, nil
}

// inForce returns what the file holds now, to be read only. Every request reads the
// file, so that an end counts at once; only other bytes than before are parsed.
func (t *Tokens) inForce() (tokenFile, error) {
	text, err := tokenText(t.path)
	if err != nil {
		return tokenFile{}, err
	}
	sum := sha256.Sum256(text)
	t.reading.Lock()
	defer t.reading.Unlock()
	if text != nil && t.known.Tokens != nil && sum == t.read {
		return t.known, nil
	}
	known, err := parseTokens(t.path, text)
	if err == nil {
		t.read, t.known = sum, known
	}
	return known, err
}

// endedSince tells whether what was issued for somebody at an instant was ended.
func (t *Tokens) endedSince(actor string, issued time.Time) (bool, error) {
	known, err := t.inForce()
	if err != nil {
		return true, err
	}
	at, ended := known.Ended[actor]
	return ended && !issued.After(at.Add(leeway)), nil
}

// bearer returns the token that a request carries, by its header and in no other way.
// Errors: signOnError.
func bearer(header string) (string, error) {
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok || token == "" {
		return "", signOnError("This needs a token, in the header Authorization: Bearer TOKEN.")
	}
	return token, nil
}
