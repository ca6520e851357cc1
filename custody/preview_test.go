package custody_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// TestPreview shows that a preview tells what an import would, records that
// somebody looked, and keeps nothing of the file.
func TestPreview(t *testing.T) {
	h := withCase(t)
	before, looks := h.kinds(h.id, ledger.Work), len(h.kinds(h.id, ledger.Reads))
	request := custody.Preview{
		Case: h.id, FileName: "return.csv", Content: bytes.NewReader(file(60)), Reading: custody.Reading{Profile: profile(t, "uk-17")},
	}
	seen, err := h.Service.Imports().Preview(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	if after := h.kinds(h.id, ledger.Work); !slices.Equal(before, after) {
		t.Errorf("work chain went from %v to %v", before, after)
	}
	if got := len(h.kinds(h.id, ledger.Reads)) - looks; got != 1 {
		t.Errorf("%d looks were recorded, want 1", got)
	}
	blob := custody.Blob{SHA256: seen.SHA256, Size: seen.Size}
	if _, err := h.Service.Blobs.Find(t.Context(), h.id, blob.Recorded()); seen.Size >= 4096 && !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("the previewed file is kept: %v", err)
	}
	received := h.receive(file(60))
	if received.SHA256 != seen.SHA256 || received.Size != seen.Size || received.Balance.Shown != seen.Balance.Shown ||
		!bytes.Equal(received.Report, seen.Report) {
		t.Errorf("previewed %d bytes, %+v; received %d bytes, %+v", seen.Size, seen.Balance, received.Size, received.Balance)
	}
	request.Content = bytes.NewReader(file(60))
	if _, err := h.Service.Imports().Preview(t.Context(), stranger, request); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("a stranger previews: %v", err)
	}
	request.Content = bytes.NewReader([]byte("when,who\n"))
	if _, err := h.Service.Imports().Preview(t.Context(), officer, request); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("another layout: %v", err)
	}
}
