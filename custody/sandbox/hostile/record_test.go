package hostile_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/sandbox/hostile"
	"custos.example/ledger"
)

// whole reads a file of the corpus into memory.
func whole(t *testing.T, f hostile.File) []byte {
	t.Helper()
	text, err := io.ReadAll(io.NewSectionReader(f.Content, 0, f.Content.Size()))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// trust trusts the one key of the corpus.
func trust(t *testing.T) ledger.Trust {
	t.Helper()
	public, err := ledger.NewPublicKey(hostile.Key()[32:])
	if err != nil {
		t.Fatal(err)
	}
	log, err := ledger.NewNoteKey("log.example/custos", ledger.LogKey, public)
	if err != nil {
		t.Fatal(err)
	}
	key := ledger.TrustKey{Holder: "service", ID: public.KeyID(), Public: public, Roles: []string{ledger.RoleRecorder}}
	return ledger.Trust{Origin: log.Name, Log: []ledger.NoteKey{log}, Keys: []ledger.TrustKey{key}, CoSigners: []ledger.NoteKey{}}
}

// TestBundles hands every zip of the corpus in as a bundle, to the verifier and,
// in one process, to the checker that was written from FORMAT.md alone.
func TestBundles(t *testing.T) {
	trusted := trust(t)
	trials, failures, opened := 0, 0, 0
	fail := func(format string, args ...any) { failures++; t.Errorf(format, args...) }
	var feed bytes.Buffer
	var names []string
	for _, f := range corpora(hostile.Bundle) {
		trials++
		text, before := whole(t, f), processor()
		report := bundle.Verify(t.Context(), bytes.NewReader(text), int64(len(text)), bundle.Options{Trust: &trusted})
		if took := processor() - before; took > 10*time.Second {
			fail("%s: %v", f.Name, took)
		}
		_, err := bundle.Open(bytes.NewReader(text), int64(len(text)))
		if err == nil {
			opened++
		}
		if report.Exit != bundle.ExitDiffers || (err != nil) != (f.Code == "zip") {
			fail("%s: exit %d, %v", f.Name, report.Exit, err)
		}
		for _, n := range []int{len(f.Name), 0, 0, len(text)} {
			feed.Write(binary.LittleEndian.AppendUint32(nil, uint32(n)))
		}
		feed.WriteString(f.Name)
		feed.Write(text)
		names = append(names, f.Name+": FAULT "+f.Code)
	}
	said := node(t, trusted, &feed)
	for i, want := range names {
		if i >= len(said) || !strings.HasPrefix(said[i], want) {
			fail("the checker: %q, wanted %q", at(said, i), want)
		}
	}
	if opened == 0 {
		t.Error("control: not one was opened")
	}
	fmt.Printf("PROOF harness=hostile-bundles trials=%d failures=%d control=\"%d in the one form of a container are opened, and refused for what they hold\"\n", trials, failures, opened)
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

// node feeds the second implementation and returns its lines.
func node(t *testing.T, trusted ledger.Trust, feed io.Reader) []string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("node is not here:", err)
	}
	text, err := trusted.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	file, reference := filepath.Join(t.TempDir(), "trust.json"), filepath.Join(t.TempDir(), "nothing")
	for path, content := range map[string][]byte{file: text, reference: nil} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", "../../bundle/testdata/checker/check.mjs", "--batch", reference, "--trust", file)
	cmd.Stdin, cmd.Stderr = feed, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n")
}

// TestRecords reads every document of the corpus as the record's own code does:
// parsed, and its signatures or its proof checked. The second implementation
// must say the same of each.
func TestRecords(t *testing.T) {
	trials, failures, caught, controls := 0, 0, 0, 0
	files := corpora(hostile.Record)
	said := otherReader(t, files)
	for i, f := range files {
		err := accepted(t, f.Form, whole(t, f))
		if (err == nil) != (at(said, i) == "OK") || strings.Contains(at(said, i), "crash") {
			failures++
			t.Errorf("%s: %v, and the second implementation says %q", f.Name, err, at(said, i))
		}
		if f.Verdict == hostile.Accept {
			if controls++; err == nil {
				caught++
			} else {
				t.Errorf("control %s: %v", f.Name, err)
			}
			continue
		}
		if trials++; err == nil {
			failures++
			t.Errorf("%s was accepted", f.Name)
		}
	}
	fmt.Printf("PROOF harness=hostile-records trials=%d failures=%d control=\"%d of %d honest documents accepted\"\n", trials, failures, caught, controls)
}

// otherReader gives the documents to the second implementation's own functions.
func otherReader(t *testing.T, files []hostile.File) []string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("node is not here:", err)
	}
	var feed bytes.Buffer
	for _, f := range files {
		fmt.Fprintf(&feed, "%s %s\n", f.Form, base64.StdEncoding.EncodeToString(whole(t, f)))
	}
	folder, err := filepath.Abs("../../bundle/testdata/checker")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "testdata/records.mjs", folder, hex.EncodeToString(hostile.Key()[32:]))
	cmd.Stdin, cmd.Stderr = &feed, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n")
}

// accepted returns nil for a document that would be believed.
func accepted(t *testing.T, form string, text []byte) error {
	t.Helper()
	trusted := trust(t)
	switch form {
	case hostile.Envelope:
		e, err := ledger.ParseEnvelope(text)
		if err != nil {
			return err
		}
		return e.Verify(trusted.Key)
	case hostile.Checkpoint:
		c, err := ledger.ParseCheckpoint(text)
		if err != nil {
			return err
		}
		return c.Verify(trusted.Log...)
	case hostile.Receipt:
		r, err := ledger.ParseReceipt(text)
		if err != nil {
			return err
		}
		if err := r.Checkpoint.Verify(trusted.Log...); err != nil {
			return err
		}
		return ledger.VerifyInclusion(r.Index, r.Checkpoint.Root, r.Path, r.Checkpoint.Size, r.Checkpoint.Root)
	case hostile.NoteKey:
		_, err := ledger.ParseNoteKey(string(text))
		return err
	case hostile.PublicKey:
		_, err := ledger.ParsePublicKey(text)
		return err
	case hostile.JSON:
		var any any
		return ledger.UnmarshalCanonical(text, &any)
	}
	t.Fatalf("no form %q", form)
	return nil
}
