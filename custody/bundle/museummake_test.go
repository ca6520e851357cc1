package bundle_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
	"custos.example/ledger/quorum"
)

// piece is a bundle of the museum before it is written.
type piece struct {
	vector
	needed bool   // without the check it passes
	says   string // a phrase of the report on a good one
	level  bundle.Level
}

// file returns the name of the piece's files without their endings.
func (p piece) file() string { return slug(strings.TrimSpace(p.check + " " + p.name)) }

// slug returns words as they may stand in the name of a file.
func slug(words string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(words), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
}

// sumOf returns SHA-256 of data.
func sumOf(data []byte) [32]byte { return sha256.Sum256(data) }

// bundlePieces returns every bundle of the museum: the good ones, and each
// dishonest one that the tests of this package make.
func bundlePieces() []piece {
	list := slices.Concat(goodPieces(), goodKeyPieces(), goodClockPieces())
	for _, v := range vectors() {
		list = append(list, piece{vector: v, needed: true})
	}
	for _, v := range moreVectors() {
		list = append(list, piece{vector: v})
	}
	return list
}

// goodPieces returns bundles in which nothing is wrong.
func goodPieces() []piece {
	good := func(name, says string, level bundle.Level, build func(c *bundletest.Case, o *bundle.Options) []byte) piece {
		return piece{vector: vector{"good " + name, "", bundle.ExitMatches, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
			o := options(c)
			o.Require = level
			return build(c, &o), o
		}}, says: says, level: level}
	}
	plain := func(c *bundletest.Case, _ *bundle.Options) []byte { return c.Bundle() }
	return []piece{
		good("plain", "MATCHES THE RECORD", bundle.LogOnly, plain),
		good("an entry withheld", "withheld", bundle.LogOnly, func(c *bundletest.Case, _ *bundle.Options) []byte {
			return c.Forge(bundletest.Forge{Withhold: map[uint64]string{c.N("checked"): "sensitive"}})
		}),
		good("a payload absent", "A payload is not in this bundle", bundle.LogOnly, func(c *bundletest.Case, _ *bundle.Options) []byte {
			return c.Forge(bundletest.Forge{Leave: map[string]bundle.Absent{"record/0002-authority.json": {Reason: "sensitive"}}})
		}),
		good("a payload erased", "lawfully erased", bundle.LogOnly, func(c *bundletest.Case, _ *bundle.Options) []byte {
			digest := digestOf(c, `{"reference":"AB-26-01873"}`)
			id := c.Append(bundletest.Draft{Label: "erased", Chain: ledger.Organisation, Detail: &ledger.PayloadErased{Digest: digest, Order: "DPO-7", Recipients: []string{}}})
			return c.Forge(bundletest.Forge{Leave: map[string]bundle.Absent{"record/0002-authority.json": {Reason: "erased", Entry: id}}})
		}),
		good("co-signed by a quorum", "", bundle.CoSigned, func(c *bundletest.Case, o *bundle.Options) []byte {
			policy := threeOfFour()
			o.Policy = &policy
			return c.Forge(bundletest.Forge{Sign: coSignedBy(c, coSigners()...)})
		}),
		good("an acknowledgement that was kept", "", bundle.KnownHead, func(c *bundletest.Case, o *bundle.Options) []byte {
			l := c.Work.Links[8]
			a := ledger.Acknowledgement{Chain: c.Work.ID, Commitment: l.Commitment, Index: l.Index, N: l.N, Origin: c.Origin}
			signed, err := a.Sign(context.Background(), c.Service)
			if err != nil {
				panic(err) // keys here always sign
			}
			o.Known = [][]byte{signed}
			return c.Bundle()
		}),
		good("the place of an entry of the organisation's chain that was noted", "", bundle.KnownHead, func(c *bundletest.Case, o *bundle.Options) []byte {
			l := c.Org.Links[0]
			o.Known = [][]byte{bundletest.Canonical(ledger.Acknowledgement{Chain: c.Org.ID, Commitment: l.Commitment, Index: l.Index, N: l.N, Origin: c.Origin})}
			return c.Bundle()
		}),
		good("an input called record", "", bundle.LogOnly, func(c *bundletest.Case, o *bundle.Options) []byte {
			n := bundletest.NewCase(seed, bundletest.Hooks{})
			n.Hooks.Draft = func(d *bundletest.Draft) {
				if d.Label == "received" {
					d.Dependencies = append(d.Dependencies, ledger.Dependency{Name: "record", Digest: n.Keep([]byte("a slip of paper"))})
				}
			}
			n.Tell(bundletest.TinyStory())
			*c, *o = *n, options(n)
			return c.Bundle()
		}),
		good("a summary that was kept and the proof between", "", bundle.KnownHead, func(c *bundletest.Case, o *bundle.Options) []byte {
			o.Known = [][]byte{c.Checkpoint()}
			from := uint64(len(c.Leaves))
			return c.Forge(bundletest.Forge{Proofs: func(r *ledger.Receipt, _ *bundle.Paths) {
				o.Consistency = [][]byte{proofBetween(c, from, r.Checkpoint.Size, r.Checkpoint.Bytes())}
			}})
		}),
		good("a packed member", "", bundle.LogOnly, func(c *bundletest.Case, o *bundle.Options) []byte {
			story := bundletest.TinyStory()
			for i := range 2600 {
				story.File = fmt.Appendf(story.File, "07700900%03d,07700900%03d\n", i%1000, (i*7+i/13)%1000)
			}
			*c = *bundletest.Tell(seed, bundletest.Hooks{}, story)
			*o = options(c)
			return c.Bundle()
		}),
		{vector: vector{"good texts that try to steer a terminal", "", bundle.ExitMatches, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase(seed, bundletest.Hooks{Draft: func(d *bundletest.Draft) {
				if opened, ok := d.Detail.(*ledger.CaseOpened); ok {
					opened.Title = "\x1b[2J\u202e<script>alert(1)</script>\r\nMATCHES"
				}
			}})
			c.Tell(bundletest.TinyStory())
			return c.Bundle(), options(c)
		}}, says: "[U+202E]"},
	}
}

// coSigners are four made-up organisations that co-sign.
func coSigners() []coSigner {
	list := make([]coSigner, 4)
	for i, name := range []string{"court.example", "defence.example", "inspector.example", "university.example"} {
		list[i] = coSigner{name, coSignedAt.Add(time.Duration(i) * time.Minute)}
	}
	return list
}

// threeOfFour returns the policy that three of the four must have co-signed.
func threeOfFour() quorum.Policy {
	p := quorum.Policy{Groups: []quorum.Group{{Name: "outside", Need: 3}}, Quorum: "outside"}
	for _, w := range coSigners() {
		p.CoSigners = append(p.CoSigners, quorum.CoSigner{Name: w.name, Key: w.key()})
		p.Groups[0].Members = append(p.Groups[0].Members, w.name)
	}
	return p
}

// policyText returns a policy as a C2SP tlog-policy file.
func policyText(p quorum.Policy) []byte {
	var b bytes.Buffer
	for _, l := range p.Logs {
		fmt.Fprintf(&b, "log %s\n", l.Key)
	}
	for _, c := range p.CoSigners {
		fmt.Fprintf(&b, "witness %s %s\n", c.Name, c.Key)
	}
	for _, g := range p.Groups {
		fmt.Fprintf(&b, "group %s %d %s\n", g.Name, g.Need, strings.Join(g.Members, " "))
	}
	fmt.Fprintf(&b, "quorum %s\n", p.Quorum)
	return b.Bytes()
}

// second is the code by which the second checker may name what a check finds. It is
// none for what that checker leaves out: it re-runs nothing, unpacks nothing, opens no
// time stamp and follows no attribution.
var second = map[string]string{
	"": "none", "self-test": "inclusion", "container": "zip", "format": "value", "manifest": "json", "members": "manifest member", "contents": "member payload value",
	"documents": "json", "bound": "manifest", "statements": "json statement value envelope", "signatures": "signature", "enrolled": "unknown-key first", "roles": "role",
	"revoked": "revoked", "trusted": "unknown-key role", "keys-chain": "case", "chain-names": "chain-name manifest", "first": "first", "place-chain": "place-chain",
	"place-entry": "place-entry", "place-after": "place-after", "organisation": "case", "registered": "case", "authority": "authority", "payloads": "payload absent",
	"absent": "absent value payload", "commitments": "commitment", "index": "index", "paths": "inclusion", "inclusion": "inclusion", "origin": "checkpoint manifest",
	"checkpoint": "checkpoint signature", "log-key": "revoked", "known-head": "consistency unknown-key acknowledged", "co-signers": "quorum signature", "fresh": "quorum", "stamp-list": "stamp json", "stamps": "none", "stamp-heads": "consistency", "numbers": "number", "heads": "head", "withheld": "withheld first",
	"times": "time none", "exhibit": "exhibit case", "inputs": "origin", "sources": "origin none", "renders": "origin", "front-page": "front", "attributions": "none", "decisions": "origin none",
	"rows": "origin", "selected": "rows none", "outputs": "none origin", "balance": "none", "parameters": "none",
}

// writeMuseum makes every piece anew.
func writeMuseum(t *testing.T) {
	t.Helper()
	m := museum{}
	for _, p := range bundlePieces() {
		m.add(t, p)
	}
	for _, s := range statePieces() {
		for name, data := range s.files {
			if name != "trust.json" || !bytes.Equal(data, s.trust) {
				m["states/"+slug(s.name)+"/"+name] = data
			}
		}
		m["states/trust.json"] = s.trust
		m["states/"+slug(s.name)+"/expect"] = fmt.Appendf(nil, "about: %s\nfault: %s\n", s.name, s.fault)
	}
	for _, p := range museumPairs() {
		m.addPair(t, p)
	}
	m.hear(t)
	for _, folder := range []string{"bundles", "pairs", "states"} {
		if err := os.RemoveAll(filepath.Join(museumFolder, folder)); err != nil {
			t.Fatal(err)
		}
	}
	var archive bytes.Buffer
	packed, err := zstd.NewWriter(&archive, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(8<<20))
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(packed)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if strings.HasSuffix(name, ".zip") {
			err = w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(m[name])), Format: tar.FormatUSTAR})
			if err == nil {
				_, err = w.Write(m[name])
			}
		} else {
			path := filepath.Join(museumFolder, name)
			if err = os.MkdirAll(filepath.Dir(path), 0o750); err == nil {
				err = os.WriteFile(path, m[name], 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(museumFolder, "bundles.tar.zst"), archive.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// add makes one piece: its bundle, its header, and what its checker has.
func (m museum) add(t *testing.T, p piece) {
	t.Helper()
	file, o := p.build()
	name := "bundles/" + p.file()
	m[name+".zip"] = file
	trust, err := o.Trust.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	verdict := map[int]string{bundle.ExitMatches: "matches the record", bundle.ExitDiffers: "differs from the record", bundle.ExitCannotTell: "cannot tell", bundle.ExitFault: "the checker is broken"}
	lines := []string{"about: " + strings.TrimPrefix(p.name, "good "), "expect: " + verdict[p.exit], fmt.Sprint("exit: ", p.exit)}
	line := func(key, value string) { lines = append(lines, key+": "+value) }
	have := func(key, ending string, data ...[]byte) {
		var names []string
		for i, d := range data {
			known := "good-plain" + ending
			if !bytes.Equal(m["bundles/"+known], d) {
				known = p.file() + strings.Repeat("-more", i) + ending
				m["bundles/"+known] = d
			}
			names = append(names, known)
		}
		if len(names) > 0 {
			line(key, strings.Join(names, " "))
		}
	}
	if p.check != "" {
		line("step", fmt.Sprint(numberOf(verify(file, o), p.check)))
		line("check", p.check)
	} else if p.says == "[U+202E]" {
		line("step", "17")
	}
	if p.needed {
		line("needed", "yes")
	}
	if p.exit == bundle.ExitFault {
		line("checker", "broken")
	}
	have("trust", ".trust.json", trust)
	if o.Policy != nil {
		have("policy", ".policy", policyText(*o.Policy))
	}
	have("known-head", ".known", o.Known...)
	have("proof", ".proof", o.Consistency...)
	if o.MaxAge > 0 {
		line("max-age", o.MaxAge.String())
		line("now", o.Now.Format(time.RFC3339))
	}
	if o.Require != bundle.LogOnly {
		line("require", o.Require.String())
	}
	if p.says != "" {
		line("says", p.says)
	}
	if second[p.check] == "" {
		t.Fatalf("say in the table second by which code the second checker names what %q finds, or that it has none", p.check)
	}
	m[name+".expect"] = []byte(strings.Join(lines, "\n") + "\nfault: " + second[p.check] + "\n")
}

// numberOf returns the number of a check that found something.
func numberOf(r bundle.Report, check string) int {
	for _, q := range r.Questions {
		for _, f := range q.Findings {
			if f.Check == check && f.Outcome != bundle.OK {
				return f.Number
			}
		}
	}
	return -1
}

// hear replaces the codes that the second checker may name by the one that it names.
func (m museum) hear(t *testing.T) {
	t.Helper()
	said, _ := secondChecker(t, m)
	for line := range strings.Lines(said) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), ": ")
		header := "bundles/" + name + ".expect"
		if m[header] == nil || strings.HasPrefix(rest, "UNEXPECTED") {
			continue
		}
		fault := "none"
		if code, ok := strings.CutPrefix(rest, "FAULT "); ok {
			fault, _, _ = strings.Cut(code, " ")
		}
		head, _, _ := bytes.Cut(m[header], []byte("fault: "))
		m[header] = fmt.Appendf(bytes.Clone(head), "fault: %s\n", fault)
	}
}

// checkerFile is the second checker.
var checkerFile = filepath.Join("testdata", "checker", "check.mjs")

// node returns the path of Node.js, without which the second checker cannot run.
func node(tb testing.TB) string {
	tb.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal("Node.js 20 is needed for the second checker; install it or put it on PATH")
		}
		tb.Skip("Node.js is not on PATH: the second checker cannot run")
	}
	return path
}
