package custody

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"custos.example/ledger"
)

// Reach says how far an erasure goes, and what it leaves.
type Reach struct {
	Payloads   int      // that the case's entries name and that are erased
	Made       int      // payloads made from them that are not erased: they may hold what they held
	Exhibits   []string // that rest on them: none of these can be made again
	Bundles    int      // made of such exhibits: whoever has one keeps it
	Recipients []string // to whom, on record, such material was handed; out of reach
}

// reach walks the work of a case forward from the payloads, or takes all of it
// when none are named.
func (s *Service) reach(ctx context.Context, id CaseID, digests []ledger.DigestSet) (Reach, error) {
	w := newWake(digests)
	if err := s.forward(ctx, id, w.entry); err != nil {
		return Reach{}, fmt.Errorf("what the erasure reaches: %w", err)
	}
	if err := s.holders(ctx, id, w); err != nil {
		return Reach{}, fmt.Errorf("who has copies of what is erased: %w", err)
	}
	if err := s.namesOf(ctx, id, w); err != nil {
		return Reach{}, fmt.Errorf("who was served what is erased: %w", err)
	}
	return Reach{
		Payloads: len(w.digests), Made: len(w.only()), Exhibits: w.exhibits, Bundles: w.bundles,
		Recipients: slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(w.to)))),
	}, nil
}

// namesOf puts the names of recipients in the place of their references, while they
// can be read.
func (s *Service) namesOf(ctx context.Context, id CaseID, w *wake) error {
	within := &act{Service: s, id: id}
	for _, to := range slices.Sorted(maps.Keys(w.to)) {
		if !recipientID.MatchString(to) {
			continue
		}
		r, err := within.recipient(ctx, to, 0)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		delete(w.to, to)
		w.to[r.label()] = true
	}
	return nil
}

// forward calls f with every statement of a case's work, in order.
func (s *Service) forward(ctx context.Context, id CaseID, f func(Stored, ledger.Statement)) error {
	chain, err := s.chain(ctx, id, ledger.Work)
	if err != nil {
		return err
	}
	var unread error
	err = s.each(ctx, chain, func(entry Stored, statement ledger.Statement) error {
		f(entry, statement)
		return nil
	}, func(n uint64, err error) { unread = errors.Join(unread, fmt.Errorf("entry %d: %w", n, err)) })
	return errors.Join(err, unread)
}

// wake is what lies behind some payloads in the order of the record: everything
// that was made from them, and who was given any of it. Equal content that was
// made from other things (an empty table, say) is another thing.
type wake struct {
	all       bool
	byEntry   bool                        // an entry that is damaged touches what names it
	digests   map[string]bool             // asked for; with all, every payload
	made      map[string]ledger.DigestSet // made from them
	others    map[string]bool             // made by entries that have nothing to do with them
	producers map[ledger.EntryID]bool     // of any of them
	entries   map[ledger.EntryID]bool     // that name any of them
	rows      map[string]bool             // commitments to rows of any of them
	exhibits  []string
	bundles   int
	to        map[string]bool
	copies    []uint64 // numbers of the copies of any of it
}

// newWake begins behind some payloads, or, without any, behind the whole case.
func newWake(digests []ledger.DigestSet) *wake {
	w := &wake{
		all: len(digests) == 0, digests: map[string]bool{}, made: map[string]ledger.DigestSet{}, others: map[string]bool{},
		producers: map[ledger.EntryID]bool{}, entries: map[ledger.EntryID]bool{}, rows: map[string]bool{}, to: map[string]bool{},
	}
	for _, d := range digests {
		w.digests[digestKey(d)] = true
	}
	return w
}

// only returns what was made from them and from nothing else.
func (w *wake) only() map[string]ledger.DigestSet {
	only := maps.Clone(w.made)
	maps.DeleteFunc(only, func(key string, _ ledger.DigestSet) bool { return w.others[key] || w.digests[key] })
	return only
}

// entry takes the next entry of the work.
func (w *wake) entry(_ Stored, s ledger.Statement) {
	id := s.Predicate.Place.Entry
	from := w.all || w.byEntry && w.entries[id] || slices.ContainsFunc(s.Predicate.ResolvedDependencies, w.from)
	produces := slices.ContainsFunc(payloadsOf(s), func(p ledger.Subject) bool { return w.digests[digestKey(p.Digest)] })
	w.producers[id] = produces || from && s.Kind() != "bundle-made"
	for _, p := range payloadsOf(s) {
		key := digestKey(p.Digest)
		switch {
		case w.all:
			w.digests[key] = true
		case from && w.producers[id]:
			w.made[key] = p.Digest
		case !w.producers[id]:
			w.others[key] = true
		}
	}
	if d, is := s.Predicate.Detail.(*ledger.RowsCommitted); is && (w.producers[d.Dataset] || w.byEntry && w.entries[d.Dataset]) {
		w.rows[digestKey(s.Subject[0].Digest)] = true // a selection names them, and not the data set
	}
	w.become(s, from || produces)
}

// from tells whether an input is one of them.
func (w *wake) from(d ledger.Dependency) bool {
	if w.byEntry && d.Entry != nil && w.entries[*d.Entry] {
		return true
	}
	key := digestKey(d.Digest)
	if w.rows[key] {
		return true
	}
	if _, made := w.made[key]; !made && !w.digests[key] {
		return false
	}
	return d.Entry == nil || w.producers[*d.Entry]
}

// become notes exhibits, bundles and those to whom material went.
func (w *wake) become(s ledger.Statement, touched bool) {
	given := func(to string, entries ...ledger.EntryID) {
		if w.all || slices.ContainsFunc(entries, func(id ledger.EntryID) bool { return w.entries[id] }) {
			w.to[to] = true
		}
	}
	switch d := s.Predicate.Detail.(type) {
	case *ledger.ExhibitProduced:
		if touched {
			w.exhibits = append(w.exhibits, fmt.Sprintf("%s version %d", d.Reference, d.Version))
		}
	case *ledger.BundleMade:
		if touched {
			w.bundles++
		}
	case *ledger.ExhibitServed:
		given(d.To, d.Bundle)
	case *ledger.CopyIssued:
		if w.all || w.entries[d.Of] {
			w.copies = append(w.copies, d.Copy)
		}
	case *ledger.MaterialDisclosed:
		given(d.To, d.Material...)
	case *ledger.MaterialRevealed:
		given(d.To, d.Material...)
	}
	if touched {
		w.entries[s.Predicate.Place.Entry] = true
	}
}

// payloadsOf returns the subjects of a statement that are payloads.
func payloadsOf(s ledger.Statement) []ledger.Subject {
	var list []ledger.Subject
	for _, subject := range s.Subject {
		if _, rows := subject.Digest[ledger.Rows]; !rows && subject.Name != "record" {
			list = append(list, subject)
		}
	}
	return list
}

// mostErased is how many payloads one order names: each is an entry, and all of
// them are appended together.
const mostErased = 1000

// ordered returns the digests that an order names, sorted; none for the whole case.
func (a *act) ordered(ctx context.Context, request OrderErasure) ([]ledger.DigestSet, error) {
	if _, err := a.chain(ctx, request.Case, ledger.Work); err != nil {
		return nil, err
	}
	erased, whole, err := a.erasedOf(ctx, request.Case)
	if err != nil {
		return nil, err
	}
	if whole {
		return nil, fmt.Errorf("the case has been erased already: %w", ErrConflict)
	}
	if len(request.Payloads) == 0 {
		return []ledger.DigestSet{}, a.nothingHeld(ctx, request.Case)
	}
	wanted := map[string]ledger.DigestSet{}
	for _, name := range request.Payloads {
		named, err := a.payloadsNamed(ctx, request.Case, name)
		if err != nil {
			return nil, err
		}
		for _, d := range named {
			wanted[digestKey(d)] = d
		}
	}
	if request.Derived {
		w := newWake(slices.Collect(maps.Values(wanted)))
		if err := a.forward(ctx, request.Case, w.entry); err != nil {
			return nil, err
		}
		maps.Copy(wanted, w.only())
	}
	var digests []ledger.DigestSet
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if _, gone := erased[key]; gone {
			if _, err := a.Blobs.Find(ctx, request.Case, wanted[key]); errors.Is(err, ErrNotFound) {
				continue // and not kept anew since
			}
		}
		digests = append(digests, wanted[key])
	}
	if len(digests) > mostErased {
		return nil, fmt.Errorf("the order names %d payloads, and one order erases at most %d: order them in parts, or the whole case: %w", len(digests), mostErased, ErrInvalid)
	}
	if len(digests) == 0 {
		return nil, fmt.Errorf("everything that the order names has been erased already: %w", ErrConflict)
	}
	return digests, nil
}

// payloadsNamed returns the payloads that one name stands for.
// Errors: ErrNotFound when no entry of the case produced it.
func (a *act) payloadsNamed(ctx context.Context, id CaseID, name string) ([]ledger.DigestSet, error) {
	var found []ledger.DigestSet
	err := a.forward(ctx, id, func(_ Stored, s ledger.Statement) {
		here := s.Predicate.Place.Entry.String() == name
		switch d := s.Predicate.Detail.(type) {
		case *ledger.EvidenceReceived:
			here = here || d.Item == name
		case *ledger.ExhibitProduced:
			here = here || d.Reference == name
		}
		for _, subject := range payloadsOf(s) {
			if here || strings.EqualFold(digestKey(subject.Digest), name) {
				found = append(found, subject.Digest)
			}
		}
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("no entry of the case made a payload called %q: name an item, an exhibit, an entry or ALGORITHM:HEX: %w", name, ErrNotFound)
	}
	return found, err
}
