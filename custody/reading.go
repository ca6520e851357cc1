package custody

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/celltable"
	"custos.example/analysis/source"
	"custos.example/ledger"
)

// The ports of a source step.
const (
	portSource    = "source"
	portProfile   = "profile"
	portDecisions = "decisions"
	portSites     = "sites"
	portBelow     = "below"
)

// reading is a Reading worked out over one file.
type reading struct {
	Reading
	step      analysis.Step
	answers   []sourceDecision
	confirmed []string // beside answers: how an identifier in it was guarded
	matches   []Match  // of a file whose profile was not named
	profile   string   // name and version of the one in use
}

// reading works out how a file is to be read: by which step, which profile and
// which answers.
// Errors: ErrInvalid when an identifier was typed once only, or no built-in
// profile fits better than every other.
func (a *act) reading(ctx context.Context, given Reading, reference, credit string, file analysis.Input) (reading, error) {
	r := reading{Reading: given}
	var err error
	if r.step, err = a.step(orDefault(given.Source, sourceOf(reference)), analysis.Source); err != nil {
		return r, err
	}
	if reference != "" && makesEvents(r.step.Info()) {
		return r, fmt.Errorf("%s makes events of a file, which a %s is not: %w", r.step.Info().Identity(), reference, ErrInvalid)
	}
	r.credit(credit)
	for _, d := range given.Decisions {
		how, err := a.confirm(ctx, d)
		if err != nil {
			return r, err
		}
		r.answers = append(r.answers, sourceDecision{Kind: d.Kind, Value: d.Value, Who: a.actor.ID, Why: d.Why})
		r.confirmed = append(r.confirmed, how)
	}
	if !hasInput(r.step.Info(), portProfile) {
		return r, nil
	}
	err = r.chooseProfile(ctx, a.Service, file)
	return r, err
}

// credit gives the step the credit line of the file, if it prints one.
func (r *reading) credit(line string) {
	const name = "credit"
	takes := slices.ContainsFunc(r.step.Info().Params, func(p analysis.Param) bool { return p.Name == name })
	if _, given := r.Params[name]; given || !takes || line == "" {
		return
	}
	params := map[string]string{name: line}
	maps.Copy(params, r.Params)
	r.Params = params
}

// sourceOf is the source step of a kind of file.
func sourceOf(reference string) string {
	if reference == "" {
		return defaultSource
	}
	return reference
}

// makesEvents tells whether a source step reads communications data.
func makesEvents(info analysis.Info) bool {
	for _, port := range info.Outputs {
		if port.Name == "events" {
			return true
		}
	}
	return false
}

// chooseProfile takes the profile that was given, the one that was decided on,
// or the built-in one that fits best.
func (r *reading) chooseProfile(ctx context.Context, s *Service, file analysis.Input) error {
	if r.step.Info().Name == CellTable {
		return r.chooseCellProfile(ctx, s, file)
	}
	chosen := ""
	for _, d := range r.Decisions {
		if d.Kind == source.ChooseProfile {
			chosen = d.Value
		}
	}
	if len(r.Profile) == 0 && chosen == "" {
		var err error
		if chosen, r.matches, err = s.detect(ctx, file); err != nil {
			return err
		}
	}
	if len(r.Profile) == 0 {
		text, known := source.ReadProfile(chosen)
		if !known {
			return fmt.Errorf("there is no built-in profile %q; the built-in ones are: %s: %w", chosen, strings.Join(source.ProfileNames(), ", "), ErrInvalid)
		}
		r.Profile = text
	}
	p, err := source.ParseProfile(r.Profile)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	r.profile = fmt.Sprintf("%s, version %d", p.Name, p.Version)
	if p.Sites.In != "second-file" {
		r.Sites = ledger.EntryID{} // given for the files of a folder that want it
	}
	return nil
}

// chooseCellProfile takes the profile of a list of cells that was given, or the
// built-in one whose header the list has.
func (r *reading) chooseCellProfile(ctx context.Context, s *Service, file analysis.Input) error {
	if len(r.Profile) == 0 {
		name, err := s.cellDetection(ctx, file)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		r.Profile, _ = celltable.ReadProfile(name)
	}
	p, err := celltable.ParseProfile(r.Profile)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	r.profile = fmt.Sprintf("%s, version %d", p.Name, p.Version)
	return nil
}

// given keeps the documents that the step reads beside the file, and names
// every input as the entry of the data set will.
func (a *act) given(ctx context.Context, r reading, file evidenceFact) ([]ledger.Dependency, error) {
	entry := file.Entry
	dependencies := []ledger.Dependency{{Name: portSource, Digest: file.Payload, Entry: &entry}}
	for _, port := range r.step.Info().Inputs {
		var d ledger.Dependency
		var blob Blob
		var err error
		switch {
		case port.Name == portSource:
			continue
		case port.Name == portProfile && len(r.Profile) > 0:
			blob, err = a.keep(ctx, r.Profile)
			d = ledger.Dependency{Name: portProfile, Digest: blob.Recorded()}
		case port.Name == portDecisions && (len(r.answers) > 0 || !port.Optional):
			blob, err = a.keepJSON(ctx, notNil(r.answers))
			d = ledger.Dependency{Name: portDecisions, Digest: blob.Recorded()}
		case port.Name == portSites && r.Sites != (ledger.EntryID{}):
			d, err = a.sites(ctx, r.Sites)
		case port.Name == portBelow && r.Below != (ledger.EntryID{}):
			d, err = a.below(ctx, r.Below)
		case port.Optional:
			continue
		default:
			err = fmt.Errorf("%s needs %q: %w", r.step.Info().Identity(), port.Name, ErrInvalid)
		}
		if err != nil {
			return nil, err
		}
		dependencies = append(dependencies, d)
	}
	if r.Sites != (ledger.EntryID{}) && !hasInput(r.step.Info(), portSites) || r.Below != (ledger.EntryID{}) && !hasInput(r.step.Info(), portBelow) {
		return nil, fmt.Errorf("%s reads no second file: %w", r.step.Info().Identity(), ErrInvalid)
	}
	return dependencies, nil
}

// below names the base map that is to lie under another.
func (a *act) below(ctx context.Context, dataset ledger.EntryID) (ledger.Dependency, error) {
	fact, _, err := a.producer(ctx, dataset)
	if err != nil {
		return ledger.Dependency{}, fmt.Errorf("base map to lie under this one: %w", err)
	}
	subject, known := fact.subject(portBaseMap)
	if !known {
		return ledger.Dependency{}, fmt.Errorf("entry %s is no base map: %w", dataset, ErrInvalid)
	}
	return ledger.Dependency{Name: portBelow, Digest: subject.Digest, Entry: &dataset}, nil
}

// sites names the received file that holds the table of sites.
func (a *act) sites(ctx context.Context, evidence ledger.EntryID) (ledger.Dependency, error) {
	file, err := find[evidenceFact](ctx, a.Store, a.id, inEvidence, evidence.String(), 0)
	if err != nil {
		return ledger.Dependency{}, fmt.Errorf("table of sites, evidence %s: %w", evidence, err)
	}
	if err := file.readable(); err != nil {
		return ledger.Dependency{}, err
	}
	return ledger.Dependency{Name: portSites, Digest: file.Payload, Entry: &evidence}, nil
}

// How an identifier that somebody typed was guarded against a slip.
const (
	typedTwice    = "typed-twice"
	fromSourceRow = "source-row"
)

// confirm wants an identifier in a decision to have been typed twice, or to
// stand in a row of a file that was received: a number typed once is the most
// frequent cause of a wrong person's records.
// Errors: ErrInvalid.
func (a *act) confirm(ctx context.Context, d Decision) (string, error) {
	if d.Kind != source.AssertSubject {
		return "", nil
	}
	switch {
	case d.Row != nil:
		return fromSourceRow, a.stands(ctx, d.Value, *d.Row)
	case d.Again == "":
		return "", fmt.Errorf("the identifier of the decision %s was typed once only: type it a second time, or name the row of a received file "+
			"in which it stands: %w", d.Kind, ErrInvalid)
	case d.Again != d.Value:
		return "", fmt.Errorf("the identifier of the decision %s was not the same the second time: %w", d.Kind, ErrInvalid)
	}
	return typedTwice, nil
}

// stands returns nil when the digits of an identifier stand in a line of a
// received file, however they are parted there.
func (a *act) stands(ctx context.Context, identifier string, row SourceRow) error {
	file, err := find[evidenceFact](ctx, a.Store, a.id, inEvidence, row.Evidence.String(), 0)
	if err != nil {
		return fmt.Errorf("evidence %s: %w", row.Evidence, err)
	}
	if err := file.readable(); err != nil {
		return err
	}
	content, _, err := a.open(ctx, a.id, file.Payload)
	if err != nil {
		return err
	}
	defer letGo(content)
	line, err := lineOf(content, row.Line)
	if err != nil {
		return fmt.Errorf("%s: %w", file.Item, err)
	}
	want := digitsOf(identifier)
	if len(want) > nationalDigits {
		want = want[len(want)-nationalDigits:] // a country code may be left out
	}
	if want == "" || !strings.Contains(digitsOf(line), want) {
		return fmt.Errorf("line %d of %s does not hold that identifier: %w", row.Line, file.Item, ErrInvalid)
	}
	return nil
}

// nationalDigits is how many of the last digits of a number say whose it is.
const nationalDigits = 9

// maxLine is the longest line that is looked into.
// Units: bytes.
const maxLine = 1 << 20

// lineOf returns a line of a file, counted from 1.
// Errors: ErrInvalid when it has fewer.
func lineOf(in analysis.Input, n int64) (string, error) {
	r := newLines(io.NewSectionReader(in, 0, in.Size()))
	for at := int64(1); ; at++ {
		line, err := r.next()
		if err != nil {
			return "", fmt.Errorf("it has %d lines, and line %d was named: %w", at-1, n, ErrInvalid)
		}
		if at == n {
			return string(line), nil
		}
	}
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
