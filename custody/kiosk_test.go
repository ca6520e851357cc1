package custody_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/continuity"
	"custos.example/ledger"
	"custos.example/policy"
)

// The people of a kiosk and of its force.
var (
	kioskOfficer = custody.Actor{ID: "ko1"}
	labExaminer  = custody.Actor{ID: "fe1"}
	linker       = custody.Actor{ID: "sr1"}
)

// stationOf founds a log of that origin with a case and an agreement in it, which was
// given on the first of March unless it is said otherwise.
func stationOf(t *testing.T, origin string, at time.Time, granted ...string) *house {
	t.Helper()
	clock := &testClock{now: at, step: 100 * time.Millisecond}
	options := wiring.Options{Dir: filepath.Join(t.TempDir(), "record"), Clock: clock}
	first := custody.Person{ID: admin.ID, Name: "A. Admin", Roles: []string{"administrator"}}
	if err := wiring.Init(t.Context(), options, origin, first); err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, options: options, clock: clock}
	h.open()
	for id, role := range map[string]string{
		sio.ID: "sio", spoc.ID: "spoc", officer.ID: "exhibits-officer", kioskOfficer.ID: "kiosk-officer", labExaminer.ID: "forensic-examiner",
		linker.ID: "sro", stranger.ID: "analyst", auditor.ID: "auditor",
	} {
		person := custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}
		if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
			t.Fatal(err)
		}
	}
	opened, err := h.Service.Cases().Open(t.Context(), sio, custody.OpenCase{
		Reference: "NX/2024/0417", Title: "Operation KESTREL", Assigned: []string{sio.ID, spoc.ID, officer.ID, kioskOfficer.ID, labExaminer.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.id = opened.Case
	d, err := custody.AuthorityTemplate(policy.RoutePCSC37)
	if err != nil {
		t.Fatal(err)
	}
	on := policy.Date(append(granted, "2024-03-01")[0])
	d.Reference, d.Granted.On, d.Notice.GivenOn = "AG/7", on, on
	d.Scope.Identifiers, d.Scope.Categories = []string{"KO/1"}, []string{"calls", "messages"}
	d.Scope.From, d.Scope.Until = "2024-02-01", "2024-02-29"
	h.authority = h.record(d, ledger.EntryID{})
	return h
}

// phone is what a program read from a made-up phone.
func phone() fstest.MapFS {
	files := fstest.MapFS{}
	index := "path,category,date\n"
	add := func(path, category, date, content string) {
		files[path] = &fstest.MapFile{Data: []byte(content)}
		index += fmt.Sprintf("%q,%s,%s\n", path, category, date)
	}
	add("messages/0001.txt", "messages", "2024-02-03T10:15:00Z", "from 07700 900142: are you there?")
	add("messages/0002.txt", "messages", "2024-02-28", "to 07700 900142: "+strings.Repeat("yes ", 3000))
	add("messages/0003.txt", "messages", "2024-03-02", "after the agreed days")
	add("messages/0004.txt", "messages", "2023-12-24", "before the agreed days")
	add("messages/0005.txt", "messages", "", "bears no date")
	add("messages/0006.txt", "messages", "the day before", "a date that nobody can read")
	add("calls/log.csv", "calls", "2024-02-10", "number,at\n07700 900142,2024-02-10T09:00:00Z\n")
	add("photos/0001.jpg", "photos", "2024-02-10", "a picture that nobody agreed to")
	files["keychain/secrets"] = &fstest.MapFile{Data: []byte("not described")}
	files["extraction.csv"] = &fstest.MapFile{Data: []byte(index + "messages/0099.txt,messages,2024-02-05\n")}
	return files
}

// extraction is a lawful acquisition from that phone.
func (h *house) extraction(folder fs.FS) custody.AcquireExtraction {
	return custody.AcquireExtraction{
		Case: h.id, Device: "KO/1", Item: "KO/2", Authority: h.authority, Tool: "Reader 7.1", ReadOn: "2024-03-04", Folder: folder,
		Scope: custody.ExtractionScope{Categories: []string{"messages", "calls"}, From: "2024-02-01", Until: "2024-02-29"},
		Book: &custody.TakeItem{
			Media: custody.Device, Description: "A black telephone", Basis: custody.BasisAgreement, BasisOf: "AG/7", Seal: "A100",
			BeforeBy: continuity.Party{Name: "the witness"}, Before: h.clock.now.Add(-time.Hour),
		},
	}
}

// pairUp admits the kiosk at the force, and pairs the kiosk with it.
func pairUp(t *testing.T, kiosk, force *house) {
	t.Helper()
	_, err := force.Service.Links().Admit(t.Context(), linker, custody.AdmitLog{Name: "kiosk-7", Role: custody.KioskLog, Trust: kiosk.trustFile(), Place: "Bath station"})
	if err != nil {
		t.Fatal(err)
	}
	kiosk.pairWith(force)
}

func (h *house) pairWith(force *house) {
	h.Helper()
	recipient, err := force.Service.Links().Recipient(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	signed, _, err := force.Service.Recorder.Checkpoint(h.Context(), 1)
	if err != nil {
		h.Fatal(err)
	}
	_, err = h.Service.Links().Admit(h.Context(), linker, custody.AdmitLog{
		Name: "force", Role: custody.ForceLog, Trust: force.trustFile(), Recipient: recipient, Checkpoint: signed,
	})
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) trustFile() []byte {
	h.Helper()
	trust, err := h.Service.Organisation().Trust(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	text, err := trust.Bytes()
	if err != nil {
		h.Fatal(err)
	}
	return text
}

// acquired takes in the made-up phone under a reference.
func (h *house) acquired(item string) custody.Acquired {
	h.Helper()
	request := h.extraction(phone())
	request.Item = item
	got, err := h.Service.Kiosks().Acquire(h.Context(), kioskOfficer, request)
	if err != nil {
		h.Fatal(err)
	}
	return got
}

// sealed is the pack of an extraction.
func (h *house) sealed(item string) []byte {
	h.Helper()
	var pack bytes.Buffer
	made, err := h.Service.Kiosks().Seal(h.Context(), kioskOfficer, custody.SealExtraction{Case: h.id, Item: item}, &pack)
	if err != nil {
		h.Fatal(err)
	}
	if made.SHA256 != sha256.Sum256(pack.Bytes()) || made.PackedSize != int64(pack.Len()) {
		h.Error("the pack is not the one that was told")
	}
	return pack.Bytes()
}

// takesIn has the force take a pack in.
func (h *house) takesIn(pack []byte, change ...func(*custody.ReceiveExtraction)) (custody.ReceivedExtraction, error) {
	request := custody.ReceiveExtraction{Case: h.id, Authority: h.authority, Content: bytes.NewReader(pack)}
	for _, c := range change {
		c(&request)
	}
	return h.Service.Kiosks().Receive(h.Context(), officer, request)
}

// receivedOf returns a kiosk, and what the force that it is paired with made of an
// extraction that it sent.
func receivedOf(t *testing.T, item string) (kiosk *house, got custody.ReceivedExtraction) {
	t.Helper()
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	kiosk.acquired(item)
	got, err := force.takesIn(kiosk.sealed(item))
	if err != nil {
		t.Fatal(err)
	}
	return kiosk, got
}

// morning is when the tests of kiosks begin.
var morning = time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)

// TestKioskToForce acquires at a kiosk, sends to the force, confirms and wipes: what
// was taken is what was agreed, the counts close, both logs name each other, and the
// kiosk has nothing left but its record.
func TestKioskToForce(t *testing.T) {
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	got := kiosk.acquired("KO/2")
	fitsPhone(t, got.Manifest)
	received, err := force.takesIn(kiosk.sealed("KO/2"))
	if err != nil {
		t.Fatal(err)
	}
	if received.SHA256 != got.SHA256 || received.Verdict != custody.GoesOn || received.Clock.Wrong() || received.Kiosk != "kiosk-7" || received.OutsideFiles != 5 {
		t.Errorf("received: %+v", received)
	}
	listed, err := force.Service.Kiosks().Contents(t.Context(), sio, force.id, "KO/2", custody.Ask{})
	if err != nil || len(listed.Files) != 3 {
		t.Errorf("contents at the force: %+v, %v", listed.Files, err)
	}
	kiosk.wipesFor(received.KioskReceipt)
	for name, h := range map[string]*house{"kiosk": kiosk, "force": force} {
		if n := count(h.kinds("", ledger.Organisation), "log-linked"); n != map[string]int{"kiosk": 2, "force": 1}[name] {
			t.Errorf("%s: %d log-linked entries", name, n)
		}
		h.whole()
	}
}

// fitsPhone wants a manifest of what was to be taken from the made-up phone, and of
// nothing else.
func fitsPhone(t *testing.T, m custody.Manifest) {
	t.Helper()
	if m.Found.Files != 9 || m.Taken.Files != 3 || len(m.Aside) != 2 || m.Basis != "index" {
		t.Errorf("found %d, taken %d, aside %+v, outside %+v", m.Found.Files, m.Taken.Files, m.Aside, m.Outside)
	}
	want := map[custody.Outside]uint64{"after": 1, "before": 1, "category": 1, "not-described": 1, "undated": 1}
	for _, o := range m.Outside {
		if want[o.Reason] != o.Files {
			t.Errorf("%d files outside because of %s, want %d", o.Files, o.Reason, want[o.Reason])
		}
		delete(want, o.Reason)
	}
	if len(want) > 0 {
		t.Errorf("nothing outside because of %v", want)
	}
	for _, f := range m.Files {
		content, err := phone().ReadFile(f.Path)
		if err != nil || f.SHA256 != sha256.Sum256(content) || f.Size != uint64(len(content)) {
			t.Errorf("file %d: %v", f.N, err)
		}
	}
}

// wipesFor wipes the extraction KO/2 of a kiosk once the force's receipt for it is in,
// and not before.
func (h *house) wipesFor(receipt []byte) {
	h.Helper()
	t, kiosks := h.T, h.Service.Kiosks()
	if _, err := kiosks.Wipe(t.Context(), kioskOfficer, custody.WipeExtraction{Case: h.id, Item: "KO/2"}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("wiped without a receipt: %v", err)
	}
	if _, err := kiosks.Confirm(t.Context(), kioskOfficer, custody.ConfirmExtraction{Case: h.id, Item: "KO/2", Receipt: receipt}); err != nil {
		t.Fatal(err)
	}
	wipe := custody.WipeExtraction{Ask: custody.Ask{RequestID: "wipe-request-0000001"}, Case: h.id, Item: "KO/2"}
	first, err := kiosks.Wipe(t.Context(), kioskOfficer, wipe)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := kiosks.Wipe(t.Context(), kioskOfficer, wipe); err != nil || again.Entry != first.Entry {
		t.Errorf("the same request a second time: %v", err)
	}
	if _, err := kiosks.Contents(t.Context(), sio, h.id, "KO/2", custody.Ask{}); !errors.Is(err, custody.ErrNotFound) || !strings.Contains(err.Error(), "lawfully erased") {
		t.Errorf("contents at the kiosk after the wipe: %v", err)
	}
	list, err := kiosks.List(t.Context(), sio, h.id, false, custody.Ask{})
	if err != nil || len(list) != 1 || list[0].State != custody.ExtractionWiped || list[0].Taken.Files != 3 {
		t.Errorf("extractions of the kiosk: %+v, %v", list, err)
	}
	open, err := kiosks.List(t.Context(), sio, h.id, true, custody.Ask{})
	if err != nil || len(open) != 0 {
		t.Errorf("still waiting: %+v, %v", open, err)
	}
}

func count(list []string, what string) int {
	n := 0
	for _, one := range list {
		if one == what {
			n++
		}
	}
	return n
}

// TestKioskFolderIsNotTouched extracts from a folder on disk that nobody may write
// to, with a link that leads out of it.
func TestKioskFolderIsNotTouched(t *testing.T) {
	h := stationOf(t, "kiosk-7.custos.example", morning)
	dir, outside := filepath.Join(t.TempDir(), "phone"), filepath.Join(t.TempDir(), "outside.txt")
	for path, file := range phone() {
		name := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, file.Data, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.WriteFile(outside, []byte("of another person"), 0o600), os.Symlink(outside, filepath.Join(dir, "messages", "0007.txt"))); err != nil {
		t.Fatal(err)
	}
	before := folderState(t, dir)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	got, err := h.Service.Kiosks().Acquire(t.Context(), kioskOfficer, h.extraction(root.FS()))
	if err != nil {
		t.Fatal(err)
	}
	if got.Manifest.Found.Files != 10 || got.Manifest.Taken.Files != 3 {
		t.Errorf("found %d, taken %d", got.Manifest.Found.Files, got.Manifest.Taken.Files)
	}
	if after := folderState(t, dir); after != before {
		t.Errorf("the folder was changed:\n%s\n%s", before, after)
	}
}

// folderState is what can be seen of a folder: names, sizes, modes and times.
func folderState(t *testing.T, dir string) string {
	t.Helper()
	text := ""
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		text += fmt.Sprintf("%s %d %s %s\n", path, info.Size(), info.Mode(), info.ModTime())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
