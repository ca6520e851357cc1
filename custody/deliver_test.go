package custody_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/custody/parts"
	"custos.example/ledger"
)

// recipient is somebody outside with a key of their own that signs, and one to
// which packs are encrypted.
type recipient struct {
	private  ed25519.PrivateKey
	identity parts.Identity
}

func newRecipient(t *testing.T, word string) recipient {
	t.Helper()
	seed := sha256.Sum256([]byte(word))
	identity, err := parts.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return recipient{ed25519.NewKeyFromSeed(seed[:]), identity}
}

func (r recipient) public() ledger.PublicKey {
	p, err := ledger.NewPublicKey(r.private.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return p
}

func (r recipient) KeyID() ledger.KeyID { return r.public().KeyID() }

func (r recipient) Sign(_ context.Context, message []byte) ([]byte, error) {
	return ed25519.Sign(r.private, message), nil
}

// receipt signs what became of a pack.
func (r recipient) receipt(t *testing.T, s parts.Slip) []byte {
	t.Helper()
	text, err := parts.SignReceipt(t.Context(), s, "CPS Northshire", r.public(), r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// receives writes the parts that are issued into a folder.
func (h *house) receives(folder string, request custody.IssueParts) custody.IssuedParts {
	h.Helper()
	request.Case = h.id
	issued, err := h.Service.Deliveries().Issue(h.Context(), sio, request)
	if err != nil {
		h.Fatal(err)
	}
	defer issued.Close()
	for _, n := range issued.Numbers {
		part, err := issued.Pack.Part(n)
		if err != nil {
			h.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			h.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, issued.Pack.FileName(n)), content, 0o600); err != nil {
			h.Fatal(err)
		}
	}
	return issued
}

// arrived looks at a folder as somebody who trusts this service.
func (h *house) arrived(folder string) *parts.Arrival {
	h.Helper()
	service, err := ledger.NewPublicKey(h.Service.Signers.Service().Public())
	if err != nil {
		h.Fatal(err)
	}
	a, err := parts.Look(h.Context(), []parts.Folder{{Name: folder, FS: os.DirFS(folder)}}, parts.Options{Key: ledger.LookUp(service)})
	if err != nil {
		h.Fatal(err)
	}
	return a
}

func (h *house) deliveries(search custody.DeliverySearch) []custody.Delivery {
	h.Helper()
	search.Case = h.id
	found, err := h.Service.Deliveries().List(h.Context(), sio, search)
	if err != nil {
		h.Fatal(err)
	}
	return found.Deliveries
}

// TestDeliveryOfABundle sends an exhibit's bundle, encrypted, over a line that
// loses a part, and follows it until its recipient has checked it.
func TestDeliveryOfABundle(t *testing.T) {
	h := withCase(t)
	var ran []string
	h.Service.Module = likeness{steps: h.Service.Steps, ran: &ran}
	_, _, exhibit := h.produced(file(40))
	cps := newRecipient(t, "cps")
	ask := custody.PrepareDelivery{
		Ask: custody.Ask{Purpose: "for a charging decision", RequestID: "delivery-request-01"}, Case: h.id, Of: exhibit.Entry, PartSize: 20_000,
		CopyTerms: custody.CopyTerms{Recipient: "CPS Northshire", Agreement: "ISA/7"}, Encrypt: []string{cps.identity.Public()}, Key: cps.KeyID().String(),
	}
	made, err := h.Service.Deliveries().Prepare(t.Context(), sio, ask)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Service.Deliveries().Prepare(t.Context(), sio, ask)
	if err != nil || again.Entry != made.Entry || again.Pack != made.Pack || made.Name != "DEL-1" || made.Copy != 1 {
		t.Fatalf("%+v\n%+v: %v", made, again, err)
	}
	if copies := h.where(custody.CopySearch{}).Copies; len(copies) != 1 || copies[0].Recipient != "CPS Northshire" {
		t.Errorf("copies: %+v", copies)
	}
	folder := t.TempDir()
	first := h.receives(folder, custody.IssueParts{Name: "DEL-1", Means: "by line"})
	lost := filepath.Join(folder, first.Pack.FileName(2))
	before, err := os.ReadFile(lost)
	if err != nil || os.Remove(lost) != nil {
		t.Fatal(err)
	}
	a := h.arrived(folder)
	if a.Whole() || !a.Known || len(a.Missing) != 1 {
		t.Fatalf("%+v", a)
	}
	if d := h.deliveries(custody.DeliverySearch{Waiting: true}); len(d) != 1 || d[0].State != custody.DeliverySent || d[0].Overdue {
		t.Errorf("while it is on its way: %+v", d)
	}
	h.clock.now = h.clock.now.Add(8 * 24 * time.Hour)
	if d := h.deliveries(custody.DeliverySearch{Overdue: true}); len(d) != 1 || !d[0].Waiting {
		t.Errorf("after the day: %+v", d)
	}
	want, err := a.Wanted()
	if err != nil {
		t.Fatal(err)
	}
	h.receives(folder, custody.IssueParts{Name: "DEL-1", Wanted: want})
	if after, err := os.ReadFile(lost); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the part that was issued again is another: %v", err)
	}
	if a = h.arrived(folder); a.Exit() != parts.ExitWhole {
		t.Fatalf("%+v", a)
	}
	r, err := a.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	clear, err := parts.Decrypt(r, a.Cover, cps.identity)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := io.ReadAll(clear)
	if err != nil {
		t.Fatal(err)
	}
	h.wants(h.verify(packed, true), bundle.Matches)
	held := &parts.Content{SHA256: sha256.Sum256(packed), Size: uint64(len(packed))}
	slip := parts.NewSlip(a, held, ledger.NewTime(h.clock.Now()))
	slip.State, slip.Result = parts.Checked, parts.ResultMatches
	confirm := custody.ConfirmDelivery{Case: h.id, Name: "DEL-1", Receipt: cps.receipt(t, slip)}
	said, err := h.Service.Deliveries().Confirm(t.Context(), sio, confirm)
	if err != nil || said.State != custody.DeliveryChecked || said.Signed != custody.SignedKnown || said.By != "CPS Northshire" {
		t.Fatalf("%+v: %v", said, err)
	}
	if _, err := h.Service.Deliveries().Confirm(t.Context(), sio, confirm); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("the same receipt a second time: %v", err)
	}
	d := h.deliveries(custody.DeliverySearch{})
	if len(d) != 1 || d[0].Waiting || d[0].Overdue || len(d[0].Steps) != 4 || d[0].Steps[2].Parts != "2" || d[0].Steps[3].Result != parts.ResultMatches {
		t.Errorf("at the end: %+v", d)
	}
	h.signed()
	h.whole()
}

// TestReceiptsThatAreWrong tries receipts of another pack, of other content, by
// another key, changed, and out of order.
func TestReceiptsThatAreWrong(t *testing.T) {
	h := withCase(t)
	received, _, _ := h.produced(file(6))
	cps, stranger := newRecipient(t, "cps"), newRecipient(t, "stranger")
	prepare := func() (custody.PreparedDelivery, *parts.Arrival) {
		made, err := h.Service.Deliveries().Prepare(t.Context(), sio, custody.PrepareDelivery{
			Ask: custody.Ask{Purpose: "for review"}, Case: h.id, Of: received.Evidence.Entry, Name: "return.csv", Key: cps.KeyID().String(),
			CopyTerms: custody.CopyTerms{Recipient: "CPS Northshire", Agreement: "ISA/7"},
		})
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		h.receives(folder, custody.IssueParts{Name: made.Name})
		return made, h.arrived(folder)
	}
	first, a := prepare()
	second, b := prepare()
	if first.Pack == second.Pack || second.Name != "DEL-2" {
		t.Fatalf("%+v %+v", first, second)
	}
	now := ledger.NewTime(h.clock.Now())
	right := &parts.Content{SHA256: a.Cover.SHA256, Size: a.Cover.Size}
	confirm := func(name string, receipt []byte) (custody.ConfirmedDelivery, error) {
		return h.Service.Deliveries().Confirm(t.Context(), sio, custody.ConfirmDelivery{Case: h.id, Name: name, Receipt: receipt})
	}
	if _, err := confirm(first.Name, cps.receipt(t, parts.NewSlip(b, right, now))); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "the receipt is for pack") {
		t.Errorf("of another pack: %v", err)
	}
	changed := cps.receipt(t, parts.NewSlip(a, right, now))
	changed[len(changed)/3] ^= 1
	if _, err := confirm(first.Name, changed); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("changed: %v", err)
	}
	said, err := confirm(first.Name, stranger.receipt(t, parts.NewSlip(a, nil, now)))
	if err != nil || said.Signed != custody.SignedUnknown || said.State != custody.DeliveryArrived {
		t.Errorf("by a stranger's key: %+v, %v", said, err)
	}
	if said, err = confirm(first.Name, cps.receipt(t, parts.NewSlip(a, right, now))); err != nil || said.State != custody.DeliveryOpened || said.Signed != custody.SignedKnown {
		t.Errorf("the right one: %+v, %v", said, err)
	}
	if _, err := confirm(first.Name, cps.receipt(t, parts.NewSlip(a, nil, now))); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("an older one after it: %v", err)
	}
	other := &parts.Content{SHA256: ledger.Digest{1}, Size: right.Size}
	if said, err = confirm(second.Name, cps.receipt(t, parts.NewSlip(b, other, now))); err != nil || said.State != custody.DeliveryDiffers {
		t.Errorf("of other content: %+v, %v", said, err)
	}
	if _, err := confirm(second.Name, cps.receipt(t, parts.NewSlip(b, right, now))); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("after it differed: %v", err)
	}
	if d := h.deliveries(custody.DeliverySearch{Name: second.Name}); len(d) != 1 || d[0].State != custody.DeliveryDiffers {
		t.Errorf("%+v", d)
	}
	h.whole()
}
