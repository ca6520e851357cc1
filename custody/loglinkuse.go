package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Intake opens what others sealed to this station, and seals to others.
type Intake interface {
	// Recipient is what others seal to.
	Recipient(ctx context.Context) (string, error)
	// Open returns the content of what was sealed to this station.
	// Errors: ErrDenied when it was sealed to somebody else; ErrIntegrity when it was
	// changed, also while it is read.
	Open(ctx context.Context, sealed io.Reader) (io.Reader, error)
	// Seal returns a writer that seals what is written; closing it ends the file.
	// Errors: ErrInvalid when the recipient is none.
	Seal(recipient string, w io.Writer) (io.WriteCloser, error)
}

// AdmitLog makes another log known here, by the trust file that was brought over on
// a way of its own.
// Shape: a force's log also needs its newest Checkpoint and its Recipient, so that
// whatever is done here from now on can be told to be later.
type AdmitLog struct {
	Ask
	Name       string
	Role       LinkRole
	Trust      []byte
	Place      string // where the kiosk stands
	Recipient  string
	Checkpoint []byte
}

// RevokeLog ends the belief in a log from a place of it on.
// Shape: From nil = from the first leaf that has not been joined.
type RevokeLog struct {
	Ask
	Name   string
	From   *uint64
	Reason string
}

// Link is another log as it stands.
type Link struct {
	Name     string        `json:"name"`
	Role     LinkRole      `json:"role"`
	Origin   string        `json:"origin"`
	Place    string        `json:"place,omitempty"`
	Size     uint64        `json:"size"` // of the head that it is held to
	Root     ledger.Digest `json:"root"`
	Revoked  bool          `json:"revoked"`
	From     uint64        `json:"from,omitempty"` // first leaf that is not believed, if revoked
	Imported int           `json:"imported"`       // entries of it that were brought in
	Lost     []LostEntry   `json:"lost"`           // of these, on a history that was given up
	History  []LinkRow     `json:"history"`
}

// LostEntry is an entry that was brought in from a history that its log has since
// given up. It was signed all the same, and its receipt holds.
type LostEntry struct {
	Case  CaseID         `json:"case"`
	Entry ledger.EntryID `json:"entry"`
	Index ledger.Index   `json:"index"` // there
}

// Recipient returns what others seal to when they send to this station. It is public.
func (l Links) Recipient(ctx context.Context) (string, error) { return l.s.Intake.Recipient(ctx) }

// Admit makes another log known.
// Errors: ErrConflict when the name or the log is known already.
func (l Links) Admit(ctx context.Context, actor Actor, request AdmitLog) (Proof, error) {
	doc, err := request.document(l.s.Origin)
	if err != nil {
		return Proof{}, err
	}
	a, err := l.s.begin(ctx, actor, "", policy.LogLink, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "admitted"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "admitted", resource{}, func() ([]sheet, error) {
		if err := a.newLog(ctx, doc); err != nil {
			return nil, err
		}
		row, err := a.rowSheet(ctx, "admitted", extractionRegister, nameOfLog(doc.Name), ledger.EntryID{}, true, doc)
		if err != nil || doc.Role == KioskLog {
			return []sheet{row}, err
		}
		linked, err := a.linkSheet(ctx, doc.Origin, "paired", doc.Size, doc.Root)
		return []sheet{row, linked}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], a.receipt(ctx, &proofs[0])
}

// document checks what is said of the other log.
func (r AdmitLog) document(own string) (linkDocument, error) {
	d := linkDocument{Event: LinkAdmitted, Format: linkFormat, Name: r.Name, Place: r.Place, Recipient: r.Recipient, Role: r.Role, Trust: string(r.Trust)}
	if !plainID(r.Name) || longer(r.Place, maxText) {
		return d, fmt.Errorf("%q cannot name a log: use 2 to 64 of a-z, 0-9, '-' and '.'; its place has at most %d characters: %w", r.Name, maxText, ErrInvalid)
	}
	trust, err := ledger.ParseTrust(r.Trust)
	if err != nil {
		return d, fmt.Errorf("the trust file of %s: %w: %w", r.Name, err, ErrInvalid)
	}
	if d.Origin = trust.Origin; d.Origin == own {
		return d, fmt.Errorf("that is the trust file of this very log, %s: bring the one of the other station: %w", own, ErrInvalid)
	}
	switch r.Role {
	case KioskLog:
		if r.Recipient != "" || len(r.Checkpoint) > 0 {
			return d, fmt.Errorf("a kiosk is admitted with its trust file alone: %w", ErrInvalid)
		}
		return d, nil
	case ForceLog:
	default:
		return d, fmt.Errorf("another log is a %s or a %s, not %q: %w", KioskLog, ForceLog, r.Role, ErrInvalid)
	}
	head, err := ledger.ParseCheckpoint(r.Checkpoint)
	if err == nil {
		err = head.Verify(trust.Log...)
	}
	if err != nil || r.Recipient == "" || head.Size == 0 {
		return d, fmt.Errorf("a force is paired with its trust file, its newest checkpoint (tiles/checkpoint) and its recipient (custos kiosk recipient): %w: %w",
			errors.Join(err, ErrInvalid), ErrInvalid)
	}
	d.Checkpoint, d.Root, d.Size = string(r.Checkpoint), head.Root, head.Size
	return d, nil
}

// newLog returns nil when no other log has that name, or that one another name. A
// force may be paired anew, when its keys have changed.
func (a *act) newLog(ctx context.Context, doc linkDocument) error {
	links, err := a.links(ctx)
	if err != nil {
		return err
	}
	for _, l := range links {
		again := l.Name == doc.Name && l.Origin == doc.Origin && l.Role == ForceLog && doc.Role == ForceLog
		switch {
		case again:
		case l.Name == doc.Name:
			return fmt.Errorf("a log %s is known already (%s): choose another name: %w", l.Name, l.Origin, ErrConflict)
		case l.Origin == doc.Origin:
			return fmt.Errorf("the log %s is known already, as %s: %w", l.Origin, l.Name, ErrConflict)
		case l.Role == ForceLog && doc.Role == ForceLog:
			return fmt.Errorf("this kiosk is paired with %s already: %w", l.Name, ErrConflict)
		}
	}
	return nil
}

// linkSheet is the entry that joins a head of another log.
func (a *act) linkSheet(ctx context.Context, origin, reason string, size uint64, root ledger.Digest) (sheet, error) {
	chain, err := a.chain(ctx, "", ledger.Organisation)
	return sheet{
		stage: "linked", chain: chain, detail: &ledger.LogLinked{Origin: origin, Reason: reason, Root: root, Size: size},
	}, err
}

// links returns every joined log, by name.
func (s *Service) links(ctx context.Context) ([]*linkState, error) {
	rows, err := registerRows(ctx, s.Store, "", extractionRegister, 0)
	if err != nil {
		return nil, fmt.Errorf("rows about joined logs: %w", err)
	}
	byName := map[string]*linkState{}
	for _, row := range rows {
		name, is := ofLog(row.Name)
		if !is {
			continue
		}
		doc, err := documentOf[linkDocument](ctx, s, "", row.Payload)
		if err != nil {
			return nil, fmt.Errorf("row %s about the log %s: %w", row.Entry, name, err)
		}
		if byName[name] == nil {
			byName[name] = &linkState{imported: map[ledger.EntryID]importedEntry{}, lost: map[ledger.EntryID]bool{}}
		}
		if err := byName[name].apply(doc, LinkRow{Entry: row.Entry, Time: row.Time}); err != nil {
			return nil, err
		}
	}
	var links []*linkState
	for _, l := range byName {
		links = append(links, l)
	}
	slices.SortFunc(links, func(x, y *linkState) int { return cmp.Compare(x.Name, y.Name) })
	return links, nil
}

// linkOf returns the joined log of that origin.
// Errors: ErrNotFound.
func (s *Service) linkOf(ctx context.Context, origin string) (*linkState, error) {
	links, err := s.links(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if l.Origin == origin {
			return l, nil
		}
	}
	return nil, fmt.Errorf("the log %s is not known here: admit the kiosk first (custos kiosk admit): %w", origin, ErrNotFound)
}

// force returns the log to which this station sends.
// Errors: ErrNotFound.
func (s *Service) force(ctx context.Context) (*linkState, error) {
	links, err := s.links(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if l.Role == ForceLog {
			return l, nil
		}
	}
	return nil, fmt.Errorf("this station is paired with no force: do so first (custos kiosk pair): %w", ErrNotFound)
}

// Revoke ends the belief in a log from one of its places on: what it had shown
// before stays, since nobody can change it any more.
// Errors: ErrInvalid when that place has not been joined.
func (l Links) Revoke(ctx context.Context, actor Actor, request RevokeLog) (Proof, error) {
	if err := checkText("reason", request.Reason); err != nil {
		return Proof{}, err
	}
	a, err := l.s.begin(ctx, actor, "", policy.LogLink, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "revoked"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "revoked", resource{}, func() ([]sheet, error) {
		link, err := a.linkNamed(ctx, request.Name)
		if err != nil {
			return nil, err
		}
		from := uint64(len(link.leaves))
		if request.From != nil {
			from = *request.From
		}
		switch {
		case from > uint64(len(link.leaves)):
			return nil, fmt.Errorf("%s has been joined up to leaf %d; what lies beyond was never seen here, so it cannot be vouched for: name %d or less: %w",
				link.Name, len(link.leaves), len(link.leaves), ErrInvalid)
		case link.revoked && from >= link.from:
			return nil, fmt.Errorf("%s is revoked from its leaf %d on already: %w", link.Name, link.from, ErrConflict)
		}
		row, err := a.rowSheet(ctx, "revoked", extractionRegister, nameOfLog(link.Name), ledger.EntryID{}, true, linkDocument{
			Event: LinkRevoked, Format: linkFormat, Name: link.Name, Reason: request.Reason, Revoked: from,
		})
		return []sheet{row}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// linkNamed returns the joined log of that name.
// Errors: ErrNotFound.
func (s *Service) linkNamed(ctx context.Context, name string) (*linkState, error) {
	links, err := s.links(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if l.Name == name {
			return l, nil
		}
	}
	return nil, fmt.Errorf("no log is known here as %s: %w", name, ErrNotFound)
}

// List returns every joined log with its history. That somebody asked is recorded.
func (l Links) List(ctx context.Context, actor Actor, ask Ask) ([]Link, error) {
	a, err := l.s.begin(ctx, actor, "", policy.LogLink, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	states, err := a.links(ctx)
	if err != nil {
		return nil, err
	}
	links := make([]Link, len(states))
	for i, s := range states {
		links[i] = Link{
			Name: s.Name, Role: s.Role, Origin: s.Origin, Place: s.Place, Size: uint64(len(s.leaves)), Root: s.root, Revoked: s.revoked, From: s.from,
			Imported: len(s.imported), Lost: []LostEntry{}, History: s.history,
		}
		if s.Role == ForceLog {
			links[i].Size = s.newest()
		}
		for _, e := range s.imported {
			if s.lost[e.There] {
				links[i].Lost = append(links[i].Lost, LostEntry{e.Case, e.Entry, e.Index})
			}
		}
		slices.SortFunc(links[i].Lost, func(x, y LostEntry) int { return cmp.Compare(x.Index, y.Index) })
	}
	return links, nil
}

// newest is the size of the newest head of a force.
func (l *linkState) newest() uint64 {
	size := uint64(0)
	for _, row := range l.history {
		size = max(size, row.Size)
	}
	return size
}
