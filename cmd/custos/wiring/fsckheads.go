package wiring

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"slices"

	"custos.example/custody"
	"custos.example/ledger"
)

// Head is something that somebody holds of the log as it once was.
// Shape: Text is a signed checkpoint, a signed acknowledgement, or a known head
// (FORMAT.md, section 9); Name says where it is from.
type Head struct {
	Name string
	Text []byte
}

// heads holds the log against every head that is held elsewhere.
func (c *checking) heads(ctx context.Context) (string, error) {
	heads := c.options.Heads
	if len(heads) == 0 {
		var err error
		if heads, err = c.guarded(ctx); err != nil {
			return "", err
		}
	}
	if len(heads) == 0 {
		return "the guard holds no checkpoint: a log put back to an earlier state would not be seen", errNotRun
	}
	size, err := c.Store.Size(ctx)
	if err != nil {
		return "", err
	}
	trust, err := c.Service.Organisation().Trust(ctx)
	if err != nil {
		return "", err
	}
	c.report.Size = size
	for _, head := range heads {
		c.report.Against = append(c.report.Against, head.Name)
		if err := c.head(ctx, head, size, trust); err != nil {
			return "", err
		}
	}
	stamps, findings, err := c.Service.Stamps().Check(ctx)
	if err != nil {
		return "", err
	}
	c.report.Findings = append(c.report.Findings, findings...)
	said := ""
	if stamps > 0 {
		said = fmt.Sprintf("; outside time stamps over it that hold: %d", stamps)
	}
	verb := "extends"
	if c.report.Open() > 0 {
		verb = "does not extend, or not in all,"
	}
	return fmt.Sprintf("the log of %d entries %s %s%s", size, verb, list(c.report.Against), said), nil
}

// head holds the log against one head.
// Errors: custody.ErrInvalid for a text that is none of this log.
func (c *checking) head(ctx context.Context, head Head, size uint64, trust ledger.Trust) error {
	if signed, err := ledger.ParseCheckpoint(head.Text); err == nil {
		return c.checkpoint(ctx, head.Name, signed, size, trust)
	}
	known, err := ledger.ParseAcknowledgement(head.Text, func(id ledger.KeyID) (ledger.PublicKey, error) {
		for _, key := range trust.Keys {
			if key.ID == id {
				return key.Public, nil
			}
		}
		return ledger.PublicKey{}, fmt.Errorf("no enrolled key has the id %s", id)
	})
	if err != nil {
		if other := ledger.UnmarshalCanonical(head.Text, &known); other != nil {
			return fmt.Errorf("%s is neither a signed checkpoint, nor an acknowledgement (%w), nor a known head: %w", head.Name, err, custody.ErrInvalid)
		}
	}
	if known.Origin != trust.Origin {
		return fmt.Errorf("%s is of the log %s, and this is %s: %w", head.Name, known.Origin, trust.Origin, custody.ErrInvalid)
	}
	where := fmt.Sprintf("entry %d of chain %s (index %d)", known.N, known.Chain, known.Index)
	n, _, err := c.Store.Head(ctx, known.Chain)
	gone := errors.Is(err, custody.ErrNotFound)
	if err != nil && !gone { // whether it is there cannot be told
		return err
	}
	if gone || n < known.N {
		c.find(custody.Finding{Where: where, What: head.Name + " tells of it, and it is not there: " + doNewest})
		return nil
	}
	if uint64(known.Index) >= size {
		c.find(custody.Finding{Where: where, What: head.Name + " names an index that the log does not reach: " + doNewest})
		return nil
	}
	leaves, err := c.Store.Leaves(ctx, known.Index, known.Index+1)
	if err != nil {
		return err
	}
	if len(leaves) != 1 || leaves[0] != known.Commitment {
		c.find(custody.Finding{Where: where, What: head.Name + " tells of another entry at this place: " + doTwo})
	}
	return nil
}

// What to do about a head that does not agree.
const (
	doNewest = "the log has been put back to an older state: restore the newest copy, and keep both"
	doTwo    = "there are two histories of this log: stop the service, keep both, and tell whoever holds the head"
)

// checkpoint holds the log against a signed checkpoint.
func (c *checking) checkpoint(ctx context.Context, name string, signed ledger.SignedCheckpoint, size uint64, trust ledger.Trust) error {
	if signed.Origin != trust.Origin {
		return fmt.Errorf("%s is of the log %s, and this is %s: %w", name, signed.Origin, trust.Origin, custody.ErrInvalid)
	}
	if err := signed.Verify(trust.Log...); err != nil {
		return fmt.Errorf("%s is not signed by a key of this log: %w: %w", name, custody.ErrInvalid, err)
	}
	where := fmt.Sprintf("checkpoint of %d entries", signed.Size)
	if signed.Size > size {
		c.find(custody.Finding{Where: where, What: fmt.Sprintf("%s covers %d entries and the log has %d: %s", name, signed.Size, size, doNewest)})
		return nil
	}
	if signed.Size > c.largest.Size {
		c.largest = signed.Checkpoint
	}
	root, err := c.root(ctx, signed.Size)
	if err != nil {
		return err
	}
	if root != signed.Root {
		c.find(custody.Finding{Where: where, What: fmt.Sprintf("%s has another root of the first %d entries: %s", name, signed.Size, doTwo)})
	}
	return nil
}

// leavesAtOnce is how many commitments are read at a time.
const leavesAtOnce = 4096

// root computes the root of the first leaves from their commitments, whatever
// nodes are stored, here or elsewhere.
// Source: RFC 6962, section 2.1.
func (c *checking) root(ctx context.Context, size uint64) (ledger.Digest, error) {
	var stack []ledger.Digest // of complete subtrees, largest first
	done := uint64(0)
	for done < size {
		to := min(done+leavesAtOnce, size)
		leaves, err := c.Store.Leaves(ctx, ledger.Index(done), ledger.Index(to))
		if err != nil {
			return ledger.Digest{}, err
		}
		if uint64(len(leaves)) != to-done {
			return ledger.Digest{}, nil // some are gone: no tree has this root
		}
		for _, leaf := range leaves {
			stack = append(stack, leaf.LeafHash())
			for n := done; n&1 == 1; n >>= 1 {
				last := len(stack) - 1
				stack = append(stack[:last-1], parent(stack[last-1], stack[last]))
			}
			done++
		}
	}
	if len(stack) == 0 {
		return sha256.Sum256(nil), nil
	}
	root := stack[len(stack)-1]
	for i := len(stack) - 2; i >= 0; i-- {
		root = parent(stack[i], root)
	}
	return root, nil
}

func parent(left, right ledger.Digest) ledger.Digest {
	return sha256.Sum256(slices.Concat([]byte{1}, left[:], right[:]))
}

// republish puts the damaged public folder aside and publishes it anew.
func (c *checking) republish(ctx context.Context) error {
	folder := c.TilesFolder()
	aside := fmt.Sprintf("%s.damaged-%s", folder, c.Service.Clock.Now().UTC().Format("20060102T150405Z"))
	if err := os.Rename(folder, aside); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return c.Recorder.Publish(ctx)
}

// list joins names for reading.
func list(names []string) string {
	text := ""
	for i, name := range names {
		switch {
		case i > 0 && i == len(names)-1:
			text += " and "
		case i > 0:
			text += ", "
		}
		text += name
	}
	return text
}
