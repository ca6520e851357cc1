package custody

import (
	"context"
	"fmt"
	"maps"

	"custos.example/ledger"
	"custos.example/policy"
)

// The reasons for which a bundle withholds by itself.
const (
	anotherPerson = "another-person" // it names somebody whom the exhibit is not about
	notRelevant   = "not-relevant"   // the exhibit does not rest on it
)

// besides are the kinds of entries on which no exhibit rests: who was given what,
// and what an office writes down for itself. Where things lay and who had them is
// told by a statement of continuity, not by a bundle. All rows of registers have one reason,
// so that it says nothing of what they hold.
func besides() map[string]string {
	return map[string]string{
		"exhibit-served": anotherPerson, "material-disclosed": anotherPerson, "material-revealed": anotherPerson,
		"register-recorded": notRelevant, "report-made": notRelevant,
		"item-handled": notRelevant, "item-received": notRelevant, "item-transferred": notRelevant, "transfer-recorded": notRelevant,
	}
}

// aside withholds, unless the request gives another reason, what names people
// whom the exhibit is not about and what it does not rest on: who was given a
// copy or served, which third parties somebody asked to see, and every register.
func (p *packing) aside(ctx context.Context) error {
	var entries []ledger.EntryID
	copies, err := list[copyFact](ctx, p.Store, p.id, inCopies, 0)
	if err != nil {
		return err
	}
	for _, c := range copies {
		entries = append(entries, c.Entry)
	}
	disposals, err := list[disposalFact](ctx, p.Store, p.id, inDisposals, 0)
	if err != nil {
		return err
	}
	for _, d := range disposals {
		entries = append(entries, d.Entry)
	}
	requests, err := list[requestedFact](ctx, p.Store, p.id, inRequested, 0)
	if err != nil {
		return err
	}
	for _, r := range requests {
		if policy.About(r.About) == policy.AboutUnmasking {
			entries = append(entries, r.Entry)
		}
	}
	unread, err := p.unread(ctx)
	if err != nil {
		return err
	}
	given := p.request.Withhold
	p.request.Withhold = map[uint64]string{}
	for _, n := range unread {
		p.request.Withhold[n] = notRelevant
	}
	kinds := besides()
	for _, l := range p.contents.Work.Links {
		if reason := kinds[p.kinds[l.N]]; reason != "" && l.Shown() {
			p.request.Withhold[l.N] = reason
		}
	}
	for _, entry := range entries {
		stored, err := p.Store.ByEntryID(ctx, entry)
		if err != nil {
			return fmt.Errorf("entry %s: %w", entry, err)
		}
		if !stored.Erased {
			p.request.Withhold[stored.N] = anotherPerson
		}
	}
	maps.Copy(p.request.Withhold, given)
	return nil
}

// withhold takes the content of the numbers that are not to be shown.
func (p *packing) withhold(links []ledger.Link) error {
	for n, reason := range p.request.Withhold {
		if n == 0 || n > uint64(len(links)) {
			return fmt.Errorf("entry %d cannot be withheld: the case has entries 1 to %d: %w", n, len(links), ErrInvalid)
		}
		if reason == "erased" {
			return fmt.Errorf("entry %d: \"erased\" is a fact, not a reason to choose: %w", n, ErrInvalid)
		}
		links[n-1].Envelope, links[n-1].Salt = nil, ledger.Salt{}
	}
	return nil
}

// withheld lists what is not shown, in rising n.
func (p *packing) withheld() []ledger.Withheld {
	list := []ledger.Withheld{}
	for _, l := range p.contents.Work.Links {
		if l.Shown() {
			continue
		}
		reason := p.request.Withhold[l.N]
		if reason == "" {
			reason = "erased"
		}
		list = append(list, ledger.Withheld{N: l.N, Reason: reason})
	}
	return list
}
