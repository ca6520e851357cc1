package custody

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// SharingSlip is what another organisation confirms: which sharing it has been told
// of, and its terms by their digest.
// Shape: canonical JSON; On and By are filled in by whoever signs.
type SharingSlip struct {
	Agreement    string           `json:"agreement"`
	By           string           `json:"by"` // who signs for the organisation, in words
	Case         CaseID           `json:"case"`
	Entry        ledger.EntryID   `json:"entry"` // of the terms in the record
	Format       string           `json:"format"`
	On           ledger.Time      `json:"on"`
	Organisation string           `json:"organisation"`
	Origin       string           `json:"origin"` // the log
	Share        string           `json:"share"`
	Terms        ledger.DigestSet `json:"terms"`
}

// SharingSlipFormat names the form of a slip.
const SharingSlipFormat = "custos/sharing-receipt/v1"

// SignedSlip is a slip with the signature of the organisation that confirms it.
// Shape: canonical JSON; Signature is Ed25519 over Format, a line feed and the
// canonical JSON of the slip.
type SignedSlip struct {
	Key       ledger.KeyID `json:"key"`
	Signature []byte       `json:"signature"`
	Slip      SharingSlip  `json:"slip"`
}

// maxSlip is the most bytes of a slip.
const maxSlip = 64 << 10

func receiptRow(share string) string { return share + " receipt" }

// message is what is signed.
func (s SharingSlip) message() ([]byte, error) {
	text, err := ledger.MarshalCanonical(s)
	return append([]byte(SharingSlipFormat+"\n"), text...), err
}

// SignSlip signs a slip in the name of an organisation.
// Errors: ErrInvalid for a text that is no slip.
func SignSlip(ctx context.Context, text []byte, by string, on ledger.Time, key ledger.Signer) ([]byte, error) {
	var slip SharingSlip
	if len(text) > maxSlip {
		return nil, fmt.Errorf("a slip has at most %d bytes: %w", maxSlip, ErrInvalid)
	}
	if err := ledger.UnmarshalCanonical(bytes.TrimSpace(text), &slip); err != nil || slip.Format != SharingSlipFormat {
		return nil, fmt.Errorf("this is no slip of a sharing as custos sharing slip writes it: %w", ErrInvalid)
	}
	if err := checkText("name of who signs", by); err != nil {
		return nil, err
	}
	slip.By, slip.On = by, on
	message, err := slip.message()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	signature, err := key.Sign(ctx, message)
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: %w", key.KeyID(), err)
	}
	return ledger.MarshalCanonical(SignedSlip{key.KeyID(), signature, slip})
}

// Slip returns the text that the other organisation is to sign.
func (h Sharing) Slip(ctx context.Context, actor Actor, id CaseID, name string, ask Ask) ([]byte, error) {
	a, err := h.s.begin(ctx, actor, id, policy.CaseShare, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	slip, err := a.slip(ctx, name)
	if err != nil {
		return nil, err
	}
	return ledger.MarshalCanonical(slip)
}

// slip is what is to be signed for a sharing, as it was when it was first recorded.
func (a *act) slip(ctx context.Context, name string) (SharingSlip, error) {
	doc, _, err := a.sharingNamed(ctx, name)
	if err != nil {
		return SharingSlip{}, err
	}
	rows, err := registerRows(ctx, a.Store, a.id, sharingRegister, 0)
	if err != nil {
		return SharingSlip{}, err
	}
	first := rows[slices.IndexFunc(rows, func(r rowFact) bool { return r.Name == name })]
	return SharingSlip{
		Agreement: doc.Agreement, Case: a.id, Entry: first.Entry, Format: SharingSlipFormat, Organisation: doc.With, Origin: a.Origin,
		Share: name, Terms: first.Payload,
	}, nil
}

// ConfirmSharing records the receipt of the other organisation.
type ConfirmSharing struct {
	Ask
	Case   CaseID
	Name   string
	Signed []byte // as SignSlip writes it
}

// Confirm records that the other organisation has confirmed a sharing: under a key
// that the register has for it.
// Errors: ErrDenied; ErrNotFound; ErrInvalid for a receipt of something else, or one
// whose signature is not that organisation's; ErrConflict when there is one.
func (h Sharing) Confirm(ctx context.Context, actor Actor, request ConfirmSharing) (Proof, error) {
	a, err := h.s.begin(ctx, actor, request.Case, policy.CaseShare, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "receipt"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "receipt", resource{}, func() ([]sheet, error) {
		signed, err := a.checkSlip(ctx, request)
		if err != nil {
			return nil, err
		}
		if known, err := has(ctx, a.Store, a.id, inRegisters, registerKey(sharingRegister, receiptRow(request.Name)), 0); err != nil || known {
			return nil, orConflict(err, "a receipt of "+request.Name+" is on record already")
		}
		s, err := a.rowSheet(ctx, "receipt", sharingRegister, receiptRow(request.Name), signed.Slip.Entry, false, signed)
		return []sheet{s}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], a.receipt(ctx, &proofs[0])
}

// checkSlip holds a signed receipt against the record.
func (a *act) checkSlip(ctx context.Context, request ConfirmSharing) (SignedSlip, error) {
	var signed SignedSlip
	if len(request.Signed) > maxSlip {
		return signed, fmt.Errorf("a receipt has at most %d bytes: %w", maxSlip, ErrInvalid)
	}
	if err := ledger.UnmarshalCanonical(bytes.TrimSpace(request.Signed), &signed); err != nil {
		return signed, fmt.Errorf("this is no receipt as custos sharing sign writes it: %w: %w", ErrInvalid, err)
	}
	want, err := a.slip(ctx, request.Name)
	if err != nil {
		return signed, err
	}
	want.By, want.On = signed.Slip.By, signed.Slip.On
	if same, err := sameText(want, signed.Slip); err != nil || !same {
		return signed, fmt.Errorf("the receipt is of another sharing, or of other terms, than %s of this case: %w", request.Name, ErrInvalid)
	}
	if err := checkText("name of who signed", signed.Slip.By); err != nil {
		return signed, err
	}
	other, err := a.organisation(ctx, want.Organisation)
	if err != nil {
		return signed, err
	}
	at := slices.IndexFunc(other.Keys, func(k ledger.PublicKey) bool { return k.KeyID() == signed.Key })
	if at < 0 {
		return signed, fmt.Errorf("the receipt is signed with the key %s, which is none that the register has for %s: %w", signed.Key, other.Code, ErrInvalid)
	}
	message, err := signed.Slip.message()
	if err != nil {
		return signed, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err := other.Keys[at].Verify(message, signed.Signature); err != nil {
		return signed, fmt.Errorf("the signature of the receipt is not that of %s: it was changed, or signed by somebody else: %w: %w", other.Code, ErrInvalid, err)
	}
	return signed, nil
}
