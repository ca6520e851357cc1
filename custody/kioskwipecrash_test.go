package custody_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"custos.example/custody"
)

// TestCrashWhileWiping kills the wiping of an extraction before and after each of its
// durable steps: after a restart the kiosk has all of it and says so, or nothing of it
// and says so, and asked again under the same request it ends with nothing.
//
// Its control opens the folder without ending what was begun: what is left must then
// be found. CUSTOS_LONG set: every step; else every other.
func TestCrashWhileWiping(t *testing.T) {
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	crashes, begun, whole, caught, extractions := 0, 0, 0, 0, 1
	stride := int64(2)
	if os.Getenv("CUSTOS_LONG") == "1" {
		stride = 1
	}
	for _, late := range []bool{false, true} {
		for n := int64(1); ; n += stride {
			extractions++
			wipe := custody.WipeExtraction{Case: kiosk.id, Item: fmt.Sprintf("KO/%d", extractions)}
			wipe.RequestID = "wipe of the crash test " + wipe.Item
			kiosk.confirmed(force, wipe.Item)
			f := &fuse{late: late}
			f.left.Store(n)
			kiosk.Service.Disposal = mortalDisposal{kiosk.Service.Disposal, f}
			kiosk.Service.Store = mortalStore{kiosk.Service.Store, f}
			_, err := kiosk.Service.Kiosks().Wipe(t.Context(), kioskOfficer, wipe)
			if err == nil {
				kiosk.reopen()
				break
			}
			if !errors.Is(err, errCrashed) {
				t.Fatalf("write %d: %v", n, err)
			}
			crashes++
			if err := kiosk.Close(); err != nil {
				t.Fatal(err)
			}
			caught += kiosk.leftBehind()
			kiosk.open()
			if kiosk.wiped(wipe.Item) {
				whole++
			} else {
				begun++
			}
			if _, err := kiosk.Service.Kiosks().Wipe(t.Context(), kioskOfficer, wipe); err != nil {
				t.Fatalf("asked again after write %d (late %v): %v", n, late, err)
			}
			if !kiosk.wiped(wipe.Item) {
				t.Fatalf("asked again after write %d (late %v) it is not wiped", n, late)
			}
		}
	}
	kiosk.whole()
	if begun == 0 || whole == 0 || caught == 0 {
		t.Errorf("of %d crashes %d had not begun, %d were ended, and the control saw %d", crashes, begun, whole, caught)
	}
	failures := 0
	if t.Failed() {
		failures = 1
	}
	t.Logf("PROOF harness=kiosk-wipe-crash trials=%d failures=%d control=\"without the ending %d of them are found unfinished\"", crashes, failures, caught)
}

// confirmed takes an extraction to where it may be wiped.
func (h *house) confirmed(force *house, item string) {
	h.Helper()
	h.acquired(item)
	got, err := force.takesIn(h.sealed(item))
	if err == nil {
		_, err = h.Service.Kiosks().Confirm(h.Context(), kioskOfficer, custody.ConfirmExtraction{Case: h.id, Item: item, Receipt: got.KioskReceipt})
	}
	h.must(err)
}

// wiped tells whether the kiosk says that an extraction is wiped, and fails when what
// is there is otherwise.
func (h *house) wiped(item string) bool {
	h.Helper()
	list, err := h.Service.Kiosks().List(h.Context(), sio, h.id, false, custody.Ask{})
	h.must(err)
	for _, e := range list {
		if e.Item != item {
			continue
		}
		wiped := e.State == custody.ExtractionWiped
		if _, err := h.Service.Kiosks().Contents(h.Context(), sio, h.id, item, custody.Ask{}); errors.Is(err, custody.ErrNotFound) != wiped || !wiped && err != nil {
			h.Errorf("%s is %s, and its contents: %v", item, e.State, err)
		}
		report, err := h.Fsck(h.Context())
		h.must(err)
		for _, f := range report.Findings {
			h.Errorf("%s is %s: fsck: %s: %s", item, e.State, f.Where, f.What)
		}
		return wiped
	}
	h.Fatalf("%s is not on the list of the kiosk", item)
	return false
}
