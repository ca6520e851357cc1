package custody_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger/sign"
)

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
