package custody

import (
	"context"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Keys are the use cases of the keys of the log: enrolled, replaced and revoked by
// their place in it.
type Keys struct{ s *Service }

// Keys returns the use cases of keys.
func (s *Service) Keys() Keys { return Keys{s} }

// The collections of the keys chain beside people and revoked keys.
const (
	inKeys   = "keys"   // every key ever enrolled, by its id
	inClosed = "closed" // one record: the end of the log
	inLinks  = "links"  // the log that this one continues, by its origin
)

// The holders of the log's own keys.
const (
	logHolder  = "log"
	rootHolder = ledger.RoleRoot
	theEnd     = "closed"
)

// keyFact is a key as it was enrolled.
type keyFact struct {
	Entry  ledger.EntryID   `json:"entry"`
	HeldBy string           `json:"heldBy"`
	Holder string           `json:"holder"`
	Index  ledger.Index     `json:"index"`
	Key    ledger.KeyID     `json:"key"`
	Name   string           `json:"name"`
	Public ledger.PublicKey `json:"public"`
	Roles  []string         `json:"roles"`
}

// closedFact is the end of the log.
type closedFact struct {
	Entry  ledger.EntryID `json:"entry"`
	Index  ledger.Index   `json:"index"`
	Next   string         `json:"next"`
	Reason string         `json:"reason"`
	Time   ledger.Time    `json:"time"`
}

// linkFact is the log that this one continues.
type linkFact struct {
	Entry  ledger.EntryID `json:"entry"`
	Origin string         `json:"origin"`
	Reason string         `json:"reason"`
	Root   ledger.Digest  `json:"root"`
	Size   uint64         `json:"size"`
}

// KeyState is one key and what became of it.
// Shape: Until is the index of the entry that revoked it, if Revoked.
type KeyState struct {
	Holder  string
	Name    string
	Roles   []string
	HeldBy  string // "service" or "holder"
	Key     ledger.KeyID
	Public  ledger.PublicKey
	From    ledger.Index
	Revoked bool
	Until   ledger.Index
	Reason  string
}

// List returns every key that the log has enrolled, in the order of enrolment.
func (k Keys) List(ctx context.Context) ([]KeyState, error) { return KeyStates(ctx, k.s.Store) }

// KeyStates is List for a store on which no service has been opened yet.
func KeyStates(ctx context.Context, store Store) ([]KeyState, error) {
	facts, err := list[keyFact](ctx, store, "", inKeys, 0)
	if err != nil {
		return nil, fmt.Errorf("keys of the log: %w", err)
	}
	states := make([]KeyState, len(facts))
	for i, f := range facts {
		states[i] = KeyState{
			Holder: f.Holder, Name: f.Name, Roles: f.Roles, HeldBy: f.HeldBy, Key: f.Key, Public: f.Public, From: f.Index,
		}
		ended, revoked, err := maybe[revokedFact](ctx, store, "", inRevoked, f.Key.String(), 0)
		if err != nil {
			return nil, fmt.Errorf("end of key %s: %w", f.Key, err)
		}
		if revoked {
			states[i].Revoked, states[i].Until, states[i].Reason = true, ended.Index, ended.Reason
		}
	}
	slices.SortFunc(states, func(a, b KeyState) int { return int(a.From) - int(b.From) }) //nolint:gosec // indices of one log
	return states, nil
}

// InForce returns the key of a holder that has not been revoked: of the log's own
// keys there is one.
func InForce(states []KeyState, holder string) (KeyState, bool) {
	for _, state := range slices.Backward(states) {
		if state.Holder == holder && !state.Revoked {
			return state, true
		}
	}
	return KeyState{}, false
}

// LogKeys returns every key under which the log has signed its checkpoints, the
// newest first, as C2SP note keys.
func LogKeys(states []KeyState, origin string) ([]ledger.NoteKey, error) {
	var keys []ledger.NoteKey
	for _, state := range slices.Backward(states) {
		if !slices.Contains(state.Roles, ledger.RoleLog) {
			continue
		}
		key, err := ledger.NewNoteKey(origin, ledger.LogKey, state.Public)
		if err != nil {
			return nil, fmt.Errorf("%w: key of the log: %w", ErrIntegrity, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// ChangeSecret lets what opens the key folder be changed, if the policy allows it.
// The record holds the decision, and nothing of the secret.
func (k Keys) ChangeSecret(ctx context.Context, actor Actor, ask Ask, change func() error) error {
	if ask.Purpose == "" {
		ask.Purpose = "change of what opens the key folder"
	}
	a, err := k.s.begin(ctx, actor, "", policy.KeyManage, ask)
	if err != nil {
		return err
	}
	if err := a.keepsRecord(ctx, resource{}); err != nil {
		return err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return err
	}
	return change()
}

// usable returns nil when the log is open and the service's key in force.
// Errors: ErrConflict when the log was closed; ErrIntegrity when another process
// has replaced the service's key.
func (s *Service) usable(ctx context.Context) error {
	end, closed, err := maybe[closedFact](ctx, s.Store, "", inClosed, theEnd, 0)
	if err != nil {
		return err
	}
	if closed {
		return fmt.Errorf("the log %s was closed at %s (%s), and nothing can be added to it or read through it; the log %s follows: work there. "+
			"custos fsck and the bundles that were made before still work: %w",
			s.Origin, end.Time.UTC().Format("2 January 2006, 15:04"), end.Reason, end.Next, ErrConflict)
	}
	replaced, err := has(ctx, s.Store, "", inRevoked, s.Signers.Service().KeyID().String(), 0)
	if err != nil || !replaced {
		return err
	}
	return fmt.Errorf("%w: the service's key %s was replaced, and this program still holds the old one: start it again, "+
		"with the key folder that has the new one", ErrIntegrity, s.Signers.Service().KeyID())
}

// newKey returns nil if the key has never been enrolled.
func (s *Service) newKey(ctx context.Context, public ledger.PublicKey) error {
	known, err := has(ctx, s.Store, "", inKeys, public.KeyID().String(), 0)
	if err == nil && known {
		err = fmt.Errorf("the key %s has been enrolled before; a key is enrolled once, so make a new one: %w", public.KeyID(), ErrConflict)
	}
	return err
}

// rooted returns the root key in force, or false when there is none.
func (s *Service) rooted(ctx context.Context) (KeyState, bool, error) {
	states, err := KeyStates(ctx, s.Store)
	if err != nil {
		return KeyState{}, false, err
	}
	root, found := InForce(states, rootHolder)
	return root, found, nil
}

// rootSigner returns the sheet with the root as its actor.
// Errors: ErrInvalid when the root's signer is missing or is another.
func (s sheet) byRoot(root KeyState, signer Signer) (sheet, error) {
	if signer == nil {
		return s, fmt.Errorf("a root key is enrolled (%s), and only it can sign this: give its file with --root, or sign elsewhere with --root-by: %w",
			root.Key, ErrInvalid)
	}
	if signer.KeyID() != root.Key {
		return s, fmt.Errorf("the key %s was given as the root, and the root in force is %s: %w", signer.KeyID(), root.Key, ErrInvalid)
	}
	s.by, s.actor = signer, ledger.Actor{ID: rootHolder, Key: root.Key, Role: ledger.RoleRoot}
	return s, nil
}

// publicOf is the public half of a signer.
func publicOf(signer Signer) (ledger.PublicKey, error) {
	public, err := ledger.NewPublicKey(signer.Public())
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return public, err
}

// settle makes the key that the record now names the one that is used. A settling
// that was cut short is made up for when the keys are opened again.
func (s *Service) settle(ctx context.Context, holder string, key ledger.KeyID) error {
	if err := s.Signers.Settle(ctx, holder, key); err != nil {
		return fmt.Errorf("the new key of %s is enrolled, but it could not be put in the place of the old one; the next start tries again: %w", holder, err)
	}
	return nil
}
