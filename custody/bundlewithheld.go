package custody

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"custos.example/ledger"
)

// The reasons for which a bundle withholds by itself.
const (
	anotherPerson = "another-person" // it names somebody whom the exhibit is not about
	notRelevant   = "not-relevant"   // the exhibit does not rest on it
)

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
