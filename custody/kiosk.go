package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// SealExtraction seals an extraction for the force.
// Shape: Whole shows every leaf of this log, not only those since the last receipt;
// a force asks for it when it does not know what lies before.
type SealExtraction struct {
	Ask
	Case  CaseID
	Item  string
	Whole bool
}

// Sealed is a pack that was written.
type Sealed struct {
	Proof      // the row that says so
	Item       string
	Recipient  string
	Size       uint64 // of this log, as the pack shows it
	SHA256     ledger.Digest
	PackedSize int64
}

// Seal writes an extraction with its place in this log to w, sealed to the force, so
// that it can wait in a queue or travel on a disk. That it was sealed is recorded
// before. It may be sealed again at any time: the force takes it in once.
// Errors: ErrDenied; ErrNotFound; ErrConflict when it is wiped.
func (k Kiosks) Seal(ctx context.Context, actor Actor, request SealExtraction, w io.Writer) (Sealed, error) {
	a, err := k.s.begin(ctx, actor, request.Case, policy.ItemHandOver, request)
	if err != nil {
		return Sealed{}, err
	}
	doc, acquired, force, err := a.toSeal(ctx, request.Item)
	if err != nil {
		return Sealed{}, a.refusedFirst(ctx, resource{}, err)
	}
	proof, err := a.sealedRow(ctx, request.Item)
	if err != nil {
		return Sealed{}, err
	}
	made := Sealed{Proof: proof, Item: doc.Item, Recipient: force.Recipient}
	from := force.own
	if request.Whole {
		from = 0
	}
	p, err := a.newPack(ctx, uint64(proof.Placed.Index)+1, from)
	if err != nil {
		return made, err
	}
	if err := a.showExtraction(ctx, p, doc, acquired, force); err != nil {
		return made, err
	}
	head, err := ledger.ParseCheckpoint([]byte(p.header.Checkpoint))
	if err != nil {
		return made, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	measured := &measure{w: w}
	err = p.write(ctx, force.Recipient, measured)
	made.Size, made.SHA256, made.PackedSize = head.Size, measured.sum(), measured.n
	return made, err
}

// sealedRow records that an extraction is sealed, as it stands at that moment.
func (a *act) sealedRow(ctx context.Context, item string) (Proof, error) {
	if stored, done, err := a.earlier(ctx, "sealed"); done || err != nil {
		if err == nil {
			err = a.decide(ctx, resource{}) // the pack goes out again
		}
		return a.again(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "sealed", resource{}, func() ([]sheet, error) {
		doc, _, force, err := a.toSeal(ctx, item)
		if err != nil {
			return nil, err
		}
		if doc.State == ExtractionAcquired { // a confirmed one stays so
			doc.State = ExtractionSealed
		}
		doc.SentTo, doc.Reason = force.Recipient, a.ask.Purpose
		row, err := a.rowSheet(ctx, "sealed", extractionRegister, doc.Item, doc.Evidence, true, doc)
		return []sheet{row}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// toSeal returns what is to be sealed, the row by which it was acquired, and to whom.
func (a *act) toSeal(ctx context.Context, item string) (extractionDocument, ledger.EntryID, *linkState, error) {
	doc, _, err := a.extractionNamed(ctx, item)
	if err != nil {
		return doc, ledger.EntryID{}, nil, err
	}
	if doc.State == ExtractionWiped {
		return doc, ledger.EntryID{}, nil, fmt.Errorf("%s was wiped here after the force had confirmed it: ask there: %w", item, ErrConflict)
	}
	if doc.State == ExtractionReceived {
		return doc, ledger.EntryID{}, nil, fmt.Errorf("%s was received here from a kiosk; only a kiosk seals: %w", item, ErrConflict)
	}
	rows, err := registerRows(ctx, a.Store, a.id, extractionRegister, 0)
	if err != nil {
		return doc, ledger.EntryID{}, nil, err
	}
	at := slices.IndexFunc(rows, func(r rowFact) bool { return r.Name == item })
	force, err := a.force(ctx)
	return doc, rows[at].Entry, force, err
}

// showExtraction adds to a pack what shows an extraction: its evidence, its row, and
// the newest head of the force that this log names.
func (a *act) showExtraction(ctx context.Context, p *packWriter, doc extractionDocument, row ledger.EntryID, force *linkState) error {
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return err
	}
	organisation, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return err
	}
	linked, err := a.linkedBefore(ctx, force, doc.Evidence)
	if err != nil {
		return err
	}
	return errors.Join(
		p.show(ctx, organisation, linked, ""), p.show(ctx, work, row, "row"), p.show(ctx, work, doc.Evidence, "source"),
	)
}

// linkedBefore returns the newest entry before an extraction that names a head of the
// force, or else the newest of all.
func (a *act) linkedBefore(ctx context.Context, force *linkState, evidence ledger.EntryID) (ledger.EntryID, error) {
	at, err := a.Store.ByEntryID(ctx, evidence)
	if err != nil {
		return ledger.EntryID{}, err
	}
	fact, err := find[linkFact](ctx, a.Store, "", inJoined, force.Origin, uint64(at.Index))
	if errors.Is(err, ErrNotFound) {
		fact, err = find[linkFact](ctx, a.Store, "", inJoined, force.Origin, 0)
	}
	if err != nil {
		return ledger.EntryID{}, fmt.Errorf("the head of %s that this log names: %w", force.Name, err)
	}
	return fact.Entry, nil
}

// Extraction is an extraction as it stands.
type Extraction struct {
	Item     string          `json:"item"`
	Device   string          `json:"device"`
	State    ExtractionState `json:"state"`
	Tool     string          `json:"tool"`
	ReadOn   policy.Date     `json:"readOn"`
	Scope    ScopeText       `json:"scope"`
	Basis    string          `json:"basis"`
	Found    Volume          `json:"found"`
	Taken    Volume          `json:"taken"`
	Outside  []OutsideCount  `json:"outside"`
	SetAside uint64          `json:"setAside"`
	Evidence ledger.EntryID  `json:"evidence"`
	SHA256   ledger.Digest   `json:"sha256"`
	Size     uint64          `json:"size"`
	Kiosk    string          `json:"kiosk,omitempty"` // of one that was received
	Index    ledger.Index    `json:"index,omitempty"` // there
	Officer  string          `json:"officer,omitempty"`
	Clock    *ClockReading   `json:"clock,omitempty"`
	Waiting  string          `json:"waiting,omitempty"` // for how long it has not been confirmed
	Time     ledger.Time     `json:"time"`
	By       string          `json:"by"`
	Entry    ledger.EntryID  `json:"entry"` // of the newest row
}

// List returns the extractions of a case as they stand; open leaves only those of
// which this station still waits for a receipt. That somebody asked is recorded.
func (k Kiosks) List(ctx context.Context, actor Actor, id CaseID, open bool, ask Ask) ([]Extraction, error) {
	a, err := k.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	rows, err := registerNewest(ctx, a.Store, id, extractionRegister, 0)
	if err != nil {
		return nil, err
	}
	list := []Extraction{}
	for _, row := range rows {
		if isReferral(row.Name) {
			continue
		}
		doc, err := documentOf[extractionDocument](ctx, a.Service, id, row.Payload)
		if err != nil {
			return nil, fmt.Errorf("extraction %s: %w", row.Name, err)
		}
		waits := doc.State == ExtractionAcquired || doc.State == ExtractionSealed
		if open && !waits {
			continue
		}
		e := Extraction{
			Item: doc.Item, Device: doc.Device, State: doc.State, Tool: doc.Tool, ReadOn: doc.ReadOn, Scope: doc.Scope, Basis: doc.Basis, Found: doc.Found,
			Taken: doc.Taken, Outside: doc.Outside, SetAside: doc.Aside, Evidence: doc.Evidence, SHA256: doc.SHA256, Size: doc.Size, Clock: doc.Clock,
			Time: row.Time, By: row.By, Entry: row.Entry,
		}
		if doc.Origin != nil {
			e.Kiosk, e.Index, e.Officer = doc.Origin.Kiosk, doc.Origin.Index, doc.Origin.Officer
		}
		if waits {
			e.Waiting = a.now.Sub(row.Time.Time).Round(time.Second).String()
		}
		list = append(list, e)
	}
	slices.SortFunc(list, func(x, y Extraction) int { return cmp.Compare(itemKey(x.Item), itemKey(y.Item)) })
	return list, nil
}

// Contents returns the manifest of an extraction, after every file in it has been held
// against its digest.
// Errors: ErrDenied; ErrNotFound when it was wiped here; ErrIntegrity.
func (k Kiosks) Contents(ctx context.Context, actor Actor, id CaseID, item string, ask Ask) (Manifest, error) {
	a, err := k.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return Manifest{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return Manifest{}, err
	}
	doc, _, err := a.extractionNamed(ctx, item)
	if err != nil {
		return Manifest{}, err
	}
	content, _, err := a.open(ctx, id, doc.Payload)
	if err != nil {
		return Manifest{}, fmt.Errorf("extraction %s: %w", item, err)
	}
	defer letGo(content)
	return verifyExtraction(ctx, content, content.Size())
}
