package witness_test

import (
	"bytes"
	"errors"
	"testing"

	"custos.example/ledger"
	"custos.example/ledger/witness"
)

// FuzzRequest shows that a request that is read is written the same again, and
// that no made-up one is co-signed by anybody.
func FuzzRequest(f *testing.F) {
	key := newKeys(f, origin, ledger.LogKey)
	b := newBranch(f, key, "", 0, 20)
	f.Add(b.request(10, 20).Bytes())
	f.Add(b.request(0, 20).Bytes())
	f.Add([]byte("old 0\n\nlog.example/2026\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— log.example/2026 AAAAAAA=\n"))
	w, _ := oneWitness(f, "co.example/1", newKeys(f, origin, ledger.LogKey).note)
	f.Fuzz(func(t *testing.T, data []byte) {
		request, err := witness.ParseRequest(data)
		if err == nil && !bytes.Equal(request.Bytes(), data) {
			t.Fatalf("%q is written as %q", data, request.Bytes())
		}
		if lines, err := w.Add(t.Context(), data); err == nil || !errors.As(err, new(*witness.Refusal)) {
			t.Fatalf("%q: %q, %v", data, lines, err)
		}
	})
}
