package custody_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/custody/parts"
	"custos.example/ledger"
)

// TestFileOfAnItem keeps a video of an item with the digest that its recorder
// stated, refuses what is another, and reads nothing of it.
func TestFileOfAnItem(t *testing.T) {
	h := withCase(t)
	var ran []string
	h.Service.Module = likeness{steps: h.Service.Steps, ran: &ran}
	_, _, exhibit := h.produced(file(6))
	taken, err := h.Service.Items().Take(t.Context(), officer, custody.TakeItem{
		Case: h.id, Initials: "OV", Media: custody.Video, Description: "Video of the shop's recorder", Basis: custody.BasisVolunteered,
	})
	if err != nil {
		t.Fatal(err)
	}
	video := bytes.Repeat([]byte("frame of a shop's recorder "), 400_000/27)
	digest := sha256.Sum256(video)
	keep := func(actor custody.Actor, change func(*custody.KeepWhole)) (custody.KeptWhole, error) {
		request := custody.KeepWhole{
			Case: h.id, Item: taken.Item, FileName: "camera-3.mkv", From: "the shop's manager", Stated: strings.ToUpper(hex.EncodeToString(digest[:])), Content: bytes.NewReader(video),
		}
		change(&request)
		return h.Service.Imports().KeepWhole(t.Context(), actor, request)
	}
	entries := func() int { return len(h.kinds(h.id, ledger.Work)) }
	before := entries()
	for name, c := range map[string]struct {
		actor  custody.Actor
		change func(*custody.KeepWhole)
		is     error
		says   string
	}{
		"changed on its way": {officer, func(r *custody.KeepWhole) { r.Content = bytes.NewReader(video[1:]) }, custody.ErrInvalid, "nothing was kept"},
		"no digest":          {officer, func(r *custody.KeepWhole) { r.Stated = "abc" }, custody.ErrInvalid, "no SHA-256"},
		"empty":              {officer, func(r *custody.KeepWhole) { r.Content, r.Stated = bytes.NewReader(nil), "" }, custody.ErrInvalid, "empty"},
		"of no item":         {officer, func(r *custody.KeepWhole) { r.Item = "OV/9" }, custody.ErrNotFound, "not on record"},
		"an analyst":         {analyst, func(*custody.KeepWhole) {}, custody.ErrDenied, ""},
	} {
		if _, err := keep(c.actor, c.change); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if entries() != before {
		t.Errorf("%d entries after what was refused, %d before", entries(), before)
	}
	kept, err := keep(officer, func(*custody.KeepWhole) {})
	if err != nil || !kept.Compared || kept.SHA256 != digest || kept.Size != int64(len(video)) || kept.Linked.Entry == (ledger.EntryID{}) {
		t.Fatalf("%+v: %v", kept, err)
	}
	_, err = h.Service.Imports().Normalise(t.Context(), analyst, custody.Normalise{Case: h.id, Evidence: kept.Evidence.Entry})
	if !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "nothing of it is read") {
		t.Errorf("it was read: %v", err)
	}
	b, _ := h.pack(exhibit.Entry, nil)
	h.wants(h.verify(b, true), bundle.Matches)
	if bytes.Contains(b, video[:64]) || len(b) > len(video) && bytes.Count(b, []byte("camera-3.mkv")) > 0 {
		t.Errorf("the bundle of another exhibit holds it: %d bytes", len(b))
	}
	made, err := h.Service.Deliveries().Prepare(t.Context(), sio, custody.PrepareDelivery{
		Ask: custody.Ask{Purpose: "for viewing"}, Case: h.id, Of: kept.Evidence.Entry, PartSize: 50_000, Name: "camera-3.mkv",
		CopyTerms: custody.CopyTerms{Recipient: "CPS Northshire", Agreement: "ISA/7"},
	})
	if err != nil || made.SHA256 != digest {
		t.Fatalf("%+v: %v", made, err)
	}
	folder := t.TempDir()
	h.receives(folder, custody.IssueParts{Name: made.Name})
	a := h.arrived(folder)
	if a.Exit() != parts.ExitWhole || a.Cover.Name != "camera-3.mkv" {
		t.Fatalf("%+v", a)
	}
	r, err := a.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, video) {
		t.Errorf("what arrived is not what the recorder gave: %v", err)
	}
	h.signed()
	h.whole()
}
