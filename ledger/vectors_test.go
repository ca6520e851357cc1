package ledger_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/ledger"
)

// corpus returns a folder of the test data that the project does not contain.
func corpus(tb testing.TB, folder string) string {
	tb.Helper()
	root := os.Getenv("CUSTOS_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(root, folder)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the corpus is missing: %v; set CUSTOS_CORPUS", err)
		}
		tb.Skipf("the corpus is missing: %v; set CUSTOS_CORPUS", err)
	}
	return path
}

func readJSON(tb testing.TB, path string, v any) {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
}

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// TestCCTV fixes where this verifier stands among the edge cases of Ed25519: keys of
// small order or in a second encoding are no keys; R must be in its only encoding;
// the equation is without the cofactor; a small-order R, or a component of small
// order in A that cancels out, is let through, since neither frees a signer from
// what they signed.
func TestCCTV(t *testing.T) {
	var vectors []struct {
		Number        int
		Key, Sig, Msg string
		Flags         []string
	}
	readJSON(t, filepath.Join(corpus(t, "40-conformance/cctv-ed25519"), "ed25519vectors.json"), &vectors)
	counts := map[string]int{}
	for _, v := range vectors {
		has := func(flag string) bool { return slices.Contains(v.Flags, flag) }
		want := "accepted"
		switch {
		case has("low_order_A") || has("non_canonical_A"):
			want = "no key"
		case has("non_canonical_R") || has("low_order_residue"):
			want = "refused"
		}
		got := "accepted"
		if key, err := ledger.NewPublicKey(unhex(t, v.Key)); err != nil {
			got = "no key"
		} else if key.Verify([]byte(v.Msg), unhex(t, v.Sig)) != nil {
			got = "refused"
		}
		if got != want {
			t.Errorf("vector %d %v: %s, want %s", v.Number, v.Flags, got, want)
		}
		counts[got]++
	}
	if counts["accepted"] == 0 || counts["refused"] == 0 || counts["no key"] == 0 || len(vectors) != 914 {
		t.Errorf("%d vectors, %v: not every stance was tried", len(vectors), counts)
	}
	t.Logf("%d vectors: %v", len(vectors), counts)
}

func TestWycheproof(t *testing.T) {
	var file struct {
		TestGroups []struct {
			PublicKey struct{ PK string }
			Tests     []struct {
				TcID             int
				Msg, Sig, Result string
			}
		}
	}
	readJSON(t, filepath.Join(corpus(t, "40-conformance/wycheproof"), "ed25519_test.json"), &file)
	counts := map[string]int{}
	for _, g := range file.TestGroups {
		key, err := ledger.NewPublicKey(unhex(t, g.PublicKey.PK))
		if err != nil {
			t.Fatalf("key %s: %v", g.PublicKey.PK, err)
		}
		for _, v := range g.Tests {
			counts[v.Result]++
			if err := key.Verify(unhex(t, v.Msg), unhex(t, v.Sig)); (err == nil) != (v.Result == "valid") {
				t.Errorf("test %d is %s; got %v", v.TcID, v.Result, err)
			}
		}
	}
	if counts["valid"] != 88 || counts["invalid"] != 63 {
		t.Errorf("tried %v, want 88 valid and 63 invalid", counts)
	}
}

// TestMerkleVectors holds the wrappers against the vectors of the library's makers.
func TestMerkleVectors(t *testing.T) {
	root := filepath.Join(corpus(t, "40-conformance/merkle"), "testdata")
	counts := map[string]int{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") || strings.Contains(path, "subtree") {
			return err
		}
		var v struct {
			LeafIdx, TreeSize, Size1, Size2 uint64
			LeafHash, Root, Root1, Root2    []byte
			Proof                           [][]byte
			Desc                            string
			WantErr                         bool
		}
		readJSON(t, path, &v)
		var got error
		list, ok := digests(v.Proof)
		switch {
		case strings.Contains(path, "/consistency/"):
			a, okA := digest(v.Root1)
			b, okB := digest(v.Root2)
			if ok = ok && okA && okB; ok {
				got = ledger.VerifyConsistency(v.Size1, v.Size2, list, a, b)
			}
		default:
			leaf, okA := digest(v.LeafHash)
			r, okB := digest(v.Root)
			if ok = ok && okA && okB; ok {
				got = ledger.VerifyInclusion(ledger.Index(v.LeafIdx), leaf, list, v.TreeSize, r)
			}
		}
		counts[map[bool]string{true: "refused", false: "accepted"}[!ok || got != nil]]++
		if (!ok || got != nil) != v.WantErr {
			t.Errorf("%s (%s): got %v, want an error: %v", path, v.Desc, got, v.WantErr)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if counts["accepted"] < 5 || counts["refused"] < 100 {
		t.Errorf("tried only %v", counts)
	}
	t.Logf("%v", counts)
}

// digest returns b as a Digest, if it has the length of one: other lengths cannot even
// be written down in this package.
func digest(b []byte) (ledger.Digest, bool) {
	if len(b) != 32 {
		return ledger.Digest{}, false
	}
	return ledger.Digest(b), true
}

func digests(list [][]byte) ([]ledger.Digest, bool) {
	var out []ledger.Digest
	for _, b := range list {
		d, ok := digest(b)
		if !ok {
			return nil, false
		}
		out = append(out, d)
	}
	return out, true
}

// TestDSSEVector holds PAE against the one vector of the specification.
func TestDSSEVector(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(corpus(t, "40-conformance/dsse"), "protocol.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := string(ledger.PAE("http://example.com/HelloWorld", []byte("hello world")))
	if !strings.Contains(string(data), "\n"+want+"\n") {
		t.Errorf("the specification does not have the line %q", want)
	}
}

// TestKeyEncodings refuses every second way to write a key.
func TestKeyEncodings(t *testing.T) {
	good := newKey("analyst").public
	der := good.DER()
	if again, err := ledger.ParsePublicKey(der); err != nil || again != good {
		t.Fatalf("a good key: %v", err)
	}
	long := append(slices.Clone(der), 0)
	nul := slices.Concat([]byte{0x30, 0x2c, 0x30, 0x07, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x05, 0x00}, der[9:])
	for name, bad := range map[string][]byte{
		"raw": good.Ed25519(), "short": der[:43], "long": long, "with NULL parameters": nul, "empty": {}, "X25519": flip(der, 8),
	} {
		if _, err := ledger.ParsePublicKey(bad); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if err := good.Verify([]byte("m"), make([]byte, ed25519.SignatureSize)); err == nil {
		t.Error("a signature of zeros was accepted")
	}
}
