package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"time"

	"custos.example/ledger/durable"
)

// leeway is how far the clocks of two machines may lie apart.
const leeway = time.Minute

// remembered is how long a token that has ended is kept, so that its bearer is told
// that it has ended.
const remembered = 30 * 24 * time.Hour

// tokenFile is what the file of tokens holds.
// Shape: Tokens by the digest of the token; Ended, by person, when all that they had
// was ended last.
type tokenFile struct {
	Tokens map[string]issuedToken `json:"tokens"`
	Ended  map[string]time.Time   `json:"ended"`
}

// issuedToken is one token.
// Shape: of one that was issued before tokens had an end, Ends is zero.
// Units: Idle in seconds.
type issuedToken struct {
	Actor  string    `json:"actor"`
	Issued time.Time `json:"issued"`
	Ends   time.Time `json:"ends"`
	Idle   int64     `json:"idle"`
	Used   time.Time `json:"used"`
}

// idle is how long the token may lie unused.
func (i issuedToken) idle() time.Duration { return time.Duration(i.Idle) * time.Second }

// step is how old the last use may become before it is written down anew. A token may
// so end by that much too early, and never too late.
func (i issuedToken) step() time.Duration { return min(i.idle()/16, 5*time.Minute) }

// good returns nil while a token counts.
// Errors: signOnError.
func (i issuedToken) good(now time.Time) error {
	const anew = " Ask an administrator for a new one: custos actor token ID."
	switch {
	case i.Ends.IsZero():
		return signOnError("This token was issued before tokens had an end, and counts no more." + anew)
	case now.Before(i.Issued.Add(-leeway)):
		return signOnError("By this server's clock this token has not been issued yet: its clock was set back. Have the clock put right, or ask for a new token.")
	case !now.Before(i.Ends):
		return signOnError("This token ended at " + instant(i.Ends) + "." + anew)
	case now.Sub(i.Used) >= i.idle():
		return signOnError(fmt.Sprintf("This token was last used at %s and may not lie unused for %v.%s", instant(i.Used), i.idle(), anew))
	}
	return nil
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// use notes that a token is used, unless it is gone or another request has noted it.
func (f *tokenFile) use(digest string, now time.Time) bool {
	is, still := f.Tokens[digest]
	if !still || now.Sub(is.Used) < is.step() {
		return false
	}
	is.Used = now
	f.Tokens[digest] = is
	return true
}

// forget drops what ended long ago, and endings that nothing in force can be older than.
func (f *tokenFile) forget(now time.Time) {
	maps.DeleteFunc(f.Tokens, func(_ string, i issuedToken) bool { return !i.Ends.IsZero() && now.Sub(i.Ends) > remembered })
	maps.DeleteFunc(f.Ended, func(_ string, at time.Time) bool { return now.Sub(at) > remembered })
}

// tokenText reads the file; nil when there is none.
func tokenText(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the token file: %w", err)
	}
	return text, nil
}

// readTokens reads the file. Without one there are no tokens.
// Errors: a file that is damaged is never written over.
func readTokens(path string) (tokenFile, error) {
	text, err := tokenText(path)
	if err != nil {
		return tokenFile{}, err
	}
	return parseTokens(path, text)
}

// parseTokens reads the text of the file; nil for no file.
func parseTokens(path string, text []byte) (tokenFile, error) {
	known := tokenFile{map[string]issuedToken{}, map[string]time.Time{}}
	if text == nil {
		return known, nil
	}
	var parts map[string]json.RawMessage
	err := json.Unmarshal(text, &parts)
	if err == nil {
		if _, now := parts["tokens"]; now || len(parts) == 0 {
			err = json.Unmarshal(text, &known)
		} else {
			err = known.withoutEnd(text)
		}
	}
	if err != nil {
		return known, fmt.Errorf("the token file %s is damaged (%w): restore it, or remove it and issue new tokens", path, err)
	}
	if known.Tokens == nil || known.Ended == nil {
		return known, fmt.Errorf("the token file %s is damaged (a part is missing): restore it, or remove it and issue new tokens", path)
	}
	return known, nil
}

// withoutEnd reads a file from before tokens had an end: a person by each digest.
func (f *tokenFile) withoutEnd(text []byte) error {
	var old map[string]string
	if err := json.Unmarshal(text, &old); err != nil {
		return err
	}
	for digest, actor := range old {
		f.Tokens[digest] = issuedToken{Actor: actor}
	}
	return nil
}

// keep writes the file anew.
func (f *tokenFile) keep(path string) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.Replace(path, text, 0o600); err != nil {
		return fmt.Errorf("writing the token file: %w", err)
	}
	return nil
}

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
