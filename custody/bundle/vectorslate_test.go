package bundle_test

import (
	"context"
	"slices"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
	"custos.example/ledger/quorum"
)

// logVectors are caught by what the log holds, and by what is known of it.
func logVectors() []vector {
	return slices.Concat(treeVectors(), summaryVectors(), coSignerVectors())
}

// treeVectors are caught by what the log holds.
func treeVectors() []vector {
	differs := bundle.ExitDiffers
	return []vector{
		told("an entry other than the one committed to", "commitments", differs, func(*bundletest.Case) bundletest.Hooks {
			return bundletest.Hooks{Link: func(label string, l *ledger.Link) {
				if label == "checked" {
					l.Salt[0] ^= 1
				}
			}}
		}, nil),
		forged("an own entry that says it follows another", "commitments", differs, func(*bundletest.Case) bundletest.Forge {
			return bundletest.Forge{After: func(f bundletest.Files) {
				f["bundle-made.json"] = bundletest.EditJSON(f["bundle-made.json"], func(v map[string]any) { v["prev"] = v["salt"] })
			}}
		}),
		forged("two entries in the wrong order in the log", "index", differs, func(c *bundletest.Case) bundletest.Forge {
			a, b := &c.Work.Links[8], &c.Work.Links[9]
			a.Index, b.Index = b.Index, a.Index
			c.Leaves[a.Index], c.Leaves[b.Index] = a.Commitment, b.Commitment
			return bundletest.Forge{}
		}),
		forged("proofs under a summary that nobody signed", "paths", differs, func(c *bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Proofs: func(_ *ledger.Receipt, p *bundle.Paths) {
				log, size := c.Tree(), p.Size-1
				p.Size = size
				p.Root, _ = log.Root(context.Background(), size)
				for i := range p.Paths {
					p.Paths[i].Hashes, _ = log.Inclusion(context.Background(), uint64(p.Paths[i].Index), size)
				}
			}}
		}),
		forged("a proof with one bit changed", "inclusion", differs, func(*bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Proofs: func(_ *ledger.Receipt, p *bundle.Paths) { p.Paths[3].Hashes[0][0] ^= 1 }}
		}),
	}
}

// summaryVectors are caught by the log's summary.
func summaryVectors() []vector {
	differs := bundle.ExitDiffers
	return []vector{
		{"a summary of another log", "origin", differs, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
			const other = "other.custos.example"
			o := options(c)
			o.Trust.Origin, o.Trust.Log = other, []ledger.NoteKey{c.Log.NoteKey(other)}
			return c.Forge(bundletest.Forge{Sign: func(p ledger.Checkpoint) []byte {
				p.Origin = other
				return bundletest.Signed(p, c.Log.Note(other))
			}}), o
		}},
		forged("a summary that another key signed", "checkpoint", bundle.ExitCannotTell, func(c *bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Sign: func(p ledger.Checkpoint) []byte { return bundletest.Signed(p, c.Second.Note(c.Origin)) }}
		}),
		{"another history than the one that the checker kept", "known-head", differs, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
			o := options(c)
			file := c.Forge(bundletest.Forge{Sign: func(p ledger.Checkpoint) []byte {
				forked := p
				forked.Root[0] ^= 1
				o.Known = [][]byte{bundletest.Signed(forked, c.Log.Note(c.Origin))}
				return bundletest.Signed(p, c.Log.Note(c.Origin))
			}})
			return file, o
		}},
		{"no co-signer where one is asked for", "co-signers", bundle.ExitCannotTell, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
			key, _ := ledger.NewNoteKey("court", ledger.CoSignerKey, c.Second.Public())
			o := options(c)
			o.Policy = &quorum.Policy{CoSigners: []quorum.CoSigner{{Name: "court", Key: key}}, Quorum: "court"}
			return c.Bundle(), o
		}},
	}
}

// orderVectors are caught by what is left out.
func orderVectors() []vector {
	differs := bundle.ExitDiffers
	return []vector{
		{"a number left out of the case", "numbers", differs, skippedNumber},
		forged("heads that are not those shown", "heads", differs, func(*bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Made: func(d *ledger.BundleMade) { d.Heads.Keys = ledger.Head{} }}
		}),
		forged("an entry withheld and not listed", "withheld", differs, func(c *bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Contents: func(b *bundle.Contents) {
				l := &b.Work.Links[c.N("checked")-1]
				l.Envelope, l.Salt = nil, ledger.Salt{}
			}}
		}),
		drafted("a time before what its signer had seen", "times", differs, "checked", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Time = d.Time.Add(-time.Hour)
		}),
	}
}

// skippedNumber is a case in which the keeper gave no entry the number 11.
func skippedNumber() ([]byte, bundle.Options) {
	c := bundletest.NewCase(seed, bundletest.Hooks{})
	var skipped ledger.Head
	c.Hooks.Draft = func(d *bundletest.Draft) {
		if d.Label == "bundle-made" {
			d.After = &skipped
			d.Detail.(*ledger.BundleMade).Heads.Work = skipped
		}
	}
	c.Hooks.Link = func(label string, l *ledger.Link) {
		switch label {
		case "checked":
			l.Commitment = ledger.Commit(c.Work.ID, l.N+1, ledger.Commitment{}, l.Inner)
			skipped = ledger.Head{N: l.N + 1, Commitment: l.Commitment}
		case "bundle-made":
			l.N++
			l.Commitment = ledger.Commit(c.Work.ID, l.N, skipped.Commitment, l.Inner)
		}
	}
	c.Tell(bundletest.TinyStory())
	return c.Forge(bundletest.Forge{Edit: func(f bundletest.Files, _ *bundle.Manifest) {
		f["chain/work.json"] = bundletest.EditJSON(f["chain/work.json"], func(v map[string]any) {
			entries := v["entries"].([]any)
			entries[len(entries)-1].(map[string]any)["n"] = skipped.N
		})
	}}), options(c)
}

// originVectors are caught by where the exhibit comes from.
func originVectors() []vector {
	differs := bundle.ExitDiffers
	return []vector{
		edited("another version of the exhibit than the one in it", "exhibit", func(_ bundletest.Files, m *bundle.Manifest) {
			m.Exhibit.Version = 2
		}),
		drafted("an input that the named entry did not make", "inputs", differs, "render-page", func(c *bundletest.Case, d *bundletest.Draft) {
			id := c.Entries["dataset"]
			d.Dependencies[0].Entry = &id
		}),
		drafted("a data set made from no received file", "sources", differs, "dataset", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Dependencies[0].Entry = nil
		}),
		drafted("a page said to be made by another program", "renders", differs, "exhibit", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Detail.(*ledger.ExhibitProduced).Renders[0].Step.Source[0] ^= 1
		}),
		told("a decision that is not the one used", "decisions", differs, func(c *bundletest.Case) bundletest.Hooks {
			other := c.Keep([]byte(`{"kind":"assert-zone","value":"Europe/Dublin","who":"u-02","why":"other"}`))
			return bundletest.Hooks{Draft: func(d *bundletest.Draft) {
				if d.Label == "decided-1" {
					d.Produced[0].Digest = other
				}
				for i := range d.Dependencies {
					if d.Dependencies[i].Name == "decided-1" {
						d.Dependencies[i].Digest = other
					}
				}
			}}
		}, nil),
		drafted("an answer of a person passed off as the scope", "decisions", differs, "dataset", func(_ *bundletest.Case, d *bundletest.Draft) {
			for i := range d.Dependencies {
				if d.Dependencies[i].Name == "decided-1" {
					d.Dependencies[i].Name = "scope"
				}
			}
		}),
		drafted("a scope passed off as an answer of a person", "decisions", differs, "decided-1", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Detail.(*ledger.SourceDecided).Question = "scope"
		}),
		drafted("a scope that no entry drew", "decisions", differs, "dataset", func(c *bundletest.Case, d *bundletest.Draft) {
			d.Dependencies = append(d.Dependencies, ledger.Dependency{Name: "scope", Digest: c.Keep([]byte(`{"format":"custos/scope/v1"}`))})
		}),
		{"another reference on the first page than on record", "front-page", differs, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase(seed, bundletest.Hooks{})
			story := bundletest.TinyStory()
			story.Meta = []byte(`{"reference":"JAS/9"}`)
			c.Tell(story)
			return c.Bundle(), options(c)
		}},
		{"a number attributed on a file that shows somebody else", "attributions", bundle.ExitCannotTell, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase(seed, bundletest.Hooks{})
			story := bundletest.TinyStory()
			story.Meta = []byte(`{"attributions":[{"basis":"subscriber: NET/3","identifier":"+447700900001","person":"Alex Rowe"}],"reference":"JAS/1"}`)
			c.Tell(story)
			return c.Bundle(), options(c)
		}},
		drafted("a count of rows that is one too high", "rows", differs, "rows", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Detail.(*ledger.RowsCommitted).Count++
		}),
	}
}

// againVectors are caught by making the results again.
func againVectors() []vector {
	poisoned := func(name, check string, steps func(bundletest.Steps) bundletest.Steps) vector {
		return vector{name, check, bundle.ExitDiffers, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase(seed, bundletest.Hooks{})
			c.Steps = steps(c.Steps)
			c.Tell(bundletest.TinyStory())
			file := c.Bundle()
			c.Steps = bundletest.Tiny()
			return file, options(c)
		}}
	}
	return []vector{
		poisoned("a result with one byte changed", "outputs", func(s bundletest.Steps) bundletest.Steps {
			s[3] = bundletest.Poison{Step: s[3], Output: "rows"}
			return s
		}),
		poisoned("a balance with one row too many", "balance", func(s bundletest.Steps) bundletest.Steps {
			s[3] = bundletest.Miscount{Step: s[3]}
			return s
		}),
		drafted("a parameter that is not recorded", "parameters", bundle.ExitDiffers, "run", func(_ *bundletest.Case, d *bundletest.Draft) {
			delete(d.Parameters, "least")
		}),
		{"a balance that was not counted and no program that made it", "balance", bundle.ExitCannotTell, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase(seed, bundletest.Hooks{Draft: func(d *bundletest.Draft) {
				if d.Label == "dataset" {
					b := *d.Balance
					b.Received, b.Outside = b.Received+5000, b.Outside+5000
					d.Balance = &b
				}
			}})
			c.Module = nil
			c.Tell(bundletest.TinyStory())
			return c.Bundle(), options(c)
		}},
	}
}
