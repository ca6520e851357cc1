package custody

import (
	"context"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// replaced is the reason under which a key ends that another follows.
const replaced = "replaced"

// ReplaceKey replaces the asker's own key.
// Shape: without Next the service makes the new key and holds it.
type ReplaceKey struct {
	Ask
	Next *ledger.PublicKey // of a key that the holder keeps
}

// Replace replaces the asker's own key: the new one is enrolled under the old
// one's signature, the old one ends under the new one's. Both stand in the record
// together, or neither.
// Errors: ErrDenied; ErrConflict when the new key was enrolled before.
func (k Keys) Replace(ctx context.Context, actor Actor, request ReplaceKey) ([]Proof, error) {
	a, err := k.s.begin(ctx, actor, "", policy.KeyRotate, request)
	if err != nil {
		return nil, err
	}
	if proofs, done, err := a.earlierPair(ctx); done || err != nil {
		return proofs, err
	}
	keys, err := a.chain(ctx, "", ledger.Keys)
	if err != nil {
		return nil, err
	}
	old := a.person
	person := Person{ID: old.ID, Name: old.Name, Roles: old.Roles}
	var next ledger.PublicKey
	proofs, err := a.commit(ctx, "replaced", resource{person: person.facts()}, func() ([]sheet, error) {
		heldBy := heldByHolder
		var signer Signer
		var err error
		if request.Next != nil {
			next = *request.Next
			signer, err = a.Signers.Holder(ctx, old.ID, next)
		} else {
			heldBy = heldByService
			if signer, err = a.Signers.Next(ctx, old.ID); err == nil {
				next, err = publicOf(signer)
			}
		}
		if err == nil {
			err = a.newKey(ctx, next)
		}
		if err != nil {
			return nil, fmt.Errorf("new key of %s: %w", old.ID, err)
		}
		role := a.role
		if !slices.Contains(old.Roles, role) {
			role = old.Roles[0]
		}
		return []sheet{
			{stage: "enrolled", chain: keys, changes: true, detail: enrolled(person, next, heldBy)},
			{
				stage: "revoked", chain: keys, changes: true, detail: &ledger.KeyRevoked{Key: old.Key, Reason: replaced},
				by: signer, actor: ledger.Actor{ID: old.ID, Key: next.KeyID(), Role: role},
			},
		}, nil
	})
	if err != nil {
		return nil, err
	}
	if request.Next == nil {
		err = a.settle(ctx, old.ID, next.KeyID())
	}
	return proofs, err
}

// earlierPair returns the two entries that this request appended before.
func (a *act) earlierPair(ctx context.Context) ([]Proof, bool, error) {
	var proofs []Proof
	for _, stage := range []string{"enrolled", "revoked"} {
		stored, done, err := a.earlier(ctx, stage)
		if !done || err != nil {
			return nil, false, err
		}
		proof, err := a.again(ctx, stored, nil)
		if err != nil {
			return nil, false, err
		}
		proofs = append(proofs, proof)
	}
	return proofs, true, nil
}

// ReplaceOwn replaces one of the log's own keys.
// Shape: Which is "service", "log" or "root"; Next is given for a root only, whose
// key the service never holds; Root signs when a root key is enrolled.
type ReplaceOwn struct {
	Ask
	Which string
	Next  Signer
	Root  Signer
	Name  string // of a new root, in words
}

// ReplaceOwn replaces the service's or the log's key, or the root: as Replace, but
// asked for by an administrator. Once a root key is enrolled it signs both
// entries.
func (k Keys) ReplaceOwn(ctx context.Context, actor Actor, request ReplaceOwn) ([]Proof, error) {
	a, err := k.s.begin(ctx, actor, "", policy.KeyManage, request)
	if err != nil {
		return nil, err
	}
	if proofs, done, err := a.earlierPair(ctx); done || err != nil {
		return proofs, err
	}
	r := &replacing{act: a, ReplaceOwn: request}
	proofs, err := a.commit(ctx, "replaced", resource{}, func() ([]sheet, error) { return r.sheets(ctx) })
	if err != nil {
		return nil, err
	}
	if request.Which != rootHolder {
		err = a.settle(ctx, request.Which, r.public.KeyID())
	}
	return proofs, err
}

// replacing is one of the log's own keys being replaced.
type replacing struct {
	*act
	ReplaceOwn
	public ledger.PublicKey // of the new key
}

// sheets enrols the new key and ends the old one.
func (r *replacing) sheets(ctx context.Context) ([]sheet, error) {
	keys, err := r.chain(ctx, "", ledger.Keys)
	if err != nil {
		return nil, err
	}
	states, err := KeyStates(ctx, r.Store)
	if err != nil {
		return nil, err
	}
	old, found := InForce(states, r.Which)
	if !found || !slices.Contains([]string{serviceID, logHolder, rootHolder}, r.Which) {
		return nil, fmt.Errorf("there is no key of %q in force to be replaced; service, log and root are replaced here: %w", r.Which, ErrNotFound)
	}
	before, after, err := r.pair(ctx)
	if err != nil {
		return nil, err
	}
	if before != nil && before.KeyID() != old.Key {
		return nil, fmt.Errorf("%w: the key of %s that is used here is %s, and the one enrolled is %s", ErrIntegrity, r.Which, before.KeyID(), old.Key)
	}
	if r.public, err = publicOf(after); err == nil {
		err = r.newKey(ctx, r.public)
	}
	if err != nil {
		return nil, fmt.Errorf("new key of %s: %w", r.Which, err)
	}
	name, heldBy := old.Name, old.HeldBy
	if r.Name != "" {
		name = r.Name
	}
	first := sheet{
		stage: "enrolled", chain: keys, changes: true, onBehalfOf: r.actor.ID,
		detail: enrolled(Person{ID: r.Which, Name: name, Roles: old.Roles}, r.public, heldBy),
		by:     before, actor: ledger.Actor{ID: r.Which, Key: old.Key, Role: old.Roles[0]},
	}
	second := sheet{
		stage: "revoked", chain: keys, changes: true, onBehalfOf: r.actor.ID, detail: &ledger.KeyRevoked{Key: old.Key, Reason: replaced},
		by: after, actor: ledger.Actor{ID: r.Which, Key: r.public.KeyID(), Role: old.Roles[0]},
	}
	if r.Which == serviceID { // the service is then the one signer of an entry
		first.by, second.by, second.service = nil, nil, after
	}
	return r.signedByRoot(states, first, second)
}

// signedByRoot lets the root sign both entries, if there is one. A root that is
// replaced signs the first, its follower the second.
func (r *replacing) signedByRoot(states []KeyState, first, second sheet) ([]sheet, error) {
	root, found := InForce(states, rootHolder)
	if !found || r.Which == rootHolder {
		return []sheet{first, second}, nil
	}
	var err error
	if first, err = first.byRoot(root, r.Root); err == nil {
		second, err = second.byRoot(root, r.Root)
	}
	return []sheet{first, second}, err
}

// pair returns the signers of the old and of the new key.
func (r *replacing) pair(ctx context.Context) (before, after Signer, err error) {
	switch r.Which {
	case rootHolder:
		if r.Root == nil || r.Next == nil {
			return nil, nil, fmt.Errorf("a root is replaced with both files at hand, the old one and the new one: %w", ErrInvalid)
		}
		return r.Root, r.Next, nil
	case serviceID:
		before = r.Signers.Service()
	case logHolder:
		before = r.Signers.Log()
	}
	after, err = r.Signers.Next(ctx, r.Which)
	return before, after, err
}

// EnrolRoot enrols the log's root key, which is kept offline.
type EnrolRoot struct {
	Ask
	Root Signer
	Name string
}

// EnrolRoot enrols a root key, signed by that key: from then on only it can enrol
// or revoke keys of the service, of the log and of the root.
// Errors: ErrConflict when there is one.
func (k Keys) EnrolRoot(ctx context.Context, actor Actor, request EnrolRoot) (Proof, error) {
	a, err := k.s.begin(ctx, actor, "", policy.KeyManage, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "root"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	if request.Root == nil || request.Name == "" {
		return Proof{}, fmt.Errorf("give the root key and a name for it, such as the ceremony at which it was made: %w", ErrInvalid)
	}
	keys, err := a.chain(ctx, "", ledger.Keys)
	if err != nil {
		return Proof{}, err
	}
	proofs, err := a.commit(ctx, "root", resource{}, func() ([]sheet, error) {
		if root, found, err := a.rooted(ctx); err != nil || found {
			if found {
				err = fmt.Errorf("the root key %s is enrolled: replace it with custos key rotate root: %w", root.Key, ErrConflict)
			}
			return nil, err
		}
		public, err := publicOf(request.Root)
		if err == nil {
			err = a.newKey(ctx, public)
		}
		return []sheet{{
			stage: "root", chain: keys, changes: true, onBehalfOf: a.actor.ID, by: request.Root,
			actor:  ledger.Actor{ID: rootHolder, Key: public.KeyID(), Role: ledger.RoleRoot},
			detail: enrolled(Person{ID: rootHolder, Name: request.Name, Roles: []string{ledger.RoleRoot}}, public, heldByHolder),
		}}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}
