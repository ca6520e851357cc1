package custody

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"

	"custos.example/analysis"
	"custos.example/analysis/source"
	"custos.example/ledger"
	"custos.example/policy"
)

// previewRows is how many rows a preview shows from either end.
const previewRows = 20

// Preview reads a file as an import would and tells what would become of it:
// the first and the last rows as they are understood, every row that would be
// set aside beside its raw text, and where every row went. No data set is
// recorded; that somebody looked is.
// Errors: as Normalise.
func (i Imports) Preview(ctx context.Context, actor Actor, request Preview) (Previewed, error) {
	p, err := i.looking(ctx, actor, request)
	if err != nil {
		return Previewed{}, err
	}
	if err := p.open(ctx); err != nil {
		return Previewed{}, err
	}
	defer letGo(p.file)
	err = p.run(ctx)
	return p.seen, err
}

// looking asks the policy for a look at a file.
func (i Imports) looking(ctx context.Context, actor Actor, request Preview) (*previewing, error) {
	action := policy.SourcePreview
	if request.Extracted != nil {
		action = policy.SourceImport
	}
	a, err := i.s.begin(ctx, actor, request.Case, action, request)
	if err != nil {
		return nil, err
	}
	p := &previewing{act: a, request: request}
	if request.Extracted != nil {
		if p.from, err = a.askAbout(ctx, request.Extracted.Extraction, ""); err != nil {
			return nil, a.refusedUnseen(ctx, err)
		}
	}
	return p, a.decide(ctx, p.from.about)
}

// previewing is one file that is looked at.
type previewing struct {
	*act
	request Preview
	about   evidenceFact // of a file that was received
	from    extractionAsked
	file    interface {
		analysis.Input
		io.Closer
	}
	r    reading
	seen Previewed
}

// open opens the evidence, or copies what was handed over to scratch.
func (p *previewing) open(ctx context.Context) error {
	if p.request.Evidence != (ledger.EntryID{}) {
		fact, err := find[evidenceFact](ctx, p.Store, p.id, inEvidence, p.request.Evidence.String(), 0)
		if err != nil {
			return fmt.Errorf("evidence %s: %w", p.request.Evidence, err)
		}
		if err := fact.readable(); err != nil {
			return err
		}
		content, blob, err := p.Service.open(ctx, p.id, fact.Payload)
		if err != nil {
			return err
		}
		p.file, p.about, p.seen.SHA256, p.seen.Size = content, fact, blob.SHA256, blob.Size
		return nil
	}
	if p.request.Extracted != nil {
		_, member, whole, err := p.from.file(ctx, p.act, p.request.Extracted.Path)
		if err != nil {
			return err
		}
		defer letGo(whole)
		r, err := member.Open()
		if err != nil {
			return fmt.Errorf("%w: a file of the extraction: %w", ErrIntegrity, err)
		}
		defer letGo(r)
		p.request.Content = r
	}
	if p.request.Content == nil {
		return fmt.Errorf("there is no file: %w", ErrInvalid)
	}
	scratch, err := p.Blobs.Scratch(ctx, p.id)
	if err != nil {
		return fmt.Errorf("scratch: %w", err)
	}
	digest := sha256.New()
	if _, err := io.Copy(io.MultiWriter(scratch, digest), p.request.Content); err != nil {
		return errors.Join(fmt.Errorf("read the file: %w", err), scratch.Close())
	}
	p.file, p.seen.SHA256, p.seen.Size = scratch, ledger.Digest(digest.Sum(nil)), scratch.Size()
	return nil
}

// run runs the source step over scratch and takes what is shown from there.
func (p *previewing) run(ctx context.Context) error {
	var err error
	p.r, err = p.reading(ctx, p.request.Reading, p.about.Reference, p.about.Credit, p.file)
	p.seen.Matches, p.seen.Profile = p.r.matches, p.r.profile
	if err != nil {
		return err
	}
	in, done, err := p.inputs(ctx)
	if err != nil {
		return err
	}
	defer done()
	out, scratch := map[string]io.Writer{}, map[string]analysis.Scratch{}
	for _, port := range analysis.Makes(p.r.step.Info(), in) {
		s, err := p.Blobs.Scratch(ctx, p.id)
		if err != nil {
			return fmt.Errorf("scratch: %w", err)
		}
		defer letGo(s)
		out[port.Name], scratch[port.Name] = s, s
	}
	outcome, err := p.running(ctx, p.r.step, in, p.r.Params, out)
	if err != nil {
		return stepError(err)
	}
	balance := outcome.Result.Balance
	p.seen.Balance, p.seen.OutsideBy, p.seen.SetAsideBy = *rowBalance(balance), balance.OutsideBy, balance.SetAsideBy
	if report := scratch["report"]; report != nil {
		if p.seen.Report, err = wholeOf(report); err != nil {
			return err
		}
	}
	if first := p.r.step.Info().Outputs[0]; first.Media == "text/csv" {
		if err := p.rows(scratch[first.Name]); err != nil {
			return err
		}
	}
	return p.aside(in, scratch["set-aside"])
}

// inputs are what the step reads, without keeping any of it.
func (p *previewing) inputs(ctx context.Context) (map[string]analysis.Input, func(), error) {
	in := map[string]analysis.Input{portSource: p.file}
	var opened []Content
	done := func() {
		for _, content := range opened {
			letGo(content)
		}
	}
	for _, port := range p.r.step.Info().Inputs {
		switch {
		case port.Name == portProfile && len(p.r.Profile) > 0:
			in[port.Name] = bytes.NewReader(p.r.Profile)
		case port.Name == portDecisions && (len(p.r.answers) > 0 || !port.Optional):
			text, err := ledger.MarshalCanonical(notNil(p.r.answers))
			if err != nil {
				done()
				return nil, nil, fmt.Errorf("%w: %w", ErrInvalid, err)
			}
			in[port.Name] = bytes.NewReader(text)
		case port.Name == portSites && p.r.Sites != (ledger.EntryID{}), port.Name == portBelow && p.r.Below != (ledger.EntryID{}):
			d, err := p.second(ctx, port.Name)
			if err != nil {
				done()
				return nil, nil, err
			}
			content, _, err := p.Service.open(ctx, p.id, d.Digest)
			if err != nil {
				done()
				return nil, nil, err
			}
			in[port.Name], opened = content, append(opened, content)
		}
	}
	return in, done, nil
}

// second names the file that is read beside the first.
func (p *previewing) second(ctx context.Context, port string) (ledger.Dependency, error) {
	if port == portSites {
		return p.sites(ctx, p.r.Sites)
	}
	return p.below(ctx, p.r.Below)
}

// rows takes the first and the last rows of a table.
func (p *previewing) rows(table analysis.Scratch) error {
	most := orNumber(p.request.Rows, previewRows)
	r, err := newTable(table)
	if err != nil {
		return err
	}
	p.seen.Header = r.header
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(p.seen.First) < most {
			p.seen.First = append(p.seen.First, row)
			continue
		}
		if len(p.seen.Last) == most {
			copy(p.seen.Last, p.seen.Last[1:])
			p.seen.Last = p.seen.Last[:most-1]
		}
		p.seen.Last = append(p.seen.Last, row)
	}
}

// aside hands out every row that would be set aside, beside its raw text.
func (p *previewing) aside(in map[string]analysis.Input, list analysis.Scratch) error {
	if p.request.Aside == nil || list == nil {
		return nil
	}
	raw, err := p.rawRows(in)
	if err != nil {
		return err
	}
	table, err := newTable(list)
	if err != nil {
		return err
	}
	if len(table.header) != 4 {
		return fmt.Errorf("%w: the table of what was set aside has %d columns", ErrIntegrity, len(table.header))
	}
	for {
		fields, err := table.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		row := AsideRow{Reason: fields[2], Column: fields[3]}
		if row.Row, err = strconv.ParseInt(fields[0], 10, 64); err != nil {
			return fmt.Errorf("%w: row of what was set aside: %w", ErrIntegrity, err)
		}
		if row.Offset, err = strconv.ParseInt(fields[1], 10, 64); err != nil {
			return fmt.Errorf("%w: place of what was set aside: %w", ErrIntegrity, err)
		}
		row.Raw = raw(row.Offset)
		if err := p.request.Aside(row); err != nil {
			return err
		}
	}
}

// rawRows returns what gives the text of a row as it stands in the file; of one
// that cannot be cut out as a row, the line at its place.
func (p *previewing) rawRows(in map[string]analysis.Input) (func(int64) string, error) {
	var rows *source.Explainer
	if hasInput(p.r.step.Info(), portProfile) {
		var err error
		if rows, err = source.NewExplainer(in); err != nil {
			return nil, stepError(err)
		}
	}
	return func(offset int64) string {
		if rows != nil {
			if _, x, err := rows.Row(offset); err == nil {
				return x.Text
			}
		}
		if offset < 0 || offset >= p.file.Size() {
			return ""
		}
		line, err := newLines(io.NewSectionReader(p.file, offset, p.file.Size()-offset)).next()
		if err != nil {
			return ""
		}
		return string(line)
	}, nil
}

// wholeOf reads a small document.
func wholeOf(in analysis.Input) ([]byte, error) {
	if in.Size() > maxDocument {
		return nil, fmt.Errorf("a document of more than %d bytes: %w", maxDocument, ErrInvalid)
	}
	return io.ReadAll(io.NewSectionReader(in, 0, in.Size()))
}

func orNumber(given, standard int) int {
	if given <= 0 {
		return standard
	}
	return given
}
