package custody

import (
	"context"
	"errors"
	"fmt"

	"custos.example/custody/parts"
	"custos.example/ledger"
)

// Delivery is a delivery as it stands.
// Shape: Overdue says that it was to have arrived and nobody has said that it did;
// of a delivery whose papers were erased only name, entry and time are left, and
// Gone says so.
type Delivery struct {
	Case      CaseID          `json:"case"`
	In        string          `json:"in"` // reference of the case
	Name      string          `json:"name"`
	State     DeliveryState   `json:"state"`
	Overdue   bool            `json:"overdue"`
	Waiting   bool            `json:"waiting"` // it has not arrived
	Due       ledger.Time     `json:"due,omitzero"`
	To        string          `json:"to"`
	Holder    string          `json:"holder,omitempty"`
	What      string          `json:"what"`
	Of        ledger.EntryID  `json:"of"`
	Copy      uint64          `json:"copy"`
	Means     string          `json:"means,omitempty"`
	Pack      string          `json:"pack"`
	Parts     uint64          `json:"parts"`
	Size      uint64          `json:"size"`
	SHA256    string          `json:"sha256"` // of the pack
	Content   parts.Content   `json:"content"`
	Encrypted []string        `json:"encryptedTo"`
	Gone      bool            `json:"gone,omitempty"`
	Steps     []DeliveryEvent `json:"steps"`
}

// DeliveryEvent is one row of a delivery, in the order of the log.
type DeliveryEvent struct {
	State       DeliveryState  `json:"state"`
	By          string         `json:"by"`
	Entry       ledger.EntryID `json:"entry"`
	Time        ledger.Time    `json:"time"`
	Parts       string         `json:"parts,omitempty"`
	ConfirmedBy string         `json:"confirmedBy,omitempty"`
	How         string         `json:"how,omitempty"`
	Signed      string         `json:"signed,omitempty"`
	At          ledger.Time    `json:"at,omitzero"` // by the recipient's clock
	Result      string         `json:"result,omitempty"`
	Because     string         `json:"because,omitempty"`
}

// DeliverySearch asks what became of deliveries.
// Shape: without a Case those of every case; Waiting leaves only those that have
// not arrived, Overdue those that were to have by now, Name one.
type DeliverySearch struct {
	Ask
	Case    CaseID
	Name    string
	Waiting bool
	Overdue bool
}

// DeliveryList is what was found, in the order of cases and of the log.
type DeliveryList struct {
	Deliveries []Delivery `json:"deliveries"`
	// Unreadable are the cases of which the list could not be read, with the reason.
	Unreadable map[CaseID]string `json:"unreadable"`
}

// List says what was sent to whom, and what has not arrived.
// Errors: ErrDenied; ErrNotFound when one was named that there is not.
func (d Deliveries) List(ctx context.Context, actor Actor, search DeliverySearch) (DeliveryList, error) {
	a, err := d.s.looks(ctx, actor, search.Case, search.Ask)
	if err != nil {
		return DeliveryList{}, err
	}
	found := DeliveryList{Deliveries: []Delivery{}, Unreadable: map[CaseID]string{}}
	err = a.overCases(ctx, search.Case, found.Unreadable, func(within *act) error {
		all, err := within.deliveries(ctx)
		if err != nil {
			return err
		}
		for _, one := range all {
			if search.fits(one) {
				found.Deliveries = append(found.Deliveries, one)
			}
		}
		return nil
	})
	if err != nil {
		return found, err
	}
	if search.Name != "" && len(found.Deliveries) == 0 {
		return found, fmt.Errorf("there is no delivery %s: %w", search.Name, ErrNotFound)
	}
	return found, nil
}

func (q DeliverySearch) fits(d Delivery) bool {
	return (q.Name == "" || q.Name == d.Name) && (!q.Waiting || d.Waiting) && (!q.Overdue || d.Overdue)
}

// deliveries returns every delivery of the case, in the order in which they were
// prepared, each with its rows.
func (a *act) deliveries(ctx context.Context) ([]Delivery, error) {
	return a.deliveriesAsOf(ctx, 0)
}

// deliveriesAsOf returns them as they stood when the log had asOf entries; 0 is now.
func (a *act) deliveriesAsOf(ctx context.Context, asOf uint64) ([]Delivery, error) {
	rows, err := registerRows(ctx, a.Store, a.id, deliveryRegister, asOf)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	about, _, err := maybe[caseFact](ctx, a.Store, a.id, inCase, string(a.id), asOf)
	if err != nil {
		return nil, err
	}
	var order []string
	byName := map[string]*Delivery{}
	for _, row := range rows {
		if byName[row.Name] == nil {
			order = append(order, row.Name)
			byName[row.Name] = &Delivery{Case: a.id, In: about.Reference, Name: row.Name, Of: row.About, Encrypted: []string{}}
		}
		if err := a.event(ctx, row, byName[row.Name]); err != nil {
			return nil, err
		}
	}
	all := make([]Delivery, len(order))
	for i, name := range order {
		all[i] = *byName[name]
	}
	return all, nil
}

// event adds one row to a delivery; what the newest says stands.
func (a *act) event(ctx context.Context, row rowFact, d *Delivery) error {
	step := DeliveryEvent{By: row.By, Entry: row.Entry, Time: row.Time}
	doc, err := documentOf[deliveryDocument](ctx, a.Service, a.id, row.Payload)
	if errors.Is(err, ErrNotFound) {
		d.Gone = true
		d.Steps = append(d.Steps, step)
		return nil
	}
	if err != nil {
		return fmt.Errorf("delivery %s: %w", row.Name, err)
	}
	cover, id, err := doc.cover()
	if err != nil {
		return fmt.Errorf("delivery %s: %w", row.Name, err)
	}
	d.State, d.Due, d.To, d.Holder, d.What, d.Of, d.Copy, d.Means = doc.State, doc.Due, doc.To, doc.Holder, doc.What, doc.Of, doc.Copy, doc.Means
	d.Pack, d.Parts, d.Size, d.SHA256, d.Content = id.String(), cover.Total, cover.Size, cover.SHA256.String(), doc.Content
	d.Encrypted = append([]string{}, cover.Recipients...)
	d.Waiting = doc.State.waited()
	d.Overdue = d.Waiting && doc.Due.Before(a.now)
	step.State, step.Parts, step.ConfirmedBy, step.How, step.Signed = doc.State, doc.Parts, doc.ConfirmedBy, doc.How, doc.Signed
	step.Result, step.Because = doc.Result, doc.Because
	if doc.Stated != nil {
		step.At = doc.Stated.At
	}
	d.Steps = append(d.Steps, step)
	return nil
}
