package ledger

import (
	"errors"
	"fmt"
	"slices"
)

// The roles that the format itself knows.
const (
	RoleRecorder = "recorder" // a recording service
	RoleLog      = "log"      // the key that signs the log's checkpoints
	RoleRoot     = "root"     // once there is one, it alone enrols and revokes keys of these three roles
)

// ownRoles are the roles with which only a key is enrolled; nothing changes them.
var ownRoles = []string{RoleRecorder, RoleLog, RoleRoot}

// Holding is one key as the keys chain has it.
// Shape: the key may sign entries with From <= index, and index < Until if Revoked.
type Holding struct {
	KeyEnrolled
	From    Index
	Until   Index
	Revoked bool
	Changes []Entry // role-changed, of the holder, in the order of the chain
}

// Keyring is every key that a keys chain enrolled, by id.
type Keyring map[KeyID]Holding

// NewKeyring returns the keys that a verified keys chain enrols and revokes, and
// whether that chain is signed by its own keys throughout.
//
// Shape: entry 1 (log-opened) and entry 2 (key-enrolled) bear one signature, of the
// recorder key that entry 2 enrols; that key counts from entry 1.
// Trust: it shows who is enrolled, not that the log is the right one: compare the
// recorder key with a trust file.
// Errors: every fault, joined.
func NewKeyring(keys []Entry) (Keyring, error) {
	ring := Keyring{}
	if len(keys) < 2 {
		return ring, fault(FaultFirst, "the keys chain has no key")
	}
	root, ok := keys[1].Statement.Predicate.Detail.(*KeyEnrolled)
	if !ok || !slices.Contains(root.Roles, RoleRecorder) || len(keys[1].Signed.Signatures) != 1 || keys[1].Statement.Predicate.Actor.Key != root.Key {
		return ring, fault(FaultFirst, "entry 2 of the keys chain does not enrol its own recorder")
	}
	ring[root.Key] = Holding{KeyEnrolled: *root, From: keys[0].Index}
	var faults []error
	for i, e := range keys {
		if err := ring.learn(e, i == 1); err != nil {
			faults = append(faults, at(fmt.Sprintf("keys %d", e.N), err))
		} else if err := ring.Verify(e); err != nil {
			faults = append(faults, at(fmt.Sprintf("keys %d", e.N), err))
		}
	}
	return ring, errors.Join(faults...)
}

// learn takes in one entry of the keys chain.
func (r Keyring) learn(e Entry, root bool) error {
	switch d := e.Statement.Predicate.Detail.(type) {
	case *KeyEnrolled:
		if _, twice := r[d.Key]; twice && !root {
			return fault(FaultRole, "enrols a key a second time")
		} else if err := r.rooted(d.Roles, e); err != nil {
			return err
		} else if !root {
			r[d.Key] = Holding{KeyEnrolled: *d, From: e.Index, Changes: r.changesOf(d.Holder)}
		}
	case *KeyRevoked:
		h, known := r[d.Key]
		if !known || h.Revoked {
			return fault(FaultRole, "revokes a key that is not in force")
		} else if err := r.rooted(h.Roles, e); err != nil {
			return err
		}
		h.Revoked, h.Until = true, e.Index+1
		r[d.Key] = h
	case *RoleChanged:
		changes, known := append(r.changesOf(d.Person), e), false // one list for every key of a person
		for id, h := range r {
			if h.Holder == d.Person {
				h.Changes, known = changes, true
				r[id] = h
			}
		}
		if !known || slices.Contains(ownRoles, d.Role) {
			return fault(FaultRole, "changes the role %q of %q, who has no key, or which is no person's", d.Role, d.Person)
		}
	case *LogClosed:
		for id, h := range r {
			if !h.Revoked {
				h.Revoked, h.Until = true, e.Index+1
				r[id] = h
			}
		}
	}
	return nil
}

// changesOf returns the role-changed of a person, in the order of the chain.
func (r Keyring) changesOf(person string) []Entry {
	for _, h := range r {
		if h.Holder == person {
			return h.Changes
		}
	}
	return nil
}

// acts tells whether the holder has a role in an entry: the newest change of that
// role with a lower index says so, or else the enrolment of the key.
// Trust: the index counts for the change; for its first and last instant there is
// only the time that the entry states.
func (h Holding) acts(role string, e Entry) bool {
	held, now := slices.Contains(h.Roles, role), e.Statement.Predicate.Time
	for _, change := range h.Changes {
		if c, _ := change.Statement.Predicate.Detail.(*RoleChanged); change.Index < e.Index && c.Person == h.Holder && c.Role == role {
			held = !now.Before(c.From.Time) && now.Before(c.Until.Time)
		}
	}
	return held
}

// rooted refuses an entry about a key of these roles that is not the act of a root
// key, once there is one.
func (r Keyring) rooted(roles []string, e Entry) error {
	if !slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(ownRoles, role) }) {
		return nil
	}
	for _, h := range r {
		if slices.Contains(h.Roles, RoleRoot) && !slices.Contains(r[e.Statement.Predicate.Actor.Key].Roles, RoleRoot) {
			return fault(FaultRole, "only a root key may do this, since one is enrolled")
		}
	}
	return nil
}

// Key returns the public key enrolled under id. Errors: FaultUnknownKey.
func (r Keyring) Key(id KeyID) (PublicKey, error) {
	h, ok := r[id]
	if !ok {
		return PublicKey{}, fault(FaultUnknownKey, "key %s is not enrolled", id)
	}
	return h.Public, nil
}

// Verify returns nil if e's signatures match, its first is by a recorder, its last
// by the actor that it names in a role that the key's holder has there, and each key
// was in force at e's index.
// Trust: the index counts, never the time that the entry claims.
// Errors: FaultSignature, FaultUnknownKey, FaultRole, FaultRevoked.
func (r Keyring) Verify(e Entry) error {
	if err := e.Signed.Verify(r.Key); err != nil {
		return err
	}
	for i, s := range e.Signed.Signatures {
		h := r[s.KeyID]
		if i == 0 && !slices.Contains(h.Roles, RoleRecorder) {
			return fault(FaultRole, "the first signature is by %q, who is no recording service", h.Holder)
		}
		if e.Index < h.From || h.Revoked && e.Index >= h.Until {
			return fault(FaultRevoked, "the key of %q was not in force at leaf %d", h.Holder, e.Index)
		}
	}
	actor := e.Statement.Predicate.Actor
	if h := r[actor.Key]; actor.ID != h.Holder || !h.acts(actor.Role, e) {
		return fault(FaultRole, "the key of %q cannot act for %q in the role %q", h.Holder, actor.ID, actor.Role)
	}
	return nil
}
