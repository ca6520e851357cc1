package custody

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"custos.example/ledger"
)

// sheet is what an entry is to say, before it has a place and signatures.
type sheet struct {
	stage        string // names the entry within its request
	chain        Chain
	detail       ledger.Detail
	operation    string
	subjects     []ledger.Subject
	dependencies []ledger.Dependency
	parameters   map[string]string
	authority    []ledger.EntryID
	balance      *ledger.RowBalance
	step         *ledger.Step
	changes      bool   // can change a later decision
	undecided    bool   // rests on no decision: the decision itself, or the founding
	rests        ruling // of a decision: what it says, which is to hold when it is placed; zero for a refusal
	by           ledger.Signer
	actor        ledger.Actor  // zero: the asker
	service      ledger.Signer // nil: the service's key in use
	onBehalfOf   string
}

// forever stands for "no end" where a statement must name one.
var forever = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)

// append signs the sheets and appends them together.
//
// Durability: the entries are on disk when it returns.
// Trust: a repeated request gets the places of the first.
func (a *act) append(ctx context.Context, stage string, sheets []sheet) ([]Proof, error) {
	var request Request
	digest := sha256.New()
	digest.Write(a.requested[:])
	for _, sheet := range sheets {
		draft, err := a.draft(ctx, sheet)
		if err != nil {
			return nil, err
		}
		request.Drafts = append(request.Drafts, draft)
		if sheet.decision() {
			continue // it is taken anew each time, and is no part of what was asked
		}
		content, err := sheet.content()
		if err != nil {
			return nil, err
		}
		digest.Write(content[:])
	}
	request.Digest = ledger.Digest(digest.Sum(nil))
	placed, err := a.Store.Append(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("append %s: %w", stage, err)
	}
	if len(placed) != len(request.Drafts) {
		return nil, fmt.Errorf("%w: %d places for %d entries", ErrIntegrity, len(placed), len(request.Drafts))
	}
	proofs := make([]Proof, len(placed))
	shown := a.now // no later than the commit, also when the clock was put back meanwhile
	if now := a.Clock.Now().UTC(); now.Before(shown) {
		shown = now
	}
	for i, sheet := range sheets {
		proofs[i] = Proof{Entry: request.Drafts[i].Entry, Placed: placed[i]}
		a.watch.place(placed[i].Chain, placed[i].N, shown)
		if sheet.decision() {
			continue // nobody is handed a proof of it
		}
		if proofs[i], err = a.prove(ctx, request.Drafts[i].Entry, placed[i]); err != nil {
			return nil, err
		}
	}
	return proofs, nil
}

// decision tells whether the entry records a decision.
func (s sheet) decision() bool {
	_, is := s.detail.(*ledger.AccessDecided)
	return is
}

// content is the digest of what is asked for, without time, place or signature,
// so that a repeated request has the same.
func (s sheet) content() (ledger.Digest, error) {
	text, err := ledger.MarshalCanonical(struct {
		Chain      ledger.ChainID    `json:"chain"`
		Detail     ledger.Detail     `json:"detail"`
		Parameters map[string]string `json:"parameters,omitempty"`
		Subjects   []ledger.Subject  `json:"subjects"`
	}{s.chain.ID, s.detail, s.parameters, s.subjects})
	return ledger.Digest(sha256.Sum256(text)), err
}

// draft signs one sheet for the chain's newest head.
func (a *act) draft(ctx context.Context, s sheet) (Draft, error) {
	entry := a.entryID(s.stage)
	n, head, err := a.Store.Head(ctx, s.chain.ID)
	if err != nil {
		return Draft{}, fmt.Errorf("head of the %s chain: %w", s.chain.Kind, err)
	}
	seen, held, decided := uint64(0), a.ruling, !s.undecided
	if s.rests.entry != (ledger.EntryID{}) {
		held, decided = s.rests, true
	}
	if !decided {
		if seen, err = a.Store.Size(ctx); err != nil {
			return Draft{}, fmt.Errorf("size of the log: %w", err)
		}
		if a.person.ID != "" { // nothing else would notice a role that has ended
			if a.person, err = a.personNow(ctx, a.person.ID, a.now); err != nil {
				return Draft{}, err
			}
		}
	}
	by, actor := s.by, s.actor
	if actor == (ledger.Actor{}) {
		if by, actor, err = a.signer(ctx); err != nil {
			return Draft{}, err
		}
	}
	p := ledger.Predicate{
		Actor: actor, Authority: s.authority, Detail: s.detail, Operation: s.operation, Parameters: s.parameters,
		Place:                ledger.Place{After: ledger.Head{N: n, Commitment: head}, Chain: s.chain.ID, Entry: entry},
		ResolvedDependencies: s.dependencies, RowBalance: s.balance, Step: s.step, Time: ledger.NewTime(a.now), OnBehalfOf: s.onBehalfOf,
	}
	if !s.undecided {
		p.Decision = &ledger.Decision{
			AsOf: a.ruling.asOf, Entry: a.ruling.entry, Release: a.ruling.release, Until: ledger.NewTime(a.ruling.untilText()),
		}
	}
	statement, err := ledger.NewStatement(p, s.subjects...)
	if err != nil {
		return Draft{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	written, err := Write(statement)
	if err != nil {
		return Draft{}, err
	}
	service := s.service
	if service == nil {
		service = a.Signers.Service()
	}
	signed, err := written.Sign(ctx, service, by)
	if err != nil {
		return Draft{}, fmt.Errorf("sign %s: %w", ledger.KindOf(s.detail), err)
	}
	salt, err := ledger.NewSalt(a.Rand)
	if err != nil {
		return Draft{}, fmt.Errorf("salt of an entry: %w", err)
	}
	return Draft{
		Kind: string(ledger.KindOf(s.detail)), Case: s.chain.Case, Chain: s.chain.ID, Entry: entry, Signed: signed, Salt: salt,
		AsOf: held.asOf, Until: held.until, Changes: s.changes, Decided: decided, Within: held.within, Keys: seen,
	}, nil
}

// signer returns the asker's key and name for an entry. Of somebody who is not
// enrolled, has no role or whose key was revoked, only the service signs. A role that the
// person does not have is not written down as theirs.
func (a *act) signer(ctx context.Context) (ledger.Signer, ledger.Actor, error) {
	revoked, err := a.refresh(ctx)
	if err != nil {
		return nil, ledger.Actor{}, err
	}
	if a.person.ID == "" || revoked || len(a.person.Roles) == 0 {
		return nil, a.itself(), nil
	}
	role := a.role
	if !slices.Contains(a.person.Roles, role) {
		role = a.person.Roles[0]
	}
	key, err := a.personKey(ctx)
	if errors.Is(err, ErrIntegrity) { // replaced since the record was read a moment ago
		if revoked, err = a.refresh(ctx); err == nil && !revoked {
			key, err = a.personKey(ctx)
		}
	}
	if err != nil {
		return nil, ledger.Actor{}, err
	}
	return key, ledger.Actor{ID: a.person.ID, Key: key.KeyID(), Role: role}, nil
}

// refresh tells whether the asker has no key in force. One that was replaced while
// this was under way is exchanged for the newest.
func (a *act) refresh(ctx context.Context) (revoked bool, err error) {
	for range 2 {
		revoked, err = has(ctx, a.Store, "", inRevoked, a.person.Key.String(), 0)
		if err != nil || !revoked || a.person.ID == "" {
			return revoked, err
		}
		if a.person, err = a.personNow(ctx, a.person.ID, a.now); err != nil {
			return true, err
		}
	}
	return has(ctx, a.Store, "", inRevoked, a.person.Key.String(), 0)
}

// personKey returns the asker's key: the holder's own hand, or the one that is
// held here for them. One that was replaced and not yet put in place is so now.
func (a *act) personKey(ctx context.Context) (Signer, error) {
	if a.person.HeldBy == heldByHolder {
		return a.Signers.Holder(ctx, a.person.ID, a.person.Public)
	}
	key, err := a.Signers.Actor(ctx, a.person.ID)
	if err == nil && key.KeyID() != a.person.Key {
		if err = a.Signers.Settle(ctx, a.person.ID, a.person.Key); err == nil {
			key, err = a.Signers.Actor(ctx, a.person.ID)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the key of %s: %w", a.person.ID, err)
	}
	if key.KeyID() != a.person.Key {
		return nil, fmt.Errorf("%w: the key held for %s is not the one that was enrolled", ErrIntegrity, a.person.ID)
	}
	return key, nil
}

// itself names the service as the one who acts.
func (s *Service) itself() ledger.Actor {
	return ledger.Actor{ID: serviceID, Key: s.Signers.Service().KeyID(), Role: ledger.RoleRecorder}
}

// serviceID is the id under which the recording service stands in the record.
const serviceID = "service"

// prove returns what a client keeps of an entry: its place as the store has it
// and the acknowledgement, signed after the commit.
func (a *act) prove(ctx context.Context, entry ledger.EntryID, at Placed) (Proof, error) {
	ack, err := a.acknowledge(ctx, at)
	if err != nil {
		return Proof{}, err
	}
	return Proof{Entry: entry, Placed: at, Ack: ack}, nil
}

// waiting is what a proof says instead of a receipt.
const waiting = "not yet co-signed: the entry is recorded and acknowledged, but the co-signers that this log asks for have not confirmed it; " +
	"its receipt can be had once they have"

// receipt waits until the log has published the entry and adds its receipt; where
// the co-signers are missing it says so in the proof.
func (a *act) receipt(ctx context.Context, proofs ...*Proof) error {
	var newest ledger.Index
	for _, p := range proofs {
		newest = max(newest, p.Placed.Index)
	}
	if _, _, err := a.Recorder.Checkpoint(ctx, uint64(newest)+1); errors.Is(err, ErrNotCoSigned) {
		for _, p := range proofs {
			p.Waiting = waiting
		}
		return nil
	} else if err != nil {
		return fmt.Errorf("the entry is recorded, but the log could not publish it yet: %w", err)
	}
	for _, p := range proofs {
		var err error
		if p.Receipt, err = a.Recorder.Receipt(ctx, uint64(p.Placed.Index)); err != nil {
			return fmt.Errorf("receipt of entry %s: %w", p.Entry, err)
		}
	}
	return nil
}
