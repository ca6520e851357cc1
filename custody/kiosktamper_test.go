package custody_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"custos.example/custody"
)

// unsealed is the content of a pack.
func (h *house) unsealed(pack []byte) []byte {
	h.Helper()
	r, err := h.Service.Intake.Open(h.Context(), bytes.NewReader(pack))
	if err != nil {
		h.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		h.Fatal(err)
	}
	return plain
}

// resealed seals a content, as anybody can who knows the recipient.
func (h *house) resealed(plain []byte) []byte {
	h.Helper()
	recipient, err := h.Service.Links().Recipient(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	var pack bytes.Buffer
	w, err := h.Service.Intake.Seal(recipient, &pack)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		h.Fatal(err)
	}
	return pack.Bytes()
}

// TestKioskPackChanged changes one byte of a pack in many places, cuts it off, adds to
// it, and swaps its payload, each time sealing it anew as whoever knows the recipient
// can. Each must be refused with nothing taken in. The control is the same pack,
// unsealed and sealed again without a change.
func TestKioskPackChanged(t *testing.T) {
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	kiosk.acquired("KO/2")
	plain := force.unsealed(kiosk.sealed("KO/2"))
	trials := 120
	if os.Getenv("CUSTOS_LONG") != "" {
		trials = 4000
	}
	random := rand.New(rand.NewPCG(7, 42)) //nolint:gosec // trials that can be repeated
	changed := map[string][]byte{
		"cut off": plain[:len(plain)-1], "cut in the middle": plain[:len(plain)/2], "longer": append(bytes.Clone(plain), 0), "empty": nil,
		"only its first line": []byte("custos/kiosk-pack/v1\n"), "no end of header": []byte("custos/kiosk-pack/v1\n99999999999\n{}"),
	}
	for len(changed) < trials {
		at := random.IntN(len(plain))
		one := bytes.Clone(plain)
		one[at] ^= 1 << random.IntN(8)
		changed[fmt.Sprintf("byte %d of %d", at, len(plain))] = one
	}
	before, missed := len(force.kinds(force.id, 1)), 0
	for name, content := range changed {
		if _, err := force.takesIn(force.resealed(content)); err == nil {
			missed++
			t.Errorf("%s was changed and taken in", name)
		}
	}
	if after := len(force.kinds(force.id, 1)); after != before {
		t.Errorf("%d entries were added by packs that were refused", after-before)
	}
	caught := 0
	if got, err := force.takesIn(force.resealed(plain)); err != nil || got.Item != "KO/2" {
		t.Errorf("control: %+v, %v", got, err)
	} else {
		caught = 1
	}
	force.whole()
	t.Logf("PROOF harness=kiosk-packs trials=%d failures=%d control=\"caught %d of 1\"", len(changed), missed, caught)
}

// TestStrangersPackIsNotRead sends a pack whose header is millions of empty objects:
// from somebody who is not on the case it is refused by a decision, and from somebody
// who is, before it takes memory of a multiple of its size. Control: a pack with two
// empty objects is refused for what it says.
func TestStrangersPackIsNotRead(t *testing.T) {
	force := stationOf(t, "force.custos.example", morning)
	packOf := func(objects int) []byte {
		header := `{"keys":[` + strings.Repeat("{},", objects-1) + `{}]}`
		return force.resealed(fmt.Appendf(nil, "custos/kiosk-pack/v1\n%d\n%s", len(header), header))
	}
	large := packOf(2_000_000)
	receive := func(who custody.Actor, pack []byte) error {
		_, err := force.Service.Kiosks().Receive(t.Context(), who, custody.ReceiveExtraction{Case: force.id, Authority: force.authority, Content: bytes.NewReader(pack)})
		return err
	}
	if err := receive(stranger, large); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("from a stranger: %v", err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := receive(officer, large); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "more objects") {
		t.Errorf("from an exhibits officer: %v", err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 16*uint64(len(large)) {
		t.Errorf("a pack of %d bytes took %d", len(large), took)
	}
	if err := receive(officer, packOf(2)); !errors.Is(err, custody.ErrInvalid) || strings.Contains(err.Error(), "more objects") {
		t.Errorf("control: %v", err)
	}
}

// TestKioskReceiptChanged changes one character of a receipt in many places; none may
// be recorded, so that nothing is wiped on it. The control is the receipt itself.
func TestKioskReceiptChanged(t *testing.T) {
	kiosk, got := receivedOf(t, "KO/2")
	random := rand.New(rand.NewPCG(7, 43)) //nolint:gosec // trials that can be repeated
	missed, trials := 0, 150
	for range trials {
		one := bytes.Clone(got.KioskReceipt)
		at := random.IntN(len(one))
		one[at] ^= 1 << random.IntN(7)
		if _, err := kiosk.Service.Kiosks().Confirm(t.Context(), kioskOfficer, custody.ConfirmExtraction{Case: kiosk.id, Item: "KO/2", Receipt: one}); err == nil {
			missed++
			t.Fatalf("byte %d of the receipt was changed and it was recorded: %s", at, one[max(0, at-20):min(len(one), at+20)])
		}
	}
	if _, err := kiosk.Service.Kiosks().Confirm(t.Context(), kioskOfficer, custody.ConfirmExtraction{Case: kiosk.id, Item: "KO/2", Receipt: got.KioskReceipt}); err != nil {
		t.Errorf("control: %v", err)
	}
	t.Logf("PROOF harness=kiosk-receipts trials=%d failures=%d control=\"caught 1 of 1\"", trials, missed)
}

// TestKioskRefused asks for what may not be done.
func TestKioskRefused(t *testing.T) {
	h := stationOf(t, "kiosk-7.custos.example", morning)
	unbooked := h.extraction(phone())
	unbooked.Book = nil
	if _, err := h.Service.Kiosks().Acquire(t.Context(), kioskOfficer, unbooked); !errors.Is(err, custody.ErrNotFound) || !strings.Contains(err.Error(), "taken into custody") {
		t.Errorf("a device that was not taken in: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*custody.AcquireExtraction)
		actor  custody.Actor
		want   error
		words  string
	}{
		"a category beyond the agreement": {func(r *custody.AcquireExtraction) { r.Scope.Categories = append(r.Scope.Categories, "photos") }, kioskOfficer, custody.ErrDenied, "covers calls, messages, not photos"},
		"no category":                     {func(r *custody.AcquireExtraction) { r.Scope.Categories = nil }, kioskOfficer, custody.ErrInvalid, "categories"},
		"a day beyond the agreement":      {func(r *custody.AcquireExtraction) { r.Scope.Until = "2024-03-01" }, kioskOfficer, custody.ErrDenied, "A-24"},
		"another device":                  {func(r *custody.AcquireExtraction) { r.Device = "KO/9" }, kioskOfficer, custody.ErrDenied, "A-24"},
		"somebody who may not":            {func(*custody.AcquireExtraction) {}, sio, custody.ErrDenied, "R-01"},
		"a stranger":                      {func(*custody.AcquireExtraction) {}, stranger, custody.ErrDenied, ""},
		"before the agreement":            {func(r *custody.AcquireExtraction) { r.ReadOn = "2024-02-28" }, kioskOfficer, custody.ErrDenied, "A-08"},
		"one reference for both":          {func(r *custody.AcquireExtraction) { r.Item = "KO/1" }, kioskOfficer, custody.ErrInvalid, "two exhibits"},
		"no program":                      {func(r *custody.AcquireExtraction) { r.Tool = "" }, kioskOfficer, custody.ErrInvalid, "version"},
		"nothing in the scope":            {func(r *custody.AcquireExtraction) { r.Scope.From, r.Scope.Until = "2024-02-20", "2024-02-21" }, kioskOfficer, custody.ErrInvalid, "nothing to take in"},
		"an index that is none":           {func(r *custody.AcquireExtraction) { r.Folder = broken("a,b\n") }, kioskOfficer, custody.ErrInvalid, "extraction.csv"},
		"an index with two columns":       {func(r *custody.AcquireExtraction) { r.Folder = broken("path,category,date\nx,y\n") }, kioskOfficer, custody.ErrInvalid, "extraction.csv"},
		"an empty folder":                 {func(r *custody.AcquireExtraction) { r.Folder = fstest.MapFS{} }, kioskOfficer, custody.ErrInvalid, "nothing to take in"},
	} {
		request := h.extraction(phone())
		c.change(&request)
		before := len(h.kinds(h.id, 1))
		_, err := h.Service.Kiosks().Acquire(t.Context(), c.actor, request)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
		for _, kind := range h.kinds(h.id, 1)[before:] {
			if kind == "evidence-received" || kind == "register-recorded" {
				t.Errorf("%s: %s was recorded", name, kind)
			}
		}
	}
	h.acquired("KO/2")
	request := h.extraction(phone())
	if _, err := h.Service.Kiosks().Acquire(t.Context(), kioskOfficer, request); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("a reference that is taken: %v", err)
	}
	var pack bytes.Buffer
	if _, err := h.Service.Kiosks().Seal(t.Context(), kioskOfficer, custody.SealExtraction{Case: h.id, Item: "KO/2"}, &pack); !errors.Is(err, custody.ErrNotFound) || pack.Len() > 0 {
		t.Errorf("sealed without a force: %v", err)
	}
}

// broken is a folder with that index.
func broken(index string) fstest.MapFS {
	folder := phone()
	folder["extraction.csv"] = &fstest.MapFile{Data: []byte(index)}
	return folder
}

// TestKioskFolderWithoutIndex takes the first folder for the category, and nothing for
// a date.
func TestKioskFolderWithoutIndex(t *testing.T) {
	h := stationOf(t, "kiosk-7.custos.example", morning)
	folder := phone()
	delete(folder, "extraction.csv")
	request := h.extraction(folder)
	if _, err := h.Service.Kiosks().Acquire(t.Context(), kioskOfficer, request); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("nothing bears a date: %v", err)
	}
	request = h.extraction(folder)
	request.Scope.Undated = true
	got, err := h.Service.Kiosks().Acquire(t.Context(), kioskOfficer, request)
	if err != nil || got.Manifest.Taken.Files != 7 || got.Manifest.Basis != "folders" {
		t.Errorf("taken %+v on the basis of %s: %v", got.Manifest.Taken, got.Manifest.Basis, err)
	}
}

// TestKioskFolderMoves has a program write to the folder while it is read.
func TestKioskFolderMoves(t *testing.T) {
	h := stationOf(t, "kiosk-7.custos.example", morning)
	dir := t.TempDir()
	if err := os.MkdirAll(dir+"/messages", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"/extraction.csv": "path,category,date\nmessages/a,messages,2024-02-03\n", "/messages/a": "short"} {
		if err := os.WriteFile(dir+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	request := h.extraction(growing{os.DirFS(dir), dir + "/messages/a"})
	if _, err := h.Service.Kiosks().Acquire(t.Context(), kioskOfficer, request); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "something writes") {
		t.Errorf("a file that grew: %v", err)
	}
}

// growing is a folder in which one file grows when it is opened.
type growing struct {
	fs.FS
	file string
}

// Open opens a file.
func (g growing) Open(name string) (fs.File, error) {
	if strings.HasSuffix(g.file, "/"+name) {
		if err := os.WriteFile(g.file, []byte("longer than it was"), 0o600); err != nil {
			return nil, err
		}
	}
	return g.FS.Open(name)
}

// TestKioskReferral refers a device up both levels and back; whoever referred does not
// answer, and nothing is out of order.
func TestKioskReferral(t *testing.T) {
	h := stationOf(t, "force.custos.example", morning)
	k := h.Service.Kiosks()
	h.acquired("KO/2")
	ask := custody.ReferItem{
		Case: h.id, Item: "KO/1", From: custody.LevelKiosk, To: custody.LevelRegion, Unit: "Regional team", Reason: "locked", Wanted: "messages", Due: "2024-03-10",
	}
	wrong := ask
	wrong.To, wrong.From = custody.LevelKiosk, custody.LevelRegion
	if _, _, err := k.Refer(t.Context(), kioskOfficer, wrong); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("referred down: %v", err)
	}
	name, _, err := k.Refer(t.Context(), kioskOfficer, ask)
	if err != nil || name != "R-1" {
		t.Fatalf("%s, %v", name, err)
	}
	if _, _, err := k.Refer(t.Context(), kioskOfficer, ask); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("referred twice: %v", err)
	}
	answer := func(actor custody.Actor, state custody.ReferralState, results ...string) error {
		_, err := k.AnswerReferral(t.Context(), actor, custody.AnswerReferral{Case: h.id, Referral: name, State: state, Reason: "as agreed", Results: results})
		return err
	}
	if err := answer(labExaminer, custody.ReferralReturned); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("returned before it was accepted: %v", err)
	}
	if err := answer(kioskOfficer, custody.ReferralAccepted); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("accepted by whoever referred it: %v", err)
	}
	if err := answer(labExaminer, custody.ReferralAccepted); err != nil {
		t.Fatal(err)
	}
	h.clock.now = h.clock.now.AddDate(0, 0, 10)
	list, err := k.Referrals(t.Context(), sio, h.id, custody.Ask{})
	if err != nil || len(list) != 1 || !list[0].Overdue || list[0].State != custody.ReferralAccepted {
		t.Errorf("%+v, %v", list, err)
	}
	if err := answer(labExaminer, custody.ReferralReturned, "KO/7"); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("returned with what is not there: %v", err)
	}
	if err := answer(labExaminer, custody.ReferralReturned, "KO/2"); err != nil {
		t.Fatal(err)
	}
	list, err = k.Referrals(t.Context(), sio, h.id, custody.Ask{})
	if err != nil || list[0].State != custody.ReferralReturned || list[0].Overdue || len(list[0].Results) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	ask.From, ask.To, ask.Unit = custody.LevelRegion, custody.LevelLaboratory, "Laboratory"
	if name, _, err = k.Refer(t.Context(), labExaminer, ask); err != nil || name != "R-2" {
		t.Errorf("%s, %v", name, err)
	}
	if err := answer(kioskOfficer, custody.ReferralDeclined); err != nil {
		t.Error(err)
	}
	h.whole()
}

// TestKioskWipeUnderHold refuses to wipe while a hold is in force.
func TestKioskWipeUnderHold(t *testing.T) {
	kiosk, got := receivedOf(t, "KO/2")
	if _, err := kiosk.Service.Kiosks().Confirm(t.Context(), kioskOfficer, custody.ConfirmExtraction{Case: kiosk.id, Item: "KO/2", Receipt: got.KioskReceipt}); err != nil {
		t.Fatal(err)
	}
	if _, err := kiosk.Service.Holds().Place(t.Context(), linker, custody.PlaceHold{Case: kiosk.id, Hold: "H-1", Ground: "appeal is open"}); err != nil {
		t.Fatal(err)
	}
	wipe := custody.WipeExtraction{Case: kiosk.id, Item: "KO/2"}
	_, err := kiosk.Service.Kiosks().Wipe(t.Context(), kioskOfficer, wipe)
	kiosk.deniedBy("wiped under a hold", err, "U-13")
	if !kiosk.onRecord(err) || !strings.Contains(err.Error(), "H-1") {
		t.Errorf("what the record and the officer have of it: %v", err)
	}
	if m, err := kiosk.Service.Kiosks().Contents(t.Context(), sio, kiosk.id, "KO/2", custody.Ask{}); err != nil || len(m.Files) != 3 {
		t.Errorf("still there: %+v, %v", m.Taken, err)
	}
	if _, err := kiosk.Service.Holds().Lift(t.Context(), sro, custody.LiftHold{Case: kiosk.id, Hold: "H-1", Reason: "the appeal is over"}); err != nil {
		t.Fatal(err)
	}
	if _, err := kiosk.Service.Kiosks().Wipe(t.Context(), kioskOfficer, wipe); err != nil {
		t.Errorf("control: wiped once the hold is lifted: %v", err)
	}
}
