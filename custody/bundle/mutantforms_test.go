package bundle_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// proved returns how many trials PROOF.md has of a harness, so that the next long
// run makes others.
func proved(t *testing.T, harness string) uint64 {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "PROOF.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`\| ` + harness + ` \| (\d+) \|`).FindSubmatch(data)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseUint(string(m[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestMutantsStructured makes 20,000 changes of every kind, by their number; a long
// run makes 250,000 and goes on where the last one ended. Each is made at one of
// five places: in the file, in a member that is packed again, in one that
// the manifest is brought up to by somebody without a key, in one that the keeper
// and everybody else seal again, and in a statement that its signers sign again.
func TestMutantsStructured(t *testing.T) {
	const harness = "bundle-structured"
	m := newMutants(t)
	from, n := uint64(0), uint64(20000)
	if long() {
		from, n = 2*proved(t, harness), 250000 // some numbers change nothing: so none is tried again
	}
	places := map[string]int{}
	count := m.refuse(t, m.o, true, func(yield func(mutant)) {
		for i, tried := from, uint64(0); tried < n; i++ {
			place, x := m.structured(i)
			if x.size == int64(len(m.file)) && bytes.Equal(x.file.(flipped).file, m.file) { //nolint:forcetypeassert // made here
				continue
			}
			tried++
			places[place]++
			x.name = fmt.Sprintf("%d (%s, %s)", i, place, x.name)
			yield(x)
		}
	})
	t.Logf("%v", places)
	if count.apart.Load() == 0 {
		t.Error("no mutant dropped a co-signature beyond the quorum: the reference has none")
	}
	control := m.loose(t, func(yield func(mutant)) {
		for i := range uint64(600) {
			yield(wholeFile("bytes", m.inFile(numbered(i))))
		}
	}, "container")
	count.finish(t, harness, control)
}

// numbered returns the chances of a number.
func numbered(i uint64) forms {
	return forms{rand.New(rand.NewPCG(i, 4))} //nolint:gosec // chance here is for variety
}

// structured returns the mutant of a number.
func (m *mutants) structured(i uint64) (place string, x mutant) {
	f := numbered(i)
	switch n := f.r.IntN(100); {
	case n < 25:
		return "in the file", wholeFile("bytes", m.inFile(f))
	case n < 63:
		name := pick(f, m.names)
		return "packed again", m.rezip(name, func(files bundletest.Files) { files[name] = f.member(name, files[name]) })
	case n < 88:
		name := m.listed(f)
		return "listed again", m.relisted(name, f.member(name, m.files[name]))
	case n < 98:
		name := m.listed(f)
		forge := bundletest.Forge{Edit: func(files bundletest.Files, _ *bundle.Manifest) { files[name] = f.member(name, files[name]) }}
		return "sealed again", wholeFile(name, m.sealed(m.c, forge))
	}
	label, file := m.signedAgain(f)
	return "signed again", wholeFile(label, file)
}

// member changes a member as its name says what it is.
func (f forms) member(name string, data []byte) []byte {
	switch {
	case strings.HasSuffix(name, ".json"):
		return f.document(data)
	case strings.HasSuffix(name, ".tlog-proof"):
		return f.noteLines(data)
	}
	return f.bytes(data)
}

// listed returns a member that the manifest lists.
func (m *mutants) listed(f forms) string {
	for {
		name := pick(f, m.names)
		if strings.Contains(name, "/") && !strings.HasPrefix(name, "timestamps/") {
			return name
		}
	}
}

// relisted returns the bundle with a member changed and the manifest brought up to
// it, which anybody can do.
func (m *mutants) relisted(name string, data []byte) mutant {
	return m.rezip(name, func(files bundletest.Files) {
		files[name] = data
		files["manifest.json"] = bundletest.EditJSON(files["manifest.json"], func(v map[string]any) {
			for _, member := range v["members"].([]any) { //nolint:forcetypeassert // every manifest has them
				if line := member.(map[string]any); line["name"] == name { //nolint:forcetypeassert // as above
					line["size"], line["sha256"] = len(data), ledger.Digest(sumOf(data))
				}
			}
		})
	})
}

// inFile changes the bytes of the file: anywhere, in a header, or by another bundle.
func (m *mutants) inFile(f forms) []byte {
	if f.r.IntN(3) > 0 {
		return f.bytes(m.file)
	}
	out := slices.Clone(m.file)
	var heads []int
	for _, signature := range []string{"PK\x03\x04", "PK\x01\x02", "PK\x05\x06"} {
		for at := 0; ; {
			i := bytes.Index(out[at:], []byte(signature))
			if i < 0 {
				break
			}
			heads = append(heads, at+i)
			at += i + 4
		}
	}
	at := pick(f, heads) + f.r.IntN(46)
	if at+8 > len(out) {
		at = len(out) - 8
	}
	switch f.r.IntN(4) {
	case 0:
		binary.LittleEndian.PutUint16(out[at:], pick(f, []uint16{0, 1, 8, 20, 45, 0x0800, 0xffff, uint16(f.r.Uint32())})) //nolint:gosec // any will do
	case 1:
		binary.LittleEndian.PutUint32(out[at:], pick(f, []uint32{0, 1, 0x7fffffff, 0x80000000, 0xffffffff, f.r.Uint32(), uint32(len(out))})) //nolint:gosec // any will do
	case 2:
		binary.LittleEndian.PutUint64(out[at:], f.r.Uint64())
	case 3:
		out[at] ^= byte(1 + f.r.IntN(255))
	}
	return out
}

// signedAgain returns a bundle of the case told again, in which a statement is not
// in its form, and everybody who has to has signed it so.
func (m *mutants) signedAgain(f forms) (label string, file []byte) {
	label = pick(f, []string{
		"log-opened", "enrolled u-02", "enrolled u-03", "policy", "registered",
		"opened", "received", "rows", "run", "render-page", "render-table", "exhibit", "checked",
	})
	c := bundletest.Tell("mutants", bundletest.Hooks{Payload: func(l string, payload []byte) []byte {
		if l == label {
			return f.invalid(payload)
		}
		return payload
	}}, bundletest.TinyStory())
	if onOtherChain(label) {
		return label, m.sealed(c, bundletest.Forge{})
	}
	return label, m.sealed(c, shownAfterAll(c, c.N(label)))
}

// onOtherChain tells whether an entry stands elsewhere than on the work chain.
func onOtherChain(label string) bool {
	return label == "log-opened" || label == "policy" || label == "registered" || strings.HasPrefix(label, "enrolled ")
}

// shownAfterAll shows an entry that no bundle can be prepared with: it is
// withheld, and put in afterwards.
func shownAfterAll(c *bundletest.Case, n uint64) bundletest.Forge {
	l := c.Work.Links[n-1]
	return bundletest.Forge{
		Withhold: map[uint64]string{n: "sensitive"},
		Leave:    map[string]bundle.Absent{"record/0002-authority.json": {Reason: "sensitive"}},
		Made:     func(d *ledger.BundleMade) { d.Withheld = nil },
		Edit: func(files bundletest.Files, _ *bundle.Manifest) {
			files["chain/work.json"] = bundletest.EditJSON(files["chain/work.json"], func(v map[string]any) {
				e := v["entries"].([]any)[n-1].(map[string]any) //nolint:forcetypeassert // every chain has them
				delete(e, "inner")
				e["envelope"], e["salt"] = l.Envelope, l.Salt
			})
		},
	}
}
