package bundle_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// TestWriterKeepsStampsWithinLimits, and writes them as the forge does, which
// shares no code with it.
func TestWriterKeepsStampsWithinLimits(t *testing.T) {
	c, one, _, _ := stampedCase()
	write := func(stamps bundle.Stamps) ([]byte, error) {
		prepared, err := bundle.Prepare(t.Context(), c.Contents(bundletest.Forge{}), bundletest.Scratch)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = prepared.Close() }()
		paths := bundle.Paths{}
		for _, index := range prepared.Leaves {
			paths.Paths = append(paths.Paths, bundle.Path{Index: index})
		}
		var out bytes.Buffer
		err = bundle.Write(&out, prepared, ledger.Link{Envelope: []byte("{}")}, nil, paths, stamps)
		return out.Bytes(), err
	}
	many := make([][]byte, bundle.MaxStamps+1)
	for i := range many {
		many[i] = fmt.Appendf(nil, "token %d", i)
	}
	if _, err := write(bundle.Stamps{Manifest: many}); !errors.Is(err, bundle.ErrContents) {
		t.Errorf("one stamp too many: %v", err)
	}
	if _, err := write(bundle.Stamps{Manifest: [][]byte{make([]byte, bundle.MaxStamp+1)}}); !errors.Is(err, bundle.ErrContents) {
		t.Errorf("a stamp that is too large: %v", err)
	}
	size := uint64(len(c.Leaves)) + 1
	forged := bundletest.Split(c.Forge(bundletest.Forge{After: c.Stamped(
		bundletest.Stamp{By: one, At: hours(1), Manifest: true}, bundletest.Stamp{By: one, At: hours(1), Size: 5}, bundletest.Stamp{By: one, At: hours(2)},
	)}))
	receipt, err := ledger.ParseReceipt(forged["bundle-made.tlog-proof"])
	if err != nil || receipt.Checkpoint.Size != size {
		t.Fatalf("size %d, %v", receipt.Checkpoint.Size, err)
	}
	var index struct {
		Heads []struct {
			Path   []ledger.Digest `json:"path"`
			Root   ledger.Digest   `json:"root"`
			Size   uint64          `json:"size"`
			Tokens []string        `json:"tokens"`
		} `json:"heads"`
		Manifest []string `json:"manifest"`
	}
	if err := ledger.UnmarshalCanonical(forged["timestamps/index.json"], &index); err != nil {
		t.Fatal(err)
	}
	stamps := bundle.Stamps{Manifest: [][]byte{forged["timestamps/001.tsr"]}}
	for i := len(index.Heads) - 1; i >= 0; i-- { // in no order
		h := index.Heads[i]
		stamps.Heads = append(stamps.Heads, bundle.StampedHead{Size: h.Size, Root: h.Root, Path: h.Path, Tokens: [][]byte{forged[h.Tokens[0]]}})
	}
	file, err := write(stamps)
	if err != nil {
		t.Fatal(err)
	}
	written := bundletest.Split(file)
	for _, name := range []string{"timestamps/index.json", "timestamps/001.tsr", "timestamps/002.tsr", "timestamps/003.tsr"} {
		if !bytes.Equal(written[name], forged[name]) || len(written[name]) == 0 {
			t.Errorf("%s differs", name)
		}
	}
}
