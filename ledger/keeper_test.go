package ledger_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"custos.example/ledger"
)

// rebuild appends the same signed envelopes once more, in the keeper's order, as
// leaves behind all others.
func (w *world) rebuild(kept []ledger.Link) {
	w.work.Links = nil
	for _, l := range kept {
		w.place(w.work, signed{l.Envelope, l.Salt})
	}
}

// forged returns an envelope in which one reason is replaced, without the keys that
// would be needed to sign that.
func (w *world) forged(text, reason string) []byte {
	w.t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		w.t.Fatal(err)
	}
	e, err := ledger.ParseEnvelope(b)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := ledger.OpenStatement(e)
	if err != nil {
		w.t.Fatal(err)
	}
	made := *as[*ledger.BundleMade](s.Predicate.Detail)
	for i := range made.Withheld {
		if made.Withheld[i].Reason == reason {
			made.Withheld[i].Reason = "another-person"
		}
	}
	s.Predicate.Detail = &made
	again, err := ledger.NewStatement(s.Predicate)
	if err != nil {
		w.t.Fatal(err)
	}
	if e.Payload, err = again.Bytes(); err != nil {
		w.t.Fatal(err)
	}
	if b, err = e.Bytes(); err != nil {
		w.t.Fatal(err)
	}
	return b
}

// tailCut shows 49 of 58 entries and a bundle-made of its own behind them. The bundle
// alone passes; what anybody holds of the cut entries shows it.
func tailCut(t *testing.T, _ *world) {
	t.Helper()
	full := newWorld(t).fill()
	tail := full.work.Links[54]
	w := newWorld(t).fill()
	cut := slices.Clone(w.work.Links[:49])
	w.work.Links = cut
	w.entries["exhibit"] = w.add(w.work, draft{actor: w.analyst, subjects: []ledger.Subject{w.file("schedule-pdf", "exhibit/kd-2-schedule-pdf.pdf", 5000)}, detail: &ledger.ExhibitProduced{
		Reference: "KD/2", Title: "Schedule", Version: 1, Renders: []ledger.Render{{Step: testStep(), Subject: "schedule-pdf"}},
	}})
	members := w.pack(packing{})
	w.expect(members, "OK 51 entries of work")
	w.expect(members, "OK ", w.headFile("--known-head", w.work, cut[40])...)
	w.expect(members, "FAULT acknowledged", w.headFile("--known-head", w.work, tail)...)
	w.expect(members, "FAULT acknowledged", w.headFile("--ack", w.work, tail)...)
	w.expect(members, "FAULT acknowledged", w.headFile("--ack", w.work, full.work.Links[49])...)
}

// fork keeps two branches of one chain in one tree. Each bundle passes; a head of one
// shows the other.
func fork(_ *testing.T, w *world) {
	w.fill()
	stem := slices.Clone(w.work.Links)
	var branches [2]ledger.Link
	var bundles [2]map[string][]byte
	for i, name := range []string{"for one party", "for the other"} {
		w.work.Links = slices.Clone(stem)
		w.add(w.work, draft{actor: w.analyst, detail: &ledger.ItemReceived{Item: name, Description: "a phone", From: "an officer"}})
		branches[i] = w.work.Links[58]
		bundles[i] = w.pack(packing{})
	}
	for i := range bundles {
		w.expect(bundles[i], "OK 60")
		w.expect(bundles[i], "OK 60", w.headFile("--known-head", w.work, branches[i])...)
		w.expect(bundles[i], "FAULT acknowledged another entry 59", w.headFile("--known-head", w.work, branches[1-i])...)
	}
}

// secondChain registers one case twice, with two nonces. Each bundle passes and shows
// its own registration; whoever has both, or a head of the first chain, sees it.
func secondChain(t *testing.T, w *world) {
	t.Helper()
	w.fill()
	first, head := w.pack(packing{}), w.work.Links[30]
	firstChain := w.work
	w.expect(first, "OK ")
	second := w.chain(ledger.Work, ledger.Nonce(w.bytes()))
	w.work, w.nonce = second, second.Nonce
	w.fillAgain()
	n := uint64(len(w.org.Links))
	members := w.pack(packing{registered: func(i uint64) bool { return i == n || i == n-1 }})
	w.expect(members, "OK ")
	w.expect(members, "FAULT acknowledged", w.headFile("--known-head", firstChain, head)...)
	a, b := string(first["chain/organisation.json"]), string(members["chain/organisation.json"])
	if a == b || !strings.Contains(a, `"kind":0`) {
		t.Error("the two bundles show one registration")
	}
}

// revocationLeftOut hides a key-revoked. In the middle of the chain it is missed; a
// bundle-made that names the head before it passes, unless a later head is known.
func revocationLeftOut(t *testing.T, w *world) {
	t.Helper()
	w.fill()
	revoked := draft{detail: &ledger.KeyRevoked{Key: w.checker.KeyID(), Reason: "left"}}
	w.add(w.keys, revoked)
	w.add(w.keys, draft{detail: &ledger.PolicyReleased{Name: "second", Release: w.bytes()}})
	hide := func(docs map[string]object) {
		doc := docs["chain/keys.json"]
		doc["entries"] = renumber(slices.Delete(as[[]any](doc["entries"]), 4, 5))
	}
	w.expect(w.pack(packing{edit: hide}), "FAULT commitment keys 5")
	late := newWorld(t).fill()
	before := slices.Clone(late.keys.Links)
	late.add(late.keys, revoked)
	head := late.keys.Links[4]
	late.keys.Links = before
	members := late.pack(packing{})
	late.expect(members, "OK ")
	late.expect(members, "FAULT acknowledged", late.headFile("--known-head", late.keys, head)...)
}
