package custody

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"custos.example/analysis"
	"custos.example/analysis/render"
	"custos.example/ledger"
)

// meta keeps what a page says besides its result: reference, question, people,
// sources, decisions and the basis of the times.
func (p *production) meta(ctx context.Context) (Blob, error) {
	about, err := find[caseFact](ctx, p.Store, p.id, inCase, string(p.id), 0)
	if err != nil {
		return Blob{}, fmt.Errorf("case %s: %w", p.id, err)
	}
	changed, err := p.changed()
	if err != nil {
		return Blob{}, err
	}
	m := render.Meta{
		Format: render.MetaFormat, Reference: p.request.Reference, Version: int(p.version), //nolint:gosec // a small number
		Title: p.request.Title, Question: p.run.Title, Case: about.Title + ", " + about.Reference,
		Producer: p.producerText(), Made: ledger.NewTime(p.now).Format("2006-01-02T15:04:05.000Z"), Program: p.program(),
		Log: p.Origin, Changed: changed, CellDate: p.request.CellDate, Survey: p.request.Survey,
		Sources: []render.Source{}, Decisions: []string{}, Attributions: p.request.Attributions,
	}
	if m.Attributions == nil {
		m.Attributions = []render.Attribution{}
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
	return p.keep(ctx, text)
}

// changed says what is different from the version before.
func (p *production) changed() (string, error) {
	switch {
	case p.request.Changed != "":
		return p.request.Changed, nil
	case p.version == 1:
		return "First version; nothing replaced.", nil
	}
	return "", fmt.Errorf("%s has a version %d already: say what has changed since: %w", p.request.Reference, p.version-1, ErrInvalid)
}

// producerText names the producer, and says whose hand signed.
func (p *production) producerText() string {
	text := p.person.Name + ", " + p.role
	if p.person.HeldBy == "service" {
		text += "; signed on behalf of the producer by the recording service"
	}
	return text
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
	Time      struct {
		Zone  string `json:"zone"`
		Basis string `json:"basis"`
	} `json:"time"`
}

// sources names the received file behind the run, the decisions taken about it
// and the basis of its times.
func (p *production) sources(ctx context.Context, m *render.Meta) error {
	dataset, err := find[producedFact](ctx, p.Store, p.id, inDatasets, p.dataset.String(), 0)
	if err != nil {
		return fmt.Errorf("data set %s: %w", p.dataset, err)
	}
	source := slices.IndexFunc(dataset.Dependencies, func(d ledger.Dependency) bool { return d.Name == "source" && d.Entry != nil })
	if source < 0 {
		return fmt.Errorf("%w: data set %s names no file", ErrIntegrity, p.dataset)
	}
	file, err := find[evidenceFact](ctx, p.Store, p.id, inEvidence, dataset.Dependencies[source].Entry.String(), 0)
	if err != nil {
		return fmt.Errorf("evidence behind data set %s: %w", p.dataset, err)
	}
	blob, err := p.Blobs.Find(ctx, p.id, file.Payload)
	if err != nil {
		return fmt.Errorf("%s: %w", file.Item, err)
	}
	line := render.Source{
		Reference: file.Item, Title: file.FileName + ", from " + file.From, Rows: int64(dataset.Balance.Received), //nolint:gosec // a count
		SHA256: blob.SHA256.String(),
	}
	if len(dataset.Authority) > 0 {
		authority, err := find[authorityFact](ctx, p.Store, p.id, inAuthority, dataset.Authority[0].String(), 0)
		if err != nil {
			return fmt.Errorf("authority of data set %s: %w", p.dataset, err)
		}
		line.Authority = authority.Reference
	}
	m.Sources = append(m.Sources, line)
	return p.report(ctx, dataset, m)
}

// report takes the basis of the times and the decisions from the report of the
// source step.
func (p *production) report(ctx context.Context, dataset producedFact, m *render.Meta) error {
	at := slices.IndexFunc(dataset.Subjects, func(s ledger.Subject) bool { return s.Name == "report" })
	if at < 0 {
		return fmt.Errorf("%w: data set %s has no report", ErrIntegrity, dataset.Entry)
	}
	text, err := p.document(ctx, p.id, dataset.Subjects[at].Digest)
	if err != nil {
		return err
	}
	var report sourceReport
	if err := json.Unmarshal(text, &report); err != nil {
		return fmt.Errorf("%w: report of data set %s: %w", ErrIntegrity, dataset.Entry, err)
	}
	m.Time = fmt.Sprintf("Times were supplied in %s (%s).", report.Time.Zone, report.Time.Basis)
	for _, d := range report.Decisions {
		m.Decisions = append(m.Decisions, fmt.Sprintf("%s decided %s: %s, because: %s", d.Who, d.Kind, d.Value, d.Why))
	}
	return nil
}
