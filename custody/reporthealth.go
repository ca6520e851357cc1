package custody

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"custos.example/analysis/paper"
	"custos.example/ledger"
)

// observedInput is what was seen of the log from outside the record when the report
// was asked for. It cannot be worked out again, so it is kept with the report.
const observedInput = "observed"

// observed is that file.
// Shape: canonical JSON.
type observed struct {
	CheckpointSize uint64            `json:"checkpointSize"`
	CoSigned       string            `json:"coSigned"` // why the newest checkpoint could not be had; empty when it could
	Findings       []observedFinding `json:"findings"`
	LogSize        uint64            `json:"logSize"`
	Origin         string            `json:"origin"`
	Root           string            `json:"root"`
	Signatures     int               `json:"signatures"` // on the newest checkpoint, with the log's own
	Verified       uint64            `json:"verified"`   // entries whose signatures were checked
}

// observedFinding is one entry whose signature does not hold.
type observedFinding struct {
	Entry string `json:"entry"`
	What  string `json:"what"`
	Where string `json:"where"`
}

// observeHealth looks at the log as it stands now: every signature, and the newest
// checkpoint.
func observeHealth(ctx context.Context, a *act) (map[string][]byte, error) {
	seen := observed{Findings: []observedFinding{}, Origin: a.Origin}
	var err error
	if seen.LogSize, err = a.Store.Size(ctx); err != nil {
		return nil, err
	}
	seen.Verified, err = a.Keys().Verify(ctx, func(f Finding) {
		seen.Findings = append(seen.Findings, observedFinding{f.Entry.String(), f.What, f.Where})
	})
	if err != nil {
		return nil, err
	}
	note, head, err := a.Recorder.Checkpoint(ctx, seen.LogSize)
	switch {
	case errors.Is(err, ErrPushback):
		seen.CoSigned = err.Error()
	case err != nil:
		return nil, fmt.Errorf("newest checkpoint: %w", err)
	default:
		seen.CheckpointSize, seen.Root, seen.Signatures = head.Size, head.Root.String(), signatureLines(note)
	}
	text, err := ledger.MarshalCanonical(seen)
	return map[string][]byte{observedInput: text}, err
}

// signatureLines counts the signatures of a note.
func signatureLines(note []byte) int {
	n := 0
	for line := range bytes.SplitSeq(note, []byte("\n")) {
		if bytes.HasPrefix(line, []byte("\u2014 ")) {
			n++
		}
	}
	return n
}

// healthReport says how the log is: signatures, co-signers, gaps, the clock, keys,
// time stamps, defects, and what should have been done.
func healthReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	about, err := a.aboutRecord(ctx, ask)
	if err != nil {
		return paper.Document{}, err
	}
	cases, err := a.casesAsOf(ctx, ask)
	if err != nil {
		return paper.Document{}, err
	}
	seen, err := seenSection(ask)
	if err != nil {
		return paper.Document{}, err
	}
	log, err := a.logSection(ctx, ask)
	if err != nil {
		return paper.Document{}, err
	}
	defects, err := a.defectSection(ctx, cases, ask)
	if err != nil {
		return paper.Document{}, err
	}
	waiting, err := waitingSection(ctx, cases)
	if err != nil {
		return paper.Document{}, err
	}
	return paper.Document{Reference: "HEALTH", About: about, Sections: []paper.Section{seen, log, defects, waiting}}, nil
}

// seenSection shows what was seen when the report was asked for.
func seenSection(ask reportAsk) (paper.Section, error) {
	const heading = "1. Signatures and checkpoints, as they were seen"
	text, there := ask.inputs[observedInput]
	if !there {
		return paper.Section{Heading: heading, Paragraphs: []string{"Nothing was looked at."}}, nil
	}
	var seen observed
	if err := ledger.UnmarshalCanonical(text, &seen); err != nil {
		return paper.Section{}, fmt.Errorf("%w: what was observed: %w", ErrIntegrity, err)
	}
	t := paper.Table{Columns: []string{"Where", "What"}, Rows: [][]string{}}
	var bad []ledger.EntryID
	for _, f := range seen.Findings {
		if entry, err := ledger.ParseEntryID(f.Entry); err == nil && entry != (ledger.EntryID{}) {
			bad = append(bad, entry)
		}
		t.Rows = append(t.Rows, []string{f.Where, f.What})
	}
	s := paper.Section{
		Heading: heading,
		Paragraphs: []string{
			"Every signature in the log was checked, and the newest checkpoint was asked for, when this report was made. What was seen is recorded with the report: it cannot be worked out again from the record.",
		},
		Facts: []paper.Fact{
			{Name: "Entries in the log", Value: strconv.FormatUint(seen.LogSize, 10)},
			{Name: "Signatures checked", Value: "of " + strconv.FormatUint(seen.Verified, 10) + " entries"},
			{Name: "Newest checkpoint", Value: orDefault(seen.CoSigned, fmt.Sprintf("covers %d entries, root %s", seen.CheckpointSize, seen.Root))},
			{Name: "Signatures on it", Value: signersWords(seen)},
		},
		Figures: []paper.Figure{sumFigure("health.signatures.bad", "Entries with a signature that does not hold", "", int64(len(seen.Findings)), bad)},
		Table:   &t,
	}
	if seen.CoSigned == "" && seen.CheckpointSize < seen.LogSize {
		s.Paragraphs = append(s.Paragraphs, fmt.Sprintf("A GAP: the newest checkpoint covers %d entries of %d.", seen.CheckpointSize, seen.LogSize))
	}
	return s, nil
}

// signersWords says who has signed the newest checkpoint.
func signersWords(seen observed) string {
	switch {
	case seen.CoSigned != "":
		return "not known"
	case seen.Signatures <= 1:
		return "the log's own alone: no co-signer has seen this log, so nobody else would notice if it were replaced"
	}
	return fmt.Sprintf("the log's own and %d of co-signers", seen.Signatures-1)
}

// logSection is what the record itself says of the log in the period: steps of the
// clock, keys that were withdrawn, time stamps, and other logs.
func (a *act) logSection(ctx context.Context, ask reportAsk) (paper.Section, error) {
	t := paper.Table{Columns: []string{"What", "When", "Words", "Entry"}, Rows: [][]string{}}
	steps, err := list[clockFact](ctx, a.Store, "", inSteps, ask.asOf)
	if err != nil {
		return paper.Section{}, err
	}
	var stepped, revoked, stamped []ledger.EntryID
	slices.SortFunc(steps, func(x, y clockFact) int { return int(x.Index) - int(y.Index) })
	for _, f := range steps {
		if ask.within(f.After.Time) {
			stepped = append(stepped, f.Entry)
			t.Rows = append(t.Rows, []string{"the clock was put", inUTC(f.After.Time), "it stood at " + inUTC(f.Before.Time) + ", noted by " + f.By, shortID(f.Entry)})
		}
	}
	ends, err := list[revokedFact](ctx, a.Store, "", inRevoked, ask.asOf)
	if err != nil {
		return paper.Section{}, err
	}
	slices.SortFunc(ends, func(x, y revokedFact) int { return int(x.Index) - int(y.Index) })
	for _, f := range ends {
		at, err := a.timeOf(ctx, f.Entry)
		if err != nil {
			return paper.Section{}, err
		}
		if ask.within(at.Time) {
			revoked = append(revoked, f.Entry)
			t.Rows = append(t.Rows, []string{"a key was withdrawn", inUTC(at.Time), f.Reason, shortID(f.Entry)})
		}
	}
	stamps, err := list[stampFact](ctx, a.Store, "", inStamps, ask.asOf)
	if err != nil {
		return paper.Section{}, err
	}
	newest := "none: nobody outside has stamped this log with a time"
	for _, f := range stamps {
		newest = fmt.Sprintf("of %s over %d entries, by %s", inUTC(f.Time.Time), f.Size, f.Authority)
		if ask.within(f.Time.Time) {
			stamped = append(stamped, f.Entry)
		}
	}
	return paper.Section{
		Heading: "2. The log in the period",
		Facts:   []paper.Fact{{Name: "Newest time stamp", Value: newest}},
		Figures: []paper.Figure{
			countFigure("health.clock", "Times the clock was put forward or back", stepped), countFigure("health.revoked", "Keys withdrawn", revoked),
			countFigure("health.stamps", "Time stamps recorded", stamped),
		},
		Table: &t,
	}, nil
}

// timeOf is the time that an entry states.
func (a *act) timeOf(ctx context.Context, entry ledger.EntryID) (ledger.Time, error) {
	stored, err := a.Store.ByEntryID(ctx, entry)
	if err != nil {
		return ledger.Time{}, fmt.Errorf("entry %s: %w", entry, err)
	}
	statement, err := stored.Statement()
	return statement.Predicate.Time, err
}

// defectSection lists the known defects that are not mended.
func (a *act) defectSection(ctx context.Context, cases []*caseRecord, ask reportAsk) (paper.Section, error) {
	t := paper.Table{Columns: []string{"Where", "Defect", "State", "What", "Steps", "Entry"}, Rows: [][]string{}}
	var open []ledger.EntryID
	add := func(where string, id CaseID) error {
		facts, err := list[defectFact](ctx, a.Store, id, inDefects, ask.asOf)
		if err != nil {
			return err
		}
		for _, f := range facts {
			if f.State == "open" {
				open = append(open, f.Entry)
				t.Rows = append(t.Rows, []string{where, f.Defect, f.State, f.Title, join(f.Steps), shortID(f.Entry)})
			}
		}
		return nil
	}
	if err := add("the organisation", ""); err != nil {
		return paper.Section{}, err
	}
	for _, c := range cases {
		if err := add(c.name(), c.id); err != nil {
			return paper.Section{}, err
		}
	}
	return paper.Section{Heading: "3. Known defects that are open", Figures: []paper.Figure{countFigure("health.defects", "Open defects", open)}, Table: &t}, nil
}

// waitingSection lists what should have been done by the time of the report.
func waitingSection(ctx context.Context, cases []*caseRecord) (paper.Section, error) {
	t := paper.Table{Columns: []string{"What", "Case", "Name", "Since", "Stands", "Entry"}, Rows: [][]string{}}
	behind := map[string][]ledger.EntryID{}
	for _, c := range cases {
		things, err := c.waitingThings(ctx)
		if err != nil {
			return paper.Section{}, fmt.Errorf("case %s: %w", c.id, err)
		}
		for _, w := range things {
			behind[w.kind] = append(behind[w.kind], w.entry)
			t.Rows = append(t.Rows, []string{w.kind, w.in, w.name, w.since, w.words, shortID(w.entry)})
		}
	}
	s := paper.Section{Heading: "4. What should have been done", Table: &t}
	for n, kind := range waitingKinds() {
		s.Figures = append(s.Figures, countFigure("health.waiting."+strconv.Itoa(n+1), kind, behind[kind]))
	}
	return s, nil
}
