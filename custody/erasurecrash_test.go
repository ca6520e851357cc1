package custody_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// mortalDisposal dies before or after one of its durable steps.
type mortalDisposal struct {
	custody.Disposal
	*fuse
}

func (m mortalDisposal) Note(ctx context.Context, note custody.DisposalNote) (noted custody.DisposalNote, err error) {
	err = m.try(func() error {
		noted, err = m.Disposal.Note(ctx, note)
		return err
	})
	return noted, err
}

func (m mortalDisposal) Forget(ctx context.Context, order ledger.EntryID) error {
	return m.try(func() error { return m.Disposal.Forget(ctx, order) })
}

func (m mortalDisposal) Payloads(ctx context.Context, note custody.DisposalNote) error {
	for i := range note.Addresses { // each is a step of its own
		one := note
		one.Addresses, one.Keys = note.Addresses[i:i+1], note.Keys[i:i+1]
		if err := m.try(func() error { return m.Disposal.Payloads(ctx, one) }); err != nil {
			return err
		}
	}
	return nil
}

func (m mortalDisposal) Case(ctx context.Context, id custody.CaseID) error {
	return m.try(func() error { return m.Disposal.Case(ctx, id) })
}

func (m mortalDisposal) Entries(ctx context.Context, id custody.CaseID, by ledger.EntryID) error {
	return m.try(func() error { return m.Disposal.Entries(ctx, id, by) })
}

func (m mortalDisposal) Compact(ctx context.Context) error {
	return m.try(func() error { return m.Disposal.Compact(ctx) })
}

// TestCrashWhileErasing kills a carrying-out before and after each of its durable
// steps, of a file and of a whole case: after a restart it is whole or has not
// begun, and asked again it ends whole.
//
// Its control opens the folder without ending what was begun: what is left must
// then be found. CUSTOS_LONG set: every step; else every third.
func TestCrashWhileErasing(t *testing.T) {
	crashes, begun, whole, caught := 0, 0, 0, 0
	stride := int64(3)
	if os.Getenv("CUSTOS_LONG") == "1" {
		stride = 1
	}
	for _, payloads := range [][]string{{"NET/1"}, nil} {
		h, _ := overseen(t)
		for _, late := range []bool{false, true} {
			for n := int64(1); ; n += stride {
				h.nextCase(fmt.Sprintf("NX/%d/%v", n, late))
				h.receive(file(40))
				order := h.ready(payloads...)
				f := &fuse{late: late}
				f.left.Store(n)
				h.Service.Disposal = mortalDisposal{h.Service.Disposal, f}
				h.Service.Store = mortalStore{h.Service.Store, f}
				ask := custody.Ask{RequestID: "carried out " + order.Order.String()}
				_, _, err := h.Service.Erasures().CarryOut(t.Context(), admin, custody.CarryOutErasure{Ask: ask, Order: order.Order})
				if err == nil {
					h.reopen()
					break
				}
				if !errors.Is(err, errCrashed) {
					t.Fatalf("write %d: %v", n, err)
				}
				crashes++
				if err := h.Close(); err != nil {
					t.Fatal(err)
				}
				caught += h.leftBehind()
				h.open()
				if h.state(order) {
					whole++
				} else {
					begun++
				}
				if _, _, err := h.Service.Erasures().CarryOut(t.Context(), admin, custody.CarryOutErasure{Ask: ask, Order: order.Order}); err != nil && !errors.Is(err, custody.ErrDenied) {
					t.Fatalf("asked again after write %d (late %v): %v", n, late, err)
				}
				if !h.state(order) {
					t.Fatalf("asked again after write %d (late %v) it is not whole", n, late)
				}
			}
		}
		h.whole()
		h.signed()
	}
	if begun == 0 || whole == 0 || caught == 0 {
		t.Errorf("of %d crashes %d had not begun, %d were ended, and the control saw %d", crashes, begun, whole, caught)
	}
	failures := 0
	if t.Failed() {
		failures = 1
	}
	t.Logf("PROOF harness=erasure-crash trials=%d failures=%d control=\"without the ending %d of them are found unfinished\"", crashes, failures, caught)
}

// ready orders an erasure and takes it up to its carrying-out.
func (h *house) ready(payloads ...string) custody.Erasure {
	h.Helper()
	order := h.order(payloads...)
	if err := h.answer(dpo, order.Order, custody.ErasureApproved); err != nil {
		h.Fatal(err)
	}
	h.wait(custody.ErasureDelay)
	return order
}

// leftBehind is 1 when a check of the closed folder finds an erasure that was
// recorded and not carried out.
func (h *house) leftBehind() int {
	h.Helper()
	station, err := wiring.OpenToCheck(h.Context(), h.options, false)
	if err != nil {
		h.Fatal(err)
	}
	defer func() { _ = station.Close() }()
	report, err := station.Inspect(h.Context(), wiring.FsckOptions{})
	if err != nil {
		h.Fatal(err)
	}
	return min(report.Open(), 1)
}

// state tells whether an order has been carried out, and fails when it is
// neither so nor untouched.
func (h *house) state(order custody.Erasure) bool {
	h.Helper()
	all, err := h.Service.Erasures().List(h.Context(), auditor, "", custody.Ask{})
	if err != nil {
		h.Fatal(err)
	}
	done := false
	for _, e := range all {
		if e.Order == order.Order {
			done = e.State == policy.ErasureDone
		}
	}
	there := 0
	for _, digest := range order.Digests {
		if ref, err := h.Payloads.Find(h.Context(), string(h.id), digest); err == nil {
			if err := h.Payloads.Verify(h.Context(), string(h.id), ref.Address); err != nil {
				h.Error(err)
			}
			there++
		}
	}
	if order.Whole {
		_, err := h.Service.Cases().Files(h.Context(), sio, h.id, custody.Ask{})
		if there = len(order.Digests); err == nil {
			there++
		}
	}
	want := len(order.Digests)
	if order.Whole {
		want++
	}
	if done && there != 0 && !order.Whole || done && order.Whole && there != len(order.Digests) || !done && there != want {
		h.Errorf("carried out %v, and %d of %d are there", done, there, want)
	}
	report, err := h.Fsck(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	for _, f := range report.Findings {
		h.Errorf("carried out %v: fsck: %s: %s", done, f.Where, f.What)
	}
	return done
}
