package custody_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

func (h *house) actorKey(id string) custody.Signer {
	h.Helper()
	key, err := h.Service.Signers.Actor(h.Context(), id)
	if err != nil {
		h.Fatal(err)
	}
	return key
}

// TestVerifySigned shows that a check of the record names an entry whose key had
// been revoked before its place, as a keeper who holds the key could append it
// past every use case. The control is the same record without that entry.
func TestVerifySigned(t *testing.T) {
	h := withCase(t)
	if n, found := h.checkSigned(t); n == 0 || len(found) > 0 {
		t.Fatalf("control: %d entries, %v", n, found)
	}
	if !h.lateSignature(t) {
		t.Error("a signature behind the end of its key was not named")
	}
}

func (h *house) checkSigned(t *testing.T) (uint64, []custody.Finding) {
	t.Helper()
	var found []custody.Finding
	n, err := h.Service.Keys().Verify(t.Context(), func(f custody.Finding) { found = append(found, f) })
	if err != nil {
		t.Fatal(err)
	}
	return n, found
}

// lateSignature revokes a key, appends an entry that it signed past every use case,
// and tells whether the check of the record names exactly that entry.
func (h *house) lateSignature(t *testing.T) bool {
	t.Helper()
	taken := h.actorKey(spoc.ID)
	if _, err := h.Service.Organisation().Revoke(t.Context(), admin, custody.Revoke{Person: spoc.ID, Reason: "taken"}); err != nil {
		t.Fatal(err)
	}
	size := h.size()
	if n, found := h.checkSigned(t); n != size || len(found) > 0 {
		t.Fatalf("control: %d of %d entries, %v", n, size, found)
	}
	entries := h.entries(h.id, ledger.Work)
	smuggled, err := h.smuggle(entries[len(entries)-1].Envelope, taken, size)
	if err != nil {
		t.Fatal(err)
	}
	_, found := h.checkSigned(t)
	return len(found) == 1 && found[0].Entry == smuggled && strings.Contains(found[0].What, "not in force")
}

// size is how many entries the log has.
func (h *house) size() uint64 {
	h.Helper()
	size, err := h.Store.Size(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return size
}

// smuggle appends what an envelope says once more, past the service: under another id,
// decided when the log had asOf entries and signed as it should be, straight to the
// store.
func (h *house) smuggle(envelope []byte, signer custody.Signer, asOf uint64) (ledger.EntryID, error) {
	h.Helper()
	signed, err := custody.ParseSigned(envelope)
	if err != nil {
		h.Fatal(err)
	}
	again := signed.Statement()
	again.Predicate.Place.Entry[0]++
	again.Predicate.Decision.AsOf = asOf
	written, err := custody.Write(again)
	if err != nil {
		h.Fatal(err)
	}
	own, err := written.Sign(h.Context(), h.Service.Signers.Service(), signer)
	if err != nil {
		h.Fatal(err)
	}
	salt, err := ledger.NewSalt(rand.Reader)
	if err != nil {
		h.Fatal(err)
	}
	place := again.Predicate.Place
	_, err = h.Store.Append(h.Context(), custody.Request{Digest: ledger.Digest{1}, Drafts: []custody.Draft{{
		Kind: string(again.Kind()), Case: h.id, Chain: place.Chain, Entry: place.Entry, Signed: own, Salt: salt,
		Decided: true, AsOf: asOf, Until: again.Predicate.Decision.Until.Time,
	}}})
	return place.Entry, err
}
