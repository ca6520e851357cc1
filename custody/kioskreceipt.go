package custody

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"

	"custos.example/ledger"
	"custos.example/policy"
)

// kioskReceipt is what a force gives a kiosk for an extraction: its own entry with
// its place, and the proof that its log goes on from what the kiosk had seen of it.
// Shape: canonical JSON. Receipt is a C2SP tlog-proof; Consistency leads from the head
// of From entries to the one of the receipt.
type kioskReceipt struct {
	Chain       ledger.ChainID    `json:"chain"`
	Consistency []ledger.Digest   `json:"consistency"`
	Envelope    []byte            `json:"envelope"`
	Format      string            `json:"format"`
	From        uint64            `json:"from"`
	N           uint64            `json:"n"`
	Prev        ledger.Commitment `json:"prev"`
	Receipt     string            `json:"receipt"`
	Salt        ledger.Salt       `json:"salt"`
}

// kioskReceiptFormat names the form of a receipt.
const kioskReceiptFormat = "custos/kiosk-receipt/v1"

// mostReceipt is the longest receipt. Units: bytes.
const mostReceipt = 1 << 20

func hashOf(text []byte) ledger.Digest { return sha256.Sum256(text) }

// copyHashed copies and returns the digest of what was copied.
func copyHashed(w io.Writer, r io.Reader) (ledger.Digest, error) {
	h := sha256.New()
	_, err := io.Copy(io.MultiWriter(w, h), r)
	return ledger.Digest(h.Sum(nil)), err
}

// kioskReceipt makes the receipt of an extraction that was received here.
// Errors: ErrNotFound for an entry that came from no kiosk; ErrNotCoSigned.
func (s *Service) kioskReceipt(ctx context.Context, entry ledger.EntryID) ([]byte, error) {
	stored, err := s.Store.ByEntryID(ctx, entry)
	if err != nil {
		return nil, fmt.Errorf("entry %s: %w", entry, err)
	}
	statement, err := stored.Statement()
	if err != nil {
		return nil, err
	}
	seen, known := statement.Predicate.Parameters[paramForceSize]
	if !known {
		return nil, fmt.Errorf("entry %s did not come from a kiosk: %w", entry, ErrNotFound)
	}
	from, err := strconv.ParseUint(seen, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%w: entry %s: %w", ErrIntegrity, entry, err)
	}
	if _, _, err := s.Recorder.Checkpoint(ctx, uint64(stored.Index)+1); err != nil {
		return nil, fmt.Errorf("head of this log: %w", err)
	}
	text, err := s.Recorder.Receipt(ctx, uint64(stored.Index))
	if err != nil {
		return nil, fmt.Errorf("receipt of entry %s: %w", entry, err)
	}
	receipt, err := ledger.ParseReceipt(text)
	if err != nil {
		return nil, fmt.Errorf("%w: receipt of entry %s: %w", ErrIntegrity, entry, err)
	}
	path, err := s.Recorder.Consistency(ctx, from, receipt.Checkpoint.Size)
	if err != nil {
		return nil, fmt.Errorf("that this log goes on from its first %d entries: %w", from, err)
	}
	return ledger.MarshalCanonical(kioskReceipt{
		Chain: stored.Chain, Consistency: path, Envelope: stored.Envelope, Format: kioskReceiptFormat, From: from, N: stored.N, Prev: stored.Prev,
		Receipt: string(text), Salt: stored.Salt,
	})
}

// receivedAlready answers a repeated request.
func (a *act) receivedAlready(ctx context.Context, stored Stored, err error) (ReceivedExtraction, error) {
	if err == nil {
		err = a.mayLook(ctx)
	}
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return ReceivedExtraction{}, err
	}
	row, _, err := a.earlier(ctx, "extraction")
	if err != nil {
		return ReceivedExtraction{}, err
	}
	doc, err := a.extractionAt(ctx, row)
	if err != nil {
		return ReceivedExtraction{}, err
	}
	got := ReceivedExtraction{
		Proof: proof, Item: doc.Item, Verdict: Same, Words: "It was received by this very request before.", Found: doc.Found, Taken: doc.Taken,
		SHA256: doc.SHA256, Size: int64(doc.Size), OutsideFiles: outsideFiles(doc.Outside), SetAsideFiles: doc.Aside,
	}
	if doc.Origin != nil && doc.Clock != nil {
		got.Kiosk, got.Clock = doc.Origin.Kiosk, *doc.Clock
	}
	if err := a.receipt(ctx, &got.Proof); err != nil {
		return got, err
	}
	got.KioskReceipt, err = a.kioskReceipt(ctx, got.Entry)
	return got, err
}

// Receipt gives the receipt of an extraction again.
// Errors: ErrDenied; ErrNotFound.
func (k Kiosks) Receipt(ctx context.Context, actor Actor, id CaseID, item string, ask Ask) ([]byte, error) {
	a, err := k.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	doc, _, err := a.extractionNamed(ctx, item)
	if err != nil {
		return nil, err
	}
	return a.kioskReceipt(ctx, doc.Evidence)
}

// extractionNamed returns the newest row of an extraction.
// Errors: ErrNotFound.
func (a *act) extractionNamed(ctx context.Context, item string) (extractionDocument, rowFact, error) {
	row, err := registerRow(ctx, a.Store, a.id, extractionRegister, item, 0)
	if err != nil {
		return extractionDocument{}, row, fmt.Errorf("no extraction of this case is called %s: %w", item, err)
	}
	doc, err := documentOf[extractionDocument](ctx, a.Service, a.id, row.Payload)
	if err == nil && doc.Format != extractionFormat {
		err = fmt.Errorf("%s is no extraction: %w", item, ErrNotFound)
	}
	return doc, row, err
}

// ConfirmExtraction records the force's receipt of an extraction at the kiosk.
type ConfirmExtraction struct {
	Ask
	Case    CaseID
	Item    string
	Receipt []byte
}

// Confirm checks a receipt and records it, with the force's newest head: whoever
// signed it is known, its entry is about this very extraction, stands in the force's
// log, and that log goes on from what was seen of it.
// Errors: ErrIntegrity when it does not hold; ErrConflict when it is about something
// else, or this kiosk was put back since.
func (k Kiosks) Confirm(ctx context.Context, actor Actor, request ConfirmExtraction) (Proof, error) {
	a, err := k.s.begin(ctx, actor, request.Case, policy.ItemHandOver, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "confirmed"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "confirmed", resource{}, func() ([]sheet, error) { return a.confirmSheets(ctx, request) })
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], a.receipt(ctx, &proofs[0])
}

func (a *act) confirmSheets(ctx context.Context, request ConfirmExtraction) ([]sheet, error) {
	doc, row, err := a.extractionNamed(ctx, request.Item)
	if err != nil {
		return nil, err
	}
	if doc.State != ExtractionAcquired && doc.State != ExtractionSealed {
		return nil, fmt.Errorf("%s is %s already (entry %s): %w", doc.Item, doc.State, row.Entry, ErrConflict)
	}
	force, err := a.force(ctx)
	if err != nil {
		return nil, err
	}
	r, err := parseKioskReceipt(request.Receipt, force.trust)
	if err != nil {
		return nil, err
	}
	own, err := a.Store.ByEntryID(ctx, doc.Evidence)
	if err != nil {
		return nil, err
	}
	joined, err := a.receiptFor(ctx, r, own)
	if err != nil {
		return nil, err
	}
	head := r.receipt.Checkpoint.Checkpoint
	if err := force.follows(r, head); err != nil {
		return nil, err
	}
	doc.State, doc.Receipt, doc.Reason = ExtractionConfirmed, string(request.Receipt), a.ask.Purpose
	confirmed, err := a.rowSheet(ctx, "confirmed", extractionRegister, doc.Item, doc.Evidence, true, doc)
	if err != nil || head.Size <= force.newest() {
		return []sheet{confirmed}, err
	}
	linked, err := a.linkSheet(ctx, force.Origin, "receipt", head.Size, head.Root)
	if err != nil {
		return nil, err
	}
	organisation := *a
	organisation.id = ""
	link, err := organisation.rowSheet(ctx, "joined", extractionRegister, nameOfLog(force.Name), ledger.EntryID{}, true, linkDocument{
		Checkpoint: string(r.receipt.Checkpoint.Bytes()), Event: LinkJoined, Format: linkFormat, Name: force.Name, Own: joined, Root: head.Root, Size: head.Size,
		Verdict: GoesOn,
	})
	return []sheet{confirmed, linked, link}, err
}

// shownReceipt is a receipt that holds.
type shownReceipt struct {
	kioskReceipt
	receipt   ledger.Receipt
	statement ledger.Statement
}

// parseKioskReceipt checks a receipt against the keys of the force.
// Errors: ErrInvalid when it is none; ErrIntegrity.
func parseKioskReceipt(text []byte, trust ledger.Trust) (shownReceipt, error) {
	var r shownReceipt
	if len(text) > mostReceipt {
		return r, fmt.Errorf("a receipt has at most %d bytes: %w", mostReceipt, ErrInvalid)
	}
	if err := ledger.UnmarshalCanonical(text, &r.kioskReceipt); err != nil || r.Format != kioskReceiptFormat {
		return r, fmt.Errorf("this is not the receipt of a force: %w: %w", errors.Join(err, ErrInvalid), ErrInvalid)
	}
	refuse := func(err error) (shownReceipt, error) {
		return r, fmt.Errorf("%w: the receipt does not hold: %w (if the force has new keys, pair with it again)", ErrIntegrity, err)
	}
	signed, err := ledger.ParseEnvelope(r.Envelope)
	if err != nil {
		return refuse(err)
	}
	if r.statement, err = ledger.OpenStatement(signed); err != nil {
		return refuse(err)
	}
	service := ledger.Envelope{Payload: signed.Payload, PayloadType: signed.PayloadType, Signatures: signed.Signatures[:1]}
	if err := service.Verify(trust.Key); err != nil {
		return refuse(err)
	}
	if !trust.Recorder(signed.Signatures[0].KeyID) {
		return refuse(errors.New("no recording service of the force signed it"))
	}
	if r.receipt, err = ledger.ParseReceipt([]byte(r.Receipt)); err != nil {
		return refuse(err)
	}
	if err := r.receipt.Checkpoint.Verify(trust.Log...); err != nil {
		return refuse(err)
	}
	commitment := ledger.Commit(r.Chain, r.N, r.Prev, ledger.DeriveInner(r.Salt, r.Envelope))
	if err := r.receipt.Verify(commitment); err != nil {
		return refuse(err)
	}
	if r.statement.Predicate.Place.Chain != r.Chain {
		return refuse(errors.New("the entry was signed for another chain"))
	}
	return r, nil
}

// receiptFor returns the size of this log that the force joined, when the receipt is
// for this very entry.
func (a *act) receiptFor(ctx context.Context, r shownReceipt, own Stored) (uint64, error) {
	p := r.statement.Predicate.Parameters
	if _, is := r.statement.Predicate.Detail.(*ledger.EvidenceReceived); !is || p[paramKioskOrigin] != a.Origin || p[paramKioskEntry] != own.Entry.String() {
		return 0, fmt.Errorf("the receipt is for another extraction, not for entry %s of this log: %w", own.Entry, ErrConflict)
	}
	if p[paramKioskCommitment] != own.Commitment.String() {
		return 0, fmt.Errorf("%w: the force received another entry %s than this log has at leaf %d: this kiosk was put back; do not wipe anything, and call the office",
			ErrIntegrity, own.Entry, own.Index)
	}
	joined, err := strconv.ParseUint(p[paramKioskSize], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: the receipt: %w", ErrIntegrity, err)
	}
	size, err := a.Store.Size(ctx)
	if err != nil {
		return 0, err
	}
	if joined > size {
		return 0, fmt.Errorf("%w: the force has joined %d entries of this log, which has %d: this kiosk was put back; do not wipe anything, and call the office",
			ErrIntegrity, joined, size)
	}
	return joined, nil
}

// follows returns nil when the force's log goes on from what this kiosk had seen.
// Errors: ErrIntegrity.
func (l *linkState) follows(r shownReceipt, head ledger.Checkpoint) error {
	for _, row := range l.history {
		if row.Size != r.From {
			continue
		}
		if err := ledger.VerifyConsistency(r.From, head.Size, r.Consistency, row.Root, head.Root); err != nil {
			return fmt.Errorf("%w: %s does not go on from the %d entries that this kiosk had seen: keep the receipt, and call the office: %w",
				ErrIntegrity, l.Name, r.From, err)
		}
		return nil
	}
	return fmt.Errorf("%w: the receipt goes on from a head of %d entries of %s, which this kiosk has never seen", ErrIntegrity, r.From, l.Name)
}
