package bundle

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"custos.example/ledger"
)

// Stamps are the outside time stamps that a bundle brings.
// Shape: each token as DER; no digest of the manifest covers them, since some
// are younger than the bundle's own entry.
type Stamps struct {
	Manifest [][]byte      // over the bytes of manifest.json
	Heads    []StampedHead // over checkpoints of the log, the bundle's own among them
}

// StampedHead is a checkpoint of the log with the tokens over its text.
// Shape: Path is the consistency proof to the bundle's checkpoint, empty when it
// is that one.
type StampedHead struct {
	Size   uint64
	Root   ledger.Digest
	Path   []ledger.Digest
	Tokens [][]byte
}

// Limits of the stamps of one bundle.
const (
	// MaxStamps is the largest number of tokens.
	MaxStamps = 500
	// MaxStamp is the largest token, in bytes.
	MaxStamp = 64 << 10
)

const nameStamps = stampFolder + "index.json"

// stampDocument is timestamps/index.json: what each token is over.
type stampDocument struct {
	Heads    []stampHead `json:"heads"`
	Manifest []string    `json:"manifest"`
}

// stampHead is a stamped checkpoint; Tokens are names of members.
type stampHead struct {
	Path   []ledger.Digest `json:"path"`
	Root   ledger.Digest   `json:"root"`
	Size   uint64          `json:"size"`
	Tokens []string        `json:"tokens"`
}

// stampName is the name of a token by its place in the document, from 1.
func stampName(place int) string { return fmt.Sprintf("%s%03d.tsr", stampFolder, place) }

// members returns the members that hold the stamps; none when there is none.
// Errors: ErrContents.
func (s Stamps) members() ([]member, error) {
	doc := stampDocument{Heads: []stampHead{}, Manifest: []string{}}
	var list []member
	add := func(names *[]string, tokens [][]byte) error {
		for _, token := range slices.CompactFunc(slices.SortedFunc(slices.Values(tokens), bytes.Compare), bytes.Equal) {
			name := stampName(len(list) + 1)
			if len(token) > MaxStamp || len(list) == MaxStamps {
				return fmt.Errorf("%w: more than %d time stamps, or one of more than %d bytes", ErrContents, MaxStamps, MaxStamp)
			}
			*names, list = append(*names, name), append(list, document(name, token))
		}
		return nil
	}
	if err := add(&doc.Manifest, s.Manifest); err != nil {
		return nil, err
	}
	heads := slices.SortedFunc(slices.Values(s.Heads), func(a, b StampedHead) int { return cmp.Compare(a.Size, b.Size) })
	for _, h := range heads {
		line := stampHead{Path: h.Path, Root: h.Root, Size: h.Size, Tokens: []string{}}
		if line.Path == nil {
			line.Path = []ledger.Digest{}
		}
		if err := add(&line.Tokens, h.Tokens); err != nil {
			return nil, err
		}
		doc.Heads = append(doc.Heads, line)
	}
	if len(list) == 0 {
		return nil, nil
	}
	data, err := ledger.MarshalCanonical(doc)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", nameStamps, err)
	}
	return append(list, document(nameStamps, data)), nil
}
