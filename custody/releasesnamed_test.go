package custody_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"custos.example/custody"
)

// TestReleaseCalledLikeAnother puts a release forward under a name that reads as the
// digest of another one, or as a word that stands for one: whoever approves by that
// name would approve what they never read. The control is a name of words.
func TestReleaseCalledLikeAnother(t *testing.T) {
	h := withPolicy(t)
	honest, other := edited(t, `input.asOf >= 0`), edited(t, `input.asOf >= 1`)
	awaited := digestName(honest)
	for _, name := range []string{awaited, awaited[:8], "0123ABCDEF", custody.NameInForce, custody.NameBuilt} {
		_, err := h.Service.Releases().Propose(t.Context(), author, custody.ProposeRelease{Name: name, Text: other})
		if !errors.Is(err, custody.ErrInvalid) {
			named, nameErr := h.Service.Releases().Named(t.Context(), awaited)
			t.Fatalf("a release called %q: %v; who names the other one by its digest gets %s, %v", name, err, named.Release, nameErr)
		}
	}
	if _, err := h.Service.Releases().Propose(t.Context(), author, custody.ProposeRelease{Name: "2026-11: renewals", Text: other}); err != nil {
		t.Errorf("control: a release called by words: %v", err)
	}
}

// digestName is the name of a release, as sha256sum has it.
func digestName(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text)) }
