package recorder_test

import (
	"sync"
	"testing"
	"time"

	"custos.example/ledger/recorder"
)

// TestRenewBesideReceipts renews the co-signatures while the log grows and receipts
// are asked for, as a server does when its co-signers are back: nobody fails, and what
// was kept is good at the next start.
func TestRenewBesideReceipts(t *testing.T) {
	engine := newLog(t, 5)
	c, _ := coSigned(t, engine)
	c.Patience = time.Minute
	r := recorder.New(c)
	checkpoint(t, c, r, 5)
	var renewing sync.WaitGroup
	for range 2 {
		renewing.Go(func() {
			for range 12 {
				if err := r.Renew(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range uint64(12) {
		grow(t, engine, 1, "")
		if _, err := r.Receipt(t.Context(), 5+i); err != nil {
			t.Error(err)
		}
	}
	renewing.Wait()
	next := recorder.New(c)
	if err := next.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	quorate(t, c, next.Newest())
}
