package custody

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"custos.example/custody/bundle"
	"custos.example/ledger"
	"custos.example/ledger/timestamp"
)

// mostStamps is how many time stamps on record a bundle brings.
const mostStamps = 60

// chooseStamps picks from all stamps on record those that say most about a
// chain: for each entry the first that covers it, of each authority, and the
// last that stood in the log before it.
// Shape: facts sorted by size; of too many, evenly spread ones.
func chooseStamps(facts []stampFact, links []ledger.Link) []stampFact {
	slices.SortFunc(facts, func(a, b stampFact) int {
		return cmp.Or(cmp.Compare(a.Size, b.Size), cmp.Compare(a.Authority, b.Authority))
	})
	chosen := map[int]bool{}
	for _, l := range links {
		covered := map[string]bool{}
		before := -1
		for i, f := range facts {
			if f.Size > uint64(l.Index) && !covered[f.Authority] {
				covered[f.Authority], chosen[i] = true, true
			}
			if f.Index < l.Index && (before < 0 || facts[before].Time.Before(f.Time.Time)) {
				before = i
			}
		}
		if before >= 0 {
			chosen[before] = true
		}
	}
	var list []stampFact
	for i, f := range facts {
		if chosen[i] {
			list = append(list, f)
		}
	}
	if len(list) <= mostStamps {
		return list
	}
	spread := make([]stampFact, mostStamps)
	for i := range spread {
		spread[i] = list[i*(len(list)-1)/(mostStamps-1)]
	}
	return spread
}

// stampEntries adds the entries of the chosen stamps to what is shown of the
// organisation's chain.
func (p *packing) stampEntries(ctx context.Context, shown *ledger.Chain) error {
	facts, err := list[stampFact](ctx, p.Store, "", inStamps, p.asOf)
	if err != nil {
		return err
	}
	p.stamps = chooseStamps(facts, p.contents.Work.Links)
	for _, f := range p.stamps {
		entry, err := p.Store.ByEntryID(ctx, f.Entry)
		if err != nil {
			return fmt.Errorf("time stamp of size %d: %w", f.Size, err)
		}
		shown.Links = append(shown.Links, loose(entry))
	}
	return nil
}

// clockEntries adds what is on record of steps of the clock between the first
// and the last entry of the case: whoever weighs its times has to know.
func (p *packing) clockEntries(ctx context.Context, shown *ledger.Chain) error {
	facts, err := list[clockFact](ctx, p.Store, "", inSteps, p.asOf)
	if err != nil {
		return err
	}
	links := p.contents.Work.Links
	for _, f := range facts {
		if len(links) == 0 || f.Index < links[0].Index || f.Index > links[len(links)-1].Index {
			continue
		}
		entry, err := p.Store.ByEntryID(ctx, f.Entry)
		if err != nil {
			return fmt.Errorf("step of the clock: %w", err)
		}
		shown.Links = append(shown.Links, loose(entry))
	}
	return nil
}

// stamped returns the stamps that the bundle brings: those on record that were
// chosen, each with the proof that joins its head to the bundle's, and fresh ones
// over the manifest and over the bundle's own checkpoint; the latter also by
// themselves. Who did not answer is named: a bundle is not held back by an
// authority of time.
func (p *packing) stamped(ctx context.Context, prepared *bundle.Prepared, receipt []byte) (stamps bundle.Stamps, fresh [][]byte, missing []string, err error) {
	parsed, err := ledger.ParseReceipt(receipt)
	if err != nil {
		return stamps, nil, nil, fmt.Errorf("%w: receipt: %w", ErrIntegrity, err)
	}
	now := parsed.Checkpoint.Checkpoint
	manifest, head := p.askBoth(ctx, timestamp.ImprintOf(prepared.Manifest), timestamp.ImprintOf([]byte(now.Text())))
	for _, answer := range slices.Concat(manifest, head) {
		if answer.err != nil {
			missing = append(missing, answer.err.Error())
		} else if ahead := p.now.Sub(answer.stamp.Time.Add(answer.stamp.Accuracy)); ahead > clockSlack {
			return stamps, nil, nil, fmt.Errorf("this machine's clock is %v ahead of the authority of time %s, so the bundle would contradict its own time stamp: "+
				"set the clock right and bundle it anew: %w", ahead.Round(time.Second), answer.name, ErrPushback)
		}
	}
	var over [][]byte
	for _, answer := range manifest {
		if answer.err == nil {
			over = append(over, answer.token)
		}
	}
	for _, answer := range head {
		if answer.err != nil {
			continue
		}
		fresh = append(fresh, answer.token)
		if _, err := p.recordStamp(ctx, now, answer); err != nil {
			return stamps, fresh, missing, err
		}
	}
	slices.Sort(missing)
	stamps, err = p.brought(ctx, now, over, fresh)
	return stamps, fresh, slices.Compact(missing), err
}

// brought joins the stamps on record to those over the manifest and over the
// bundle's own checkpoint.
func (p *packing) brought(ctx context.Context, now ledger.Checkpoint, manifest, fresh [][]byte) (bundle.Stamps, error) {
	heads := map[uint64]*bundle.StampedHead{}
	for _, f := range p.stamps {
		if err := p.recorded(ctx, f, now.Size, heads); err != nil {
			return bundle.Stamps{}, err
		}
	}
	if len(fresh) > 0 && heads[now.Size] == nil {
		heads[now.Size] = &bundle.StampedHead{Size: now.Size, Root: now.Root}
	}
	stamps := bundle.Stamps{Manifest: manifest}
	for _, size := range slices.Sorted(maps.Keys(heads)) {
		if size == now.Size {
			heads[size].Tokens = append(heads[size].Tokens, fresh...)
		}
		stamps.Heads = append(stamps.Heads, *heads[size])
	}
	return stamps, nil
}

// askBoth asks every authority about two imprints, all at the same time.
func (s *Service) askBoth(ctx context.Context, one, two timestamp.Imprint) (first, second []answer) {
	var both sync.WaitGroup
	both.Go(func() { first = s.askStamps(ctx, one) })
	both.Go(func() { second = s.askStamps(ctx, two) })
	both.Wait()
	return first, second
}

// recorded adds a stamp on record to the heads.
func (p *packing) recorded(ctx context.Context, f stampFact, size uint64, heads map[uint64]*bundle.StampedHead) error {
	token, err := p.document(ctx, "", f.Token)
	if err != nil {
		return fmt.Errorf("time stamp of size %d: %w", f.Size, err)
	}
	if heads[f.Size] == nil {
		h := &bundle.StampedHead{Size: f.Size}
		if h.Root, err = p.Recorder.Root(ctx, f.Size); err != nil {
			return fmt.Errorf("root of size %d: %w", f.Size, err)
		}
		at := ledger.Checkpoint{Origin: p.Origin, Size: f.Size, Root: h.Root}
		if ledger.Digest(timestamp.ImprintOf([]byte(at.Text()))) != f.Imprint {
			return fmt.Errorf("%w: %w (size %d)", ErrIntegrity, errStamp, f.Size)
		}
		if f.Size < size {
			if h.Path, err = p.Recorder.Consistency(ctx, f.Size, size); err != nil {
				return fmt.Errorf("consistency of sizes %d and %d: %w", f.Size, size, err)
			}
		}
		heads[f.Size] = h
	}
	heads[f.Size].Tokens = append(heads[f.Size].Tokens, token)
	return nil
}
