package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
)

// givenLines lists what was given to the parties, as it stood at asOf.
func (a *act) givenLines(ctx context.Context, asOf uint64) ([]GivenLine, error) {
	all, err := a.materials(ctx, asOf)
	if err != nil {
		return nil, err
	}
	g := &givenList{act: a, asOf: asOf, material: all}
	if err := g.served(ctx); err != nil {
		return nil, err
	}
	for _, collection := range []string{inRevealed, inDisclosed} {
		if err := g.given(ctx, collection); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(g.lines, func(x, y indexedLine) int { return cmp.Compare(x.index, y.index) })
	lines := []GivenLine{}
	for _, l := range g.lines {
		lines = append(lines, l.GivenLine)
	}
	return lines, nil
}

type givenList struct {
	*act
	asOf     uint64
	material []Material
	lines    []indexedLine
}

// indexedLine is a line with its place in the log.
type indexedLine struct {
	GivenLine
	index ledger.Index
}

// served takes up every service of a bundle.
func (g *givenList) served(ctx context.Context) error {
	services, err := g.services(ctx, g.asOf)
	if err != nil {
		return err
	}
	for _, s := range services {
		b, err := find[bundleFact](ctx, g.Store, g.id, inBundles, s.Bundle.String(), g.asOf)
		if err != nil {
			return fmt.Errorf("bundle %s: %w", s.Bundle, err)
		}
		name := "bundle " + s.Bundle.String()
		if m, known := materialOf(g.material, b.Exhibit); known {
			name = "bundle of exhibit " + m.Name
		}
		line := GivenLine{
			What: "served", Entries: []ledger.EntryID{s.Bundle}, Names: []string{name}, To: s.To, Means: s.Means, By: s.By, Time: s.Time, Entry: s.Entry,
		}
		collected, err := registerRow(ctx, g.Store, g.id, disclosureRegister, rowName(rowCollected, s.Bundle.String()+" "+s.To), g.asOf)
		if err == nil {
			line.Collected = &collected.Time
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := g.add(ctx, line, s.Index); err != nil {
			return err
		}
	}
	return nil
}

// given takes up what was revealed or disclosed.
func (g *givenList) given(ctx context.Context, collection string) error {
	facts, err := g.givings(ctx, collection, g.asOf)
	if err != nil {
		return err
	}
	for _, f := range facts {
		line := GivenLine{What: collection, Entries: f.Material, To: f.To, Means: f.Means, By: f.By, Time: f.Time, Entry: f.Entry}
		for _, entry := range f.Material {
			name := "entry " + entry.String()
			if m, known := materialOf(g.material, entry); known {
				name = m.Name
			} else if report, is, err := g.reportNamed(ctx, entry); err != nil {
				return err
			} else if is {
				name = report
			}
			line.Names = append(line.Names, name)
		}
		if err := g.add(ctx, line, f.Index); err != nil {
			return err
		}
	}
	return nil
}

// add says to whom a line went.
func (g *givenList) add(ctx context.Context, line GivenLine, index ledger.Index) error {
	to, err := g.recipient(ctx, line.To, g.asOf)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	line.Recipient, line.Defendant, line.Names = to.Name, to.Defendant, notNil(line.Names)
	if line.What == "served" && err == nil && to.defence() {
		line.What = "released"
	}
	g.lines = append(g.lines, indexedLine{line, index})
	return nil
}

// withoutSensitive leaves out of the lines what stands on the sensitive schedule,
// and lines of nothing else.
func withoutSensitive(lines []GivenLine, all []Material) []GivenLine {
	kept := []GivenLine{}
	for _, line := range lines {
		shown := line
		shown.Entries, shown.Names = []ledger.EntryID{}, []string{}
		for i, entry := range line.Entries {
			if m, known := materialOf(all, entry); known && m.sensitive() || slices.Contains(sensitiveReports(), line.Names[i]) {
				continue
			}
			shown.Entries, shown.Names = append(shown.Entries, entry), append(shown.Names, line.Names[i])
		}
		if len(shown.Entries) > 0 {
			kept = append(kept, shown)
		}
	}
	return kept
}
