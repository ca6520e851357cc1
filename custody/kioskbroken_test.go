package custody_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/cmd/custos/wiring/wiringtest"
	"custos.example/custody"
	"custos.example/ledger"
)

// snapshot closes the station, copies its data and its keys (the guard with them), and
// opens it again. What is returned puts everything back as it was then.
func (h *house) snapshot() (restored func()) {
	h.Helper()
	keep := h.TempDir()
	if err := h.Close(); err != nil {
		h.Fatal(err)
	}
	wiringtest.Duplicate(h.T, h.options.Dir, filepath.Join(keep, "record"))
	wiringtest.Duplicate(h.T, h.options.Dir+".keys", filepath.Join(keep, "keys"))
	h.open()
	return func() {
		h.Helper()
		if err := h.Close(); err != nil {
			h.Fatal(err)
		}
		for _, folder := range []string{h.options.Dir, h.options.Dir + ".keys"} {
			if err := os.RemoveAll(folder); err != nil {
				h.Fatal(err)
			}
		}
		wiringtest.Duplicate(h.T, filepath.Join(keep, "record"), h.options.Dir)
		wiringtest.Duplicate(h.T, filepath.Join(keep, "keys"), h.options.Dir+".keys")
		h.open()
	}
}

// shownState is the newest head of a kiosk, sealed.
func (h *house) shownState() []byte {
	h.Helper()
	var text bytes.Buffer
	if _, err := h.Service.Links().State(h.Context(), &text); err != nil {
		h.Fatal(err)
	}
	return text.Bytes()
}

// joinsLog has the force join what a kiosk showed.
func (h *house) joinsLog(state []byte, reason string) (custody.Joined, error) {
	return h.Service.Links().Join(h.Context(), linker, custody.JoinLog{Content: bytes.NewReader(state), Reason: reason})
}

// link is the kiosk's log as the force has it.
func (h *house) link() custody.Link {
	h.Helper()
	links, err := h.Service.Links().List(h.Context(), linker, custody.Ask{})
	if err != nil {
		h.Fatal(err)
	}
	if len(links) != 1 {
		h.Fatalf("%d logs are joined", len(links))
	}
	return links[0]
}

// broken wants the force to have found that out, with both heads kept.
func (h *house) broken(err error, want custody.Verdict) *custody.Broken {
	h.Helper()
	var broken *custody.Broken
	if !errors.As(err, &broken) || broken.Verdict != want {
		h.Fatalf("found %v, want %s", err, want)
	}
	for _, row := range h.link().History {
		if row.Entry == broken.Entry && row.Event == custody.LinkShown && row.Verdict == want && len(row.Heads) == 2 {
			return broken
		}
	}
	h.Fatalf("%s is not kept with both heads: %+v", want, h.link().History)
	return broken
}

// TestKioskCutOffRolledBackRejoined puts a kiosk back to an earlier state, guard and
// all, so that nothing at the kiosk itself can notice. The force does: it tells a log
// that was cut off from one that went on otherwise, keeps both heads, takes nothing
// in, and goes on only when somebody says why. The control is the same kiosk without
// having been put back.
func TestKioskCutOffRolledBackRejoined(t *testing.T) {
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	kiosk.acquired("KO/2")
	if _, err := force.takesIn(kiosk.sealed("KO/2")); err != nil {
		t.Fatal(err)
	}
	putBack := kiosk.snapshot()
	kiosk.acquired("KO/3")
	received, err := force.takesIn(kiosk.sealed("KO/3"))
	if err != nil {
		t.Fatal(err)
	}
	caught, controls := 0, 0
	if found, err := force.joinsLog(kiosk.shownState(), ""); err != nil || found.Verdict != custody.Same {
		t.Errorf("control: the kiosk as it is: %s, %v", found.Verdict, err)
	} else {
		controls++
	}
	linked := force.link().Size
	putBack()
	_, err = force.joinsLog(kiosk.shownState(), "")
	broken := force.broken(err, custody.CutOff)
	caught++
	if !strings.Contains(broken.Error(), "is cut off") || !strings.Contains(broken.Error(), "Keep both heads") {
		t.Errorf("words: %v", broken)
	}
	if _, err := kiosk.Service.Kiosks().Confirm(t.Context(), kioskOfficer, custody.ConfirmExtraction{
		Case: kiosk.id, Item: "KO/2", Receipt: received.KioskReceipt,
	}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("a receipt for another extraction: %v", err)
	}
	got := kiosk.acquired("KO/3") // another extraction under the same name, at the same place
	before := len(force.kinds(force.id, 1))
	_, err = force.takesIn(kiosk.sealed("KO/3"), func(r *custody.ReceiveExtraction) { r.Item = "KO/4" })
	force.broken(err, custody.RolledBack)
	caught++
	if after := len(force.kinds(force.id, 1)); after != before {
		t.Errorf("%d entries were added to the case", after-before)
	}
	if _, err := force.takesIn(kiosk.sealed("KO/3")); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("the same a second time: %v", err)
	}
	if n := len(slices.DeleteFunc(force.link().History, func(r custody.LinkRow) bool { return r.Verdict != custody.RolledBack })); n != 2 {
		t.Errorf("two heads were shown and %d are kept", n)
	}
	if force.link().Size != linked {
		t.Errorf("the force is held to %d entries, and was to %d", force.link().Size, linked)
	}
	force.joinsAnew(kiosk, received.Entry, got.SHA256)
	force.whole()
	t.Logf("PROOF harness=kiosk-history trials=2 failures=%d control=\"caught %d of 1\"", 2-caught, controls)
	if caught != 2 || controls != 1 {
		t.Error("not every broken history was caught, or the control was")
	}
}

// joinsAnew has the force go on with a kiosk that was put back: only when somebody
// says why, once, and with a note of what it had taken in and the kiosk no longer has.
// Then it takes in the next extraction.
func (h *house) joinsAnew(kiosk *house, lost ledger.EntryID, next ledger.Digest) {
	h.Helper()
	t, force := h.T, h
	if _, err := force.joinsLog(kiosk.shownState(), ""); err == nil {
		t.Error("joined without a reason")
	}
	again, err := force.joinsLog(kiosk.shownState(), "the kiosk's disk was replaced and an old copy put back")
	if err != nil || again.Verdict != custody.RolledBack {
		t.Fatalf("joined anew: %+v, %v", again, err)
	}
	link := force.link()
	last := link.History[len(link.History)-1]
	if last.Event != custody.LinkRejoined || len(last.Heads) != 2 || last.Heads[0] == last.Heads[1] || len(link.Lost) != 1 || link.Lost[0].Entry != lost {
		t.Errorf("joined anew: %+v, lost %+v", last, link.Lost)
	}
	if _, err := force.joinsLog(kiosk.shownState(), "once more"); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("joined anew without need: %v", err)
	}
	taken, err := force.takesIn(kiosk.sealed("KO/3"), func(r *custody.ReceiveExtraction) { r.Item = "KO/4" })
	if err != nil || taken.SHA256 != next {
		t.Fatalf("after the joining anew: %+v, %v", taken, err)
	}
	if len(force.link().Lost) != 1 {
		t.Errorf("lost: %+v", force.link().Lost)
	}
}

// TestKioskAnotherLog shows a log of the same name and origin that was founded anew.
func TestKioskAnotherLog(t *testing.T) {
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	other := stationOf(t, "kiosk-7.custos.example", morning)
	other.pairWith(force)
	if _, err := force.joinsLog(other.shownState(), ""); !errors.Is(err, custody.ErrIntegrity) {
		t.Errorf("a log of other keys: %v", err)
	}
	if _, err := force.joinsLog(kiosk.shownState(), ""); err != nil {
		t.Fatal(err)
	}
	stranger := stationOf(t, "kiosk-8.custos.example", morning)
	stranger.pairWith(force)
	if _, err := force.joinsLog(stranger.shownState(), ""); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("a log that was never admitted: %v", err)
	}
	if _, err := kiosk.joinsLog(kiosk.shownState(), ""); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("opened by somebody to whom it was not sealed: %v", err)
	}
}

// TestKioskStolen revokes a kiosk by its place in its log: what it had shown by then
// is still taken in, whatever comes later is not.
func TestKioskStolen(t *testing.T) {
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	kiosk.acquired("KO/2")
	kiosk.acquired("KO/3")
	early := kiosk.sealed("KO/2") // on a disk that is still on its way
	if _, err := force.joinsLog(kiosk.shownState(), ""); err != nil {
		t.Fatal(err)
	}
	size := force.link().Size
	beyond := size + 1
	if _, err := force.Service.Links().Revoke(t.Context(), linker, custody.RevokeLog{Name: "kiosk-7", From: &beyond, Reason: "stolen"}); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("revoked from a place that was never seen: %v", err)
	}
	if _, err := force.Service.Links().Revoke(t.Context(), linker, custody.RevokeLog{Name: "kiosk-7", Reason: "stolen from the van"}); err != nil {
		t.Fatal(err)
	}
	kiosk.acquired("KO/4") // by whoever has it now
	_, err := force.takesIn(kiosk.sealed("KO/4"))
	force.broken(err, custody.RevokedThere)
	_, err = force.joinsLog(kiosk.shownState(), "")
	force.broken(err, custody.RevokedThere)
	if got, err := force.takesIn(early); err != nil || got.Verdict != custody.Late {
		t.Errorf("sealed before: %+v, %v", got, err)
	}
	if got, err := force.takesIn(kiosk.sealed("KO/3")); err != nil || got.Verdict != custody.Late {
		t.Errorf("recorded before, sealed after: %+v, %v", got, err)
	}
	if link := force.link(); !link.Revoked || link.From != size || link.Size != size || link.Imported != 2 {
		t.Errorf("the kiosk: %+v", link)
	}
	force.whole()
}

// TestKioskReplay sends the same extraction again: as the same pack, sealed anew, and
// into another case. It is taken in once; a repeated request gets its own answer.
func TestKioskReplay(t *testing.T) {
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	kiosk.acquired("KO/2")
	pack := kiosk.sealed("KO/2")
	named := func(r *custody.ReceiveExtraction) { r.RequestID = "upload-request-0000001" }
	first, err := force.takesIn(pack, named)
	if err != nil {
		t.Fatal(err)
	}
	again, err := force.takesIn(pack, named)
	if err != nil || again.Entry != first.Entry || len(again.KioskReceipt) == 0 {
		t.Errorf("the same request: %+v, %v", again, err)
	}
	before := force.kinds(force.id, 1)
	for name, pack := range map[string][]byte{"the same pack": pack, "sealed anew": kiosk.sealed("KO/2")} {
		if _, err := force.takesIn(pack); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "received before") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := force.kinds(force.id, 1); len(after) != len(before) {
		t.Errorf("entries were added: %v", after[len(before):])
	}
	receipt, err := force.Service.Kiosks().Receipt(t.Context(), officer, force.id, "KO/2", custody.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kiosk.Service.Kiosks().Confirm(t.Context(), kioskOfficer, custody.ConfirmExtraction{Case: kiosk.id, Item: "KO/2", Receipt: receipt}); err != nil {
		t.Errorf("the receipt that was given again: %v", err)
	}
}

// TestKioskQueue seals three extractions while there is no line; they arrive in another
// order than they were sealed in, and each is taken in.
func TestKioskQueue(t *testing.T) {
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	packs := map[string][]byte{}
	for _, item := range []string{"KO/2", "KO/3", "KO/4"} {
		kiosk.acquired(item)
		packs[item] = kiosk.sealed(item)
	}
	waiting, err := kiosk.Service.Kiosks().List(t.Context(), sio, kiosk.id, true, custody.Ask{})
	if err != nil || len(waiting) != 3 || waiting[0].Waiting == "" {
		t.Errorf("waiting: %+v, %v", waiting, err)
	}
	for item, want := range map[string]custody.Verdict{"KO/4": custody.GoesOn} {
		if got, err := force.takesIn(packs[item]); err != nil || got.Verdict != want {
			t.Fatalf("%s: %+v, %v", item, got, err)
		}
	}
	for _, item := range []string{"KO/2", "KO/3"} {
		got, err := force.takesIn(packs[item])
		if err != nil || got.Verdict != custody.Late {
			t.Fatalf("%s: %+v, %v", item, got, err)
		}
		if _, err := kiosk.Service.Kiosks().Confirm(t.Context(), kioskOfficer, custody.ConfirmExtraction{Case: kiosk.id, Item: item, Receipt: got.KioskReceipt}); err != nil {
			t.Errorf("%s: %v", item, err)
		}
	}
	waiting, err = kiosk.Service.Kiosks().List(t.Context(), sio, kiosk.id, true, custody.Ask{})
	if err != nil || len(waiting) != 1 || waiting[0].Item != "KO/4" {
		t.Errorf("still waiting: %+v, %v", waiting, err)
	}
	kiosk.whole()
	force.whole()
}

// TestKioskClock acquires at kiosks whose clocks are a year wrong either way: the
// force says so and by how much at least, and takes nothing in before somebody says
// on which day the device was read. The control has its clock right.
func TestKioskClock(t *testing.T) {
	for name, c := range map[string]struct {
		years     int
		direction string
	}{"behind": {-1, "behind"}, "ahead": {1, "ahead"}, "right": {0, ""}} {
		t.Run(name, func(t *testing.T) {
			granted := "2024-03-01"
			if c.years < 0 { // no agreement can be recorded before its day has come
				granted = "2023-03-01"
			}
			kiosk, force := stationOf(t, "kiosk-7.custos.example", morning.AddDate(c.years, 0, 0), granted), stationOf(t, "force.custos.example", morning, granted)
			pairUp(t, kiosk, force)
			request := kiosk.extraction(phone())
			request.Book.Before, request.ReadOn = kiosk.clock.now.AddDate(-2, 0, 0), ""
			if _, err := kiosk.Service.Kiosks().Acquire(t.Context(), kioskOfficer, request); err != nil {
				t.Fatal(err)
			}
			pack := kiosk.sealed("KO/2")
			got, err := force.takesIn(pack)
			if c.years == 0 {
				if err != nil || got.Clock.Wrong() {
					t.Errorf("control: %+v, %v", got.Clock, err)
				}
				return
			}
			if !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "clock was wrong") || !strings.Contains(err.Error(), c.direction) {
				t.Fatalf("taken in: %v", err)
			}
			got, err = force.takesIn(pack, func(r *custody.ReceiveExtraction) {
				r.ReadOn, r.Reason = "2024-03-04", "by the officer's notebook"
			})
			if err != nil || got.Clock.Direction != c.direction || got.Clock.By < 364*86400 || got.Clock.By > 366*86400 {
				t.Errorf("the clock: %+v, %v", got.Clock, err)
			}
			list, err := force.Service.Kiosks().List(t.Context(), sio, force.id, false, custody.Ask{})
			if err != nil || len(list) != 1 || list[0].ReadOn != "2024-03-04" || !list[0].Clock.Wrong() {
				t.Errorf("on record: %+v, %v", list, err)
			}
		})
	}
}

// TestKioskGuardSees shows that a kiosk whose data alone is put back does not start.
func TestKioskGuardSees(t *testing.T) {
	kiosk := stationOf(t, "kiosk-7.custos.example", morning)
	keep := t.TempDir()
	if err := kiosk.Close(); err != nil {
		t.Fatal(err)
	}
	wiringtest.Duplicate(t, kiosk.options.Dir, keep)
	kiosk.open()
	kiosk.acquired("KO/2")
	if err := errors.Join(kiosk.Close(), os.RemoveAll(kiosk.options.Dir)); err != nil {
		t.Fatal(err)
	}
	wiringtest.Duplicate(t, keep, kiosk.options.Dir)
	if _, err := wiring.Open(t.Context(), kiosk.options); !errors.Is(err, custody.ErrIntegrity) {
		t.Errorf("opened: %v", err)
	}
}
