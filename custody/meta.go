package custody

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/render"
	"custos.example/ledger"
)

// meta keeps what a page says besides its result: reference, question, people,
// sources, decisions, known defects and the basis of the times.
// Errors: ErrInvalid for words of opinion in an exhibit of fact, or an
// attribution without a basis.
func (p *production) meta(ctx context.Context) (Blob, error) {
	about, err := find[caseFact](ctx, p.Store, p.id, inCase, string(p.id), 0)
	if err != nil {
		return Blob{}, fmt.Errorf("case %s: %w", p.id, err)
	}
	changed, err := p.changed(ctx)
	if err != nil {
		return Blob{}, err
	}
	made := ledger.NewTime(p.now).Format("2006-01-02T15:04:05.000Z")
	m := render.Meta{
		Format: render.MetaFormat, Reference: p.request.Reference, Version: int(p.version), //nolint:gosec // a small number
		Title: p.request.Title, Question: p.run.Title, Case: about.Title + ", " + about.Reference,
		Producer: p.producerText(), Made: made, Program: p.program(), Expert: p.request.Expert,
		Log: p.Origin, Changed: changed, CellDate: p.request.CellDate, Survey: p.request.Survey,
		Sources: []render.Source{}, Decisions: []string{}, Places: p.request.Places,
		Defects: &render.Defects{AsOf: made, List: printed(p.defects)},
	}
	if m.Attributions, err = attributions(p.request.Attributions); err != nil {
		return Blob{}, err
	}
	if p.Module != nil {
		m.Module = p.Module.Built().Digest.String()
	}
	if err := p.sources(ctx, &m); err != nil {
		return Blob{}, err
	}
	text, err := analysis.MarshalCanonical(m)
	if err != nil {
		return Blob{}, fmt.Errorf("%w: front matter: %w", ErrInvalid, err)
	}
	if _, err := render.ParseMeta(text); err != nil {
		return Blob{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return p.keep(ctx, text)
}

// attributions are printed each with its basis.
// Errors: ErrInvalid for one that does not say on what it stands.
func attributions(list []analysis.Attribution) ([]render.Attribution, error) {
	shown := make([]render.Attribution, len(list))
	for i, a := range list {
		if err := a.Verify(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		shown[i] = render.Attribution{
			Identifier: a.Identifier, Person: a.Person, Period: period(a), Basis: a.Kind + ": " + strings.Join(a.Basis, ", "), StatedBy: a.StatedBy,
		}
	}
	return shown, nil
}

// period says in words for which days an attribution is stated.
func period(a analysis.Attribution) string {
	switch {
	case a.From != "" && a.Until != "":
		return a.From + " to " + a.Until
	case a.From != "":
		return "from " + a.From
	case a.Until != "":
		return "until " + a.Until
	}
	return "not limited"
}

// changed says what is different from the version before: the producer's reason
// and what a comparison row by row found.
func (p *production) changed(ctx context.Context) (string, error) {
	if p.version == 1 {
		return "First version; nothing replaced.", nil
	}
	if p.request.Changed == "" {
		return "", fmt.Errorf("%s has a version %d already: say what has changed since: %w", p.request.Reference, p.version-1, ErrInvalid)
	}
	before, err := find[exhibitFact](ctx, p.Store, p.id, inReferences, p.request.Reference, 0)
	if err != nil {
		return "", fmt.Errorf("version %d of %s: %w", p.version-1, p.request.Reference, err)
	}
	found, err := p.compareRuns(ctx, before.Run, p.request.Run, nil)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s Replaces version %d. %s", p.request.Changed, before.Version, found.Sentence()), nil
}

// producerText names the producer, and says whose hand signed.
func (p *production) producerText() string {
	text := p.person.Name + ", " + p.role
	if p.person.HeldBy == heldByHolder {
		return text + "; signed with a key that the producer keeps"
	}
	return text + "; signed on behalf of the producer by the recording service"
}

// program names this program.
func (s *Service) program() string {
	if s.Program == "" {
		return "custos"
	}
	return s.Program
}

// sourceReport is what is read of the report of a source step.
type sourceReport struct {
	Decisions []sourceDecision `json:"decisions"`
	Time      []struct {
		Zone  string `json:"zone"`
		Basis string `json:"basis"`
	} `json:"time"`
}

// sources names every received file behind the run, the decisions taken about
// it and the basis of its times.
func (p *production) sources(ctx context.Context, m *render.Meta) error {
	for i, fact := range slices.Concat(p.lineage.datasets, p.lineage.tables) {
		if !p.lineage.whole[fact.Entry] {
			continue // its rows stand below, as they were selected
		}
		file, err := p.file(fact)
		if err != nil {
			return err
		}
		line, err := p.source(ctx, fact, file)
		if err != nil {
			return err
		}
		if i < len(p.lineage.datasets) {
			if line.Note, err = p.report(ctx, fact, file.Item, m); err != nil {
				return err
			}
		}
		m.Sources = append(m.Sources, line)
	}
	for _, fact := range p.lineage.selections {
		if err := p.selection(ctx, fact, m); err != nil {
			return err
		}
	}
	return nil
}

// selection names rows that are served in the place of a whole file. Its digest, its
// name and the decisions about it would tell of the rows that are not: the root of
// the commitment stands in the digest's place, and of a decision only that there
// was one.
func (p *production) selection(ctx context.Context, fact producedFact, m *render.Meta) error {
	selection, err := p.selectionOf(ctx, fact)
	if err != nil {
		return err
	}
	line := render.Source{
		Reference: selection.Item, Title: fact.Title, Rows: selection.Rows, SHA256: selection.Root, Selected: true, Note: selection.Sentence(),
	}
	if len(fact.Authority) > 0 {
		authority, err := find[authorityFact](ctx, p.Store, p.id, inAuthority, fact.Authority[0].String(), 0)
		if err != nil {
			return fmt.Errorf("authority of selection %s: %w", fact.Entry, err)
		}
		line.Authority = authority.Reference
	}
	dataset, err := find[producedFact](ctx, p.Store, p.id, inDatasets, fact.Dependencies[0].Entry.String(), 0)
	if err != nil {
		return fmt.Errorf("data set of selection %s: %w", fact.Entry, err)
	}
	if dataset.Balance.SetAside > 0 {
		line.Note += fmt.Sprintf(" %d further rows of the file were set aside at import.", dataset.Balance.SetAside)
	}
	line.Note = strings.TrimSpace(line.Note + " " + strayNote(dataset))
	m.Sources = append(m.Sources, line)
	report, err := p.sourceReport(ctx, dataset)
	if err != nil {
		return err
	}
	for _, t := range report.Time {
		if basis := fmt.Sprintf("Times were supplied in %s.", t.Zone); !strings.Contains(m.Time, basis) {
			m.Time = strings.TrimSpace(m.Time + " " + basis)
		}
	}
	for _, d := range report.Decisions {
		m.Decisions = append(m.Decisions, fmt.Sprintf("%s: a decision was taken at import (%s); what it says is withheld with the rest of the file.", selection.Item, d.Kind))
	}
	return nil
}

// sourceReport reads what the source step said of a data set.
func (p *production) sourceReport(ctx context.Context, dataset producedFact) (sourceReport, error) {
	var report sourceReport
	subject, known := dataset.subject("report")
	if !known {
		return report, fmt.Errorf("%w: data set %s has no report", ErrIntegrity, dataset.Entry)
	}
	text, err := p.document(ctx, p.id, subject.Digest)
	if err != nil {
		return report, err
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return report, fmt.Errorf("%w: report of data set %s: %w", ErrIntegrity, dataset.Entry, err)
	}
	return report, nil
}

// file returns the received file behind a data set of the lineage.
func (p *production) file(fact producedFact) (evidenceFact, error) {
	for _, d := range fact.Dependencies {
		for _, file := range p.lineage.files {
			if d.Name == "source" && d.Entry != nil && *d.Entry == file.Entry {
				return file, nil
			}
		}
	}
	return evidenceFact{}, fmt.Errorf("%w: data set %s names no file", ErrIntegrity, fact.Entry)
}

// source is the line of a page that names one received file.
func (p *production) source(ctx context.Context, fact producedFact, file evidenceFact) (render.Source, error) {
	blob, err := p.Blobs.Find(ctx, p.id, file.Payload)
	if err != nil {
		return render.Source{}, fmt.Errorf("%s: %w", file.Item, err)
	}
	line := render.Source{
		Reference: file.Item, Title: file.FileName, Operator: file.From, Rows: int64(fact.Balance.Received), //nolint:gosec // a count
		SHA256: blob.SHA256.String(),
	}
	if file.Credit != "" {
		line.Title += ". " + file.Credit
	}
	if len(fact.Authority) > 0 {
		authority, err := find[authorityFact](ctx, p.Store, p.id, inAuthority, fact.Authority[0].String(), 0)
		if err != nil {
			return line, fmt.Errorf("authority of data set %s: %w", fact.Entry, err)
		}
		line.Authority = authority.Reference
	}
	return line, nil
}

// report takes the basis of the times and the decisions from the report of the
// source step. What several files have in common is said once. It returns what
// is to stand under the file: the totals that do not agree.
func (p *production) report(ctx context.Context, dataset producedFact, item string, m *render.Meta) (string, error) {
	subject, known := dataset.subject("report")
	if !known {
		return "", fmt.Errorf("%w: data set %s has no report", ErrIntegrity, dataset.Entry)
	}
	text, err := p.document(ctx, p.id, subject.Digest)
	if err != nil {
		return "", err
	}
	var report sourceReport
	if err := json.Unmarshal(text, &report); err != nil {
		return "", fmt.Errorf("%w: report of data set %s: %w", ErrIntegrity, dataset.Entry, err)
	}
	for _, t := range report.Time {
		basis := fmt.Sprintf("Times were supplied in %s (%s).", t.Zone, t.Basis)
		if !strings.Contains(m.Time, basis) {
			m.Time = strings.TrimSpace(m.Time + " " + basis)
		}
	}
	for _, d := range report.Decisions {
		m.Decisions = append(m.Decisions, fmt.Sprintf("%s: %s decided %s: %s, because: %s", item, d.Who, d.Kind, d.Value, d.Why))
	}
	return strings.TrimSpace(note(Disagreements(text)) + " " + strayNote(dataset)), nil
}

// strayNote says how many rows of a file lie outside the scope of its authority.
func strayNote(dataset producedFact) string {
	if dataset.Balance.Outside == 0 {
		return ""
	}
	return fmt.Sprintf("%d of its rows lie outside the scope of the authority and were kept apart at import.", dataset.Balance.Outside)
}
