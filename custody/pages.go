package custody

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"custos.example/analysis/event"
	"custos.example/ledger"
	"custos.example/policy"
)

// Pages is the reading of events row by row. Each page is a consultation of its
// own, which stands in the record before the first of its rows is read.
type Pages struct{ s *Service }

// Pages returns the use cases of reading rows.
func (s *Service) Pages() Pages { return Pages{s} }

// ReadPage asks for a page of events.
// Shape: Data is a data set, or a run that made events of data sets. First and
// Last count from 1 in the order of the events; rows that do not match Find are
// left out of the page. View empty: as they stand, or masked where the data was
// asked for by places.
type ReadPage struct {
	Ask    // Purpose must be there
	Case   CaseID
	Data   ledger.EntryID
	First  uint64
	Last   uint64
	Find   RowQuery
	View   policy.View
	Excess bool // the events outside the scope of the authority
}

// RowQuery chooses among the rows of a page.
// Shape: Identifier stands in subject, parties, handset or subscriber identity, as
// it is shown; Type is one of the types of events.
type RowQuery struct {
	Identifier string `json:"identifier,omitempty"`
	Type       string `json:"type,omitempty"`
}

// Page is what is shown of it.
// Shape: Rows are under Header, the first column being the number of the row; a
// page of totals has none. Total counts all rows of the data.
type Page struct {
	Header   []string
	Rows     [][]string
	First    uint64
	Last     uint64
	Total    uint64
	Types    map[string]uint64 // rows of the page by type
	View     policy.View
	Decision ledger.EntryID // that allowed it, as it stands in the record
}

// mostRows is the most rows that one page can be asked for, whatever the policy says.
const mostRows = 10_000

// Read returns a page.
// Errors: ErrInvalid; *Denial; any failure to record the consultation, and then
// nothing is shown.
func (p Pages) Read(ctx context.Context, actor Actor, request ReadPage) (Page, error) {
	if request.First < 1 || request.Last < request.First || request.Last-request.First >= mostRows {
		return Page{}, fmt.Errorf("a page has a first and a last row, counted from 1, and at most %d rows: %w", mostRows, ErrInvalid)
	}
	if request.View != "" && !slices.Contains([]policy.View{policy.Rows, policy.Masked, policy.Totals}, request.View) {
		return Page{}, fmt.Errorf("the view is rows, masked or totals, not %q: %w", request.View, ErrInvalid)
	}
	a, err := p.s.begin(ctx, actor, request.Case, policy.RowRead, request)
	if err != nil {
		return Page{}, err
	}
	reading, err := a.page(ctx, request)
	if err != nil {
		return Page{}, err
	}
	if err := a.searchFor(ctx, reading.about, request.Find); err != nil {
		return Page{}, err
	}
	reading.page.Decision = a.ruling.entry
	err = a.turnPage(ctx, reading)
	return reading.page, err
}

// pageReading is a page on its way.
type pageReading struct {
	ReadPage
	about  resource
	digest ledger.DigestSet // of the events
	mask   *event.Mask      // nil: everybody is shown
	page   Page
}

// page works out what a page rests on, without reading a row.
func (a *act) page(ctx context.Context, request ReadPage) (*pageReading, error) {
	r := &pageReading{ReadPage: request}
	fact, dataset, err := a.producer(ctx, request.Data)
	if err != nil {
		return nil, err
	}
	name, rows := "events", fact.Balance.Shown+fact.Balance.Repeats
	if request.Excess {
		name, rows = portExcess, fact.Balance.Outside
	}
	subject, known := fact.subject(name)
	if !known || request.Excess && !dataset {
		return nil, fmt.Errorf("entry %s holds no %s: %w", request.Data, name, ErrInvalid)
	}
	behind, err := a.lineage(ctx, request.Data)
	if err != nil {
		return nil, err
	}
	parts := behind.parts()
	if request.Excess {
		parts = []portion{{entry: request.Data, excess: true}}
	}
	masked, err := a.bare(ctx, request.Data)
	if err != nil {
		return nil, err
	}
	view := request.View
	if view == "" {
		if view = policy.Rows; masked {
			view = policy.Masked
		}
	}
	if masked || view == policy.Masked {
		if r.mask, _, err = a.mask(ctx); err != nil {
			return nil, err
		}
	}
	query, err := a.query(ctx, request)
	if err != nil {
		return nil, err
	}
	asked := view
	if view == policy.Totals && r.mask == nil && request.Find.Identifier != "" {
		asked = policy.Rows // what is counted is in the rows under its own number: to look for it is to see it
	}
	last := min(request.Last, max(rows, request.First))
	r.digest = subject.Digest
	r.page = Page{First: request.First, Last: last, Total: rows, View: view, Types: map[string]uint64{}}
	r.about = resource{datasets: parts, request: &policy.Request{
		First: request.First, Last: last, Purpose: orDefaultPurpose(request.For), Query: query, Reason: request.Purpose, View: asked,
	}}
	return r, nil
}

func orDefaultPurpose(p policy.Purpose) policy.Purpose {
	if p == "" {
		return policy.Investigation
	}
	return p
}

// query commits to what else was asked: a keyed digest, so that a number that was
// looked for cannot be guessed from the record.
func (a *act) query(ctx context.Context, request ReadPage) (string, error) {
	if request.Find == (RowQuery{}) {
		return policy.NoEntry, nil
	}
	text, err := ledger.MarshalCanonical(request.Find)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return a.commitQuery(ctx, text)
}

// commitQuery is the keyed digest of what was asked.
func (a *act) commitQuery(ctx context.Context, text []byte) (string, error) {
	key, err := a.Vault.Derive(ctx, a.id, "queries", nil)
	if err != nil {
		return "", fmt.Errorf("key of the queries: %w", err)
	}
	defer clear(key[:])
	mac := hmac.New(sha256.New, key[:])
	_, _ = mac.Write(text) // a hash does not fail
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// turnPage reads the rows of a page.
func (a *act) turnPage(ctx context.Context, r *pageReading) error {
	content, _, err := a.open(ctx, a.id, r.digest)
	if err != nil {
		return err
	}
	defer letGo(content)
	in := io.NewSectionReader(content, 0, content.Size())
	columns, open := event.Columns(), event.NewReader
	if r.Excess {
		columns, open = event.ExcessColumns(), event.NewExcessReader
	}
	r.page.Header = append([]string{"no"}, columns...)
	events, err := open(in)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	for no := uint64(1); no <= r.page.Last; no++ {
		row, err := events.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrIntegrity, err)
		}
		if no >= r.First {
			r.take(no, row)
		}
	}
	return nil
}

// take adds a row to the page if it was asked for.
func (r *pageReading) take(no uint64, row *event.Row) {
	if r.mask != nil {
		r.mask.Row(row)
	}
	if !r.Find.finds(row) {
		return
	}
	r.page.Types[string(row.Field(event.Type))]++
	if r.page.View == policy.Totals {
		return
	}
	fields := []string{strconv.FormatUint(no, 10)}
	for c := range event.NumColumns {
		fields = append(fields, string(row.Field(c)))
	}
	if r.Excess {
		fields = append(fields, string(row.Outside()))
	}
	r.page.Rows = append(r.page.Rows, fields)
}

// finds tells whether a row, as it is shown, is one that was asked for.
func (q RowQuery) finds(row *event.Row) bool {
	if q.Type != "" && string(row.Field(event.Type)) != q.Type {
		return false
	}
	if q.Identifier == "" {
		return true
	}
	for _, id := range canonical(tokenOf(q.Identifier)) {
		for _, c := range []event.Column{event.Subject, event.ANumber, event.BNumber, event.CNumber, event.IMEI, event.IMSI} {
			if string(row.Field(c)) == id {
				return true
			}
		}
	}
	return false
}
