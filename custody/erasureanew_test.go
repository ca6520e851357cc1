package custody_test

import (
	"errors"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// TestOrderNamesWhatThereWas carries an order out after another has erased the same file,
// and the file was received anew: what was kept anew stays, and stays on record as kept.
// The control is an order that is given after that: it erases it.
func TestOrderNamesWhatThereWas(t *testing.T) {
	h, _ := overseen(t)
	ask := func() (custody.Received, error) {
		request := h.asks(file(80))
		request.Item = "NET/2"
		return h.Service.Imports().Receive(t.Context(), officer, request)
	}
	receive := func() custody.Received {
		t.Helper()
		received, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		return received
	}
	before := receive()
	digest := h.statement(before.Evidence.Entry).Subject[0].Digest
	if _, plain := digest[ledger.SHA256]; !plain {
		t.Fatal("the file is so small that it has another digest each time")
	}
	alone, whole := h.order(before.Evidence.Entry.String()), h.order("NET/2")
	algorithm, sum, err := digest.Single()
	if err != nil {
		t.Fatal(err)
	}
	bare, _, err := h.Service.Erasures().Order(t.Context(), sio, custody.OrderErasure{
		Case: h.id, Payloads: []string{algorithm + ":" + sum.String()}, Basis: policy.CourtOrder, Ground: "the court ordered it twice", Order: "DISP/2024/8",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range []custody.Erasure{alone, whole, bare} {
		if err := h.answer(dpo, order.Order, custody.ErasureApproved); err != nil {
			t.Fatal(err)
		}
	}
	h.wait(custody.ErasureDelay)
	if _, err := h.carryOut(alone.Order); err != nil {
		t.Fatal(err)
	}
	anew := receive()
	if anew.Evidence.Entry == before.Evidence.Entry {
		t.Fatal("it was not received anew")
	}
	kept := func(what string) {
		t.Helper()
		if _, err := h.Payloads.Find(t.Context(), string(h.id), digest); err != nil {
			t.Errorf("%s: the file that was received anew is gone: %v", what, err)
		}
		if _, err := ask(); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), anew.Evidence.Entry.String()) {
			t.Errorf("%s: the file stands no more under the entry under which it was received anew: %v", what, err)
		}
	}
	kept("before")
	if _, err := h.carryOut(bare.Order); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "kept anew") {
		t.Errorf("an order that names the file alone: %v", err)
	}
	kept("the file alone")
	if _, err := h.carryOut(whole.Order); err != nil && !errors.Is(err, custody.ErrConflict) {
		t.Errorf("an order that names the file and what was made from it: %v", err)
	}
	kept("the file and what was made from it")
	h.whole()
	h.erases(h.order(anew.Evidence.Entry.String()))
	if _, err := h.Payloads.Find(t.Context(), string(h.id), digest); err == nil {
		t.Error("control: an order given afterwards erases nothing")
	}
	h.whole()
	h.reopen()
	h.whole()
	h.signed()
}
