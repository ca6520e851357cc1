package bundle_test

import (
	"context"
	"crypto/sha256"
	"slices"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// rename renames a member and its line of the manifest.
func rename(f bundletest.Files, m *bundle.Manifest, from, to string) {
	i := line(m, from)
	f[to] = f[m.Members[i].Name]
	delete(f, m.Members[i].Name)
	m.Members[i].Name = to
	slices.SortFunc(m.Members, func(a, b bundle.ManifestMember) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
}

// add adds a member with its line of the manifest.
func add(f bundletest.Files, m *bundle.Manifest, name string, data []byte, payload ledger.DigestSet) {
	f[name] = data
	m.Members = append(m.Members, bundle.ManifestMember{Name: name, Payload: payload})
	slices.SortFunc(m.Members, func(a, b bundle.ManifestMember) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
}

// moreVectors are further dishonest bundles; each names the check that has to
// catch it, beside others that may.
func moreVectors() []vector {
	plain := func(data string) ledger.DigestSet {
		return ledger.DigestSet{ledger.SHA256: sha256.Sum256([]byte(data))}
	}
	return slices.Concat(
		memberVectors(plain),
		exhibitVectors(),
		graphVectors(),
		frontVectors(),
		fromVectors(),
		proofVectors(),
		moreKeyVectors(),
		clockVectors(),
		moreTimeVectors(),
	)
}

// memberVectors change which members there are.
func memberVectors(plain func(string) ledger.DigestSet) []vector {
	return []vector{
		forged("a listed file that is missing", "members", bundle.ExitDiffers, func(*bundletest.Case) bundletest.Forge {
			return bundletest.Forge{After: func(f bundletest.Files) { delete(f, "source/0003-source.csv") }}
		}),
		forged("a file other than listed", "members", bundle.ExitDiffers, func(*bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Stale: true, Edit: func(f bundletest.Files, _ *bundle.Manifest) { f["source/0003-source.csv"] = []byte("who,whom\n") }}
		}),
		edited("a payload outside the folders for payloads", "members", func(f bundletest.Files, m *bundle.Manifest) {
			rename(f, m, "authority.json", "notes/authority.json")
		}),
		edited("a payload among the chains", "members", func(f bundletest.Files, m *bundle.Manifest) {
			rename(f, m, "authority.json", "chain/authority.json")
		}),
		edited("a document where payloads are", "members", func(f bundletest.Files, m *bundle.Manifest) {
			add(f, m, "record/note.txt", []byte("read me"), nil)
		}),
		edited("a list in another order", "members", func(_ bundletest.Files, m *bundle.Manifest) {
			m.Members[0], m.Members[1] = m.Members[1], m.Members[0]
		}),
		edited("a line of the list twice", "members", func(_ bundletest.Files, m *bundle.Manifest) {
			m.Members = slices.Insert(m.Members, 1, m.Members[0])
		}),
		edited("the manifest in its own list", "members", func(_ bundletest.Files, m *bundle.Manifest) {
			i := slices.IndexFunc(m.Members, func(l bundle.ManifestMember) bool { return l.Name > "manifest.json" })
			m.Members = slices.Insert(m.Members, i, bundle.ManifestMember{Name: "manifest.json"})
		}),
		edited("a payload that no entry names", "payloads", func(f bundletest.Files, m *bundle.Manifest) {
			add(f, m, "record/note.txt", []byte("read me"), plain("read me"))
		}),
		edited("a payload under the name of another", "payloads", func(f bundletest.Files, m *bundle.Manifest) {
			rename(f, m, "0003-source.csv", "record/0000-source.csv")
			rename(f, m, "0004-decision.json", "source/0003-source.csv")
		}),
		edited("two pages of the exhibit under each other's name", "payloads", func(f bundletest.Files, m *bundle.Manifest) {
			rename(f, m, "jas-1-render-page.pdf", "exhibit/jas-1.pdf")
			rename(f, m, "jas-1-render-table.csv", "exhibit/jas-1-render-page.csv")
			rename(f, m, "exhibit/jas-1.pdf", "exhibit/jas-1-render-table.pdf")
		}),
		edited("a file that says it is another payload", "contents", func(f bundletest.Files, m *bundle.Manifest) {
			add(f, m, "record/note.txt", []byte("read me"), plain("something else"))
		}),
		edited("one payload in two files", "contents", func(f bundletest.Files, m *bundle.Manifest) {
			l := m.Members[line(m, "authority.json")]
			add(f, m, "record/zz.json", f[l.Name], l.Payload)
			m.Members[line(m, "zz.json")].Salt = l.Salt
		}),
		edited("an absent payload that no entry names", "payloads", func(_ bundletest.Files, m *bundle.Manifest) {
			m.Absent = []bundle.ManifestAbsent{{Digest: plain("nothing"), Reason: "sensitive"}}
		}),
		edited("a payload that is here and absent", "absent", func(_ bundletest.Files, m *bundle.Manifest) {
			m.Absent = []bundle.ManifestAbsent{{Digest: m.Members[line(m, "authority.json")].Payload, Reason: "sensitive"}}
		}),
		edited("a digest with two algorithms", "contents", func(_ bundletest.Files, m *bundle.Manifest) {
			m.Members[line(m, "authority.json")].Payload[ledger.SHA256] = ledger.Digest{}
		}),
	}
}

// exhibitVectors change what the exhibit is.
func exhibitVectors() []vector {
	return []vector{
		edited("a page put into the exhibit", "exhibit", func(f bundletest.Files, m *bundle.Manifest) {
			rename(f, m, "authority.json", "exhibit/jas-1-warrant.pdf")
		}),
		edited("a page taken out of the exhibit", "exhibit", func(f bundletest.Files, m *bundle.Manifest) {
			rename(f, m, "jas-1-render-page.pdf", "result/0008-page.pdf")
		}),
		forged("a bundle for a run", "exhibit", bundle.ExitDiffers, func(c *bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Edit: func(_ bundletest.Files, m *bundle.Manifest) { m.Exhibit.Entry = c.Entries["run"] }}
		}),
		edited("a bundle for another reference", "exhibit", func(_ bundletest.Files, m *bundle.Manifest) { m.Exhibit.Reference = "JAS/2" }),
		edited("a bundle that names another program", "exhibit", func(_ bundletest.Files, m *bundle.Manifest) { m.Module[0] ^= 1 }),
		edited("a bundle that names another case", "registered", func(_ bundletest.Files, m *bundle.Manifest) { m.Case = "another" }),
		drafted("a case registered twice", "registered", bundle.ExitDiffers, "opened", func(c *bundletest.Case, _ *bundletest.Draft) {
			c.Append(bundletest.Draft{Label: "registered-2", Chain: ledger.Organisation, Actor: c.Analyst, Detail: &ledger.CaseRegistered{
				Case: c.ID, ReadsChain: ledger.ChainID{1}, WorkChain: ledger.ChainID{2},
			}})
		}),
		drafted("an entry of the organisation that belongs to no bundle", "registered", bundle.ExitDiffers, "opened", func(c *bundletest.Case, _ *bundletest.Draft) {
			c.Append(bundletest.Draft{Label: "lifted", Chain: ledger.Organisation, Actor: c.Analyst, Detail: &ledger.HoldLifted{Case: "another", Hold: "H-1", Reason: "over"}})
		}),
		edited("a bundle that names another log", "chain-names", func(_ bundletest.Files, m *bundle.Manifest) { m.Origin = "other.custos.example" }),
	}
}

// graphVectors change what the entries say they were made from.
func graphVectors() []vector {
	differs := bundle.ExitDiffers
	return []vector{
		drafted("data handled under no authority", "authority", differs, "received", func(_ *bundletest.Case, d *bundletest.Draft) { d.Authority = nil }),
		{"an authority that nobody gave behind an entry that is withheld", "authority", bundle.ExitCannotTell, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase(seed, bundletest.Hooks{Draft: func(d *bundletest.Draft) {
				if d.Label == "run" {
					d.Authority = []ledger.EntryID{{0xde, 0xad}}
				}
			}})
			c.Tell(bundletest.TinyStory())
			return c.Forge(bundletest.Forge{Withhold: map[uint64]string{c.N("rows"): "not-relevant"}}), options(c)
		}},
		{"an input called record that is neither here nor absent", "payloads", differs, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase(seed, bundletest.Hooks{Draft: func(d *bundletest.Draft) {
				if d.Label == "received" {
					d.Dependencies = append(d.Dependencies, ledger.Dependency{Name: "record", Digest: ledger.DigestSet{ledger.SHA256: {42}}})
				}
			}})
			c.Tell(bundletest.TinyStory())
			return c.Forge(bundletest.Forge{Edit: func(_ bundletest.Files, m *bundle.Manifest) { m.Absent = []bundle.ManifestAbsent{} }}), options(c)
		}},
		drafted("an authority that is another kind of entry", "authority", differs, "run", func(c *bundletest.Case, d *bundletest.Draft) {
			d.Authority = []ledger.EntryID{c.Entries["dataset"]}
		}),
		drafted("an input from an entry that does not exist", "inputs", differs, "run", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Dependencies[0].Entry = &ledger.EntryID{9}
		}),
		drafted("an input from itself", "inputs", differs, "run", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Dependencies[0].Entry = &d.Entry
		}),
		drafted("a run on nothing", "sources", differs, "run", func(_ *bundletest.Case, d *bundletest.Draft) { d.Dependencies = nil }),
		drafted("a run on data from nowhere", "sources", differs, "run", func(_ *bundletest.Case, d *bundletest.Draft) { d.Dependencies[0].Entry = nil }),
		drafted("an exhibit that names no run", "renders", differs, "exhibit", func(_ *bundletest.Case, d *bundletest.Draft) { d.Dependencies = d.Dependencies[:1] }),
		drafted("rows of a data set that is none", "rows", differs, "rows", func(c *bundletest.Case, d *bundletest.Draft) {
			d.Detail.(*ledger.RowsCommitted).Dataset = c.Entries["received"]
		}),
		drafted("another file than the one received", "outputs", differs, "received", func(c *bundletest.Case, d *bundletest.Draft) {
			other := c.Keep([]byte("who,whom\n07700900009,07700900008\n"))
			d.Produced[0].Digest = other
			d.Detail.(*ledger.EvidenceReceived).Size = 33
			inner := c.Hooks.Draft
			c.Hooks.Draft = func(d *bundletest.Draft) {
				inner(d)
				for i := range d.Dependencies {
					if d.Dependencies[i].Name == "source" {
						d.Dependencies[i].Digest = other
					}
				}
			}
		}),
		drafted("another parameter than the one used", "outputs", differs, "run", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Parameters["without"] = "07700900001"
		}),
		drafted("a parameter that the step does not have", "outputs", differs, "run", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Parameters["more"] = "x"
		}),
		drafted("another step than the one used", "outputs", differs, "render-table", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Step.Name = "render-page"
		}),
		drafted("a balance that was not counted", "balance", differs, "dataset", func(_ *bundletest.Case, d *bundletest.Draft) {
			b := *d.Balance
			b.Received, b.SetAside = b.Received+1, b.SetAside+1
			d.Balance = &b
		}),
	}
}

// proofVectors change the proofs and the keys.
func proofVectors() []vector {
	differs := bundle.ExitDiffers
	proofs := func(name, check string, change func(*ledger.Receipt, *bundle.Paths)) vector {
		return forged(name, check, differs, func(*bundletest.Case) bundletest.Forge { return bundletest.Forge{Proofs: change} })
	}
	return []vector{
		proofs("a proof left out", "paths", func(_ *ledger.Receipt, p *bundle.Paths) { p.Paths = p.Paths[1:] }),
		proofs("a proof too many", "paths", func(r *ledger.Receipt, p *bundle.Paths) {
			p.Paths = append(p.Paths, bundle.Path{Index: r.Index, Hashes: r.Path})
		}),
		proofs("proofs out of order", "paths", func(_ *ledger.Receipt, p *bundle.Paths) { p.Paths[0], p.Paths[1] = p.Paths[1], p.Paths[0] }),
		proofs("a path that is too long", "inclusion", func(_ *ledger.Receipt, p *bundle.Paths) {
			p.Paths[2].Hashes = append(p.Paths[2].Hashes, ledger.Digest{})
		}),
		proofs("a path that is too short", "inclusion", func(_ *ledger.Receipt, p *bundle.Paths) { p.Paths[2].Hashes = p.Paths[2].Hashes[1:] }),
		proofs("a receipt for another leaf", "inclusion", func(r *ledger.Receipt, p *bundle.Paths) {
			r.Index, r.Path = p.Paths[2].Index, p.Paths[2].Hashes
		}),
		forged("the log's signature with a bit changed", "checkpoint", differs, func(c *bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Sign: func(p ledger.Checkpoint) []byte {
				s, err := ledger.ParseCheckpoint(bundletest.Signed(p, c.Log.Note(c.Origin)))
				if err != nil {
					panic(err)
				}
				s.Signatures[0].Sig[9] ^= 1
				return s.Bytes()
			}}
		}),
		forged("a key of the record withheld", "withheld", differs, func(*bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Contents: func(b *bundle.Contents) {
				l := &b.Keys.Links[4]
				l.Envelope, l.Salt = nil, ledger.Salt{}
			}}
		}),
		forged("an entry listed as withheld that is shown", "withheld", differs, func(*bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Made: func(d *ledger.BundleMade) { d.Withheld = []ledger.Withheld{{N: 2, Reason: "sensitive"}} }}
		}),
		forged("the last entry left out", "heads", differs, func(c *bundletest.Case) bundletest.Forge {
			return bundletest.Forge{Made: func(d *ledger.BundleMade) { d.Heads.Work.N++ }}
		}),
		{"an acknowledgement by somebody who is no recording service", "known-head", bundle.ExitCannotTell, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
			o, l := options(c), c.Work.Links[8]
			a := ledger.Acknowledgement{Chain: c.Work.ID, Commitment: l.Commitment, Index: l.Index, N: l.N, Origin: c.Origin}
			signed, err := a.Sign(context.Background(), c.Analyst)
			if err != nil {
				panic(err) // keys here always sign
			}
			o.Known = [][]byte{signed}
			return c.Bundle(), o
		}},
		{"a place on a chain that the bundle does not show", "known-head", bundle.ExitCannotTell, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
			o := options(c)
			o.Known = [][]byte{bundletest.Canonical(ledger.Acknowledgement{Chain: ledger.ChainID{7}, Commitment: ledger.Commitment{7}, Index: 3, N: 1, Origin: c.Origin})}
			return c.Bundle(), o
		}},
		{"another entry of the organisation's chain than was noted", "known-head", differs, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
			o, l := options(c), c.Org.Links[0]
			o.Known = [][]byte{bundletest.Canonical(ledger.Acknowledgement{Chain: c.Org.ID, Commitment: ledger.Commitment{7}, Index: l.Index, N: l.N, Origin: c.Origin})}
			return c.Bundle(), o
		}},
		{"a recording service that the checker's list does not call one", "trusted", bundle.ExitCannotTell, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
			o := options(c)
			for i, k := range o.Trust.Keys {
				if k.ID == c.Service.KeyID() {
					o.Trust.Keys[i].Roles = []string{}
				}
			}
			return c.Bundle(), o
		}},
	}
}

// TestChecksCatchMore tries the single conditions inside the checks.
func TestChecksCatchMore(t *testing.T) {
	for _, v := range moreVectors() {
		t.Run(v.check+"/"+v.name, func(t *testing.T) {
			file, o := v.build()
			r := verify(file, o)
			if said := text(t, r); r.Exit != v.exit || !found(r, v.check) {
				t.Errorf("exit %d, not %d by the check %q\n%s", r.Exit, v.exit, v.check, said)
			}
		})
	}
	t.Logf("%d vectors", len(moreVectors()))
}
