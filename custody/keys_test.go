package custody_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/sign"
)

// keyring returns the keys of the log as a checker sees them.
func (h *house) keyring() ledger.Keyring {
	h.Helper()
	ring, err := ledger.NewKeyring(h.verified("", ledger.Keys))
	if err != nil {
		h.Fatal(err)
	}
	return ring
}

func (h *house) inForce(holder string) custody.KeyState {
	h.Helper()
	states, err := h.Service.Keys().List(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	state, found := custody.InForce(states, holder)
	if !found {
		h.Fatalf("%s has no key in force", holder)
	}
	return state
}

func freshKey(t *testing.T) (*sign.Key, *ledger.PublicKey) {
	t.Helper()
	key, err := sign.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return key, &public
}

// TestReplaceKeys replaces the keys of a person, of the service and of the log in
// the middle of work: the chain shows both signatures, work goes on after a
// restart, and the trust file names old and new.
func TestReplaceKeys(t *testing.T) {
	h := withCase(t)
	received := h.receive(file(3))
	before := map[string]ledger.KeyID{}
	for _, holder := range []string{analyst.ID, "service", "log"} {
		before[holder] = h.inForce(holder).Key
	}
	if _, err := h.Service.Keys().Replace(t.Context(), analyst, custody.ReplaceKey{}); err != nil {
		t.Fatal(err)
	}
	for _, which := range []string{"service", "log"} {
		ask := custody.Ask{RequestID: "replace the key of " + which}
		proofs, err := h.Service.Keys().ReplaceOwn(t.Context(), admin, custody.ReplaceOwn{Ask: ask, Which: which})
		if err != nil {
			t.Fatalf("replace %s: %v", which, err)
		}
		again, err := h.Service.Keys().ReplaceOwn(t.Context(), admin, custody.ReplaceOwn{Ask: ask, Which: which})
		if err != nil || len(again) != 2 || again[0].Placed != proofs[0].Placed {
			t.Errorf("the same request again: %v, %v", again, err)
		}
		h.reopen()
	}
	h.run("event-schedule", received.Dataset.Entry, nil)
	ring := h.keyring()
	entries := h.verified("", ledger.Keys)
	for holder, old := range before {
		now := h.inForce(holder)
		if now.Key == old {
			t.Errorf("the key of %s is the old one", holder)
		}
		signedBy := map[ledger.KeyID]ledger.KeyID{}
		for _, e := range entries {
			switch d := e.Statement.Predicate.Detail.(type) {
			case *ledger.KeyEnrolled:
				signedBy[d.Key] = e.Statement.Predicate.Actor.Key
			case *ledger.KeyRevoked:
				signedBy[d.Key] = e.Statement.Predicate.Actor.Key
			}
		}
		if signedBy[now.Key] != old || signedBy[old] != now.Key {
			t.Errorf("%s: enrolled under %s and ended under %s; want old and new", holder, signedBy[now.Key], signedBy[old])
		}
		if !ring[old].Revoked || ring[now.Key].Revoked {
			t.Errorf("%s: the keyring has it otherwise", holder)
		}
	}
	trust, err := h.Service.Organisation().Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(trust.Log) != 2 || trust.Log[0].Public != h.inForce("log").Public {
		t.Errorf("%d keys of the log, the newest first", len(trust.Log))
	}
	for _, id := range []ledger.KeyID{before["service"], before[analyst.ID], h.inForce("service").Key, h.inForce(analyst.ID).Key} {
		if _, err := trust.Key(id); err != nil {
			t.Errorf("trust file: %v", err)
		}
	}
	h.signed()
	h.whole()
}

// TestReplaceOther shows that nobody replaces the key of another, and that an end
// without a follower is refused for the log's own keys.
func TestReplaceOther(t *testing.T) {
	h := found(t)
	for _, actor := range []custody.Actor{analyst, auditor, stranger} {
		if _, err := h.Service.Keys().ReplaceOwn(t.Context(), actor, custody.ReplaceOwn{Which: "service"}); !errors.Is(err, custody.ErrDenied) {
			t.Errorf("%s replaces the service's key: %v", actor.ID, err)
		}
	}
	for _, which := range []string{"root", "an1", "", "nobody"} {
		if _, err := h.Service.Keys().ReplaceOwn(t.Context(), admin, custody.ReplaceOwn{Which: which}); !errors.Is(err, custody.ErrNotFound) {
			t.Errorf("replace %q: %v", which, err)
		}
	}
	for _, holder := range []string{"service", "log", "root"} {
		if _, err := h.Service.Organisation().Revoke(t.Context(), admin, custody.Revoke{Person: holder, Reason: "x"}); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("revoke %s: %v", holder, err)
		}
		person := custody.Person{ID: holder, Name: "N", Roles: []string{"analyst"}}
		if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person}); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("a person called %s: %v", holder, err)
		}
	}
	if _, err := h.Service.Keys().Replace(t.Context(), custody.Actor{ID: "nobody"}, custody.ReplaceKey{}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("somebody unknown replaces a key: %v", err)
	}
}

// TestRoot shows that once a root key is enrolled, nothing changes the keys of the
// service, the log and the root without it, and everything does with it.
func TestRoot(t *testing.T) {
	h := withCase(t)
	root, _ := freshKey(t)
	keys := h.Service.Keys()
	if _, err := keys.EnrolRoot(t.Context(), analyst, custody.EnrolRoot{Root: root, Name: "root"}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("an analyst enrols a root: %v", err)
	}
	if _, err := keys.EnrolRoot(t.Context(), admin, custody.EnrolRoot{Root: root, Name: "ceremony of March"}); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.EnrolRoot(t.Context(), admin, custody.EnrolRoot{Root: root, Name: "again"}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("a second root beside the first: %v", err)
	}
	other, _ := freshKey(t)
	for _, signer := range []custody.Signer{nil, other} {
		if _, err := keys.ReplaceOwn(t.Context(), admin, custody.ReplaceOwn{Which: "log", Root: signer}); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("the log's key is replaced without the root: %v", err)
		}
	}
	for _, which := range []string{"service", "log"} {
		if _, err := keys.ReplaceOwn(t.Context(), admin, custody.ReplaceOwn{Which: which, Root: root}); err != nil {
			t.Fatalf("%s with the root: %v", which, err)
		}
		h.reopen()
		keys = h.Service.Keys()
	}
	next, _ := freshKey(t)
	if _, err := keys.ReplaceOwn(t.Context(), admin, custody.ReplaceOwn{Which: "root", Root: root, Next: next, Name: "ceremony of April"}); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.ReplaceOwn(t.Context(), admin, custody.ReplaceOwn{Which: "service", Root: root}); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("the old root still signs: %v", err)
	}
	if _, err := keys.Replace(t.Context(), analyst, custody.ReplaceKey{}); err != nil {
		t.Errorf("a person needs no root: %v", err)
	}
	h.keyring()
	h.signed()
	h.whole()
}

// TestCeremony shows that a ceremony is recorded with its transcript, and needs
// two officers.
func TestCeremony(t *testing.T) {
	h := withCase(t)
	held := custody.Ceremony{Officers: []string{"A. One", "B. Two"}, Purpose: "make the root", Transcript: []byte("custos key ceremony\n")}
	for _, c := range []custody.Ceremony{
		{Officers: []string{"A. One"}, Purpose: "p", Transcript: held.Transcript},
		{Officers: []string{"A. One", "A. One"}, Purpose: "p", Transcript: held.Transcript},
		{Officers: held.Officers, Purpose: "p"},
	} {
		if _, err := h.Service.Keys().Held(t.Context(), admin, c); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%v: %v", c.Officers, err)
		}
	}
	if _, err := h.Service.Keys().Held(t.Context(), analyst, held); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("an analyst records a ceremony: %v", err)
	}
	if _, err := h.Service.Keys().Held(t.Context(), admin, held); err != nil {
		t.Fatal(err)
	}
	if got := h.kinds("", ledger.Keys); got[len(got)-1] != "ceremony-held" {
		t.Errorf("the keys chain ends in %s", got[len(got)-1])
	}
	h.signed()
	h.whole()
}
