package custody

import (
	"context"
	"fmt"
	"time"

	"custos.example/custody/continuity"
	"custos.example/ledger"
)

// booking is an item as it goes into the record.
type booking struct {
	item, parent, seal string
	at                 time.Time
	doc                handlingDocument
	photographs        []Photograph
	evidence           *ledger.Dependency
}

// timeText is an instant as a parameter.
func timeText(at time.Time) string { return ledger.NewTime(at).Format("2006-01-02T15:04:05.000Z") }

// bookingSheets are the two entries of an item that is taken in; suffix tells the
// items of one request apart.
func (a *act) bookingSheets(ctx context.Context, suffix string, b booking) ([]sheet, error) {
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return nil, err
	}
	from := outside
	switch {
	case b.parent != "":
		from = b.parent
	case b.doc.BeforeBy.Person != "":
		from = b.doc.BeforeBy.Person
	case b.doc.BeforeBy.Nobody():
		from = a.actor.ID
	}
	handled, err := a.handlingSheet(ctx, "described"+suffix, handlingSheet{
		item: b.item, act: continuity.Described, at: b.at, doc: b.doc, photographs: b.photographs, evidence: b.evidence,
		params: map[string]string{paramMedia: string(b.doc.Media), paramParent: b.parent, paramSealIn: b.seal},
	})
	if err != nil {
		return nil, err
	}
	return []sheet{
		{
			stage: "taken" + suffix, chain: work, changes: true, operation: "collection",
			detail:     &ledger.ItemReceived{Description: string(b.doc.Media), From: from, Item: b.item, Seal: b.seal},
			parameters: map[string]string{paramAct: string(continuity.Taken), paramAt: timeText(b.at)},
		},
		handled,
	}, nil
}

// handlingSheet is one thing that is done to an item, as it goes into the record.
type handlingSheet struct {
	item        string
	act         continuity.Act
	at          time.Time
	doc         handlingDocument
	photographs []Photograph
	evidence    *ledger.Dependency
	params      map[string]string // beside the act and its time; empty ones are left out
}

// handlingSheet keeps the words and the photographs and says what is recorded.
func (a *act) handlingSheet(ctx context.Context, stage string, h handlingSheet) (sheet, error) {
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return sheet{}, err
	}
	params := map[string]string{paramAct: string(h.act), paramAt: timeText(h.at)}
	for name, value := range h.params {
		if value != "" {
			params[name] = value
		}
	}
	s := sheet{
		stage: stage, chain: work, changes: true, operation: operationOf(h.act), detail: &ledger.ItemHandled{Item: h.item}, parameters: params,
	}
	h.doc.Act = string(h.act)
	if h.doc.Photographs, s.subjects, err = a.keepPhotographs(ctx, h.photographs); err != nil {
		return sheet{}, err
	}
	blob, err := a.keepJSON(ctx, h.doc)
	if err != nil {
		return sheet{}, fmt.Errorf("what is said of %s: %w", h.item, err)
	}
	s.subjects = append([]ledger.Subject{{Name: "handling", Digest: blob.Recorded()}}, s.subjects...)
	if h.evidence != nil {
		params[paramEvidence] = h.evidence.Entry.String()
		s.dependencies = []ledger.Dependency{*h.evidence}
	}
	return s, nil
}

// keepPhotographs keeps pictures as payloads, each under a name of its own.
func (a *act) keepPhotographs(ctx context.Context, list []Photograph) ([]photographRecord, []ledger.Subject, error) {
	var records []photographRecord
	var subjects []ledger.Subject
	for n, p := range list {
		blob, err := a.keep(ctx, p.Content)
		if err != nil {
			return nil, nil, err
		}
		name := fmt.Sprintf("photograph-%d", n+1)
		records = append(records, photographRecord{p.Caption, p.FileName, name, blob.SHA256.String(), blob.Size})
		subjects = append(subjects, ledger.Subject{Name: name, Digest: blob.Recorded()})
	}
	return records, subjects, nil
}

// operationOf is what the Data Protection Act calls an act.
// Source: DPA 2018 s.62.
func operationOf(act continuity.Act) string {
	switch act { //nolint:exhaustive // the others go on
	case continuity.Destroyed:
		return "erasure"
	case continuity.Returned:
		return "disclosure"
	case continuity.Examined, continuity.Opened:
		return "consultation"
	}
	return "alteration"
}
