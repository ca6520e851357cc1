package custody_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// TestSealOvertaken confirms, or confirms and wipes, an extraction at the kiosk while it is
// being sealed once more: what became of it stays so. The control seals with nothing in
// between.
func TestSealOvertaken(t *testing.T) {
	for _, c := range []struct {
		name  string
		event func(h *house, receipt []byte) error
		want  error
		state custody.ExtractionState
	}{
		{"control: nothing happens", func(*house, []byte) error { return nil }, nil, custody.ExtractionSealed},
		{"it is confirmed", (*house).confirms, nil, custody.ExtractionConfirmed},
		{"it is confirmed and wiped", func(h *house, receipt []byte) error {
			if err := h.confirms(receipt); err != nil {
				return err
			}
			_, err := h.beside().Kiosks().Wipe(h.Context(), kioskOfficer, custody.WipeExtraction{Case: h.id, Item: "KO/2"})
			return err
		}, custody.ErrConflict, custody.ExtractionWiped},
	} {
		t.Run(c.name, func(t *testing.T) {
			kiosk, got := receivedOf(t, "KO/2")
			var happened error
			kiosk.Service.Store = &meanwhile{Store: kiosk.Store, kind: "register-recorded", event: func() { happened = c.event(kiosk, got.KioskReceipt) }}
			var pack bytes.Buffer
			_, err := kiosk.Service.Kiosks().Seal(t.Context(), kioskOfficer, custody.SealExtraction{Case: kiosk.id, Item: "KO/2"}, &pack)
			kiosk.Service.Store = kiosk.Store
			if happened != nil {
				t.Fatal(happened)
			}
			if !errors.Is(err, c.want) {
				t.Errorf("sealed once more: %v, want %v", err, c.want)
			}
			list, err := kiosk.Service.Kiosks().List(t.Context(), sio, kiosk.id, false, custody.Ask{})
			if err != nil || len(list) != 1 || list[0].State != c.state {
				t.Errorf("it stands as %+v, %v; want %s", list, err, c.state)
			}
			kiosk.whole()
		})
	}
}

// confirms records the force's receipt for KO/2, by another service over the same record.
func (h *house) confirms(receipt []byte) error {
	_, err := h.beside().Kiosks().Confirm(h.Context(), kioskOfficer, custody.ConfirmExtraction{Case: h.id, Item: "KO/2", Receipt: receipt})
	return err
}

// TestKioskUploadAfterAccessEnded sends a pack as an upload, takes whoever sent it off the
// case, and has them ask for it to be taken in: they are refused by a decision that is on
// record, and learn nothing of what the record has, as with a pack that they bring
// themselves. The control asks before.
func TestKioskUploadAfterAccessEnded(t *testing.T) {
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	kiosk.acquired("KO/2")
	pack := kiosk.sealed("KO/2")
	if _, err := force.takesIn(pack); err != nil {
		t.Fatal(err)
	}
	upload := force.uploads(pack)
	byUpload := func(r *custody.ReceiveExtraction) { r.Content, r.Upload = nil, upload }
	if _, err := force.takesIn(nil, byUpload); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("control: what was received before: %v", err)
	}
	if _, err := force.Service.Assignments().End(t.Context(), sio, custody.Unassign{Case: force.id, Person: officer.ID, Reason: "moved to another unit"}); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*custody.ReceiveExtraction){"as an upload": byUpload, "brought": func(*custody.ReceiveExtraction) {}} {
		if _, err := force.takesIn(pack, change); !errors.Is(err, custody.ErrDenied) || !force.onRecord(err) {
			t.Errorf("%s, after the access ended: %v", name, err)
		}
	}
}

// uploads sends a pack as an upload of the officer.
func (h *house) uploads(pack []byte) string {
	h.Helper()
	digest := ledger.Digest(sha256.Sum256(pack)).String()
	u, err := h.Service.Uploads().Begin(h.Context(), officer, custody.BeginUpload{
		Case: h.id, Kind: custody.UploadExtraction, Size: int64(len(pack)), SHA256: digest,
	})
	if err != nil {
		h.Fatal(err)
	}
	u, err = h.Service.Uploads().Append(h.Context(), officer, custody.AppendUpload{Case: h.id, Upload: u.ID, Content: bytes.NewReader(pack)})
	if err != nil || u.Offset != int64(len(pack)) {
		h.Fatalf("%d bytes are here: %v", u.Offset, err)
	}
	return u.ID
}
