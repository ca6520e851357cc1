package custody

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"custos.example/analysis/paper"
	"custos.example/analysis/render"
	"custos.example/ledger"
)

// Reports is what is made from the record on paper: schedules, statements,
// certificates, reports. Each is an entry, and can be made again.
type Reports struct{ s *Service }

// Reports returns the use cases of reports.
func (s *Service) Reports() Reports { return Reports{s} }

// MakeReport asks for a report.
// Shape: Case is empty for one over all cases. From and Until bound what it counts,
// From included, Until not; zero = no bound. Inputs are files that it is made
// from beside the record, by name.
type MakeReport struct {
	Ask
	Case   CaseID
	Report string
	From   time.Time
	Until  time.Time
	Params map[string]string
	Inputs map[string][]byte
}

// MadeReport is a report as it was made.
type MadeReport struct {
	Proof
	Report   string
	Document paper.Document
	Forms    []Form
}

// Form is one form of a report.
// Shape: Name is document (canonical JSON), page (PDF) or text.
type Form struct {
	Name    string
	Content []byte
	SHA256  ledger.Digest
}

// reportAsk is what a report is made from: the record of as-of entries, an instant
// and the request.
type reportAsk struct {
	asOf        uint64
	on          time.Time // when it was asked for; what is due is due by then
	from, until time.Time
	params      map[string]string
	inputs      map[string][]byte
}

// within tells whether an instant lies in the period asked for.
func (r reportAsk) within(at time.Time) bool {
	return !at.Before(r.from) && (r.until.IsZero() || at.Before(r.until))
}

// reportRequest is the payload "request" of a report: with the record, all that it
// was made from.
// Shape: canonical JSON; instants are RFC 3339, empty = no bound.
type reportRequest struct {
	AsOf   uint64            `json:"asOf"`
	From   string            `json:"from"`
	On     string            `json:"on"`
	Params map[string]string `json:"params"`
	Report string            `json:"report"`
	Until  string            `json:"until"`
}

// The forms of a report, as its subjects are named, in their order.
const (
	documentForm = "document"
	pageForm     = "page" // PDF
	textForm     = "text"
)

// The subjects of a report beside its forms.
const (
	requestSubject = "request"
	inputSubject   = "input-" // before the name of a file that it was given
)

// Make makes a report, and records it before anybody sees it.
// Errors: ErrDenied, of a report that names cases of the whole record also to whoever
// belongs to another organisation than the one that keeps it; ErrInvalid for a report,
// parameter or file that is not known.
func (r Reports) Make(ctx context.Context, actor Actor, request MakeReport) (MadeReport, error) {
	kind, err := request.check()
	if err != nil {
		return MadeReport{}, err
	}
	a, err := r.s.begin(ctx, actor, request.Case, kind.action, request)
	if err != nil {
		return MadeReport{}, err
	}
	if stored, done, err := a.earlier(ctx, "report"); done || err != nil {
		if err == nil {
			err = a.decide(ctx, resource{}) // it is handed out again
		}
		if err == nil {
			err = a.readsHere(ctx, kind, request.Params)
		}
		return a.madeBefore(ctx, stored, err)
	}
	if err := a.makesHere(ctx, kind, request.Params); err != nil {
		return MadeReport{}, err
	}
	made := MadeReport{Report: kind.name}
	proofs, err := a.commit(ctx, "report", resource{}, func() ([]sheet, error) {
		ask := reportAsk{on: a.now, from: request.From, until: request.Until, params: request.Params, inputs: request.Inputs}
		var err error
		if ask.asOf, err = a.Store.Size(ctx); err != nil {
			return nil, fmt.Errorf("size of the log: %w", err)
		}
		if ask.inputs, err = a.observed(ctx, kind, request.Inputs); err != nil {
			return nil, err
		}
		if made.Document, made.Forms, err = a.drawUp(ctx, kind, ask); err != nil {
			return nil, err
		}
		s, err := a.reportSheet(ctx, kind, ask, made.Forms)
		return []sheet{s}, err
	})
	if err != nil {
		return MadeReport{}, err
	}
	made.Proof = proofs[0]
	return made, a.receipt(ctx, &made.Proof)
}

// observed adds to the files that were given what is seen from outside the record
// when a report is made: it cannot be worked out again, so it is kept with the report.
func (a *act) observed(ctx context.Context, kind reportKind, given map[string][]byte) (map[string][]byte, error) {
	if kind.observe == nil {
		return given, nil
	}
	seen, err := kind.observe(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", kind.name, err)
	}
	inputs := maps.Clone(given)
	if inputs == nil {
		inputs = map[string][]byte{}
	}
	maps.Copy(inputs, seen)
	return inputs, nil
}

// check holds the request against what the report understands.
func (m MakeReport) check() (reportKind, error) {
	kind, known := reportKindOf(m.Report)
	if !known {
		names := []string{}
		for _, k := range reportKinds() {
			names = append(names, k.name)
		}
		return kind, fmt.Errorf("there is no report %q; there are %s: %w", m.Report, wordsOf(names), ErrInvalid)
	}
	switch {
	case kind.organisation && m.Case != "":
		return kind, fmt.Errorf("the report %s is over all cases; name none: %w", kind.name, ErrInvalid)
	case !kind.organisation && m.Case == "":
		return kind, fmt.Errorf("the report %s is of one case; name it: %w", kind.name, ErrInvalid)
	case !m.Until.IsZero() && !m.From.Before(m.Until):
		return kind, fmt.Errorf("the period ends before it begins: %w", ErrInvalid)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Params)) {
		if !slices.Contains(kind.params, name) {
			return kind, fmt.Errorf("the report %s knows no parameter %q; it knows %s: %w", kind.name, name, orNothing(kind.params), ErrInvalid)
		}
		if err := checkLength("parameter "+name, m.Params[name]); err != nil {
			return kind, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Inputs)) {
		if !slices.Contains(kind.inputs, name) {
			return kind, fmt.Errorf("the report %s takes no file %q; it takes %s: %w", kind.name, name, orNothing(kind.inputs), ErrInvalid)
		}
		if size := len(m.Inputs[name]); size > maxDocument {
			return kind, fmt.Errorf("the file %s has %d bytes; %d are the most: %w", name, size, maxDocument, ErrInvalid)
		}
	}
	return kind, nil
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return wordsOf(names)
}

// drawUp gathers the document and writes its forms.
func (a *act) drawUp(ctx context.Context, kind reportKind, ask reportAsk) (paper.Document, []Form, error) {
	doc, err := kind.gather(ctx, a, ask)
	if err != nil {
		return doc, nil, fmt.Errorf("report %s: %w", kind.name, err)
	}
	doc.Title, doc.Made = orDefault(doc.Title, kind.title), inUTC(ask.on)+", of a log of "+strconv.FormatUint(ask.asOf, 10)+" entries"
	forms, err := formsOf(doc)
	if err != nil || kind.draw == nil {
		return doc, forms, err
	}
	drawn, err := kind.draw(ctx, a, ask)
	if err != nil {
		return doc, nil, fmt.Errorf("drawing of the report %s: %w", kind.name, err)
	}
	forms = append(forms, drawn...)
	slices.SortFunc(forms, func(x, y Form) int { return strings.Compare(x.Name, y.Name) })
	return doc, forms, nil
}

// formsOf writes a document in every form.
func formsOf(doc paper.Document) ([]Form, error) {
	text, err := paper.Text(doc)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	data, err := ledger.MarshalCanonical(doc)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	page, err := render.PaperPDF(doc)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	return []Form{form(documentForm, data), form(pageForm, page), form(textForm, text)}, nil
}

func form(name string, content []byte) Form {
	return Form{name, content, digestOf(content)}
}

// inUTC is an instant as documents show it.
func inUTC(at time.Time) string { return at.UTC().Format("2 January 2006 15:04:05 UTC") }

// reportSheet keeps the forms and what was given, and is the entry of the report.
func (a *act) reportSheet(ctx context.Context, kind reportKind, ask reportAsk, forms []Form) (sheet, error) {
	chainKind := ledger.Work
	if kind.organisation {
		chainKind = ledger.Organisation
	}
	chain, err := a.chain(ctx, a.id, chainKind)
	if err != nil {
		return sheet{}, err
	}
	s := sheet{stage: "report", chain: chain, detail: &ledger.ReportMade{Title: kind.title}, parameters: map[string]string{"report": kind.name}}
	request, err := ledger.MarshalCanonical(ask.written(kind.name))
	if err != nil {
		return sheet{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	contents := map[string][]byte{requestSubject: request}
	for _, f := range forms {
		contents[f.Name] = f.Content
	}
	for name, content := range ask.inputs {
		contents[inputSubject+name] = content
	}
	for _, name := range slices.Sorted(maps.Keys(contents)) {
		blob, err := a.keep(ctx, contents[name])
		if err != nil {
			return sheet{}, err
		}
		s.subjects = append(s.subjects, ledger.Subject{Name: name, Digest: blob.Recorded()})
	}
	return s, nil
}

// written is the request as it is kept.
func (r reportAsk) written(name string) reportRequest {
	out := reportRequest{AsOf: r.asOf, From: instant(r.from), On: instant(r.on), Params: r.params, Report: name, Until: instant(r.until)}
	if out.Params == nil {
		out.Params = map[string]string{}
	}
	return out
}

// instant writes an instant; zero is empty.
func instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// sameForms tells whether two lists hold the same forms, and names the first that
// differs.
func sameForms(x, y []Form) (string, bool) {
	for i := range max(len(x), len(y)) {
		if i >= len(x) || i >= len(y) {
			return "number of forms", false
		}
		if x[i].Name != y[i].Name || !bytes.Equal(x[i].Content, y[i].Content) {
			return x[i].Name, false
		}
	}
	return "", true
}
