package custody

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"custos.example/custody/continuity"
	"custos.example/ledger"
	"custos.example/policy"
)

// Kiosks is the acquisition from devices at a kiosk, and what becomes of it: sealed,
// sent, received by the force, confirmed, wiped; and the referral of a device to
// those who can do more.
type Kiosks struct{ s *Service }

// Kiosks returns the use cases of kiosks.
func (s *Service) Kiosks() Kiosks { return Kiosks{s} }

// AcquireExtraction takes in what a program read from a device, as far as its scope
// goes. Nothing is written to the folder.
// Shape: Device is the item that was read, Item the exhibit reference of what was
// taken, empty = the asker's next. Book takes the device in first, when it is not in
// custody yet. ReadOn empty = today.
type AcquireExtraction struct {
	Ask
	Case      CaseID
	Device    string
	Item      string
	Authority ledger.EntryID
	Scope     ExtractionScope
	Tool      string // program that read the device, with its version
	ReadOn    policy.Date
	Folder    fs.FS
	Book      *TakeItem
}

// Acquired is an extraction that stands in the record.
type Acquired struct {
	Proof             // evidence-received
	Device   string   // item that was read
	Item     string   // what was taken from it
	Row      Proof    // of the register of extractions
	Manifest Manifest // as it stands in the extraction; without Files of a repeated request
	SHA256   ledger.Digest
	Size     int64
}

// ExtractionState says what has become of an extraction.
type ExtractionState string

// The states of an extraction. At the kiosk it is acquired, sealed, confirmed and
// wiped; at the force it is received.
const (
	ExtractionAcquired  ExtractionState = "acquired"
	ExtractionSealed    ExtractionState = "sealed"
	ExtractionReceived  ExtractionState = "received"
	ExtractionConfirmed ExtractionState = "confirmed"
	ExtractionWiped     ExtractionState = "wiped"
)

// extractionFormat names the form of a row about an extraction.
const extractionFormat = "custos/extraction-row/v1"

// extractionDocument is a row about an extraction, or its newest state.
// Shape: canonical JSON; the counts are those of its manifest.
type extractionDocument struct {
	Aside    uint64           `json:"aside"` // files and lines set aside
	Basis    string           `json:"basis"`
	Clock    *ClockReading    `json:"clock,omitempty"` // of the kiosk, as the force could tell
	Device   string           `json:"device"`
	Evidence ledger.EntryID   `json:"evidence"`
	Format   string           `json:"format"`
	Found    Volume           `json:"found"`
	Item     string           `json:"item"`
	Order    ledger.EntryID   `json:"order,omitempty"`  // under which it was wiped
	Origin   *extractedAt     `json:"origin,omitempty"` // of one that was received
	Outside  []OutsideCount   `json:"outside"`
	Payload  ledger.DigestSet `json:"payload"`
	ReadOn   policy.Date      `json:"readOn"`
	Reason   string           `json:"reason,omitempty"`
	Receipt  string           `json:"receipt,omitempty"` // of the force
	Scope    ScopeText        `json:"scope"`
	SentTo   string           `json:"sentTo,omitempty"` // recipient to which it was sealed
	SHA256   ledger.Digest    `json:"sha256"`
	Size     uint64           `json:"size"`
	State    ExtractionState  `json:"state"`
	Taken    Volume           `json:"taken"`
	Tool     string           `json:"tool"`
}

// Acquire takes in an extraction: the policy is asked first, with authority and
// competence; then the folder is read, each file that lies in the scope once, and
// hashed while it is read; then it is recorded.
//
// Errors: ErrDenied; ErrInvalid; ErrConflict when the reference is taken or the
// folder changes while it is read.
func (k Kiosks) Acquire(ctx context.Context, actor Actor, request AcquireExtraction) (Acquired, error) {
	if err := request.check(); err != nil {
		return Acquired{}, err
	}
	a, err := k.s.begin(ctx, actor, request.Case, policy.ExtractionImport, request)
	if err != nil {
		return Acquired{}, err
	}
	if stored, done, err := a.earlier(ctx, "evidence"); done || err != nil {
		return k.acquiredBefore(ctx, a, stored, err)
	}
	today, err := civilDay(a.now)
	if err != nil {
		return Acquired{}, err
	}
	readOn := policy.Date(orDefault(string(request.ReadOn), string(today)))
	authority, b, err := a.scoped(ctx, request.Authority, request.Scope, request.Device, orDefault(request.Item, request.Device), readOn)
	if err != nil {
		return Acquired{}, err
	}
	if request.Item, err = a.extractionReference(ctx, request.Item); err != nil {
		return Acquired{}, err
	}
	about := resource{authority: request.Authority, source: extractionFacts(request.Device, request.Item, b, readOn)}
	if err := k.book(ctx, actor, request); err != nil {
		return Acquired{}, err
	}
	if err := a.deviceThere(ctx, request.Device, readOn); err != nil {
		return Acquired{}, err
	}
	manifest, blob, err := a.extract(ctx, request, b)
	if err != nil {
		return Acquired{}, err
	}
	doc := rowOf(manifest, blob)
	doc.State, doc.ReadOn, doc.Evidence, doc.Reason = ExtractionAcquired, readOn, a.entryID("evidence"), a.ask.Purpose
	proofs, err := a.commit(ctx, "evidence", about, func() ([]sheet, error) {
		if _, err := a.extractionReference(ctx, request.Item); err != nil {
			return nil, err
		}
		witness, err := a.party(ctx, continuity.Party{Person: a.actor.ID})
		if err != nil {
			return nil, err
		}
		return a.extractionSheets(ctx, doc, extractedBy{authority.fact.First, request.Tool, witness, nil})
	})
	if err != nil {
		return Acquired{}, err
	}
	made := Acquired{Proof: proofs[0], Device: doc.Device, Item: doc.Item, Row: proofs[1], Manifest: manifest, SHA256: blob.SHA256, Size: blob.Size}
	return made, a.receipt(ctx, &made.Proof, &made.Row)
}

// check returns nil if the request can be carried out.
func (r AcquireExtraction) check() error {
	if _, err := parseReference(r.Device); err != nil {
		return err
	}
	if r.Device == r.Item {
		return fmt.Errorf("the device and what is taken from it are two exhibits: give the extraction a reference of its own: %w", ErrInvalid)
	}
	if r.Folder == nil {
		return fmt.Errorf("there is no folder: %w", ErrInvalid)
	}
	if r.ReadOn != "" {
		if err := checkDay("day on which the device was read", r.ReadOn); err != nil {
			return err
		}
	}
	return checkText("program that read the device (with its version)", r.Tool)
}

// book takes the device in when that is asked for, and wants it in custody.
// Errors: ErrNotFound when it was never taken in.
func (k Kiosks) book(ctx context.Context, actor Actor, request AcquireExtraction) error {
	known, err := has(ctx, k.s.Store, request.Case, inItems, request.Device, 0)
	if err != nil || known {
		return err
	}
	if request.Book == nil {
		return fmt.Errorf("%s has not been taken into custody: book it in first (custos item take), or with the extraction: %w", request.Device, ErrNotFound)
	}
	take := *request.Book
	take.Case, take.Reference, take.RequestID = request.Case, request.Device, ""
	if _, err := k.s.Items().Take(ctx, actor, take); err != nil {
		return fmt.Errorf("book the device in: %w", err)
	}
	return nil
}

// deviceThere returns nil when a device was in custody still on the day on which it was read.
// Errors: ErrConflict.
func (a *act) deviceThere(ctx context.Context, device string, readOn policy.Date) error {
	states, err := a.itemStates(ctx, a.id)
	if err != nil || states[device].End == "" {
		return err
	}
	ended, err := civilDay(states[device].Last)
	if err == nil && readOn > ended {
		err = fmt.Errorf("%s was %s on %s, so it cannot have been read on %s: %w", device, states[device].End, ended, readOn, ErrConflict)
	}
	return err
}

// extractionReference is the reference under which what is taken becomes an exhibit.
// Errors: ErrConflict when it is in use.
func (a *act) extractionReference(ctx context.Context, want string) (string, error) {
	witness, err := a.party(ctx, continuity.Party{Person: a.actor.ID})
	if err != nil {
		return "", err
	}
	name, _, err := a.referenceFor(ctx, want, "", witness, ledger.EntryID{})
	return name, err
}

// scoped decides on an extraction and returns the authority in force and the bounds
// under it. What goes beyond the authority is told only to somebody who may import.
func (a *act) scoped(ctx context.Context, authority ledger.EntryID, scope ExtractionScope, device, item string, readOn policy.Date) (authorityState, bounds, error) {
	state, err := a.authorityState(ctx, a.id, authority, 0)
	if err != nil {
		return state, bounds{}, err
	}
	b, beyond := scope.bounded(state)
	if beyond != nil {
		if b, err = (ExtractionScope{Categories: []string{"none"}}).bounded(authorityState{facts: state.facts}); err != nil {
			return state, b, err
		}
	}
	err = a.decide(ctx, resource{authority: authority, source: extractionFacts(device, item, b, readOn)})
	if err == nil {
		err = beyond
	}
	return state, b, err
}

// extractionFacts says what is asked of the policy about an extraction.
func extractionFacts(device, item string, b bounds, readOn policy.Date) *policy.Source {
	return &policy.Source{
		DataTypes: []policy.DataType{policy.Extraction}, From: policy.At(b.from), Identifiers: []string{device}, Item: item,
		Kind: policy.ExtractionFile, ObtainedOn: readOn, Until: policy.At(b.until),
	}
}

// extract reads the folder and keeps what lies in the scope.
func (a *act) extract(ctx context.Context, request AcquireExtraction, b bounds) (Manifest, Blob, error) {
	m := Manifest{
		Device: request.Device, Format: manifestFormat, Item: request.Item, Tool: request.Tool,
		Scope: ScopeText{b.categories, ledger.NewTime(b.from), b.undated, ledger.NewTime(b.until)},
	}
	d, err := readDevice(request.Folder)
	if err != nil {
		return m, Blob{}, err
	}
	m.sort(d, b)
	if len(m.Files) == 0 {
		return m, Blob{}, fmt.Errorf("none of the %d files of the device lies in the scope, so there is nothing to take in: %w", m.Found.Files, ErrInvalid)
	}
	w, err := a.Blobs.Writer(ctx, a.id)
	if err != nil {
		return m, Blob{}, err
	}
	if err := m.write(ctx, request.Folder, w); err != nil {
		return m, Blob{}, errors.Join(err, w.Discard())
	}
	blob, err := w.Commit()
	return m, blob, err
}

// rowOf is the row of an extraction with the figures of its manifest.
func rowOf(m Manifest, blob Blob) extractionDocument {
	return extractionDocument{
		Aside: uint64(len(m.Aside)), Basis: m.Basis, Device: m.Device, Format: extractionFormat, Found: m.Found, Item: m.Item, Outside: m.Outside,
		Payload: blob.Recorded(), Scope: m.Scope, SHA256: blob.SHA256, Size: uint64(blob.Size), Taken: m.Taken, Tool: m.Tool,
	}
}

// extractedBy is what the entries of an extraction say beside its row.
type extractedBy struct {
	authority  ledger.EntryID
	from       string // who or what handed it over
	witness    continuity.Party
	parameters map[string]string
}

// extractionSheets are the entries of an extraction: the evidence, its row in the
// register, and its taking in as an item, of which it is the file.
func (a *act) extractionSheets(ctx context.Context, doc extractionDocument, by extractedBy) ([]sheet, error) {
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return nil, err
	}
	row, err := a.rowSheet(ctx, "extraction", extractionRegister, doc.Item, doc.Evidence, true, doc)
	if err != nil {
		return nil, err
	}
	booked, err := a.bookingSheets(ctx, " extraction", booking{
		item: doc.Item, at: a.now, evidence: &ledger.Dependency{Name: "evidence", Digest: doc.Payload, Entry: &doc.Evidence},
		doc: handlingDocument{
			Act: string(continuity.Described), Basis: BasisMade, BasisOf: doc.Device, Description: "extraction of " + doc.Device, Media: PhoneExtraction, Witness: by.witness,
		},
	})
	return append([]sheet{{
		stage: "evidence", chain: work, changes: true, operation: "collection", authority: []ledger.EntryID{by.authority}, parameters: by.parameters,
		detail:   &ledger.EvidenceReceived{FileName: extractionFile, From: by.from, Item: doc.Item, Size: doc.Size},
		subjects: []ledger.Subject{{Name: "source", Digest: doc.Payload}},
	}, row}, booked...), err
}

// extractionFile is the file name of every extraction: what those who use a device
// call things stands in its manifest alone.
const extractionFile = "extraction.zip"

// acquiredBefore answers a repeated request.
func (k Kiosks) acquiredBefore(ctx context.Context, a *act, stored Stored, err error) (Acquired, error) {
	if err == nil {
		err = a.mayLook(ctx)
	}
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return Acquired{}, err
	}
	made := Acquired{Proof: proof}
	row, _, err := a.earlier(ctx, "extraction")
	if made.Row, err = a.again(ctx, row, err); err != nil {
		return made, err
	}
	doc, err := a.extractionAt(ctx, row)
	if err != nil {
		return made, err
	}
	made.Manifest = Manifest{
		Basis: doc.Basis, Device: doc.Device, Format: manifestFormat, Found: doc.Found, Item: doc.Item, Outside: doc.Outside, Scope: doc.Scope,
		Taken: doc.Taken, Tool: doc.Tool,
	}
	made.Device, made.Item, made.SHA256, made.Size = doc.Device, doc.Item, doc.SHA256, int64(doc.Size)
	return made, a.receipt(ctx, &made.Proof, &made.Row)
}

// extractionAt reads the row that an entry holds.
func (a *act) extractionAt(ctx context.Context, stored Stored) (extractionDocument, error) {
	statement, err := stored.Statement()
	if err != nil {
		return extractionDocument{}, err
	}
	return documentOf[extractionDocument](ctx, a.Service, a.id, statement.Subject[0].Digest)
}
