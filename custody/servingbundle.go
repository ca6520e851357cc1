package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/ledger"
)

// bundleToServe finds the bundle that is meant: the one that is named, the one that this
// request was answered with before, or the newest of the exhibit.
// Errors: ErrNotFound; ErrInvalid; ErrConflict when none is named and they withhold
// different things.
func (a *act) bundleToServe(ctx context.Context, request Serve) (madeBundle, error) {
	named, err := a.servedThen(ctx)
	if err != nil {
		return madeBundle{}, err
	}
	if named = cmp.Or(named, request.Bundle); named != (ledger.EntryID{}) {
		made, err := a.madeBundle(ctx, named)
		if err == nil && request.Exhibit != (ledger.EntryID{}) && made.fact.Exhibit != request.Exhibit {
			err = fmt.Errorf("bundle %s is not of that exhibit: %w", named, ErrInvalid)
		}
		return made, err
	}
	bundles, err := a.bundlesOf(ctx, request.Exhibit)
	if err != nil {
		return madeBundle{}, err
	}
	newest := bundles[len(bundles)-1]
	for _, b := range bundles[:len(bundles)-1] {
		if differs := withheldOtherwise(b.detail, newest.detail); len(differs) > 0 {
			return madeBundle{}, whichBundle(bundles, differs)
		}
	}
	return newest, nil
}

// servedThen is the bundle that this request served before; zero when it did not.
func (a *act) servedThen(ctx context.Context) (ledger.EntryID, error) {
	stored, done, err := a.earlier(ctx, "served")
	if !done || err != nil {
		return ledger.EntryID{}, nil //nolint:nilerr // said when the request is known to be another
	}
	statement, err := stored.Statement()
	if err != nil {
		return ledger.EntryID{}, err
	}
	detail, ok := statement.Predicate.Detail.(*ledger.ExhibitServed)
	if !ok {
		return ledger.EntryID{}, fmt.Errorf("%w: entry %s is no service", ErrIntegrity, stored.Entry)
	}
	return detail.Bundle, nil
}

// bundlesOf returns the bundles of an exhibit that can be served, the newest last. One
// that another packing overtook, so that nobody was given it, is none.
// Errors: ErrNotFound without any.
func (a *act) bundlesOf(ctx context.Context, exhibit ledger.EntryID) ([]madeBundle, error) {
	facts, err := list[bundleFact](ctx, a.Store, a.id, inBundles, 0)
	if err != nil {
		return nil, err
	}
	var bundles []madeBundle
	gone := fmt.Errorf("no bundle of this exhibit was made: make one first (exhibit bundle): %w", ErrNotFound)
	for _, fact := range facts {
		if fact.Exhibit != exhibit {
			continue
		}
		made, err := a.madeBundle(ctx, fact.Entry)
		if errors.Is(err, ErrNotFound) {
			gone = err
			continue
		}
		if err != nil {
			return nil, err
		}
		bundles = append(bundles, made)
	}
	if len(bundles) == 0 {
		return nil, gone
	}
	slices.SortFunc(bundles, func(x, y madeBundle) int { return cmp.Compare(x.entry.N, y.entry.N) })
	return bundles, nil
}

// withheldOtherwise returns the numbers of the entries that one bundle shows and the
// other withholds, or that they withhold for different reasons. What was added to the
// case between them is no choice of anybody's.
// Shape: rising.
func withheldOtherwise(older, newer *ledger.BundleMade) []uint64 {
	reasons := func(made *ledger.BundleMade) map[uint64]string {
		by := map[uint64]string{}
		for _, w := range made.Withheld {
			if w.N <= older.Heads.Work.N {
				by[w.N] = w.Reason
			}
		}
		return by
	}
	before, after := reasons(older), reasons(newer)
	either := maps.Clone(before)
	maps.Copy(either, after)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(either)), func(n uint64) bool { return before[n] == after[n] })
}

// Units: bundles, entries.
const (
	mostBundlesNamed = 8
	mostEntriesNamed = 12
)

// whichBundle asks for the bundle to be named, and says what each withholds.
func whichBundle(bundles []madeBundle, differs []uint64) error {
	said := []string{}
	for i := len(bundles) - 1; i >= 0 && len(said) < mostBundlesNamed; i-- {
		b := bundles[i]
		said = append(said, fmt.Sprintf("%s, made on %s by %s, withholds %s", b.fact.Entry, b.fact.Time.Format("2 January 2006 at 15:04Z"), b.fact.By, withheldText(b.withheld())))
	}
	numbers := make([]string, min(len(differs), mostEntriesNamed))
	for i := range numbers {
		numbers[i] = fmt.Sprint(differs[i])
	}
	if more := len(differs) - len(numbers); more > 0 {
		numbers = append(numbers, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("%d bundles of this exhibit were made, and they do not withhold the same (they differ in entries %s of the case), so none is taken by itself: "+
		"name the one that is meant (--bundle). The newest first: %s: %w", len(bundles), strings.Join(numbers, ", "), strings.Join(said, "; "), ErrConflict)
}

// withheld counts what a bundle withholds, by reason.
func (m madeBundle) withheld() []analysis.RuleCount {
	counts := analysis.Tally{}
	for _, w := range m.detail.Withheld {
		counts.Add(w.Reason)
	}
	return counts.List()
}

// withheldText says what is withheld, in words.
func withheldText(counts []analysis.RuleCount) string {
	if len(counts) == 0 {
		return "nothing"
	}
	words := make([]string, len(counts))
	for i, c := range counts {
		words[i] = fmt.Sprintf("%d as %s", c.Rows, c.Rule)
	}
	return strings.Join(words, ", ")
}

// Withholds says in words what the bundle withholds.
// Shape: such as "12 as not-relevant, 1 as privileged".
func (s Served) Withholds() string { return withheldText(s.Withheld) }

// servedOn is what is said of the service of a bundle, but for its proofs.
func (m madeBundle) servedOn(to Recipient) Served {
	return Served{
		Bundle: m.fact.Entry, Recipient: to, SHA256: m.copy.SHA256, Made: m.fact.Time.Time, Withheld: m.withheld(),
	}
}
