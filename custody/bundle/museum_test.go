package bundle_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
	"custos.example/ledger/quorum"
)

// museumFolder holds the pieces; its README says how to read them.
var museumFolder = filepath.Join("testdata", "museum")

// museum is every file of the museum by its path: the headers and small files as
// they stand, the bundles out of their archive.
type museum map[string][]byte

// openMuseum reads the museum from its folder alone.
func openMuseum(t *testing.T) museum {
	t.Helper()
	m := museum{}
	err := fs.WalkDir(os.DirFS(museumFolder), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(museumFolder, name))
		if err != nil || name != "bundles.tar.zst" {
			m[name] = data
			return err
		}
		return m.unpack(data)
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// unpack takes the bundles out of their archive.
func (m museum) unpack(data []byte) error {
	d, err := zstd.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	defer d.Close()
	for archive := tar.NewReader(d); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if m[head.Name], err = io.ReadAll(archive); err != nil {
			return err
		}
	}
}

// under returns the museum's files with a suffix in a folder, sorted.
func (m museum) under(folder, suffix string) []string {
	var names []string
	for name := range m {
		if strings.HasPrefix(name, folder+"/") && strings.HasSuffix(name, suffix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// header returns the lines "key: value" of a piece.
func (m museum) header(name string) map[string]string {
	header := map[string]string{}
	for line := range strings.Lines(string(m[name])) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		header[key] = value
	}
	return header
}

// museumOptions returns what the header of a bundle says that its checker has.
func (m museum) museumOptions(t *testing.T, h map[string]string) bundle.Options {
	t.Helper()
	trust, err := ledger.ParseTrust(m["bundles/"+h["trust"]])
	if err != nil {
		t.Fatal(err)
	}
	o := bundle.Options{
		Trust: &trust, Steps: bundletest.Tiny(), Native: ledger.Digest(sumOf([]byte(bundletest.MadeUpModule))), Scratch: bundletest.Scratch,
		Known: m.files(h["known-head"]), Consistency: m.files(h["proof"]),
	}
	if h["now"] != "" {
		age, err1 := time.ParseDuration(h["max-age"])
		now, err2 := time.Parse(time.RFC3339, h["now"])
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		o.MaxAge, o.Now = age, now
	}
	if h["policy"] != "" {
		policy, err := quorum.Parse(m["bundles/"+h["policy"]])
		if err != nil {
			t.Fatal(err)
		}
		o.Policy = &policy
	}
	if h["require"] != "" {
		if o.Require, err = bundle.ParseLevel(h["require"]); err != nil {
			t.Fatal(err)
		}
	}
	if h["checker"] == "broken" {
		o = bundle.Gullible(o)
	}
	return o
}

// files returns the files that a header names with spaces between.
func (m museum) files(names string) [][]byte {
	var list [][]byte
	for _, name := range strings.Fields(names) {
		list = append(list, m["bundles/"+name])
	}
	return list
}

// TestMuseum holds the verifier against every piece of the museum, read from its
// files alone; and, with the one check left out that a piece is for, wants
// it to pass: so that each check is shown to be needed.
func TestMuseum(t *testing.T) {
	if *update {
		writeMuseum(t)
	}
	m := openMuseum(t)
	m.complete(t)
	covered, steps := map[string]bool{"defects": true}, map[string]bool{}
	tried, failures, removed, kept := int64(0), int64(0), int64(0), int64(0)
	for _, name := range m.under("bundles", ".expect") {
		h, file := m.header(name), m[strings.TrimSuffix(name, ".expect")+".zip"]
		o := m.museumOptions(t, h)
		r := verify(file, o)
		tried++
		if said := text(t, r); strconv.Itoa(r.Exit) != h["exit"] || h["check"] != "" && !found(r, h["check"]) || !strings.Contains(said, h["says"]) {
			failures++
			t.Errorf("%s: exit %d, not %s by the check %q\n%s", name, r.Exit, h["exit"], h["check"], said)
		}
		steps[h["step"]] = true
		if h["needed"] != "yes" {
			continue
		}
		removed++
		if r := verify(file, bundle.Without(o, h["check"])); r.Exit != bundle.ExitMatches {
			kept++
			t.Errorf("%s: without the check %q it still exits %d\n%s", name, h["check"], r.Exit, text(t, r))
		}
		covered[h["check"]] = true
	}
	for _, check := range bundle.CheckNames() {
		if !covered[check] {
			t.Errorf("no piece shows that the check %q is needed", check)
		}
	}
	for _, number := range append(bundle.CheckNumbers(), 17) {
		if !steps[strconv.Itoa(number)] {
			t.Errorf("no piece is for step %d", number)
		}
	}
	proof(t, "museum-bundles", tried, failures, fmt.Sprintf("%d of %d dishonest bundles pass when the one check for them is left out", removed-kept, removed))
}

// TestMuseumStates holds ring 0 against every state of a log in the museum.
func TestMuseumStates(t *testing.T) {
	m := openMuseum(t)
	tried, failures, good := int64(0), int64(0), 0
	for _, name := range m.under("states", "/expect") {
		h := m.header(name)
		said := "none"
		if err := m.judge(strings.TrimSuffix(name, "expect")); err != nil {
			said = string(ledger.CodeOf(err))
		}
		tried++
		if h["fault"] == "none" {
			good++
		}
		if !slices.Contains(strings.Fields(h["fault"]), said) {
			failures++
			t.Errorf("%s: %s, not %s", name, said, h["fault"])
		}
	}
	if good < 5 || tried < 40 {
		t.Errorf("only %d states, %d of them good", tried, good)
	}
	proof(t, "museum-states", tried, failures, fmt.Sprintf("%d good states are accepted", good))
}

// TestMuseumSecondChecker gives the whole museum to the checker that shares no line
// with this package.
func TestMuseumSecondChecker(t *testing.T) {
	m := openMuseum(t)
	said, err := secondChecker(t, m)
	n, unexpected := int64(len(m.under("bundles", ".zip"))+len(m.under("states", "/expect"))), int64(strings.Count(said, "UNEXPECTED"))
	if err != nil || !strings.HasSuffix(said, fmt.Sprintf("%d pieces, all as expected\n", n)) {
		t.Errorf("%v\n%s", err, said)
	}
	// The control: with the verdicts of good and bad exchanged it objects to each.
	wrong := maps.Clone(m)
	for _, name := range append(m.under("bundles", ".expect"), m.under("states", "/expect")...) {
		fault, other := "fault: "+m.header(name)["fault"]+"\n", "fault: none\n"
		if fault == other {
			other = "fault: zip\n"
		}
		wrong[name] = bytes.Replace(m[name], []byte(fault), []byte(other), 1)
	}
	said, err = secondChecker(t, wrong)
	objections := strings.Count(said, "UNEXPECTED")
	if err == nil || int64(objections) != n {
		t.Errorf("with every verdict wrong it objects to %d of %d", objections, n)
	}
	proof(t, "museum-second-checker", n, unexpected, fmt.Sprintf("with every verdict exchanged it objects to %d of %d", objections, n))
}

// secondChecker lays the museum out in a folder and returns what the checker says.
func secondChecker(t *testing.T, m museum) (string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, data := range m {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(node(t), checkerFile, "--museum", dir).CombinedOutput()
	return string(out), err
}

// judge checks what a folder holds of a log with ring 0, in the order that README.md says.
func (m museum) judge(dir string) error {
	file := func(name string) []byte { return m[dir+name] }
	own := file("trust.json")
	if own == nil {
		own = m["states/trust.json"]
	}
	trust, err := ledger.ParseTrust(own)
	if err != nil {
		return err
	}
	var policy *quorum.Policy
	if file("policy") != nil {
		p, err := quorum.Parse(file("policy"))
		if err != nil {
			return err
		}
		policy = &p
	}
	if file("checkpoint") != nil {
		if err := m.judgeCheckpoint(dir, trust, policy); err != nil {
			return err
		}
	}
	if file("receipt") != nil {
		r, err := ledger.ParseReceipt(file("receipt"))
		if err != nil {
			return err
		}
		commitment, err := ledger.ParseCommitment(strings.TrimSpace(string(file("commitment"))))
		if err := errors.Join(err, r.Checkpoint.Verify(trust.Log...)); err != nil {
			return err
		}
		if err := r.Verify(commitment); err != nil {
			return err
		}
	}
	if file("acknowledgement") != nil {
		return m.judgeAcknowledgement(dir, trust)
	}
	return nil
}

// judgeCheckpoint holds a checkpoint against the trust file, the policy and an older one.
func (m museum) judgeCheckpoint(dir string, trust ledger.Trust, policy *quorum.Policy) error {
	c, err := ledger.ParseCheckpoint(m[dir+"checkpoint"])
	if err != nil {
		return err
	}
	if err := c.Verify(trust.Log...); err != nil {
		return err
	}
	if policy != nil {
		if _, err := policy.Verify(c, trust.Log...); err != nil {
			return err
		}
	}
	if m[dir+"known"] == nil {
		return nil
	}
	known, err := ledger.ParseCheckpoint(m[dir+"known"])
	if err != nil {
		return err
	}
	if err := known.Verify(trust.Log...); err != nil {
		return err
	}
	older, newer := known.Checkpoint, c.Checkpoint
	if older.Size > newer.Size {
		older, newer = newer, older
	}
	var path []ledger.Digest
	if m[dir+"proof"] != nil {
		if path, err = bundle.ReadConsistency(m[dir+"proof"], older.Size, newer); err != nil {
			return &ledger.Fault{Code: ledger.FaultConsistency, Words: err.Error()}
		}
	}
	return ledger.VerifyConsistency(older.Size, newer.Size, path, older.Root, newer.Root)
}

// shownState is what a folder shows of chains.
type shownState struct {
	Origin string
	Index  ledger.Index
	Chains []struct {
		Chain   ledger.ChainID
		Entries []struct {
			N          uint64
			Index      ledger.Index
			Commitment ledger.Commitment
		}
	}
}

// judgeAcknowledgement holds an acknowledgement against the chains that are shown.
func (m museum) judgeAcknowledgement(dir string, trust ledger.Trust) error {
	a, err := ledger.ParseAcknowledgement(m[dir+"acknowledgement"], func(id ledger.KeyID) (ledger.PublicKey, error) {
		if !trust.Recorder(id) {
			return ledger.PublicKey{}, &ledger.Fault{Code: ledger.FaultUnknownKey, Words: "no recording service"}
		}
		return trust.Key(id)
	})
	if err != nil {
		return err
	}
	var shown shownState
	if err := json.Unmarshal(m[dir+"shown"], &shown); err != nil {
		return err
	}
	for _, c := range shown.Chains {
		if c.Chain != a.Chain {
			continue
		}
		var links []ledger.Link
		for _, e := range c.Entries {
			links = append(links, ledger.Link{N: e.N, Index: e.Index, Commitment: e.Commitment})
		}
		return a.Verify(shown.Origin, c.Chain, links, shown.Index)
	}
	return &ledger.Fault{Code: ledger.FaultAcknowledge, Words: "of no chain that is shown"}
}

// complete wants the museum to have a piece for each dishonest bundle that the
// tests of this package make, and no other.
func (m museum) complete(t *testing.T) {
	t.Helper()
	want := map[string]bool{}
	for _, p := range bundlePieces() {
		want["bundles/"+p.file()] = true
	}
	for _, s := range statePieces() {
		want["states/"+slug(s.name)] = true
	}
	for _, name := range append(m.under("bundles", ".expect"), m.under("states", "/expect")...) {
		piece := strings.TrimSuffix(strings.TrimSuffix(name, "/expect"), ".expect")
		if !want[piece] {
			t.Errorf("%s is of no piece that is made here: go test ./custody/bundle -run TestMuseum -update", name)
		}
		delete(want, piece)
	}
	for piece := range want {
		t.Errorf("%s is missing: go test ./custody/bundle -run TestMuseum -update", piece)
	}
}
