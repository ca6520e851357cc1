package bundletest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/timestamp"
	"custos.example/ledger/timestamp/authority"
)

// NewAuthority returns an authority of time, the same each time for one seed
// and name, in force for ten years from 2026.
func NewAuthority(seed, name string) *authority.Authority {
	key := func(what string) ed25519.PrivateKey {
		sum := sha256.Sum256([]byte("authority " + seed + " " + name + " " + what))
		return ed25519.NewKeyFromSeed(sum[:])
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a, err := authority.New(name, key("root"), key("stamps"), from, from.AddDate(10, 0, 0), NewRandom(seed+name))
	if err != nil {
		panic(err) // keys and names here are good
	}
	return a
}

// Stamp is one time stamp that a bundle is to bring.
// Shape: Size 0 is the bundle's own checkpoint; Manifest stamps the manifest
// instead.
type Stamp struct {
	By       *authority.Authority
	At       time.Time
	Size     uint64
	Manifest bool
}

// Token returns the token of an authority over bytes.
func Token(a *authority.Authority, at time.Time, data []byte) []byte {
	imprint := timestamp.ImprintOf(data)
	token, err := a.Issue(authority.Statement{Imprint: imprint, Time: at, Serial: new(big.Int).SetBytes(imprint[:8])})
	if err != nil {
		panic(err) // keys here always sign
	}
	return token
}

// head returns the log's head at a size.
func (c *Case) head(size uint64) ledger.Checkpoint {
	root, err := c.Tree().Root(context.Background(), size)
	if err != nil {
		panic(fmt.Sprintf("no head of size %d: %v", size, err))
	}
	return ledger.Checkpoint{Origin: c.Origin, Size: size, Root: root}
}

// Stamped returns what adds stamps to a bundle's members, as Forge.After. Sizes
// have to rise.
func (c *Case) Stamped(stamps ...Stamp) func(Files) {
	return func(files Files) {
		receipt, err := ledger.ParseReceipt(files["bundle-made.tlog-proof"])
		if err != nil {
			panic(fmt.Sprintf("the receipt cannot be read: %v", err))
		}
		n := 0
		put := func(tokens [][]byte) []any {
			names := []any{}
			for _, token := range slices.SortedFunc(slices.Values(tokens), bytes.Compare) {
				n++
				name := fmt.Sprintf("timestamps/%03d.tsr", n)
				files[name], names = token, append(names, name)
			}
			return names
		}
		var over [][]byte
		tokens, sizes := map[uint64][][]byte{}, []uint64{}
		for _, s := range stamps {
			if s.Manifest {
				over = append(over, Token(s.By, s.At, files["manifest.json"]))
				continue
			}
			size := s.Size
			if size == 0 {
				size = receipt.Checkpoint.Size
			}
			if tokens[size] == nil {
				sizes = append(sizes, size)
			}
			tokens[size] = append(tokens[size], Token(s.By, s.At, []byte(c.head(size).Text())))
		}
		manifest, heads := put(over), []any{}
		for _, size := range sizes {
			path, err := c.Tree().Consistency(context.Background(), size, receipt.Checkpoint.Size)
			if err != nil {
				panic(fmt.Sprintf("size %d is not joined: %v", size, err))
			}
			if path == nil {
				path = []ledger.Digest{}
			}
			heads = append(heads, map[string]any{"path": path, "root": c.head(size).Root, "size": size, "tokens": put(tokens[size])})
		}
		files["timestamps/index.json"] = Canonical(map[string]any{"heads": heads, "manifest": manifest})
	}
}

// Record appends the entry that a token is on record, over the log as it stands,
// and returns the stamp.
func (c *Case) Record(a *authority.Authority, at time.Time) Stamp {
	p := c.head(uint64(len(c.Leaves)))
	token := Token(a, at, []byte(p.Text()))
	c.Append(Draft{
		Label: fmt.Sprintf("stamp %d", p.Size), Chain: ledger.Organisation,
		Detail: &ledger.TimeStamped{
			Authority: a.Chain[0].Subject.CommonName, Imprint: sha256.Sum256([]byte(p.Text())), Size: p.Size, Time: ledger.NewTime(at),
		},
		Produced: []ledger.Subject{{Name: "token", Digest: ledger.DigestSet{ledger.SHA256: sha256.Sum256(token)}}},
	})
	return Stamp{By: a, At: at, Size: p.Size}
}
