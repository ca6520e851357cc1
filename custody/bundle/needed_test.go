package bundle_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// vector is a dishonest bundle which exactly one check of the verifier catches.
type vector struct {
	name  string
	check string
	exit  int
	build func() ([]byte, bundle.Options)
}

// told returns a vector from hooks on the making of the case, and a forge.
func told(name, check string, exit int, hooks func(*bundletest.Case) bundletest.Hooks, forge func(*bundletest.Case) bundletest.Forge) vector {
	return vector{name, check, exit, func() ([]byte, bundle.Options) {
		c := bundletest.NewCase(check, bundletest.Hooks{})
		if hooks != nil {
			c.Hooks = hooks(c)
		}
		c.Tell(bundletest.TinyStory())
		f := bundletest.Forge{}
		if forge != nil {
			f = forge(c)
		}
		return c.Forge(f), options(c)
	}}
}

// drafted returns a vector from a change of one entry before it is signed.
func drafted(name, check string, exit int, label string, change func(*bundletest.Case, *bundletest.Draft)) vector {
	return told(name, check, exit, func(c *bundletest.Case) bundletest.Hooks {
		return bundletest.Hooks{Draft: func(d *bundletest.Draft) {
			if d.Label == label {
				change(c, d)
			}
		}}
	}, nil)
}

// stated returns a vector from a change of one statement before it is signed.
func stated(name, check string, label string, change func(*bundletest.Case, *ledger.Statement)) vector {
	return told(name, check, bundle.ExitDiffers, func(c *bundletest.Case) bundletest.Hooks {
		return bundletest.Hooks{Statement: func(l string, s *ledger.Statement) {
			if l == label {
				change(c, s)
			}
		}}
	}, nil)
}

// forged returns a vector from a dishonest packing of an honest case.
func forged(name, check string, exit int, f func(*bundletest.Case) bundletest.Forge) vector {
	return told(name, check, exit, nil, f)
}

// edited returns a vector from a change of members and manifest, both signed.
func edited(name, check string, edit func(bundletest.Files, *bundle.Manifest)) vector {
	return forged(name, check, bundle.ExitDiffers, func(*bundletest.Case) bundletest.Forge { return bundletest.Forge{Edit: edit} })
}

// line returns the manifest's line of the first member whose name ends so.
func line(m *bundle.Manifest, suffix string) int {
	return slices.IndexFunc(m.Members, func(l bundle.ManifestMember) bool { return bytes.HasSuffix([]byte(l.Name), []byte(suffix)) })
}

// formVectors are caught before any entry is read.
func formVectors() []vector {
	differs := bundle.ExitDiffers
	return []vector{
		{"a checker that believes every proof", "self-test", bundle.ExitFault, func() ([]byte, bundle.Options) {
			c := bundletest.Tell("self-test", bundletest.Hooks{}, bundletest.TinyStory())
			file := c.Forge(bundletest.Forge{Proofs: func(_ *ledger.Receipt, p *bundle.Paths) { p.Paths[3].Hashes[0][0] ^= 1 }})
			return file, bundle.Gullible(options(c))
		}},
		{"a date in a header of the container", "container", differs, func() ([]byte, bundle.Options) {
			c := bundletest.Tell("container", bundletest.Hooks{}, bundletest.TinyStory())
			file := c.Bundle()
			file[12]++
			return file, options(c)
		}},
		forged("a format of the future", "format", bundle.ExitCannotTell, func(*bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Manifest: func(b []byte) []byte { return bytes.Replace(b, []byte("bundle/v1"), []byte("bundle/v2"), 1) }}
		}),
		forged("a line end after the manifest", "manifest", differs, func(*bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Manifest: func(b []byte) []byte { return append(b, '\n') }}
		}),
		forged("a file that no list names", "members", differs, func(*bundletest.Case) bundletest.Forge {
			return bundletest.Forge{After: func(f bundletest.Files) { f["record/note.txt"] = []byte("read me") }}
		}),
		edited("another salt for the profile", "contents", func(_ bundletest.Files, m *bundle.Manifest) {
			m.Members[line(m, "profile.yaml")].Salt = &ledger.Salt{1}
		}),
		edited("a space in the keys chain", "documents", func(f bundletest.Files, _ *bundle.Manifest) {
			f["chain/keys.json"] = append([]byte(" "), f["chain/keys.json"]...)
		}),
		forged("a list that the record does not name", "bound", differs, func(*bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Made: func(d *ledger.BundleMade) { d.Manifest[0] ^= 1 }}
		}),
	}
}

// signatureVectors are caught by who signed.
func signatureVectors() []vector {
	differs := bundle.ExitDiffers
	return []vector{
		told("an entry with an unknown key in it", "statements", differs, func(*bundletest.Case) bundletest.Hooks {
			return bundletest.Hooks{Payload: func(label string, b []byte) []byte {
				if label != "policy" {
					return b
				}
				return bundletest.EditJSON(b, func(v map[string]any) { v["remark"] = "nothing to see" })
			}}
		}, nil),
		told("a signature with one bit changed", "signatures", differs, func(*bundletest.Case) bundletest.Hooks {
			return bundletest.Hooks{Envelope: func(label string, e *ledger.Envelope) {
				if label == "checked" {
					e.Signatures[1].Sig[7] ^= 1
				}
			}}
		}, nil),
		{"a stranger who is trusted and not enrolled", "enrolled", differs, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase("enrolled", bundletest.Hooks{})
			stranger := bundletest.NewKey("enrolled", "u-99", "A. Stranger", "checker")
			c.Hooks.Draft = func(d *bundletest.Draft) {
				if d.Label == "checked" {
					d.Actor = stranger
				}
			}
			c.Tell(bundletest.TinyStory())
			o := options(c)
			o.Trust.Keys = append(o.Trust.Keys, stranger.Trust())
			return c.Bundle(), o
		}},
		stated("a role that the key does not have", "roles", "checked", func(_ *bundletest.Case, s *ledger.Statement) {
			s.Predicate.Actor.Role = "judge"
		}),
		drafted("a key that was withdrawn before", "revoked", differs, "checked", func(c *bundletest.Case, _ *bundletest.Draft) {
			c.Append(bundletest.Draft{Label: "revocation", Chain: ledger.Keys, Detail: &ledger.KeyRevoked{Key: c.Second.KeyID(), Reason: "left the office"}})
		}),
		{"a key that the checker does not know", "trusted", bundle.ExitCannotTell, func() ([]byte, bundle.Options) {
			c := bundletest.Tell("trusted", bundletest.Hooks{}, bundletest.TinyStory())
			o := options(c)
			o.Trust.Keys = slices.DeleteFunc(o.Trust.Keys, func(k ledger.TrustKey) bool { return k.ID == c.Second.KeyID() })
			return c.Bundle(), o
		}},
		{"keys on another chain than the checker knows", "keys-chain", differs, func() ([]byte, bundle.Options) {
			c := bundletest.Tell("keys-chain", bundletest.Hooks{}, bundletest.TinyStory())
			o := options(c)
			o.Trust.KeysChain[0] ^= 1
			return c.Bundle(), o
		}},
	}
}

// statementVectors are caught by whether the entries belong together.
func statementVectors() []vector {
	differs := bundle.ExitDiffers
	return []vector{
		{"a chain with a name of its own", "chain-names", differs, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase("chain-names", bundletest.Hooks{})
			c.Work.ID[0] ^= 1
			c.Tell(bundletest.TinyStory())
			return c.Bundle(), options(c)
		}},
		{"another chain of looks than the case's", "first", differs, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase("first", bundletest.Hooks{})
			c.Reads[0] ^= 1
			c.Tell(bundletest.TinyStory())
			return c.Bundle(), options(c)
		}},
		stated("an entry signed for another case", "place-chain", "checked", func(_ *bundletest.Case, s *ledger.Statement) {
			s.Predicate.Place.Chain[0] ^= 1
		}),
		drafted("one entry twice", "place-entry", differs, "checked", func(c *bundletest.Case, d *bundletest.Draft) {
			d.Entry = c.Entries["rows"]
		}),
		drafted("an entry whose signer had seen another record", "place-after", differs, "checked", func(c *bundletest.Case, d *bundletest.Draft) {
			h := ledger.HeadOf(c.Work.Links)
			h.Commitment[0] ^= 1
			d.After = &h
		}),
		drafted("another chain of the organisation", "organisation", differs, "log-opened", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Detail.(*ledger.LogOpened).OrganisationNonce[0] ^= 1
		}),
		drafted("a case registered under another id", "registered", differs, "registered", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Detail.(*ledger.CaseRegistered).Case = "another"
		}),
		drafted("an authority that is not on record", "authority", differs, "dataset", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Authority = []ledger.EntryID{{1}}
		}),
		edited("the authority's text left out", "payloads", func(f bundletest.Files, m *bundle.Manifest) {
			i := line(m, "authority.json")
			delete(f, m.Members[i].Name)
			m.Members = slices.Delete(m.Members, i, i+1)
		}),
		forged("the authority's text absent for no known reason", "absent", differs, func(*bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Leave: map[string]bundle.Absent{"record/0002-authority.json": {Reason: "lost"}}}
		}),
	}
}

// logVectors are caught by what the log holds.
func logVectors() []vector {
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
		{"a summary of another log", "origin", differs, func() ([]byte, bundle.Options) {
			c := bundletest.Tell("origin", bundletest.Hooks{}, bundletest.TinyStory())
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
			c := bundletest.Tell("known-head", bundletest.Hooks{}, bundletest.TinyStory())
			o := options(c)
			file := c.Forge(bundletest.Forge{Sign: func(p ledger.Checkpoint) []byte {
				forked := p
				forked.Root[0] ^= 1
				o.Known = bundletest.Signed(forked, c.Log.Note(c.Origin))
				return bundletest.Signed(p, c.Log.Note(c.Origin))
			}})
			return file, o
		}},
		{"no co-signer where one is asked for", "co-signers", bundle.ExitCannotTell, func() ([]byte, bundle.Options) {
			c := bundletest.Tell("co-signers", bundletest.Hooks{}, bundletest.TinyStory())
			key, _ := ledger.NewNoteKey("court", ledger.CoSignerKey, c.Second.Public())
			o := options(c)
			o.Policy = &ledger.Policy{CoSigners: []ledger.PolicyCoSigner{{Name: "court", Key: key}}, Quorum: "court"}
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
	c := bundletest.NewCase("numbers", bundletest.Hooks{})
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
		drafted("an input that the named entry did not make", "inputs", differs, "run", func(c *bundletest.Case, d *bundletest.Draft) {
			id := c.Entries["received"]
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
		{"another reference on the first page than on record", "front-page", differs, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase("front-page", bundletest.Hooks{})
			story := bundletest.TinyStory()
			story.Meta = []byte(`{"reference":"JAS/9"}`)
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
			c := bundletest.NewCase(check, bundletest.Hooks{})
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
	}
}

// vectors returns one vector, or more, for each check.
func vectors() []vector {
	return slices.Concat(formVectors(), signatureVectors(), statementVectors(), logVectors(), orderVectors(), originVectors(), againVectors())
}

// TestEveryCheckIsNeeded shows that the verifier catches each dishonest bundle
// and that, with the one check left out that is meant for it, it does not.
func TestEveryCheckIsNeeded(t *testing.T) {
	covered := map[string]bool{"defects": true} // says what to read; changes no answer: see TestDefectsAreListed
	for _, v := range vectors() {
		t.Run(v.check+"/"+v.name, func(t *testing.T) {
			file, o := v.build()
			r := verify(file, o)
			said := text(t, r)
			if r.Exit != v.exit {
				t.Errorf("exit %d, not %d\n%s", r.Exit, v.exit, said)
			}
			if !found(r, v.check) {
				t.Errorf("it was not the check %q that caught it\n%s", v.check, said)
			}
			if r := verify(file, bundle.Without(o, v.check)); r.Exit != bundle.ExitMatches {
				t.Errorf("without the check it still exits %d: the vector shows nothing\n%s", r.Exit, text(t, r))
			}
		})
		covered[v.check] = true
	}
	for _, name := range bundle.CheckNames() {
		if !covered[name] {
			t.Errorf("no vector shows that the check %q is needed", name)
		}
	}
	t.Logf("%d vectors, %d checks", len(vectors()), len(bundle.CheckNames()))
}

// found tells whether a check found something.
func found(r bundle.Report, check string) bool {
	for _, q := range r.Questions {
		for _, f := range q.Findings {
			if f.Check == check && f.Outcome != bundle.OK {
				return true
			}
		}
	}
	return false
}
