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
	a, err := s.ownAct(policy.LogInit, "init "+keys.ID.String())
	if err != nil {
		return nil, err
	}
	rules, release, err := a.firstRelease(ctx, organisation, request.Release)
	if err != nil {
		return nil, err
	}
	logKey, err := ledger.ParseNoteKey(s.Signers.LogKey())
	if err != nil {
		return nil, fmt.Errorf("%w: key of the log: %w", ErrInvalid, err)
	}
	first, heldBy, err := o.keyOf(ctx, request.First.ID, request.Public)
	if err != nil {
		return nil, err
	}
	service, err := ledger.NewPublicKey(s.Signers.Service().Public())
	if err != nil {
		return nil, fmt.Errorf("%w: key of the service: %w", ErrInvalid, err)
	}
	founding := []ledger.Detail{
		&ledger.LogOpened{KeysNonce: keys.Nonce, OrganisationNonce: organisation.Nonce, Origin: s.Origin},
		enrolled(Person{serviceID, "recording service", []string{ledger.RoleRecorder}}, service, heldByService),
		enrolled(Person{logHolder, "log " + s.Origin, []string{ledger.RoleLog}}, logKey.Public, heldByService),
		&ledger.PolicyReleased{Name: request.Release, Release: release},
		enrolled(request.First, first, heldBy),
	}
	if request.CoSigners != nil {
		founding = append(founding, &ledger.PolicyReleased{Name: coSigners, Release: *request.CoSigners})
	}
	sheets := make([]sheet, len(founding))
	for i, detail := range founding {
		sheets[i] = sheet{
			stage: fmt.Sprintf("founding %d", i+1), chain: keys, detail: detail, actor: s.itself(), undecided: true, changes: true,
		}
	}
	sheets = slices.Insert(sheets, slices.IndexFunc(founding, func(d ledger.Detail) bool { return ledger.KindOf(d) == "policy-released" }), rules)
	if f := request.Follows; f != nil {
		sheets = append(sheets, sheet{
			stage: "link", chain: organisation, actor: s.itself(), undecided: true,
			detail: &ledger.LogLinked{Origin: f.Origin, Reason: f.Reason, Root: f.Root, Size: f.Size},
		})
	}
	return a.append(ctx, "founding", sheets)
}

// chains returns the keys chain and the organisation's chain of a log that is
// to be founded, and registers them.
// Errors: ErrConflict when the keys chain has entries.
func (o Organisation) chains(ctx context.Context) (keys, organisation Chain, err error) {
	for _, c := range []struct {
		kind  ledger.ChainKind
		chain *Chain
	}{{ledger.Keys, &keys}, {ledger.Organisation, &organisation}} {
		// a chain without entries is left from a founding that was cut short
		*c.chain, err = o.s.chain(ctx, "", c.kind)
		if errors.Is(err, ErrNotFound) {
			var nonce ledger.Nonce
			if nonce, err = ledger.NewNonce(o.s.Rand); err == nil {
				*c.chain, err = o.s.openChain(ctx, "", c.kind, nonce)
			}
		}
		if err != nil {
			return keys, organisation, fmt.Errorf("register the %s chain: %w", c.kind, err)
		}
	}
	n, _, err := o.s.Store.Head(ctx, keys.ID)
	if err == nil && n > 0 {
		err = fmt.Errorf("a log has been founded in this folder: open it instead: %w", ErrConflict)
	}
	return keys, organisation, err
}

// Enrol gives a person a key and roles. The service makes and holds the key on
// their behalf, unless the request brings the public half of one that they keep.
// A person whose key was revoked gets a new one.
func (o Organisation) Enrol(ctx context.Context, actor Actor, request Enrol) (Proof, error) {
	q := request.Qualify
	if q.Empty() {
		return o.enrol(ctx, actor, request)
	}
	before, err := o.s.standingOf(ctx, request.Person.ID, 0)
	if err != nil {
		return Proof{}, err
	}
	if _, err := before.changed(o.s.Clock.Now(), q); err != nil && !errors.Is(err, errSameStanding) {
		return Proof{}, err // nobody is enrolled with half of what was asked
	}
	proof, err := o.enrol(ctx, actor, request)
	if err != nil {
		return proof, err
	}
	_, err = Standings(o).Record(ctx, actor, RecordStanding{Ask: request.Ask, Person: request.Person.ID, Qualify: q})
	if err != nil && !errors.Is(err, errSameStanding) {
		return proof, fmt.Errorf("%s is enrolled, and what they are competent and vetted for is not recorded (custos actor standing records it): %w",
			request.Person.ID, err)
	}
	return proof, nil
}

// enrol is Enrol without the standing.
func (o Organisation) enrol(ctx context.Context, actor Actor, request Enrol) (Proof, error) {
	if err := request.Person.Check(); err != nil {
		return Proof{}, err
	}
	a, err := o.s.begin(ctx, actor, "", policy.ActorEnrol, request)
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
	var public ledger.PublicKey
	proofs, err := a.commit(ctx, "enrolled", resource{person: request.Person.facts()}, func() ([]sheet, error) {
		var heldBy string
		var err error
		if public, heldBy, err = o.freshKey(ctx, request); err != nil {
			return nil, err
		}
		sheets := []sheet{{stage: "enrolled", chain: keys, detail: enrolled(request.Person, public, heldBy), changes: true}}
		changed, err := a.align(ctx, keys, request.Person.ID, request.Person.Roles)
		return append(sheets, changed...), err
	})
	if err != nil {
		return Proof{}, err
	}
	if request.Public == nil {
		err = a.settle(ctx, request.Person.ID, public.KeyID())
	}
	return proofs[0], err
}

// freshKey returns a key for a person who has none in force, and who holds it.
func (o Organisation) freshKey(ctx context.Context, request Enrol) (ledger.PublicKey, string, error) {
	id := request.Person.ID
	before, known, err := maybe[personFact](ctx, o.s.Store, "", inPeople, id, 0)
	if err != nil {
		return ledger.PublicKey{}, "", err
	}
	if known {
		revoked, err := has(ctx, o.s.Store, "", inRevoked, before.Key.String(), 0)
		if err == nil && !revoked {
			err = fmt.Errorf("%s is enrolled already: %w", id, ErrConflict)
		}
		if err != nil {
			return ledger.PublicKey{}, "", err
		}
		if request.Public == nil {
			next, err := o.s.Signers.Next(ctx, id)
			if err != nil {
				return ledger.PublicKey{}, "", fmt.Errorf("new key of %s: %w", id, err)
			}
			public, err := publicOf(next)
			return public, heldByService, errors.Join(err, o.s.newKey(ctx, public))
		}
	}
	public, heldBy, err := o.keyOf(ctx, id, request.Public)
	if err == nil {
		err = o.s.newKey(ctx, public)
	}
	return public, heldBy, err
}

// keyOf returns the key that a person brings, or else the one that is held for
// them here.
func (o Organisation) keyOf(ctx context.Context, id string, brought *ledger.PublicKey) (ledger.PublicKey, string, error) {
	if brought != nil {
		return *brought, heldByHolder, nil
	}
	public, err := o.key(ctx, id)
	return public, heldByService, err
}

// Revoke ends the use of a person's key: from its index on no entry may bear
// that key's signature, and the person has no role any more.
func (o Organisation) Revoke(ctx context.Context, actor Actor, request Revoke) (Proof, error) {
	if slices.Contains([]string{serviceID, logHolder, rootHolder}, request.Person) {
		return Proof{}, fmt.Errorf("the key of %s cannot end without another in its place: use custos key rotate %s: %w",
			request.Person, request.Person, ErrInvalid)
	}
	a, err := o.s.begin(ctx, actor, "", policy.KeyRevoke, request)
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
		if err := a.mayEnd(ctx, fact); err != nil {
			return nil, err
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

// mayEnd refuses to end a key twice, since a chain in which that stands is no chain of
// keys any more, and the key of the last who can enrol anybody.
// Errors: ErrConflict.
func (a *act) mayEnd(ctx context.Context, person personFact) error {
	revoked, err := has(ctx, a.Store, "", inRevoked, person.Key.String(), a.asOf)
	if err != nil {
		return err
	}
	if revoked {
		return fmt.Errorf("the key of %s has been revoked already: %w", person.ID, ErrConflict)
	}
	people, err := list[personFact](ctx, a.Store, "", inPeople, a.asOf)
	if err != nil {
		return err
	}
	last := false
	for _, p := range people {
		now, err := a.personNow(ctx, p.ID, a.now)
		if err != nil {
			return err
		}
		if !slices.Contains(now.Roles, string(policy.Administrator)) {
			continue
		}
		if p.ID == person.ID {
			last = true
			continue
		}
		if can, err := a.canSign(ctx, p.ID); can || err != nil {
			return err
		}
	}
	if last {
		return fmt.Errorf("%s is the last administrator, and nobody could enrol another: enrol one first: %w", person.ID, ErrConflict)
	}
	return nil
}

// Person returns a person as the record has them.
// Errors: ErrNotFound.
func (o Organisation) Person(ctx context.Context, id string) (Person, error) {
	fact, err := find[personFact](ctx, o.s.Store, "", inPeople, id, 0)
	return Person{fact.ID, fact.Name, fact.Roles}, err
}

// Trust returns the keys that a checker of this log may choose to trust: those
// of the log, of the service and of everyone enrolled, with those that were
// replaced or revoked since, which signed what stands before that.
//
// Trust: it is only as good as the way in which it reaches the checker. Never
// put it inside a bundle.
func (o Organisation) Trust(ctx context.Context) (ledger.Trust, error) {
	keys, err := o.s.chain(ctx, "", ledger.Keys)
	if err != nil {
		return ledger.Trust{}, err
	}
	states, err := KeyStates(ctx, o.s.Store)
	if err != nil {
		return ledger.Trust{}, err
	}
	trust := ledger.Trust{Origin: o.s.Origin, KeysChain: keys.ID, TimestampRoots: o.s.timestampRoots()}
	if trust.Log, err = LogKeys(states, o.s.Origin); err != nil {
		return ledger.Trust{}, err
	}
	for _, k := range states {
		// a key of the log signs an entry only when it is replaced
		if !slices.Contains(k.Roles, ledger.RoleLog) || len(trust.Log) > 1 {
			trust.Keys = append(trust.Keys, ledger.TrustKey{Holder: k.Holder, ID: k.Key, Public: k.Public, Roles: k.Roles})
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

// Where a key is.
const (
	heldByService = "service"
	heldByHolder  = "holder"
)

// enrolled is the detail that enrols a key.
func enrolled(p Person, public ledger.PublicKey, heldBy string) *ledger.KeyEnrolled {
	return &ledger.KeyEnrolled{
		HeldBy: heldBy, Holder: p.ID, Key: public.KeyID(), Name: p.Name, Public: public, Roles: slices.Sorted(slices.Values(p.Roles)),
	}
}

// Check returns nil if the person can be enrolled.
func (p Person) Check() error {
	switch {
	case !plainID(p.ID) || slices.Contains([]string{serviceID, logHolder, rootHolder}, p.ID):
		return fmt.Errorf("%q cannot be the id of a person: use 2 to 64 of a-z, 0-9, '-' and '.', not %q, %q or %q: %w",
			p.ID, serviceID, logHolder, rootHolder, ErrInvalid)
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
