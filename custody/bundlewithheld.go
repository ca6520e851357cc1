package custody

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// The reasons for which a bundle withholds by itself.
const (
	anotherPerson = "another-person" // it names somebody whom the exhibit is not about
	notRelevant   = "not-relevant"   // the exhibit does not rest on it
)

// besides are the kinds of entries on which no exhibit rests: who was given what,
// and what an office writes down for itself. All rows of registers have one reason,
// so that it says nothing of what they hold. For items, see custodyOf.
func besides() map[string]string {
	return map[string]string{
		"exhibit-served": anotherPerson, "material-disclosed": anotherPerson, "material-revealed": anotherPerson,
		"register-recorded": notRelevant, "report-made": notRelevant,
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
	custody, err := p.custodyOf(ctx)
	if err != nil {
		return err
	}
	for _, l := range p.contents.Work.Links {
		reason := kinds[p.kinds[l.N]]
		if slices.Contains(itemKinds(), p.kinds[l.N]) && !custody[l.Index] {
			reason = notRelevant
		}
		if reason != "" && l.Shown() {
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

// itemKinds are the kinds of entries about items in custody.
func itemKinds() []string {
	return []string{"item-received", "item-handled", "item-transferred", "transfer-recorded"}
}

// custodyOf returns the places of the entries about the items from which the exhibit
// was made, and about the items of which these are parts: their continuity belongs to
// it. That of any other item does not.
func (p *packing) custodyOf(ctx context.Context) (map[ledger.Index]bool, error) {
	shown := map[ledger.Index]bool{}
	items, err := list[itemFact](ctx, p.Store, p.id, inItems, 0)
	if err != nil || len(items) == 0 {
		return shown, err
	}
	behind, err := p.lineage(ctx, p.exhibit.Run)
	if err != nil {
		return nil, err
	}
	parents := map[string]string{}
	for _, item := range items {
		parents[item.Item] = item.Parent
	}
	of := map[string]bool{}
	for _, file := range behind.files {
		for item := file.Item; item != "" && !of[item]; item = parents[item] {
			of[item] = true
		}
	}
	extractions, err := p.extractionItems(ctx, behind)
	if err != nil {
		return nil, err
	}
	for _, item := range extractions {
		of[item] = true
	}
	handlings, err := list[handlingFact](ctx, p.Store, p.id, inHandlings, 0)
	if err != nil {
		return nil, err
	}
	for _, f := range handlings {
		shown[f.Index] = shown[f.Index] || of[f.Item]
	}
	movements, err := list[movementFact](ctx, p.Store, p.id, inMovements, 0)
	if err != nil {
		return nil, err
	}
	for _, f := range movements {
		shown[f.Index] = shown[f.Index] || of[f.Item]
	}
	return shown, nil
}

// withhold takes the content of the numbers that are not to be shown.
func (p *packing) withhold(links []ledger.Link) error {
	for _, n := range slices.Sorted(maps.Keys(p.request.Withhold)) {
		if n == 0 || n > uint64(len(links)) {
			return fmt.Errorf("entry %d cannot be withheld: the case has entries 1 to %d: %w", n, len(links), ErrInvalid)
		}
		if p.request.Withhold[n] == "erased" {
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
