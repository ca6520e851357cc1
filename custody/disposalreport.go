package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis/paper"
	"custos.example/ledger"
	"custos.example/policy"
)

// disposalReport is the certificate of a disposal: what was destroyed, why, when, on
// whose decision, who still has copies, and where in the log that stands.
func disposalReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	order, err := ledger.ParseEntryID(ask.params[reportOrder])
	if err != nil {
		return paper.Document{}, fmt.Errorf("say which order, by its entry, with the parameter order: %w", ErrInvalid)
	}
	given, err := find[orderFact](ctx, a.Store, "", inOrders, order.String(), ask.asOf)
	if err != nil {
		return paper.Document{}, fmt.Errorf("order of erasure %s: %w", order, err)
	}
	record, row, err := a.disposalOn(ctx, order, ask.asOf)
	if err != nil {
		return paper.Document{}, err
	}
	answer, err := find[answerFact](ctx, a.Store, "", inAnswers, order.String(), ask.asOf)
	if err != nil {
		return paper.Document{}, fmt.Errorf("the approval of order %s: %w", order, err)
	}
	erased, err := a.erasedUnder(ctx, order, ask.asOf)
	if err != nil || len(erased) == 0 {
		return paper.Document{}, errors.Join(err, fmt.Errorf("what was erased under order %s: %w", order, orNotFound(err)))
	}
	slices.SortFunc(erased, func(x, y erasedFact) int { return int(x.Index) - int(y.Index) })
	d := paper.Document{Reference: given.Order, About: []paper.Fact{
		{Name: "Case", Value: record.Reference},
		{Name: "Case in the record", Value: string(record.Case)},
		{Name: "Order of disposal", Value: order.String()},
	}}
	place, err := a.placesOf(ctx, ask.asOf, []placed{
		{"the order", order}, {"the approval", answer.Entry}, {"the erasure", erased[0].Entry}, {"the record of what it took", row.Entry},
	}, record.Review)
	if err != nil {
		return d, err
	}
	d.Sections = []paper.Section{
		whatWasDisposed(record, erased, row), whyDisposed(given, record), whoDecided(given, answer, erased[0], record),
		whoHasCopies(record, erased[0], row), itemsOf(record), place, notShown(),
	}
	return d, nil
}

func orNotFound(err error) error {
	if err == nil {
		return ErrNotFound
	}
	return err
}

func whatWasDisposed(r disposalRecord, erased []erasedFact, row rowFact) paper.Section {
	what := "Named payloads of the case"
	if r.Whole {
		what = "Everything that the case held"
	}
	entries := []string{row.Entry.String()}
	for _, f := range erased {
		entries = append(entries, f.Entry.String())
	}
	slices.Sort(entries)
	s := paper.Section{
		Heading: "What was destroyed", Facts: []paper.Fact{{Name: "Extent", Value: what}, {Name: "Received files", Value: listed(r.Received)}, {Name: "Exhibits that rested on it", Value: listed(r.Exhibits)}},
		Figures: []paper.Figure{
			{ID: "payloads", Words: "payloads destroyed, by destroying the key of each", Value: int64(r.Payloads), Entries: entries},
			{ID: "entries", Words: "entries that record the erasure", Value: int64(len(erased)), Entries: without(entries, row.Entry.String())},
		},
	}
	if !r.Whole {
		s.Facts = slices.Delete(s.Facts, 1, 2) // only of a whole case it is known what all there was
		table := paper.Table{Columns: []string{"Digest of what was destroyed", "Entry"}}
		for _, f := range erased {
			table.Rows = append(table.Rows, []string{digestKey(f.Digest), f.Entry.String()})
		}
		s.Table = &table
	}
	return s
}

func without(list []string, text string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(t string) bool { return t == text })
}

func listed(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

func whyDisposed(given orderFact, r disposalRecord) paper.Section {
	s := paper.Section{Heading: "Why", Facts: []paper.Fact{
		{Name: "Basis", Value: string(given.Basis)},
		{Name: "Ground", Value: given.Ground},
		{Name: "Reference of the decision", Value: given.Order},
		{Name: "Rules of retention in force", Value: r.Rules.Name + ", SHA-256 " + r.Rules.Digest.String()},
	}}
	if given.Basis != policy.RetentionEnded {
		s.Paragraphs = []string{"It was not disposed of because its retention had ended: the rules of retention were no ground to keep it on this basis."}
		return s
	}
	if review := r.Review; review != nil {
		s.Facts = append(s.Facts, paper.Fact{Name: "Review", Value: fmt.Sprintf("%s by %s: %s (%s); entry %s", review.On, review.By, review.Decision, review.Reason, review.Entry)})
	}
	table := paper.Table{Columns: []string{"Ground on which it had been kept", "Until", "In words", "Source"}}
	for _, g := range r.Grounds {
		source := g.Citation
		switch {
		case source == "":
			source = "the record"
		case !g.Verified:
			source = "the rules in force; not checked against its source"
		}
		table.Rows = append(table.Rows, []string{g.Ground, untilWords(g.Until), g.Words, source})
	}
	s.Table = &table
	return s
}

func whoDecided(given orderFact, answer answerFact, erased erasedFact, r disposalRecord) paper.Section {
	table := paper.Table{Columns: []string{"What", "By", "When", "Reason", "Entry"}}
	if review := r.Review; review != nil && given.Basis == policy.RetentionEnded {
		table.Rows = append(table.Rows, []string{"reviewed", review.By, string(review.On), review.Reason, review.Entry.String()})
	}
	table.Rows = append(table.Rows,
		[]string{"ordered", given.By, inUTC(given.Time.Time), given.Ground, given.Entry.String()},
		[]string{answer.Decision, answer.By, inUTC(answer.Time.Time), answer.Reason, answer.Entry.String()},
		[]string{"carried out", erased.By, inUTC(erased.Time.Time), "", erased.Entry.String()},
	)
	return paper.Section{Heading: "Who decided", Table: &table, Paragraphs: []string{
		"It could not be carried out before " + inUTC(given.NotBefore.Time) + ", so that anybody who oversees the case could cancel it.",
	}}
}

func whoHasCopies(r disposalRecord, erased erasedFact, row rowFact) paper.Section {
	open, gone, entries := int64(0), int64(0), []string{row.Entry.String()}
	table := paper.Table{Columns: []string{"Copy", "With", "What", "State", "Recall"}}
	for _, c := range r.Copies {
		state, recall := "still there", string(c.Recall)
		if c.State == policy.CopyDisposed {
			state = "no more since " + string(c.On)
			gone++
		} else {
			open++
		}
		if c.Recall == RecallAsked {
			recall = "asked back by " + c.By
		}
		table.Rows = append(table.Rows, []string{strconv.FormatUint(c.Number, 10), c.Recipient, c.What, state, recall})
	}
	s := paper.Section{
		Heading: "Copies that were handed out", Facts: []paper.Fact{{Name: "Handed to, on record, and not confirmed to be no more", Value: listed(erased.Recipients)}},
		Figures: []paper.Figure{
			{ID: "copies-open", Words: "numbered copies that were still there", Value: open, Entries: entries},
			{ID: "copies-gone", Words: "numbered copies confirmed to be no more", Value: gone, Entries: entries},
		},
	}
	if len(table.Rows) > 0 {
		s.Table = &table
	}
	return s
}

func itemsOf(r disposalRecord) paper.Section {
	s := paper.Section{Heading: "Physical items"}
	if !r.Whole {
		s.Paragraphs = []string{"Items of the case are not touched by the erasure of payloads."}
		return s
	}
	if len(r.Items) == 0 {
		s.Paragraphs = []string{"No item of the case was on record."}
		return s
	}
	table := paper.Table{Columns: []string{"Item", "What became of it"}}
	for _, i := range r.Items {
		table.Rows = append(table.Rows, []string{i.Item, orDefault(i.Ended, "held")})
	}
	s.Table = &table
	return s
}

// placed is an entry of which the place in the log is shown.
type placed struct {
	what  string
	entry ledger.EntryID
}

// placesOf shows where entries stand in the log of asOf entries, and of the erasure
// the proof that it does.
func (a *act) placesOf(ctx context.Context, asOf uint64, entries []placed, review *RetentionReview) (paper.Section, error) {
	if review != nil {
		entries = append([]placed{{"the review", review.Entry}}, entries...)
	}
	s := paper.Section{Heading: "Where that stands in the log"}
	table := paper.Table{Columns: []string{"What", "Entry", "Place", "Commitment"}}
	for _, p := range entries {
		stored, err := a.Store.ByEntryID(ctx, p.entry)
		if err != nil {
			return s, fmt.Errorf("the place of %s: %w", p.what, err)
		}
		table.Rows = append(table.Rows, []string{p.what, p.entry.String(), strconv.FormatUint(uint64(stored.Index), 10), stored.Commitment.String()})
		if p.what != "the erasure" {
			continue
		}
		if s.Facts, err = a.proofOfPlace(ctx, stored.Index, asOf); err != nil {
			return s, fmt.Errorf("the proof of the place of the erasure: %w", err)
		}
	}
	s.Table = &table
	return s, nil
}

// proofOfPlace is the proof that the log of asOf entries has an entry at a place.
func (a *act) proofOfPlace(ctx context.Context, index ledger.Index, asOf uint64) ([]paper.Fact, error) {
	if _, _, err := a.Recorder.Checkpoint(ctx, asOf); err != nil && !errors.Is(err, ErrNotCoSigned) {
		return nil, err
	}
	root, err := a.Recorder.Root(ctx, asOf)
	if err != nil {
		return nil, err
	}
	path, err := a.Recorder.Inclusion(ctx, uint64(index), asOf)
	if err != nil {
		return nil, err
	}
	facts := []paper.Fact{
		{Name: "Log", Value: a.Origin}, {Name: "Entries of the log", Value: strconv.FormatUint(asOf, 10)}, {Name: "Root of the log at that size", Value: root.String()},
	}
	for i, hash := range path {
		facts = append(facts, paper.Fact{Name: fmt.Sprintf("Proof of the erasure, hash %d of %d", i+1, len(path)), Value: hash.String()})
	}
	return facts, nil
}

func notShown() paper.Section {
	return paper.Section{Heading: "What this does not show", Paragraphs: []string{
		"It does not show that copies which were handed out are no more, beyond what was confirmed; nor what was copied without being recorded.",
		"Backups of the key folder that were made before the disposal still hold the keys until they are destroyed.",
		"The entries of the case stay in the log as commitments, from which nothing can be read.",
	}}
}
