package custody_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
)

// TestNoBundleOfWhatWasErased erases the files of an exhibit and asks for its bundle: it is
// refused in words that name the file, the entry and the order, nothing is written or
// recorded, and the same exhibit produced anew is bundled. The control is the bundle before.
func TestNoBundleOfWhatWasErased(t *testing.T) {
	h, received := overseen(t)
	exhibit, err := h.Service.Cases().Named(t.Context(), h.id, custody.NamedExhibit, "JAS/1")
	if err != nil {
		t.Fatal(err)
	}
	h.pack(exhibit, nil)
	done := h.erases(h.order("JAS/1"))
	made := strings.Count(strings.Join(h.kinds(h.id, ledger.Work), " "), "bundle-made")
	var b bytes.Buffer
	_, err = h.Service.Exhibits().Bundle(t.Context(), sio, custody.Pack{Case: h.id, Exhibit: exhibit}, &b)
	if !errors.Is(err, custody.ErrConflict) || b.Len() > 0 {
		t.Fatalf("%d bytes, %v", b.Len(), err)
	}
	named := false
	for _, entry := range done.Erased {
		named = named || strings.Contains(err.Error(), entry.String())
	}
	for _, want := range []string{"JAS/1 version 1", "lawfully erased", "DISP/2024/7", "a new version"} {
		named = named && strings.Contains(err.Error(), want)
	}
	if !named {
		t.Errorf("it does not say what was erased, by which order and what can be done: %v", err)
	}
	if now := strings.Count(strings.Join(h.kinds(h.id, ledger.Work), " "), "bundle-made"); now != made {
		t.Errorf("%d bundles are on record, %d were made", now, made)
	}
	anew, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/1", Title: "The same schedule", Changed: "Its files were erased, and made again.",
		Run: h.run("event-schedule", received.Dataset.Entry, nil).Entry,
	})
	if err != nil {
		t.Fatal(err)
	}
	packed, _ := h.pack(anew.Entry, nil)
	if found := h.verify(packed, true); found.Headline == bundle.Differs {
		h.wants(found, bundle.Matches)
	}
	h.whole()
}

// TestSensitiveLeavesInNoBundle puts what an exhibit rests on, and then the exhibit, on the
// sensitive schedule: no bundle of it is made for somebody else, nor a delivery prepared.
// The controls are one's own bundle, and both as soon as the status has changed.
func TestSensitiveLeavesInNoBundle(t *testing.T) {
	h := withParties(t)
	received, ran, exhibit := h.signedOff(file(12))
	to := custody.CopyTerms{Recipient: "CPS Northshire", Agreement: "ISA/7"}
	ways := map[string]func() (int, error){
		"bundle": func() (int, error) {
			var b bytes.Buffer
			_, err := h.Service.Exhibits().Bundle(t.Context(), sio, custody.Pack{Case: h.id, Exhibit: exhibit.Entry, Copy: to}, &b)
			return b.Len(), err
		},
		"delivery": func() (int, error) {
			made, err := h.Service.Deliveries().Prepare(t.Context(), sio, custody.PrepareDelivery{Case: h.id, Of: exhibit.Entry, CopyTerms: to})
			return int(made.Size), err
		},
	}
	for what, entry := range map[string]ledger.EntryID{
		"the file": received.Evidence.Entry, "the run": ran.Entry, "the exhibit": exhibit.Entry,
	} {
		h.assess(custody.StatusMG6D, "it names an informant", entry)
		for name, way := range ways {
			n, err := way()
			h.deniedBy(name+" of "+what, err, "U-23")
			if err == nil || !h.onRecord(err) || !strings.Contains(err.Error(), entry.String()) || n > 0 {
				t.Errorf("%s of %s: %d bytes, %v", name, what, n, err)
			}
		}
		if packed, _ := h.pack(exhibit.Entry, nil); len(packed) == 0 {
			t.Error("control: one's own bundle is empty")
		}
		h.assess(custody.StatusMG6C, "what it named is known now", entry)
	}
	for name, way := range ways {
		if n, err := way(); err != nil || n == 0 {
			t.Errorf("control: %s after the status has changed: %d bytes, %v", name, n, err)
		}
	}
	h.whole()
}

// TestBundleIsRepeatedAsItWas asks for a bundle again under its request id, after the case
// has gone on: the bytes, the entry, the copy and the receipt are the first. A packing that
// was cut short before anything was handed out is gone on with.
func TestBundleIsRepeatedAsItWas(t *testing.T) {
	h := withCase(t)
	received, _, exhibit := h.produced(file(12))
	request := custody.Pack{Ask: custody.Ask{RequestID: "a bundle that is repeated"}, Case: h.id, Exhibit: exhibit.Entry}
	ask := func(ctx context.Context) (custody.Packed, []byte, error) {
		var b bytes.Buffer
		packed, err := h.Service.Exhibits().Bundle(ctx, sio, request, &b)
		return packed, b.Bytes(), err
	}
	ctx, cancel := context.WithCancel(t.Context())
	plain := h.Service.Store
	h.Service.Store = &meanwhile{Store: plain, kind: "copy-issued", event: cancel}
	if _, content, err := ask(ctx); err == nil || len(content) > 0 {
		t.Fatalf("cut short: %d bytes, %v", len(content), err)
	}
	h.Service.Store = plain
	first, content, err := ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.run("top-contacts", received.Dataset.Entry, map[string]string{"subject": subject}) // the record goes on
	before := len(h.kinds(h.id, ledger.Work))
	again, same, err := ask(t.Context())
	if err != nil || !bytes.Equal(same, content) || again.Entry != first.Entry || again.Copy.Entry != first.Copy.Entry || again.Copy.Number != first.Copy.Number ||
		again.SHA256 != first.SHA256 || again.Manifest != first.Manifest || again.Size != first.Size || !bytes.Equal(again.Receipt, first.Receipt) {
		t.Errorf("%+v\n%+v: %v, the same bytes %v", again, first, err, bytes.Equal(same, content))
	}
	if now := len(h.kinds(h.id, ledger.Work)); now != before {
		t.Errorf("the repeat added %d entries to the case", now-before)
	}
	other := request
	other.Copy.Recipient = "CPS Northshire"
	if _, err := h.Service.Exhibits().Bundle(t.Context(), sio, other, &bytes.Buffer{}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("for somebody else under the id: %v", err)
	}
	h.signed()
	h.whole()
}
