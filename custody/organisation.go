package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Organisation is the founding of the log, and the people and keys in it.
type Organisation struct{ s *Service }

// Init founds the log: it names both chains of the organisation, enrols the
// keys of the service and of the log, puts the policy release in force and
// enrols the first administrator.
//
// Trust: these entries rest on no decision, since there is nobody yet to ask;
// the service alone signs them.
// Errors: ErrConflict when a log has been founded here.
func (o Organisation) Init(ctx context.Context, request InitRequest) ([]Proof, error) {
	s := o.s
	if err := request.First.Check(); err != nil {
		return nil, err
	}
	keys, organisation, err := o.chains(ctx)
	if err != nil {
		return nil, err
	}
	a := &act{Service: s, actor: Actor{ID: serviceID}, action: policy.LogInit, now: s.Clock.Now().UTC()}
	a.ask.RequestID = "init " + keys.ID.String()
	release, err := ledger.ParseDigest(s.Authoriser.Release())
	if err != nil {
		return nil, fmt.Errorf("%w: digest of the policy release: %w", ErrIntegrity, err)
	}
	logKey, err := ledger.ParseNoteKey(s.Signers.LogKey())
	if err != nil {
		return nil, fmt.Errorf("%w: key of the log: %w", ErrInvalid, err)
	}
	first, err := o.key(ctx, request.First.ID)
	if err != nil {
		return nil, err
	}
	service, err := ledger.NewPublicKey(s.Signers.Service().Public())
	if err != nil {
		return nil, fmt.Errorf("%w: key of the service: %w", ErrInvalid, err)
	}
	founding := []ledger.Detail{
		&ledger.LogOpened{KeysNonce: keys.Nonce, OrganisationNonce: organisation.Nonce, Origin: s.Origin},
		enrolled(Person{serviceID, "recording service", []string{ledger.RoleRecorder}}, service),
		enrolled(Person{"log", "log " + s.Origin, []string{"log"}}, logKey.Public),
		&ledger.PolicyReleased{Name: request.Release, Release: release},
		enrolled(request.First, first),
	}
	sheets := make([]sheet, len(founding))
	for i, detail := range founding {
		sheets[i] = sheet{
			stage: fmt.Sprintf("founding %d", i+1), chain: keys, detail: detail, actor: s.itself(), undecided: true, changes: true,
		}
	}
	return a.append(ctx, "founding", sheets)
}

// chains returns the keys chain and the organisation's chain of a log that is
// to be founded, and registers them.
// Errors: ErrConflict when the keys chain has entries.
func (o Organisation) chains(ctx context.Context) (keys, organisation Chain, err error) {
	for kind, chain := range map[ledger.ChainKind]*Chain{ledger.Keys: &keys, ledger.Organisation: &organisation} {
		// a chain without entries is left from a founding that was cut short
		*chain, err = o.s.chain(ctx, "", kind)
		if errors.Is(err, ErrNotFound) {
			var nonce ledger.Nonce
			if nonce, err = ledger.NewNonce(o.s.Rand); err == nil {
				*chain, err = o.s.openChain(ctx, "", kind, nonce)
			}
		}
		if err != nil {
			return keys, organisation, fmt.Errorf("register the %s chain: %w", kind, err)
		}
	}
	n, _, err := o.s.Store.Head(ctx, keys.ID)
	if err == nil && n > 0 {
		err = fmt.Errorf("a log has been founded in this folder: open it instead: %w", ErrConflict)
	}
	return keys, organisation, err
}

// Enrol gives a person a key, held by this service on their behalf, and roles.
func (o Organisation) Enrol(ctx context.Context, actor Actor, request Enrol) (Proof, error) {
	if err := request.Person.Check(); err != nil {
		return Proof{}, err
	}
	a, err := o.s.begin(ctx, actor, "", policy.ActorEnrol, request.Ask)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "enrolled"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	keys, err := a.chain(ctx, "", ledger.Keys)
	if err != nil {
		return Proof{}, err
	}
	proofs, err := a.commit(ctx, "enrolled", resource{person: request.Person.facts()}, func() ([]sheet, error) {
		known, err := has(ctx, a.Store, "", inPeople, request.Person.ID, 0)
		if err != nil {
			return nil, err
		}
		if known {
			return nil, fmt.Errorf("%s is enrolled already: %w", request.Person.ID, ErrConflict)
		}
		public, err := o.key(ctx, request.Person.ID)
		if err != nil {
			return nil, err
		}
		return []sheet{{stage: "enrolled", chain: keys, detail: enrolled(request.Person, public), changes: true}}, nil
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// Revoke ends the use of a person's key: from its index on no entry may bear
// that key's signature, and the person has no role any more.
func (o Organisation) Revoke(ctx context.Context, actor Actor, request Revoke) (Proof, error) {
	a, err := o.s.begin(ctx, actor, "", policy.KeyRevoke, request.Ask)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "revoked"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	keys, err := a.chain(ctx, "", ledger.Keys)
	if err != nil {
		return Proof{}, err
	}
	person := &policy.Person{ID: request.Person, Roles: []policy.Role{}}
	proofs, err := a.commit(ctx, "revoked", resource{person: person}, func() ([]sheet, error) {
		fact, err := find[personFact](ctx, a.Store, "", inPeople, request.Person, 0)
		if err != nil {
			return nil, fmt.Errorf("person %s: %w", request.Person, err)
		}
		return []sheet{{
			stage: "revoked", chain: keys, changes: true, detail: &ledger.KeyRevoked{Key: fact.Key, Reason: request.Reason},
		}}, nil
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// Person returns a person as the record has them.
// Errors: ErrNotFound.
func (o Organisation) Person(ctx context.Context, id string) (Person, error) {
	fact, err := find[personFact](ctx, o.s.Store, "", inPeople, id, 0)
	return Person{fact.ID, fact.Name, fact.Roles}, err
}

// Trust returns the keys that a checker of this log may choose to trust: those
// of the log, of the service and of everyone enrolled.
//
// Trust: it is only as good as the way in which it reaches the checker. Never
// put it inside a bundle.
func (o Organisation) Trust(ctx context.Context) (ledger.Trust, error) {
	keys, err := o.s.chain(ctx, "", ledger.Keys)
	if err != nil {
		return ledger.Trust{}, err
	}
	logKey, err := ledger.ParseNoteKey(o.s.Signers.LogKey())
	if err != nil {
		return ledger.Trust{}, fmt.Errorf("%w: key of the log: %w", ErrIntegrity, err)
	}
	people, err := list[personFact](ctx, o.s.Store, "", inPeople, 0)
	if err != nil {
		return ledger.Trust{}, err
	}
	trust := ledger.Trust{Origin: o.s.Origin, KeysChain: keys.ID, Log: []ledger.NoteKey{logKey}, TimestampRoots: o.s.timestampRoots()}
	for _, p := range people {
		if p.ID != "log" {
			trust.Keys = append(trust.Keys, ledger.TrustKey{Holder: p.ID, ID: p.Key, Public: p.Public, Roles: p.Roles})
		}
	}
	return trust, nil
}

// key returns the public half of a person's key, making one if there is none.
func (o Organisation) key(ctx context.Context, id string) (ledger.PublicKey, error) {
	signer, err := o.s.Signers.Actor(ctx, id)
	if errors.Is(err, ErrNotFound) {
		signer, err = o.s.Signers.CreateActor(ctx, id)
	}
	if err != nil {
		return ledger.PublicKey{}, fmt.Errorf("key of %s: %w", id, err)
	}
	public, err := ledger.NewPublicKey(signer.Public())
	if err != nil {
		return public, fmt.Errorf("%w: key of %s: %w", ErrIntegrity, id, err)
	}
	return public, nil
}

// enrolled is the detail that enrols a key which this service holds.
func enrolled(p Person, public ledger.PublicKey) *ledger.KeyEnrolled {
	return &ledger.KeyEnrolled{
		HeldBy: "service", Holder: p.ID, Key: public.KeyID(), Name: p.Name, Public: public, Roles: slices.Sorted(slices.Values(p.Roles)),
	}
}

// Check returns nil if the person can be enrolled.
func (p Person) Check() error {
	switch {
	case !plainID(p.ID) || p.ID == serviceID || p.ID == "log":
		return fmt.Errorf("%q cannot be the id of a person: use 2 to 64 of a-z, 0-9, '-' and '.', not %q or \"log\": %w",
			p.ID, serviceID, ErrInvalid)
	case p.Name == "":
		return fmt.Errorf("the person %s has no name: %w", p.ID, ErrInvalid)
	case len(p.Roles) == 0:
		return fmt.Errorf("the person %s has no role: %w", p.ID, ErrInvalid)
	}
	known := policy.Roles()
	for _, role := range p.Roles {
		if !slices.Contains(known, policy.Role(role)) {
			return fmt.Errorf("there is no such role as %q; the roles are %s: %w", role, join(known), ErrInvalid)
		}
	}
	return nil
}

// facts names the person for the policy.
func (p Person) facts() *policy.Person {
	facts := &policy.Person{ID: p.ID}
	for _, role := range slices.Sorted(slices.Values(p.Roles)) {
		facts.Roles = append(facts.Roles, policy.Role(role))
	}
	return facts
}

// plainID tells whether s may name a person in a file name and a statement.
func plainID(s string) bool {
	if len(s) < 2 || len(s) > 64 || s[0] == '.' || s[0] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}
