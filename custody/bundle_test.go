package custody_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
)

// verify checks a bundle as a stranger does who was given the trust file.
func (h *house) verify(packed []byte, trusted bool) bundle.Report {
	h.Helper()
	options := bundle.Options{
		Steps:   h.Service.Steps,
		Scratch: func() (analysis.Scratch, error) { return analysis.NewMemoryEnv(64 << 20).Scratch() },
	}
	if h.Service.Module != nil {
		options.Native = h.Service.Module.Built().Digest
	}
	if trusted {
		trust, err := h.Service.Organisation().Trust(h.Context())
		if err != nil {
			h.Fatal(err)
		}
		options.Trust = &trust
	}
	return bundle.Verify(h.Context(), bytes.NewReader(packed), int64(len(packed)), options)
}

func (h *house) pack(exhibit ledger.EntryID, withhold map[uint64]string) ([]byte, custody.Packed) {
	h.Helper()
	var b bytes.Buffer
	packed, err := h.Service.Exhibits().Bundle(h.Context(), sio, custody.Pack{Case: h.id, Exhibit: exhibit, Withhold: withhold}, &b)
	if err != nil {
		h.Fatal(err)
	}
	return b.Bytes(), packed
}

// TestBundle packs an exhibit and has it checked: MATCHES with the trust file,
// CANNOT TELL without, DIFFERS after one flipped bit of the packed file.
func TestBundle(t *testing.T) {
	h := withCase(t)
	var ran []string
	h.Service.Module = likeness{steps: h.Service.Steps, ran: &ran}
	_, _, exhibit := h.produced(file(60))
	if _, err := h.Service.Exhibits().Check(t.Context(), second, custody.Check{Case: h.id, Exhibit: exhibit.Entry}); err != nil {
		t.Fatal(err)
	}
	b, packed := h.pack(exhibit.Entry, nil)
	if packed.Size != int64(len(b)) || packed.Manifest == (ledger.Digest{}) {
		t.Errorf("%d bytes written, told %+v", len(b), packed)
	}
	h.wants(h.verify(b, true), bundle.Matches)
	h.wants(h.verify(b, false), bundle.CannotTell)
	flipped := slices.Clone(b)
	flipped[len(flipped)/3] ^= 4
	h.wants(h.verify(flipped, true), bundle.Differs)
	if kinds := h.kinds(h.id, ledger.Work); !slices.Equal(kinds[len(kinds)-2:], []string{"bundle-made", "copy-issued"}) {
		t.Errorf("the last entries are %s", kinds[len(kinds)-2:])
	}
	again, _ := h.pack(exhibit.Entry, nil)
	h.wants(h.verify(again, true), bundle.Matches)
	h.whole()
}

func (h *house) wants(r bundle.Report, want bundle.Headline) {
	h.Helper()
	if r.Headline == want {
		return
	}
	var text bytes.Buffer
	if err := r.Text(&text); err != nil {
		h.Error(err)
	}
	h.Errorf("headline %s, want %s\n%s", r.Headline, want, text.String())
}

// TestWithheld packs a bundle that withholds an unused run: it stands as a
// number with its reason, and nothing of it is in the file.
func TestWithheld(t *testing.T) {
	h := withCase(t)
	received, _, exhibit := h.produced(file(30))
	unused, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
		Case: h.id, Step: "event-schedule", Title: "A question about somebody else altogether",
		Inputs: map[string]custody.PayloadRef{"events": {Entry: received.Dataset.Entry}, "set-aside": {Entry: received.Dataset.Entry}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for reason, n := range map[string]uint64{"because": unused.Placed.N, "erased": unused.Placed.N, "sensitive": 99999} {
		var b bytes.Buffer
		_, err := h.Service.Exhibits().Bundle(t.Context(), sio, custody.Pack{
			Case: h.id, Exhibit: exhibit.Entry, Withhold: map[uint64]string{n: reason},
		}, &b)
		if !errors.Is(err, custody.ErrInvalid) || b.Len() > 0 {
			t.Errorf("withhold %d as %q: %v, %d bytes", n, reason, err, b.Len())
		}
	}
	b, _ := h.pack(exhibit.Entry, map[uint64]string{unused.Placed.N: "another-person"})
	if strings.Contains(string(b), "somebody else altogether") {
		t.Error("what is withheld stands in the file")
	}
	control, _ := h.pack(exhibit.Entry, nil)
	if len(control) <= len(b) {
		t.Errorf("control: with everything shown the bundle has %d bytes, withheld %d", len(control), len(b))
	}
	report := h.verify(b, true)
	if report.Headline == bundle.Differs {
		h.wants(report, bundle.Matches)
	}
}

// TestMovedWhilePacking adds an entry to the case between the packing and the
// bundle's own entry: the bundle is packed anew and matches.
func TestMovedWhilePacking(t *testing.T) {
	h := withCase(t)
	_, _, exhibit := h.produced(file(12))
	other := authority()
	other.Reference = "NX/CD/2024/200"
	h.Service.Store = &meanwhile{Store: h.Store, kind: "bundle-made", event: func() {
		// not one that overtakes the decision: only the number moves
		h.record(other, ledger.EntryID{})
	}}
	b, _ := h.pack(exhibit.Entry, nil)
	report := h.verify(b, true)
	if report.Headline == bundle.Differs {
		h.wants(report, bundle.Matches)
	}
	h.whole()
}
