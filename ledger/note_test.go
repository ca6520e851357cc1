package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"custos.example/ledger"
)

// signedCheckpoint returns a checkpoint with the log's signature and n co-signatures.
func (w *world) signedCheckpoint(n int) ledger.SignedCheckpoint {
	w.t.Helper()
	tree := w.tree()
	cp := ledger.Checkpoint{Origin: origin, Size: tree.Size(), Root: ledger.Digest(tree.Hash())}
	text, err := cp.Sign(noteSigner{w.logKey, w.logKey.noteKey(w.t, origin, ledger.LogKey)})
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := ledger.ParseCheckpoint(text)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range n {
		name := fmt.Sprint("co", i)
		if s, err = s.CoSign(coSigner(w.t, name), time.Unix(1795293845, 0), func(m []byte) ([]byte, error) { return newKey(name).Sign(context.Background(), m) }); err != nil {
			w.t.Fatal(err)
		}
	}
	return s
}

func coSigner(tb testing.TB, name string) ledger.NoteKey {
	tb.Helper()
	return newKey(name).noteKey(tb, name+".example", ledger.CoSignerKey)
}

func TestCheckpointVerifies(t *testing.T) {
	w := newWorld(t).fill()
	s := w.signedCheckpoint(2)
	logKey, co := w.logKey.noteKey(t, origin, ledger.LogKey), coSigner(t, "co1")
	if err := s.Verify(logKey); err != nil {
		t.Fatal(err)
	}
	list, err := s.CoSignatures(co, coSigner(t, "absent"))
	if err != nil || len(list) != 1 || list[0].Key != co || list[0].At.Unix() != 1795293845 {
		t.Errorf("co-signatures %v, %v", list, err)
	}
	stranger := newKey("stranger").noteKey(t, origin, ledger.LogKey)
	if err := s.Verify(stranger); ledger.CodeOf(err) != ledger.FaultUnknownKey {
		t.Errorf("under a stranger's key: %v", err)
	}
	if err := s.Verify(w.logKey.noteKey(t, origin, ledger.CoSignerKey)); ledger.CodeOf(err) != ledger.FaultUnknownKey {
		t.Errorf("under the log's key as a co-signer's: %v", err)
	}
	bigger := s
	bigger.Size++
	if err := bigger.Verify(logKey); ledger.CodeOf(err) != ledger.FaultSignature {
		t.Errorf("another size: %v", err)
	}
	if _, err := bigger.CoSignatures(co); ledger.CodeOf(err) != ledger.FaultSignature {
		t.Errorf("another size, co-signed: %v", err)
	}
	renamed := s
	renamed.Origin = "log.example/other"
	if err := renamed.Verify(logKey); ledger.CodeOf(err) != ledger.FaultUnknownKey {
		t.Errorf("another origin: %v", err)
	}
	if _, err := s.CoSign(co, time.Unix(1, 0), func(m []byte) ([]byte, error) { return make([]byte, 64), nil }); err == nil {
		t.Error("one co-signer signed twice")
	}
	if _, err := (ledger.Checkpoint{Origin: "log.example/other"}).Sign(noteSigner{w.logKey, logKey}); ledger.CodeOf(err) != ledger.FaultCheckpoint {
		t.Errorf("signed for another log: %v", err)
	}
}

// TestCheckpointRefuses every second form of a signed note.
func TestCheckpointRefuses(t *testing.T) {
	good := string(newWorld(t).fill().signedCheckpoint(1).Bytes())
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the good note", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	lines := strings.SplitAfter(good, "\n")
	sixteen := strings.Repeat(lines[4], 17)
	for name, text := range map[string]string{
		"extension line":   swap("\n\n", "\nextension\n\n"),
		"no blank line":    swap("\n\n", "\n"),
		"carriage return":  strings.ReplaceAll(good, "\n", "\r\n"),
		"size with zero":   swap("\n"+lines[1], "\n0"+lines[1]),
		"size with plus":   swap("\n"+lines[1], "\n+"+lines[1]),
		"size too large":   swap("\n"+lines[1], "\n99999999999999999999\n"),
		"short root":       swap(lines[2], "AAAA\n"),
		"hyphen for dash":  swap("— ", "- "),
		"no signature":     strings.Join(lines[:4], ""),
		"not ended":        strings.TrimSuffix(good, "\n"),
		"line after":       good + "\n",
		"text after":       good + "x\n",
		"signature twice":  good + lines[4],
		"many signatures":  strings.Join(lines[:4], "") + sixteen,
		"slack base64":     slack(good, strings.Index(good, "=\n— co0")-1),
		"space after":      swap("\n— co0", " \n— co0"),
		"short signature":  strings.Join(lines[:4], "") + "— a AAAA\n",
		"name with plus":   swap("— co0", "— c+o"),
		"empty origin":     strings.TrimPrefix(good, origin),
		"space in origin":  swap("log.", "l g."),
		"blank in the end": good + "\n" + lines[4],
		"empty":            "",
		"too long":         good + strings.Repeat("x", 1<<16),
	} {
		if _, err := ledger.ParseCheckpoint([]byte(text)); ledger.CodeOf(err) != ledger.FaultCheckpoint {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTooManySignatures is told at the first line too many, whatever follows: checking
// costs as much for many lines as for a few. The control is as many as there may be.
func TestTooManySignatures(t *testing.T) {
	text := "log.example\n5\n" + strings.Repeat("A", 43) + "=\n\n"
	lines := func(n int) []byte {
		note := []byte(text)
		for i := range n {
			note = fmt.Appendf(note, "— k%d AAAAAAA=\n", i)
		}
		return note
	}
	if s, err := ledger.ParseCheckpoint(lines(ledger.MaxSignatures)); err != nil || len(s.Signatures) != ledger.MaxSignatures {
		t.Errorf("control: %d signatures, %v", len(s.Signatures), err)
	}
	cost := func(n int) float64 {
		note := lines(n)
		return testing.AllocsPerRun(10, func() {
			if _, err := ledger.ParseCheckpoint(note); ledger.CodeOf(err) != ledger.FaultCheckpoint {
				t.Errorf("%d signatures: %v", n, err)
			}
		})
	}
	if few, many := cost(ledger.MaxSignatures+1), cost(3000); many > 2*few {
		t.Errorf("%v allocations for 3,000 lines, %v for one too many", many, few)
	}
}

// TestCoSignatureForms tries signatures by a known co-signer that are not 72 bytes, or
// bear a time that no clock has.
func TestCoSignatureForms(t *testing.T) {
	s := newWorld(t).fill().signedCheckpoint(1)
	co := coSigner(t, "co0")
	good := s.Signatures[1].Sig
	for name, sig := range map[string][]byte{
		"one byte": {1}, "64 bytes, no time": good[8:], "71 bytes": good[:71], "73 bytes": append(append([]byte{}, good...), 0),
		"time beyond 2^63": append([]byte{0x80}, good[1:]...), "another time": append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, good[8:]...),
	} {
		bad := s
		bad.Signatures = []ledger.NoteSignature{s.Signatures[0], {Name: co.Name, Hash: co.Hash(), Sig: sig}}
		if _, err := bad.CoSignatures(co); ledger.CodeOf(err) != ledger.FaultSignature {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// slack sets a bit that base64 leaves unused before its padding.
func slack(text string, at int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	return text[:at] + string(alphabet[strings.IndexByte(alphabet, text[at])|1]) + text[at+1:]
}

func TestReceiptRefuses(t *testing.T) {
	w := newWorld(t).fill()
	p, err := proofOf(w.signedCheckpoint(1).Bytes(), w.tree().Size(), w)
	if err != nil {
		t.Fatal(err)
	}
	good := string(p.Marshal())
	if r, err := ledger.ParseReceipt([]byte(good)); err != nil || r.Verify(w.leaves[7]) != nil {
		t.Fatal(err)
	}
	hash := strings.Split(good, "\n")[2] + "\n"
	for name, text := range map[string]string{
		"extra line":       strings.Replace(good, "\nindex", "\nextra AAAA\nindex", 1),
		"empty extra":      strings.Replace(good, "\nindex", "\nextra \nindex", 1),
		"index with zero":  strings.Replace(good, "index 7", "index 07", 1),
		"index with sign":  strings.Replace(good, "index 7", "index +7", 1),
		"carriage return":  strings.Replace(good, "index 7\n", "index 7\r\n", 1),
		"other version":    strings.Replace(good, "@v1", "@v2", 1),
		"short hash":       strings.Replace(good, hash, "AAAA\n", 1),
		"slack hash":       strings.Replace(good, hash, slack(hash, 42), 1),
		"64 hashes":        strings.Replace(good, hash, strings.Repeat(hash, 64), 1),
		"no checkpoint":    good[:strings.Index(good, "\n\n")+2],
		"junk before":      " " + good,
		"two blank lines":  strings.Replace(good, "\n\n", "\n\n\n", 1),
		"no index":         strings.Replace(good, "index 7\n", "", 1),
		"text for a hash":  strings.Replace(good, hash, "not a hash\n", 1),
		"checkpoint twice": good + good,
	} {
		if _, err := ledger.ParseReceipt([]byte(text)); ledger.CodeOf(err) != ledger.FaultReceipt && ledger.CodeOf(err) != ledger.FaultCheckpoint {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := ledger.ParseReceipt([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Path {
		bad := r
		bad.Path = append([]ledger.Digest{}, r.Path...)
		bad.Path[i][3] ^= 4
		if err := bad.Verify(w.leaves[7]); ledger.CodeOf(err) != ledger.FaultInclusion {
			t.Errorf("hash %d changed: %v", i, err)
		}
	}
	r.Index++
	if err := r.Verify(w.leaves[7]); ledger.CodeOf(err) != ledger.FaultInclusion {
		t.Errorf("another index: %v", err)
	}
}

// TestConsistency builds one tree in steps and a second history beside it.
func TestConsistency(t *testing.T) {
	w := newWorld(t).fill()
	tree := w.tree()
	size := tree.Size()
	for _, from := range []uint64{1, 2, 7, 8, 33, size - 1, size} {
		proof, err := tree.ConsistencyProof(from, size)
		if err != nil {
			t.Fatal(err)
		}
		path, _ := digests(proof)
		a, b := ledger.Digest(tree.HashAt(from)), ledger.Digest(tree.Hash())
		if err := ledger.VerifyConsistency(from, size, path, a, b); err != nil {
			t.Errorf("from %d: %v", from, err)
		}
		a[0] ^= 1
		if err := ledger.VerifyConsistency(from, size, path, a, b); ledger.CodeOf(err) != ledger.FaultConsistency {
			t.Errorf("from %d, another root: %v", from, err)
		}
	}
	empty := ledger.Digest{}
	if err := ledger.VerifyConsistency(0, size, nil, empty, ledger.Digest(tree.Hash())); ledger.CodeOf(err) != ledger.FaultConsistency {
		t.Errorf("an empty tree with a root of zeros: %v", err)
	}
}

func TestNoteKeyRefuses(t *testing.T) {
	good := coSigner(t, "co0").String()
	if k, err := ledger.ParseNoteKey(good); err != nil || k.String() != good {
		t.Fatal(err)
	}
	parts := strings.SplitN(good, "+", 3)
	for name, text := range map[string]string{
		"another hash": parts[0] + "+00000000+" + parts[2], "upper case": parts[0] + "+" + strings.ToUpper(parts[1]) + "+" + parts[2],
		"another name": "x" + good, "no key": parts[0] + "+" + parts[1], "private key": "PRIVATE+KEY+" + good, "space": parts[0] + " +" + parts[1] + "+" + parts[2],
		"slack": good[:len(good)-1] + "A", "empty": "", "newline": good + "\n",
	} {
		if _, err := ledger.ParseNoteKey(text); err == nil {
			t.Errorf("%s: %q was accepted", name, text)
		}
	}
	for _, kind := range []byte{0, 2, 5, 6} {
		if _, err := ledger.NewNoteKey("a", kind, newKey("co0").public); err == nil {
			t.Errorf("signature type %d was accepted", kind)
		}
	}
}
