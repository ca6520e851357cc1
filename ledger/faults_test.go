package ledger_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/ledger"
)

// edit changes the entries of the work chain's document.
func edit(change func(entries []any) []any) func(map[string]object) {
	return func(docs map[string]object) {
		doc := docs["chain/work.json"]
		doc["entries"] = change(as[[]any](doc["entries"]))
	}
}

func entry(list []any, n int) object { return as[object](list[n-1]) }

// renumber gives every entry of a list the number of its position.
func renumber(list []any) []any {
	for i := range list {
		as[object](list[i])["n"] = json.Number(fmt.Sprint(i + 1))
	}
	return list
}

// strip takes the actor's signature off an envelope.
func strip(tb testing.TB, envelope []byte) []byte {
	tb.Helper()
	e, err := ledger.ParseEnvelope(envelope)
	if err != nil {
		tb.Fatal(err)
	}
	e.Signatures = e.Signatures[:1]
	b, err := e.Bytes()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// packerFault is what somebody without any key does to a bundle.
type packerFault struct {
	name string
	edit func(t testing.TB) func(list []any) []any
	want string // the deeper check, when the keeper signs the packer's list
}

// packerFaults are the first seven of the ten; the other three do not touch a
// document that the manifest lists (see TestPacker).
func packerFaults() []packerFault {
	plain := func(f func(list []any) []any) func(testing.TB) func([]any) []any {
		return func(testing.TB) func([]any) []any { return f }
	}
	return []packerFault{
		{"byte flipped", plain(func(l []any) []any {
			e := []byte(as[string](entry(l, 12)["envelope"]))
			e[len(e)/2] = map[bool]byte{true: 'B', false: 'A'}[e[len(e)/2] == 'A']
			entry(l, 12)["envelope"] = string(e)
			return l
		}), "commitment work 12"},
		{"entry omitted", plain(func(l []any) []any { return slices.Delete(l, 29, 30) }), "number work 31"},
		{"entry omitted and the rest renumbered", plain(func(l []any) []any { return renumber(slices.Delete(l, 29, 30)) }), "commitment work 30"},
		{"two entries swapped", plain(func(l []any) []any {
			l[10], l[13] = l[13], l[10]
			return renumber(l)
		}), "commitment work 11"},
		{"false inner", plain(func(l []any) []any {
			entry(l, 13)["inner"] = strings.Repeat("ab", 32)
			return l
		}), "commitment work 13"},
		{"another entry's salt", plain(func(l []any) []any {
			entry(l, 14)["salt"] = entry(l, 15)["salt"]
			return l
		}), "commitment work 14"},
		{"actor's signature stripped", func(tb testing.TB) func([]any) []any {
			tb.Helper()
			return func(l []any) []any {
				e, err := base64.StdEncoding.DecodeString(as[string](entry(l, 12)["envelope"]))
				if err != nil {
					tb.Fatal(err)
				}
				entry(l, 12)["envelope"] = base64.StdEncoding.EncodeToString(strip(tb, e))
				return l
			}
		}, "commitment work 12"},
	}
}

// expect fails the test unless the checker's line begins with want.
func (w *world) expect(members map[string][]byte, want string, options ...string) {
	w.t.Helper()
	if line := w.checked(zipOf(members), options...); !strings.HasPrefix(line, want) {
		w.t.Errorf("the checker said %q; want %q", line, want)
	}
}

// TestPacker makes the ten faults of a packer. Without a key nobody can change what
// the manifest lists; so seven of them are made again with the keeper's signature
// over the falsified list, which leaves the named check alone to catch them.
func TestPacker(t *testing.T) {
	for _, f := range packerFaults() {
		t.Run(f.name, func(t *testing.T) {
			w := newWorld(t).fill()
			members := w.pack(packing{})
			w.expect(members, "OK ")
			docs := map[string]object{"chain/work.json": w.parse(members["chain/work.json"])}
			edit(f.edit(t))(docs)
			members["chain/work.json"] = w.json(docs["chain/work.json"])
			w.expect(members, "FAULT member chain/work.json")
			w.relist(members, "chain/work.json")
			w.expect(members, "FAULT manifest")
			deep := newWorld(t).fill()
			deep.expect(deep.pack(packing{edit: edit(f.edit(t))}), "FAULT "+f.want)
		})
	}
	t.Run("checkpoint by another key", func(t *testing.T) {
		w := newWorld(t).fill()
		w.expect(w.pack(packing{logSigner: newKey("stranger")}), "FAULT checkpoint")
	})
	t.Run("proof hash changed", func(t *testing.T) {
		w := newWorld(t).fill()
		members := w.pack(packing{})
		doc := w.parse(members["paths.json"])
		path := as[[]any](as[object](as[[]any](doc["paths"])[20])["path"])
		path[2] = strings.Repeat("cd", 32)
		members["paths.json"] = w.json(doc)
		w.expect(members, "FAULT inclusion")
	})
	t.Run("duplicate JSON key", func(t *testing.T) {
		w := newWorld(t).fill()
		members := w.pack(packing{})
		members["chain/work.json"] = bytes.Replace(members["chain/work.json"], []byte(`"n":8,`), []byte(`"n":8,"n":8,`), 1)
		w.expect(members, "FAULT json chain/work.json")
	})
}

// parse returns a member as plain objects.
func (w *world) parse(data []byte) object {
	w.t.Helper()
	var o any
	if err := ledger.UnmarshalCanonical(data, &o); err != nil {
		w.t.Fatal(err)
	}
	return as[object](o)
}

// relist writes a member's new size and digest into the manifest.
func (w *world) relist(members map[string][]byte, name string) {
	w.t.Helper()
	manifest := w.parse(members["manifest.json"])
	for _, line := range as[[]any](manifest["members"]) {
		if l := as[object](line); l["name"] == name {
			l["size"], l["sha256"] = len(members[name]), ledger.Digest(sha256.Sum256(members[name]))
		}
	}
	members["manifest.json"] = w.json(manifest)
}

// headFile writes what somebody noted of an entry, or was told by the service, and
// returns the option that hands it to the checker.
func (w *world) headFile(option string, c *ledger.Chain, l ledger.Link) []string {
	w.t.Helper()
	a := ledger.Acknowledgement{Origin: origin, Chain: c.ID, N: l.N, Index: l.Index, Commitment: l.Commitment}
	data := w.json(a)
	if option == "--ack" {
		var err error
		if data, err = a.Sign(context.Background(), w.service); err != nil {
			w.t.Fatal(err)
		}
	}
	path := filepath.Join(w.t.TempDir(), "head")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return []string{option, path}
}

// TestKeeper makes the eleven faults of a keeper, who has every key but the actors',
// and cannot be stopped by any format from some of them: those pass, FORMAT.md
// section 14 says so, and where there is something else that shows them, that is
// tried too. The twelfth is the left out revocation.
func TestKeeper(t *testing.T) {
	run := func(name string, fault func(t *testing.T, w *world)) {
		t.Run(name, func(t *testing.T) { fault(t, newWorld(t)) })
	}
	run("another case's envelope placed here", func(_ *testing.T, w *world) {
		w.fill()
		s := w.sign(w.other, draft{actor: w.analyst, detail: &ledger.ItemReceived{Item: "X", Description: "a phone", From: "somebody"}})
		w.place(w.work, s)
		w.expect(w.pack(packing{}), "FAULT place-chain work 59")
	})
	run("one envelope appended twice", func(_ *testing.T, w *world) {
		w.fill()
		l := w.work.Links[11]
		w.place(w.work, signed{l.Envelope, l.Salt})
		w.expect(w.pack(packing{}), "FAULT place-entry work 59 is entry 12 again")
	})
	run("envelope held back", func(_ *testing.T, w *world) {
		w.fill()
		late := w.sign(w.work, draft{actor: w.analyst, after: &ledger.Head{N: 28, Commitment: w.work.Links[27].Commitment}, detail: &ledger.ItemReceived{Item: "Z", Description: "a phone", From: "an officer"}})
		w.place(w.work, late)
		w.expect(w.pack(packing{}), "OK 60 entries of work, 17 withheld, longest distance 30 at entry 59")
	})
	run("chain rebuilt without an entry", func(_ *testing.T, w *world) {
		w.fill()
		kept := slices.Delete(slices.Clone(w.work.Links), 30, 31)
		w.rebuild(kept)
		w.expect(w.pack(packing{}), "FAULT place-after work 32")
	})
	run("tail cut", tailCut)
	run("fork in one tree", fork)
	run("second chain for one case", secondChain)
	run("never appended", func(_ *testing.T, w *world) {
		w.fill()
		dropped := w.place(w.work, w.sign(w.work, draft{actor: w.analyst, detail: &ledger.ItemReceived{Item: "Z", Description: "a phone", From: "an officer"}}))
		ack := w.headFile("--ack", w.work, dropped)
		w.work.Links = w.work.Links[:58]
		w.leaves[dropped.Index] = ledger.Commitment(w.bytes())
		members := w.pack(packing{})
		w.expect(members, "OK ")
		w.expect(members, "FAULT acknowledged", ack...)
	})
	run("one commitment as two leaves", func(_ *testing.T, w *world) {
		w.fill()
		w.work.Links[19].Index = ledger.Index(len(w.leaves))
		w.leaves = append(w.leaves, w.work.Links[19].Commitment)
		w.expect(w.pack(packing{}), "FAULT index work 21")
		last := newWorld(w.t).fill()
		last.expect(last.pack(packing{again: true}), "OK ")
	})
	run("whole case written afterwards", func(_ *testing.T, w *world) {
		for range 500 {
			w.leaves = append(w.leaves, ledger.Commitment(w.bytes()))
		}
		w.expect(w.fill().pack(packing{}), "OK ")
	})
	t.Run("reason for withholding changed", func(t *testing.T) {
		for _, reason := range []string{"sensitive", "privileged"} {
			w := newWorld(t).fill()
			members := w.pack(packing{made: func(d *ledger.BundleMade) { d.Withheld[3].Reason = reason }})
			w.expect(members, "OK ")
			edited := w.parse(members["bundle-made.json"])
			edited["envelope"] = base64.StdEncoding.EncodeToString(w.forged(as[string](edited["envelope"]), reason))
			members["bundle-made.json"] = w.json(edited)
			w.expect(members, "FAULT commitment work 59")
		}
	})
	run("revocation left out", revocationLeftOut)
}
