package custody_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"custos.example/cmd/custos/wiring"
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

// TestHolderKeepsKey shows a person whose key is on their own machine: the record
// says so, nothing is done in their name without it, and they can work with it, go
// over to another, and come back after theirs was revoked.
func TestHolderKeepsKey(t *testing.T) {
	h := withCase(t)
	key, public := freshKey(t)
	kept := custody.Actor{ID: "an7"}
	person := custody.Person{ID: kept.ID, Name: "K. Keeper", Roles: []string{"administrator"}}
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Public: public}); err != nil {
		t.Fatal(err)
	}
	person.ID = "an8"
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Public: public}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("one key for two people: %v", err)
	}
	if got := h.inForce(kept.ID).HeldBy; got != "holder" {
		t.Errorf("held by %q", got)
	}
	enrol := custody.Enrol{Person: custody.Person{ID: "an8", Name: "N", Roles: []string{"analyst"}}}
	if _, err := h.Service.Organisation().Enrol(t.Context(), kept, enrol); !errors.Is(err, custody.ErrPushback) {
		t.Errorf("signed without the key: %v", err)
	}
	stop := h.agent(kept.ID, key)
	if _, err := h.Service.Organisation().Enrol(t.Context(), kept, enrol); err != nil {
		t.Fatal(err)
	}
	next, nextPublic := freshKey(t)
	stop()
	stop = h.agent(kept.ID, key, next)
	if _, err := h.Service.Keys().Replace(t.Context(), kept, custody.ReplaceKey{Next: nextPublic}); err != nil {
		t.Fatal(err)
	}
	stop()
	defer h.agent(kept.ID, key)() // whoever stole the old key
	enrol.Person.ID = "an9x"
	if _, err := h.Service.Organisation().Enrol(t.Context(), kept, enrol); !errors.Is(err, sign.ErrDistant) {
		t.Errorf("the old key still signs: %v", err)
	}
	if _, err := h.Service.Organisation().Revoke(t.Context(), admin, custody.Revoke{Person: kept.ID, Reason: "lost"}); err != nil {
		t.Fatal(err)
	}
	person.ID = kept.ID
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Public: nextPublic}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("a revoked key is enrolled again: %v", err)
	}
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person}); err != nil {
		t.Errorf("a new key, held here: %v", err)
	}
	if got := h.inForce(kept.ID).HeldBy; got != "service" {
		t.Errorf("held by %q", got)
	}
	h.keyring()
	h.signed()
	h.whole()
}

// agent signs what waits for a holder, with whichever of the keys is asked for,
// until the returned function is called.
func (h *house) agent(holder string, keys ...*sign.Key) func() {
	h.Helper()
	ctx, cancel := context.WithCancel(h.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			asked, found := h.Exchange.Next(ctx, holder)
			if !found {
				return
			}
			statement, err := asked.Statement()
			if err != nil {
				h.Error(err)
				return
			}
			key := keys[0]
			for _, k := range keys {
				if k.KeyID() == statement.Predicate.Actor.Key {
					key = k
				}
			}
			sig, err := key.Sign(ctx, asked.Message)
			if err == nil {
				err = h.Exchange.Answer(holder, asked.ID, sig)
			}
			if err != nil && ctx.Err() == nil {
				h.Error(err)
			}
		}
	}()
	for h.Exchange.Here(holder) != nil {
		time.Sleep(time.Millisecond)
	}
	return func() {
		cancel()
		<-done
	}
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

// TestCloseLog closes a log and opens the next: nothing can be added to the old
// one, by any way, it still checks, its last entry names the next, and the next
// one's first entries name the last checkpoint of the old.
func TestCloseLog(t *testing.T) {
	h := withCase(t)
	if _, err := h.Service.Keys().Close(t.Context(), auditor, custody.CloseLog{Next: "custos.example/next", Reason: "end of the year"}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("an auditor closes the log: %v", err)
	}
	for _, next := range []string{"", "custos.example/test", "a b"} {
		if _, err := h.Service.Keys().Close(t.Context(), admin, custody.CloseLog{Next: next, Reason: "r"}); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("followed by %q: %v", next, err)
		}
	}
	closed, err := h.Service.Keys().Close(t.Context(), admin, custody.CloseLog{Next: "custos.example/next", Reason: "end of the year"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		person := custody.Person{ID: "an5", Name: "Late", Roles: []string{"analyst"}}
		if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person}); !errors.Is(err, custody.ErrConflict) {
			t.Errorf("enrolled in a closed log: %v", err)
		}
		salt, err := ledger.NewSalt(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		// past the service: any entry, signed as it should be, straight to the store
		signed, err := custody.ParseSigned(h.entries(h.id, ledger.Work)[0].Envelope)
		if err != nil {
			t.Fatal(err)
		}
		place := signed.Statement().Predicate.Place
		place.Entry[0]++
		again := signed.Statement()
		again.Predicate.Place = place
		written, err := custody.Write(again)
		if err != nil {
			t.Fatal(err)
		}
		own, err := written.Sign(t.Context(), h.Service.Signers.Service(), h.actorKey(sio.ID))
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Store.Append(t.Context(), custody.Request{Digest: ledger.Digest{1}, Drafts: []custody.Draft{{
			Kind: string(again.Kind()), Case: h.id, Chain: place.Chain, Entry: place.Entry, Signed: own, Salt: salt,
			Decided: true, AsOf: again.Predicate.Decision.AsOf, Until: again.Predicate.Decision.Until.Time,
		}}})
		if !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "the log is closed") {
			t.Errorf("appended behind the end: %v", err)
		}
		h.reopen()
	}
	h.signed()
	h.whole()
	size, err := h.Store.Size(t.Context())
	if err != nil || uint64(closed.Placed.Index) != size-1 {
		t.Errorf("closed at %d of %d: %v", closed.Placed.Index, size, err)
	}
	_, text, err := h.Service.Keys().Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := ledger.ParseReceipt(text)
	last := receipt.Checkpoint
	if err != nil || last.Size != size {
		t.Fatalf("last checkpoint %+v: %v", last, err)
	}
	end, err := h.Service.Keys().End(t.Context())
	if err != nil || end.Next != "custos.example/next" || uint64(end.Index) != size-1 {
		t.Errorf("end %+v: %v", end, err)
	}

	next := wiring.Options{Dir: filepath.Join(t.TempDir(), "next"), Clock: h.clock, Follows: &custody.Continued{
		Origin: last.Origin, Reason: "end of the year", Root: last.Root, Size: last.Size,
	}}
	if err := wiring.Init(t.Context(), next, "custos.example/next", custody.Person{ID: admin.ID, Name: "A. Admin", Roles: []string{"administrator"}}); err != nil {
		t.Fatal(err)
	}
	follower, err := wiring.Open(t.Context(), next)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = follower.Close() }()
	begun, err := follower.Service.Keys().End(t.Context())
	if err != nil || len(begun.Continues) != 1 || begun.Continues[0] != *next.Follows || begun.Next != "" {
		t.Errorf("the next log begins %+v: %v", begun, err)
	}
}

func (h *house) actorKey(id string) custody.Signer {
	h.Helper()
	key, err := h.Service.Signers.Actor(h.Context(), id)
	if err != nil {
		h.Fatal(err)
	}
	return key
}

// TestVerifySigned shows that a check of the record names an entry whose key had
// been revoked before its place, as a keeper who holds the key could append it
// past every use case. The control is the same record without that entry.
func TestVerifySigned(t *testing.T) {
	h := withCase(t)
	if n, found := h.checkSigned(t); n == 0 || len(found) > 0 {
		t.Fatalf("control: %d entries, %v", n, found)
	}
	if !h.lateSignature(t) {
		t.Error("a signature behind the end of its key was not named")
	}
}

func (h *house) checkSigned(t *testing.T) (uint64, []custody.Finding) {
	t.Helper()
	var found []custody.Finding
	n, err := h.Service.Keys().Verify(t.Context(), func(f custody.Finding) { found = append(found, f) })
	if err != nil {
		t.Fatal(err)
	}
	return n, found
}

// lateSignature revokes a key, appends an entry that it signed past every use case,
// and tells whether the check of the record names exactly that entry.
func (h *house) lateSignature(t *testing.T) bool {
	t.Helper()
	taken := h.actorKey(spoc.ID)
	if _, err := h.Service.Organisation().Revoke(t.Context(), admin, custody.Revoke{Person: spoc.ID, Reason: "taken"}); err != nil {
		t.Fatal(err)
	}
	size, err := h.Store.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n, found := h.checkSigned(t); n != size || len(found) > 0 {
		t.Fatalf("control: %d of %d entries, %v", n, size, found)
	}
	entries := h.entries(h.id, ledger.Work)
	signed, err := custody.ParseSigned(entries[len(entries)-1].Envelope)
	if err != nil {
		t.Fatal(err)
	}
	again := signed.Statement()
	again.Predicate.Place.Entry[0]++
	again.Predicate.Decision.AsOf = size
	written, err := custody.Write(again)
	if err != nil {
		t.Fatal(err)
	}
	own, err := written.Sign(t.Context(), h.Service.Signers.Service(), taken)
	if err != nil {
		t.Fatal(err)
	}
	salt, err := ledger.NewSalt(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Store.Append(t.Context(), custody.Request{Digest: ledger.Digest{1}, Drafts: []custody.Draft{{
		Kind: string(again.Kind()), Case: h.id, Chain: again.Predicate.Place.Chain, Entry: again.Predicate.Place.Entry, Signed: own, Salt: salt,
		Decided: true, AsOf: size, Until: again.Predicate.Decision.Until.Time,
	}}}); err != nil {
		t.Fatal(err)
	}
	_, found := h.checkSigned(t)
	return len(found) == 1 && found[0].Entry == again.Predicate.Place.Entry && strings.Contains(found[0].What, "not in force")
}
