package parts

import (
	"errors"
	"slices"
	"testing"
	"time"

	"custos.example/ledger"
)

func TestReceipt(t *testing.T) {
	p := pack(t, content(9000, "body"), MinPart)
	folder := t.TempDir()
	send(t, folder, p, all(p)...)
	a := lookAt(t, folder, trusting(t))
	now := ledger.NewTime(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	held := &Content{SHA256: p.SHA256, Size: p.Size}
	slip := NewSlip(a, held, now)
	data, err := slip.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseSlip(data)
	if err != nil || read.Pack != p.ID || *read.Content != *held {
		t.Fatalf("%+v: %v", read, err)
	}
	recipient := newKey("recipient")
	receipt, err := SignReceipt(t.Context(), read, "CPS Northshire", recipient.public(t), recipient)
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenReceipt(receipt)
	if err != nil || r.By != "CPS Northshire" || r.Slip.State != Opened {
		t.Fatalf("%+v: %v", r, err)
	}
	caught := 0
	for at := range receipt {
		bad := slices.Clone(receipt)
		bad[at] ^= 1
		if _, err := OpenReceipt(bad); err != nil {
			caught++
		}
	}
	if caught != len(receipt) {
		t.Errorf("%d of %d changed receipts are taken", len(receipt)-caught, len(receipt))
	}
	if _, err := SignReceipt(t.Context(), read, "CPS", newKey("another").public(t), recipient); err != nil {
		t.Fatal(err)
	} // it names a key that did not sign: the reader sees it
	wrong, _ := SignReceipt(t.Context(), read, "CPS", newKey("another").public(t), recipient)
	if _, err := OpenReceipt(wrong); !errors.Is(err, ErrForm) {
		t.Errorf("a receipt in another's name: %v", err)
	}
	for _, bad := range []Slip{{}, {Format: receiptFormat, Origin: "x", State: "lost"}, {Format: receiptFormat, Origin: "x", State: Checked}, {Format: receiptFormat, Origin: "x", State: Opened}} {
		if data, err := bad.Bytes(); err == nil {
			if _, err := ParseSlip(data); !errors.Is(err, ErrForm) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
	}
}
