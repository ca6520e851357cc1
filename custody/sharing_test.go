package custody_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/sign"
	"custos.example/policy"
)

// The people of another force, and a key of that force.
var (
	kentAnalyst = custody.Actor{ID: "k.an1"}
	kentSRO     = custody.Actor{ID: "k.sr1"}
)

// neighbours is a house with a case that belongs to one force, with people of another
// enrolled, and that force's key.
func neighbours(t *testing.T) (*house, custody.Received, *sign.Key) {
	t.Helper()
	h, received := overseen(t)
	key, err := sign.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []custody.RecordOrganisation{
		{KnownOrganisation: custody.KnownOrganisation{Code: "north", Name: "Northern Force", Aliases: []string{"territorial-police"}}, Home: true},
		{KnownOrganisation: custody.KnownOrganisation{Code: "kent", Name: "Kentish Force", Keys: []ledger.PublicKey{public}}},
	} {
		if _, err := h.Service.Organisations().Record(t.Context(), sro, o); err != nil {
			t.Fatal(err)
		}
	}
	for id, role := range map[string]string{kentAnalyst.ID: "analyst", "k.an2": "analyst", kentSRO.ID: "sro", "k.si1": "sio"} {
		standing := able()
		standing.Organisation = "Kentish Force"
		person := custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}
		if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: standing}); err != nil {
			t.Fatal(err)
		}
	}
	return h, received, key
}

// looks reads a page of the data set.
func (h *house) looks(by custody.Actor, dataset ledger.EntryID) error {
	_, err := h.Service.Pages().Read(h.Context(), by, custody.ReadPage{
		Ask: custody.Ask{Purpose: "contacts of the subject"}, Case: h.id, Data: dataset, First: 1, Last: 5,
	})
	return err
}

func (h *house) share(change func(*custody.ShareCase)) (custody.SharedCase, error) {
	request := custody.ShareCase{
		Case: h.id, With: "kent", Agreement: "AGR/2024/3", Uses: []policy.ShareUse{policy.ShareRead}, Until: h.clock.now.Add(30 * 24 * time.Hour),
		Reason: "a subject moved there",
	}
	change(&request)
	return h.Service.Sharing().Share(h.Context(), sio, request)
}

// TestSharing shares a data set with another force: its people use that and nothing
// else, in that way and no other, until it ends; every use stands in a list that the
// owner sees. The control is somebody of the owner's own force, whom none of it
// touches.
func TestSharing(t *testing.T) {
	h, received, _ := neighbours(t)
	dataset := received.Dataset.Entry
	h.deniedBy("read before anything is shared", h.looks(kentAnalyst, dataset), "O-01", "U-02")
	shared, err := h.share(func(r *custody.ShareCase) { r.Datasets, r.People = []ledger.EntryID{dataset}, []string{kentAnalyst.ID} })
	if err != nil || shared.Name != "SH-1" {
		t.Fatalf("%+v, %v", shared, err)
	}
	if err := h.looks(kentAnalyst, dataset); err != nil {
		t.Errorf("read what is shared: %v", err)
	}
	h.deniedBy("read by a colleague who is not named", h.looks(custody.Actor{ID: "k.an2"}, dataset), "O-01", "U-02")
	_, err = h.Service.Analyses().Run(t.Context(), kentAnalyst, custody.Run{
		Case: h.id, Step: "event-schedule", Title: "Events", Data: []ledger.EntryID{dataset},
	})
	h.deniedBy("analysed what is shared for reading", err, "O-01", "U-02")
	_, err = h.Service.Cases().Files(t.Context(), kentAnalyst, h.id, custody.Ask{})
	h.deniedBy("looked at the case", err, "O-01", "U-02")
	_, err = h.Service.Sharing().Share(t.Context(), kentSRO, custody.ShareCase{Case: h.id, With: "kent", Agreement: "x", Reason: "x", Datasets: []ledger.EntryID{dataset}, Until: h.clock.now.Add(time.Hour), Uses: policy.ShareUses()})
	h.deniedBy("shared by the other force with itself", err, "O-01")
	other, err := h.Service.Imports().Receive(t.Context(), officer, h.as("NET/2", file(7)))
	h.must(err)
	h.deniedBy("read another data set", h.looks(kentAnalyst, other.Dataset.Entry), "O-01", "U-02")
	if err := h.looks(analyst, dataset); err != nil {
		t.Errorf("control: read by the owner's own analyst: %v", err)
	}
	if _, err := h.Service.Assignments().Add(t.Context(), sio, custody.Assign{Case: h.id, Person: kentAnalyst.ID, Reason: "a joint team"}); err != nil {
		t.Fatal(err)
	}
	_, err = h.Service.Cases().Files(t.Context(), kentAnalyst, h.id, custody.Ask{})
	h.deniedBy("looked at the case while assigned", err, "O-01")

	uses, err := h.Service.Sharing().Uses(t.Context(), sio, h.id, "kent", custody.Ask{})
	if err != nil || uses.Allowed != 1 || uses.Refused != 7 || uses.Unreadable != 0 {
		t.Errorf("%+v, %v", uses, err)
	}
	for _, use := range uses.Uses {
		if !strings.HasPrefix(use.By, "k.") || use.Allowed != (len(use.Rules) == 0) {
			t.Errorf("%+v", use)
		}
	}
	if first := uses.Uses[1]; !first.Allowed || first.Of != dataset.String() || !slices.Equal(first.Shares, []string{"SH-1"}) || first.Why != "contacts of the subject" {
		t.Errorf("the use that was allowed: %+v", first)
	}
	_, err = h.Service.Sharing().Uses(t.Context(), kentSRO, h.id, "kent", custody.Ask{})
	h.deniedBy("the list of uses, by the other force", err, "O-01")

	if _, err := h.Service.Sharing().End(t.Context(), sio, custody.EndSharing{Case: h.id, Name: "SH-1", Reason: "it is no longer needed"}); err != nil {
		t.Fatal(err)
	}
	h.deniedBy("read after the end", h.looks(kentAnalyst, dataset), "O-01")
	if _, err := h.Service.Sharing().End(t.Context(), sio, custody.EndSharing{Case: h.id, Name: "SH-1", Reason: "again"}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("ended twice: %v", err)
	}
	h.whole()
	h.reopen()
	h.whole()
	h.signed()
}

// TestSharingEndsAtOnce ends a sharing while somebody of the other force works under
// it: what has not been recorded by then is refused, also when it was allowed before
// the end and had only to be written down. The control is the same without an end.
func TestSharingEndsAtOnce(t *testing.T) {
	for _, ends := range []string{"never", "before the second analysis", "during it"} {
		h, received, _ := neighbours(t)
		shared, err := h.share(func(r *custody.ShareCase) {
			r.Datasets, r.Uses = []ledger.EntryID{received.Dataset.Entry}, policy.ShareUses()
		})
		if err != nil {
			t.Fatal(err)
		}
		run := custody.Run{Case: h.id, Step: "event-schedule", Title: "Events", Data: []ledger.EntryID{received.Dataset.Entry}}
		if _, err := h.Service.Analyses().Run(t.Context(), kentAnalyst, run); err != nil {
			t.Fatalf("control: an analysis of what is shared: %v", err)
		}
		another := custody.New(h.Service.Config) // another process over the same store
		end := func() {
			if _, err := another.Sharing().End(t.Context(), sio, custody.EndSharing{Case: h.id, Name: shared.Name, Reason: "at once"}); err != nil {
				t.Errorf("%s: %v", ends, err)
			}
		}
		runs := count(h.kinds(h.id, ledger.Work), "analysis-run")
		switch ends {
		case "before the second analysis":
			end()
		case "during it":
			h.Service.Blobs = interrupted{h.Service.Blobs, sync.OnceFunc(end)}
		}
		run.Title = "Events again"
		_, err = h.Service.Analyses().Run(t.Context(), kentAnalyst, run)
		if ends == "never" {
			if err != nil {
				t.Errorf("control: %v", err)
			}
			continue
		}
		h.deniedBy("an analysis, the sharing ended "+ends, err, "O-01", "U-02")
		if n := count(h.kinds(h.id, ledger.Work), "analysis-run"); n != runs {
			t.Errorf("the sharing ended %s: %d analyses were recorded after that", ends, n-runs)
		}
	}
}

// interrupted has something happen before the first output is written.
type interrupted struct {
	custody.Blobs
	first func()
}

func (i interrupted) Writer(ctx context.Context, id custody.CaseID) (custody.PayloadWriter, error) {
	i.first()
	return i.Blobs.Writer(ctx, id)
}

// TestSharingIsLimited lets a sharing run out, and refuses those without an end, with
// nobody, of nothing, or with the force to which the case belongs.
func TestSharingIsLimited(t *testing.T) {
	h, received, _ := neighbours(t)
	data := []ledger.EntryID{received.Dataset.Entry}
	for name, change := range map[string]func(*custody.ShareCase){
		"without an end":             func(r *custody.ShareCase) { r.Datasets, r.Until = data, time.Time{} },
		"for ten years":              func(r *custody.ShareCase) { r.Datasets, r.Until = data, h.clock.now.AddDate(10, 0, 0) },
		"of nothing":                 func(*custody.ShareCase) {},
		"without a use":              func(r *custody.ShareCase) { r.Datasets, r.Uses = data, nil },
		"for an unknown use":         func(r *custody.ShareCase) { r.Datasets, r.Uses = data, []policy.ShareUse{"keep"} },
		"without an agreement":       func(r *custody.ShareCase) { r.Datasets, r.Agreement = data, " " },
		"with the owner":             func(r *custody.ShareCase) { r.Datasets, r.With = data, "north" },
		"for one's own people":       func(r *custody.ShareCase) { r.Datasets, r.People = data, []string{analyst.ID} },
		"that has ended before now":  func(r *custody.ShareCase) { r.Datasets, r.Until = data, h.clock.now.Add(-time.Hour) },
		"with nobody of the registe": func(r *custody.ShareCase) { r.Datasets, r.With = data, "nowhere" },
	} {
		if _, err := h.share(change); !errors.Is(err, custody.ErrInvalid) && !errors.Is(err, custody.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.share(func(r *custody.ShareCase) { r.Datasets = data }); err != nil {
		t.Fatal(err)
	}
	if err := h.looks(kentAnalyst, data[0]); err != nil {
		t.Errorf("while it lasts: %v", err)
	}
	h.wait(31 * 24 * time.Hour)
	h.deniedBy("after its time", h.looks(kentAnalyst, data[0]), "O-01", "U-02")
	all, err := h.Service.Sharing().List(t.Context(), sio, h.id, custody.Ask{})
	if err != nil || len(all) != 1 || all[0].State != custody.SharingEnded || all[0].Ended != nil || all[0].Receipt != nil {
		t.Errorf("%+v, %v", all, err)
	}
	h.whole()
}

// TestSharingReceipt signs for a sharing with the other force's own key, and tries
// receipts that were changed, are of another sharing, or are signed by somebody else.
func TestSharingReceipt(t *testing.T) {
	h, received, key := neighbours(t)
	for range 2 {
		if _, err := h.share(func(r *custody.ShareCase) { r.Datasets = []ledger.EntryID{received.Dataset.Entry} }); err != nil {
			t.Fatal(err)
		}
	}
	slip := func(name string) []byte {
		text, err := h.Service.Sharing().Slip(t.Context(), sio, h.id, name, custody.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	signed := func(text []byte, by *sign.Key) []byte {
		out, err := custody.SignSlip(t.Context(), text, "Supt P. Jones", ledger.NewTime(h.clock.now), by)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	stranger, err := sign.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	right := signed(slip("SH-1"), key)
	confirm := func(receipt []byte) error {
		_, err := h.Service.Sharing().Confirm(t.Context(), sio, custody.ConfirmSharing{Case: h.id, Name: "SH-1", Signed: receipt})
		return err
	}
	caught := 0
	for name, wrong := range map[string][]byte{
		"of another sharing": signed(slip("SH-2"), key), "by a stranger": signed(slip("SH-1"), stranger), "not signed": slip("SH-1"),
		"changed": bytes.Replace(right, []byte("Jones"), []byte("Janes"), 1), "with other terms": bytes.Replace(right, []byte("AGR/2024/3"), []byte("AGR/2024/4"), 1),
		"cut off": right[:len(right)-2], "empty": nil,
	} {
		if err := confirm(wrong); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		caught++
	}
	if err := confirm(right); err != nil {
		t.Errorf("control: the right receipt: %v", err)
	}
	if err := confirm(right); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("twice: %v", err)
	}
	all, err := h.Service.Sharing().List(t.Context(), sio, h.id, custody.Ask{})
	if err != nil || all[0].Receipt == nil || all[0].Receipt.Key != key.KeyID() || all[0].Receipt.By != "Supt P. Jones" || all[1].Receipt != nil {
		t.Errorf("%+v, %v", all, err)
	}
	if caught != 7 {
		t.Errorf("%d of 7 wrong receipts were caught", caught)
	}
	h.whole()
}
