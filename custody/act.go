package custody

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// attempts is how often a use case decides and signs anew after the record has
// moved on under it.
const attempts = 5

// act is one use case under way: who asks, where, when, and what the policy
// said last.
type act struct {
	*Service
	actor     Actor
	person    personFact          // zero when the asker is not enrolled; with the roles that they have
	windows   map[string]roleFact // of the asker's roles as the facts have them, in force or not
	role      string
	id        CaseID // empty before a case exists
	action    policy.Action
	ask       Ask
	requested ledger.Digest // of the request as a whole; zero when it only looks
	now       time.Time
	ruling    ruling
	// proposal makes what is to be granted or renewed anew at every decision, as the record
	// stood when the log had asOf entries; nil of other acts.
	proposal func(ctx context.Context, asOf uint64) (*policy.Authority, error)
	asOf     uint64 // size of the log as of which names are read; 0 = now
	entryOf  func(order [requestBytes]byte) ledger.EntryID
}

// begin reads the clock, finds the asker and names the request. What may be repeated
// is given whole, so that another request under its id is seen.
func (s *Service) begin(ctx context.Context, actor Actor, id CaseID, action policy.Action, request asking) (*act, error) {
	a := &act{Service: s, actor: actor, id: id, action: action, ask: request.asks(), now: s.Clock.Now().UTC()}
	if a.ask.RequestID == "" {
		var err error
		if a.ask.RequestID, err = NewRequestID(a.now, s.Rand); err != nil {
			return nil, err
		}
	}
	if len(a.ask.RequestID) < 16 {
		return nil, fmt.Errorf("a request id has at least 16 random characters; this one has %d: %w",
			len(a.ask.RequestID), ErrInvalid)
	}
	a.requested = askedDigest(a.ask.RequestID, request)
	var err error
	if a.entryOf, err = s.Store.EntryIDs(); err != nil {
		return nil, err
	}
	if _, err := s.chain(ctx, "", ledger.Keys); err != nil {
		return nil, err
	}
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	if id != "" {
		if _, err := s.chain(ctx, id, ledger.Work); err != nil {
			return nil, err
		}
	}
	if err := a.steady(ctx); err != nil {
		return nil, err
	}
	person, err := s.personNow(ctx, actor.ID, a.now)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	a.person, a.role = person, actor.Role
	if a.role == "" && len(person.Roles) > 0 {
		a.role = person.Roles[0]
	}
	return a, nil
}

// ownAct is an act of the service itself, which nobody asks for.
// Errors: keys that cannot be used now.
func (s *Service) ownAct(action policy.Action, request string) (*act, error) {
	named, err := s.Store.EntryIDs()
	return &act{Service: s, actor: Actor{ID: serviceID}, action: action, ask: Ask{RequestID: request}, now: s.Clock.Now().UTC(), entryOf: named}, err
}

// key returns the digest of who asks what under which request id, at one stage.
// Shape: SHA-256("custos/request/v1\n", then actor, case, request id and stage,
// each before a NUL).
func (a *act) key(stage string) ledger.Digest {
	h := sha256.New()
	_, _ = io.WriteString(h, "custos/request/v1\n")
	for _, part := range []string{a.actor.ID, string(a.id), string(a.action), a.ask.RequestID, stage} {
		_, _ = io.WriteString(h, part)
		_, _ = h.Write([]byte{0})
	}
	return ledger.Digest(h.Sum(nil))
}

// commit decides, signs and appends until the record stands still for it, and
// returns the places of the entries in the order of the sheets. The decision
// stands directly before them: it is placed with them or not at all, so that
// nothing is done on a decision that was lost, nor on one that was overtaken.
//
// plan makes the sheets anew at every attempt, so that it sees the record as it
// is then. about says what the policy is asked about.
// Errors: ErrDenied, ErrConflict after several attempts, and those of plan.
func (a *act) commit(ctx context.Context, stage string, about resource, plan func() ([]sheet, error)) ([]Proof, error) {
	if ofTheRecord(a.action) {
		if err := a.keepsRecord(ctx, about); err != nil {
			return nil, err
		}
	}
	within, err := a.within(ctx, about)
	if err != nil {
		return nil, err
	}
	turn := a.turn(a.id, within)
	turn.Lock()
	defer turn.Unlock()
	var last error
	for range attempts {
		if err := a.steady(ctx); err != nil {
			return nil, err
		}
		decisions, err := a.rule(ctx, forAct, stage, about)
		if err != nil {
			return nil, err
		}
		sheets, err := plan()
		if err != nil {
			return nil, err
		}
		proofs, err := a.append(ctx, stage, append(decisions, sheets...))
		if err == nil {
			return proofs[len(decisions):], nil
		}
		if !errors.Is(err, ErrConflict) {
			return nil, err
		}
		last = err
	}
	return nil, fmt.Errorf("the record kept moving while this was being decided; ask again: %w", last)
}
