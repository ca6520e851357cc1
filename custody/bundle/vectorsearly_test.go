package bundle_test

import (
	"bytes"
	"slices"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// formVectors are caught before any entry is read.
func formVectors() []vector {
	differs := bundle.ExitDiffers
	return []vector{
		{"a checker that believes every proof", "self-test", bundle.ExitFault, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
			file := c.Forge(bundletest.Forge{Proofs: func(_ *ledger.Receipt, p *bundle.Paths) { p.Paths[3].Hashes[0][0] ^= 1 }})
			return file, bundle.Gullible(options(c))
		}},
		{"a date in a header of the container", "container", differs, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
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
			c := bundletest.NewCase(seed, bundletest.Hooks{})
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
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
			o := options(c)
			o.Trust.Keys = slices.DeleteFunc(o.Trust.Keys, func(k ledger.TrustKey) bool { return k.ID == c.Second.KeyID() })
			return c.Bundle(), o
		}},
		{"a key that the checker knows as somebody else's", "trusted", bundle.ExitCannotTell, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
			o := options(c)
			for i, k := range o.Trust.Keys {
				if k.ID == c.Analyst.KeyID() {
					o.Trust.Keys[i].Holder = c.Second.Holder
				}
			}
			return c.Bundle(), o
		}},
		{"keys on another chain than the checker knows", "keys-chain", differs, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
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
			c := bundletest.NewCase(seed, bundletest.Hooks{})
			c.Work.ID[0] ^= 1
			c.Tell(bundletest.TinyStory())
			return c.Bundle(), options(c)
		}},
		{"another chain of looks than the case's", "first", differs, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase(seed, bundletest.Hooks{})
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
