package custody

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"custos.example/custody/continuity"
	"custos.example/ledger"
	"custos.example/policy"
)

// ReceiveExtraction takes in an extraction that a kiosk sealed to this station.
// Shape: Item empty = the reference that it has at the kiosk. When the kiosk's clock
// was wrong, ReadOn is the true day on which the device was read, and Reason says
// how that is known.
type ReceiveExtraction struct {
	Ask
	Case      CaseID
	Authority ledger.EntryID // as it is recorded here
	Item      string
	ReadOn    policy.Date
	Reason    string
	Content   io.Reader
	Upload    string `asked:"-"` // instead of Content: an upload of the asker, which is taken away when it is on record
}

// ReceivedExtraction is an extraction as it was taken in at the force.
type ReceivedExtraction struct {
	Proof         // evidence-received
	Item          string
	Kiosk         string
	Verdict       Verdict
	Words         string // how the kiosk's log goes on
	Clock         ClockReading
	Found, Taken  Volume
	SHA256        ledger.Digest
	Size          int64
	KioskReceipt  []byte // for the kiosk, which may wipe what it has on it
	OutsideFiles  uint64
	SetAsideFiles uint64
}

// extractedAt says where an extraction stands in the log of its kiosk, with all that
// shows it.
// Shape: Path is the audit path of the entry under Checkpoint.
type extractedAt struct {
	Chain      ledger.ChainID    `json:"chain"`
	Checkpoint string            `json:"checkpoint"`
	Commitment ledger.Commitment `json:"commitment"`
	Entry      ledger.EntryID    `json:"entry"`
	Envelope   []byte            `json:"envelope"`
	Index      ledger.Index      `json:"index"`
	Kiosk      string            `json:"kiosk"`
	N          uint64            `json:"n"`
	Officer    string            `json:"officer"` // who acquired it there
	Origin     string            `json:"origin"`
	Path       []ledger.Digest   `json:"path"`
	Prev       ledger.Commitment `json:"prev"`
	Row        ledger.EntryID    `json:"row"` // of the register there
	Salt       ledger.Salt       `json:"salt"`
}

// verify checks the place of the entry under the head of the kiosk's log.
// Errors: ErrIntegrity.
func (e extractedAt) verify() error {
	head, err := ledger.ParseCheckpoint([]byte(e.Checkpoint))
	if err == nil && ledger.Commit(e.Chain, e.N, e.Prev, ledger.DeriveInner(e.Salt, e.Envelope)) != e.Commitment {
		err = errors.New("the entry is not what was committed to")
	}
	if err == nil {
		err = ledger.VerifyInclusion(e.Index, e.Commitment.LeafHash(), e.Path, head.Size, head.Root)
	}
	if err != nil {
		return fmt.Errorf("%w: entry %s of the log %s: %w", ErrIntegrity, e.Entry, e.Origin, err)
	}
	return nil
}

// The parameters of an evidence-received that came from a kiosk: they name its entry
// there, so that the entry here is a receipt of that one and of no other.
const (
	paramKioskOrigin     = "kiosk-origin"
	paramKioskEntry      = "kiosk-entry"
	paramKioskIndex      = "kiosk-index"
	paramKioskCommitment = "kiosk-commitment"
	paramKioskSize       = "kiosk-size"
	paramKioskRoot       = "kiosk-root"
	paramForceSize       = "force-size" // head of this log that the kiosk names
)

// arrival is a pack on its way in.
type arrival struct {
	*act
	request  ReceiveExtraction
	sent     *uploaded
	pack     *pack
	link     *linkState
	judged   judged
	evidence ledger.Entry // there
	row      ledger.Entry // there
	said     extractionDocument
	bound    ledger.LogLinked // head of this log that the kiosk named before
	clock    ClockReading
	about    resource
}

// Receive takes in an extraction from a kiosk: who sealed it, at which place of the
// kiosk's log it stands, and that this log goes on from what it showed before are
// checked; then the policy is asked; then the bytes are kept, held against their
// digests, and recorded together with the joining of both logs.
//
// Errors: ErrDenied; *Broken when the kiosk's log contradicts what it showed before;
// ErrConflict when the extraction has been received already; ErrIntegrity.
func (k Kiosks) Receive(ctx context.Context, actor Actor, request ReceiveExtraction) (_ ReceivedExtraction, err error) {
	defer func() { k.s.notTaken(ctx, actor, request.Case, request.Upload, err) }()
	a, err := k.s.begin(ctx, actor, request.Case, policy.ExtractionImport, request)
	if err != nil {
		return ReceivedExtraction{}, err
	}
	if stored, done, err := a.earlier(ctx, "evidence"); done || err != nil {
		return a.receivedAlready(ctx, stored, err)
	}
	if err := k.mayBring(ctx, actor, request); err != nil {
		return ReceivedExtraction{}, err
	}
	in := &arrival{act: a, request: request}
	if request.Upload != "" {
		if in.sent, err = a.uploadOf(ctx, request.Upload, UploadExtraction); err != nil {
			return ReceivedExtraction{}, err
		}
		defer in.sent.letGo()
		request.Content = in.sent
	}
	if in.pack, in.link, err = a.unseal(ctx, request.Content); err != nil {
		return ReceivedExtraction{}, err
	}
	if err := in.open(ctx); err != nil {
		return ReceivedExtraction{}, a.keepBroken(ctx, in.pack, err)
	}
	blob, err := in.keepEvidence(ctx)
	if err != nil {
		return ReceivedExtraction{}, in.sent.because(err)
	}
	got, err := in.record(ctx, blob)
	if got.Entry != (ledger.EntryID{}) {
		a.tookIn(ctx, in.sent)
	}
	return got, err
}

// open checks everything that the header of the pack says, and reads what the kiosk
// recorded of the extraction.
func (in *arrival) open(ctx context.Context) error {
	if err := in.judge(); err != nil {
		return err
	}
	if err := in.pack.verify(in.judged.all); err != nil {
		return err
	}
	var there bool
	if in.evidence, there = in.pack.shown("evidence-received"); !there {
		return fmt.Errorf("the pack brings no extraction; it may be a kiosk's state, which custos kiosk join takes: %w", ErrInvalid)
	}
	if in.row, there = in.pack.shown("register-recorded"); !there {
		return fmt.Errorf("%w: the pack does not show the kiosk's row about the extraction", ErrIntegrity)
	}
	if err := in.fresh(); err != nil {
		return err
	}
	if err := in.pack.next("row", in.row, func(r io.Reader) (ledger.Digest, error) {
		text, err := io.ReadAll(io.LimitReader(r, maxDocument))
		if err != nil {
			return ledger.Digest{}, err
		}
		return hashOf(text), ledger.UnmarshalCanonical(text, &in.said)
	}); err != nil {
		return notPack(err)
	}
	d, ok := in.evidence.Statement.Predicate.Detail.(*ledger.EvidenceReceived)
	if !ok || in.said.Format != extractionFormat || in.said.State != ExtractionAcquired || d.Item != in.said.Item ||
		in.said.Evidence != in.evidence.Statement.Predicate.Place.Entry || digestKey(in.said.Payload) != digestKey(in.evidence.Statement.Subject[0].Digest) {
		return fmt.Errorf("%w: the kiosk's row is not about the extraction that the pack brings", ErrIntegrity)
	}
	if err := in.bounds(ctx); err != nil {
		return err
	}
	return in.facts(ctx)
}

// bounds works out between which instants of this station's clock the extraction was
// recorded at the kiosk.
func (in *arrival) bounds(ctx context.Context) error {
	linked, there := in.pack.shown("log-linked")
	d, ok := linked.Statement.Predicate.Detail.(*ledger.LogLinked)
	if !there || !ok || d.Origin != in.Origin {
		return fmt.Errorf("%w: the pack does not show which head of this log the kiosk had seen", ErrIntegrity)
	}
	root, err := in.Recorder.Root(ctx, d.Size)
	if err != nil || root != d.Root {
		return fmt.Errorf("%w: the kiosk was shown a head of %d entries of this log with the root %s, which this log never had: keep the pack, and find out who "+
			"showed it: %w", ErrIntegrity, d.Size, d.Root, errors.Join(err))
	}
	in.bound = *d
	after, err := in.headMadeBy(ctx, d.Size)
	if err != nil {
		return err
	}
	if linked.Index > in.evidence.Index { // it was recorded before the kiosk saw that head
		after = in.evidence.Statement.Predicate.Time.Time
	}
	in.clock = readClock(in.evidence.Statement.Predicate.Time.Time, after, in.now)
	return nil
}

// facts says what is asked of the policy.
func (in *arrival) facts(ctx context.Context) error {
	readOn := in.said.ReadOn
	switch {
	case in.clock.Wrong() && in.request.ReadOn == "":
		return fmt.Errorf("%s Say on which day the device was read (--obtained), and how that is known (--reason): %w", in.clock.Words(), ErrConflict)
	case in.request.ReadOn != "":
		if err := checkText("reason for another day than the kiosk's", in.request.Reason); err != nil {
			return err
		}
		if err := checkDay("day on which the device was read", in.request.ReadOn); err != nil {
			return err
		}
		readOn = in.request.ReadOn
	}
	in.said.ReadOn = readOn
	if in.request.Item == "" {
		in.request.Item = in.said.Item
	}
	_, b, err := in.scoped(ctx, in.request.Authority, ExtractionScope{
		Categories: in.said.Scope.Categories, From: textOf(in.said.Scope.From), Undated: in.said.Scope.Undated, Until: textOf(in.said.Scope.Until),
	}, in.said.Device, in.request.Item, readOn)
	if err != nil {
		return err
	}
	in.about = resource{authority: in.request.Authority, source: extractionFacts(in.said.Device, in.request.Item, b, readOn)}
	return nil
}

// textOf is an instant as a scope has it.
func textOf(t ledger.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// keepEvidence keeps the extraction when it is the one that the kiosk recorded, file
// by file.
func (in *arrival) keepEvidence(ctx context.Context) (Blob, error) {
	w, err := in.Blobs.Writer(ctx, in.id)
	if err != nil {
		return Blob{}, err
	}
	err = in.pack.next("source", in.evidence, func(r io.Reader) (ledger.Digest, error) { return copyHashed(w, r) })
	if err == nil {
		err = in.pack.end()
	}
	if err == nil {
		err = in.sent.whole()
	}
	if err != nil {
		return Blob{}, errors.Join(notPack(err), w.Discard())
	}
	blob, err := w.Commit()
	if err != nil {
		return Blob{}, err
	}
	content, err := in.Blobs.Open(ctx, in.id, blob.Address)
	if err != nil {
		return Blob{}, err
	}
	defer letGo(content)
	m, err := verifyExtraction(ctx, content, content.Size())
	if err != nil {
		return Blob{}, err
	}
	return blob, in.asSaid(m, blob)
}

// record appends what came in, and joins the logs.
func (in *arrival) record(ctx context.Context, blob Blob) (ReceivedExtraction, error) {
	doc := in.said
	doc.State, doc.Item, doc.Evidence, doc.Payload, doc.Reason = ExtractionReceived, in.request.Item, in.entryID("evidence"), blob.Recorded(), in.request.Reason
	doc.Clock, doc.Origin = &in.clock, in.origin()
	if err := doc.Origin.verify(); err != nil {
		return ReceivedExtraction{}, err
	}
	proofs, err := in.commit(ctx, "evidence", in.about, func() ([]sheet, error) { return in.sheets(ctx, doc) })
	if err != nil {
		return ReceivedExtraction{}, in.keepBroken(ctx, in.pack, err)
	}
	got := ReceivedExtraction{
		Proof: proofs[0], Item: doc.Item, Kiosk: in.link.Name, Verdict: in.judged.verdict, Words: in.link.words(in.judged, in.pack.checkpoint.Size),
		Clock: in.clock, Found: doc.Found, Taken: doc.Taken, SHA256: blob.SHA256, Size: blob.Size, OutsideFiles: outsideFiles(doc.Outside), SetAsideFiles: doc.Aside,
	}
	if err := in.receipt(ctx, &got.Proof); err != nil {
		return got, err
	}
	got.KioskReceipt, err = in.kioskReceipt(ctx, got.Entry)
	return got, err
}

func outsideFiles(list []OutsideCount) uint64 {
	n := uint64(0)
	for _, o := range list {
		n += o.Files
	}
	return n
}

// origin says where the extraction stands in the kiosk's log.
func (in *arrival) origin() *extractedAt {
	e, size := in.evidence, min(in.pack.checkpoint.Size, uint64(len(in.judged.all)))
	return &extractedAt{
		Chain: e.Statement.Predicate.Place.Chain, Checkpoint: in.pack.header.Checkpoint, Commitment: e.Commitment, Entry: e.Statement.Predicate.Place.Entry,
		Envelope: e.Envelope, Index: e.Index, Kiosk: in.link.Name, N: e.N, Officer: e.Statement.Predicate.Actor.ID, Origin: in.link.Origin,
		Path: pathOf(leafHashes(in.judged.all[:size]), int(e.Index)), Prev: e.Prev, Row: in.row.Statement.Predicate.Place.Entry, Salt: e.Salt,
	}
}

// sheets are the entries of an arrival, for the record as it is now.
func (in *arrival) sheets(ctx context.Context, doc extractionDocument) ([]sheet, error) {
	var err error
	if in.link, err = in.linkOf(ctx, in.link.Origin); err != nil {
		return nil, err
	}
	if err := errors.Join(in.fresh(), in.judge()); err != nil {
		return nil, err
	}
	head := in.pack.checkpoint.Checkpoint
	witness := continuity.Party{Name: doc.Origin.Officer + " at " + in.link.Name}
	if _, _, err := in.referenceFor(ctx, doc.Item, "", witness, ledger.EntryID{}); err != nil {
		return nil, fmt.Errorf("%w (take another reference with --item)", err)
	}
	authority, err := in.authorityState(ctx, in.id, in.request.Authority, 0)
	if err != nil {
		return nil, err
	}
	sheets, err := in.extractionSheets(ctx, doc, extractedBy{authority.fact.First, "kiosk " + in.link.Name, witness, map[string]string{
		paramKioskOrigin: in.link.Origin, paramKioskEntry: doc.Origin.Entry.String(), paramKioskIndex: strconv.FormatUint(uint64(doc.Origin.Index), 10),
		paramKioskCommitment: doc.Origin.Commitment.String(), paramKioskSize: strconv.FormatUint(head.Size, 10), paramKioskRoot: head.Root.String(),
		paramForceSize: strconv.FormatUint(in.bound.Size, 10),
	}})
	if err != nil {
		return nil, err
	}
	link := linkDocument{
		Checkpoint: in.pack.header.Checkpoint, Clock: &in.clock, Event: LinkJoined, Format: linkFormat, From: uint64(len(in.link.leaves)), Name: in.link.Name,
		Evidence: []importedEntry{{in.id, doc.Evidence, doc.Origin.Index, doc.Origin.Entry}},
		Root:     head.Root, Size: head.Size, Verdict: in.judged.verdict,
	}
	if in.judged.verdict == GoesOn {
		link.Leaves = joinLeaves(in.judged.all[link.From:])
		linked, err := in.linkSheet(ctx, in.link.Origin, "joined: "+string(in.judged.verdict), head.Size, head.Root)
		if err != nil {
			return nil, err
		}
		sheets = append(sheets, linked)
	}
	organisation := *in.act
	organisation.id = ""
	row, err := organisation.rowSheet(ctx, "joined", extractionRegister, nameOfLog(in.link.Name), ledger.EntryID{}, true, link)
	return append(sheets, row), err
}
