package wiring

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"custos.example/custody"
	"custos.example/custody/blob"
	"custos.example/ledger"
)

const (
	doCopy   = "restore it from a second copy with fsck --from"
	doFinish = "start the service, which ends what was begun, or carry the order out again"
)

// content reads the payloads and the public tiles.
func (c *checking) content(ctx context.Context) (string, error) {
	if err := c.checkTiles(ctx); err != nil {
		return "", err
	}
	if err := c.checkPayloads(ctx); err != nil {
		return "", err
	}
	what := fmt.Sprintf("%d payloads (%d bytes) read and hashed, and the public tiles made again", c.report.Payloads, c.report.Bytes)
	if of := c.options.Part.Of; of > 0 {
		what = fmt.Sprintf("part %d of %d: %s", c.options.Part.Number+1, of, what)
	}
	return what, nil
}

// place is where a payload lies.
type place struct{ id, address string }

func (p place) compare(other place) int {
	return cmp.Or(cmp.Compare(p.id, other.id), cmp.Compare(p.address, other.address))
}

// checkPayloads looks up every payload that an entry names and re-hashes it.
// One that no entry names is no fault: it was kept before a step that failed, or
// before a decision that refused.
func (c *checking) checkPayloads(ctx context.Context) error {
	var expected []blob.Ref
	named, kept := map[place]custody.NamedPayload{}, map[place]custody.NamedPayload{}
	err := c.Service.Payloads(ctx, func(p custody.NamedPayload) error {
		ref, err := c.Payloads.Find(ctx, string(p.Case), p.Digest)
		switch {
		case p.Erased && err == nil:
			kept[place{ref.Case, ref.Address}] = p
			return nil
		case p.Erased:
			return ctx.Err()
		case errors.Is(err, blob.ErrNotFound), errors.Is(err, blob.ErrIntegrity):
			return c.lost(ctx, p, "is not there")
		case err != nil:
			return sorted(err)
		}
		at := place{ref.Case, ref.Address}
		if _, known := named[at]; !known {
			named[at] = p
			expected = append(expected, ref)
		}
		return nil
	}, func(id custody.CaseID, kind ledger.ChainKind, n uint64, err error) {
		c.find(custody.Finding{
			Where: fmt.Sprintf("%s chain, entry %d", kind, n), Case: id,
			What: "it cannot be read, so that what it names was not looked for (" + err.Error() + "): restore this store from a copy taken before the change",
		})
	})
	if err != nil {
		return err
	}
	for _, at := range slices.SortedFunc(maps.Keys(kept), place.compare) {
		if _, anew := named[at]; !anew {
			c.find(c.about(kept[at], "the record says that it was erased, and it is still there, or was kept anew by a step that failed: "+doFinish))
		}
	}
	checked, err := c.Payloads.FsckPart(ctx, expected, c.options.Part, func(f blob.Finding) error {
		if f.Fault == blob.Extra || f.Fault == blob.Leftover && c.onItsWay(f.File) {
			return nil
		}
		if p, known := named[place{f.Case, f.Address}]; known && f.Fault != blob.Leftover {
			return c.lost(ctx, p, f.String())
		}
		c.find(custody.Finding{Where: "payloads", Case: custody.CaseID(f.Case), What: f.String()})
		return nil
	})
	c.report.Payloads, c.report.Bytes = checked.Payloads, checked.Bytes
	return sorted(err)
}

// settled is how old a file is that no writer has in hand any more.
const settled = 10 * time.Minute

// onItsWay tells whether a file that belongs to no payload may be one that
// another process is just writing.
func (c *checking) onItsWay(file string) bool {
	if !c.options.Live && !c.Station.options.beside {
		return false
	}
	info, err := os.Stat(filepath.Join(c.Station.options.Dir, "blobs", filepath.FromSlash(file)))
	return errors.Is(err, fs.ErrNotExist) || err == nil && time.Since(info.ModTime()) < settled
}

// about is a finding about a payload.
func (c *checking) about(p custody.NamedPayload, what string) custody.Finding {
	return custody.Finding{
		Where: fmt.Sprintf("payload %q of %s %d", p.Name, p.Kind, p.N), What: what, Case: p.In, Entry: p.Entry, Payload: p.Digest,
	}
}

// lost tells of a payload that is missing or was changed, and restores it when
// there is a copy.
func (c *checking) lost(ctx context.Context, p custody.NamedPayload, what string) error {
	key := string(p.Case) + fmt.Sprint(p.Digest)
	if c.told[key] {
		return nil // by the first entry that names it
	}
	c.told[key] = true
	finding := c.about(p, what+": "+doCopy)
	if c.options.From != nil {
		_, err := c.Payloads.Restore(ctx, c.options.From, string(p.Case), p.Digest)
		switch {
		case err == nil:
			finding.What, finding.Restored = what+": restored from the copy, and hashed", true
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			finding.What = what + ", and it could not be restored from the copy (" + err.Error() + "): try another copy"
		}
	}
	c.find(finding)
	return nil
}
