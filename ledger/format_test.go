package ledger_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"

	"custos.example/ledger"
)

var update = flag.Bool("update", false, "write what is computed into FORMAT.md")

// example is one fenced block of FORMAT.md section 16.
type example struct {
	t  *testing.T
	in map[string]string
}

func (e example) given(name string) string {
	e.t.Helper()
	v, ok := e.in[name]
	if !ok {
		e.t.Fatalf("FORMAT.md gives no %q here", name)
	}
	return v
}

func (e example) hex32(name string) [32]byte { return [32]byte(unhex(e.t, e.given(name))) }

func (e example) number(name string) uint64 {
	e.t.Helper()
	n, err := strconv.ParseUint(e.given(name), 10, 64)
	if err != nil {
		e.t.Fatal(err)
	}
	return n
}

// key returns the key made from a seed.
func (e example) key(name string) testKey {
	e.t.Helper()
	k := testKey{name: name, private: ed25519.NewKeyFromSeed(unhex(e.t, e.given(name)))}
	var err error
	if k.public, err = ledger.NewPublicKey(k.private[32:]); err != nil {
		e.t.Fatal(err)
	}
	return k
}

// must returns a function that returns v or ends the test.
func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// computed returns what each example says, by the code under test.
func computed(e example, name string) map[string]string {
	switch name {
	case "json":
		var v any
		if err := ledger.UnmarshalCanonical([]byte(e.given("text")), &v); err != nil {
			e.t.Fatal(err)
		}
		return map[string]string{"utf-8": hex.EncodeToString(must[[]byte](e.t)(ledger.MarshalCanonical(v)))}
	case "chain":
		chain := ledger.DeriveChain(e.given("origin"), ledger.ChainKind(e.number("kind")), e.hex32("nonce"))
		return map[string]string{"chain": chain.String()}
	case "inner":
		sum := sha256.Sum256([]byte(e.given("envelope")))
		return map[string]string{
			"envelope-sha256": hex.EncodeToString(sum[:]),
			"inner":           ledger.DeriveInner(e.hex32("salt"), []byte(e.given("envelope"))).String(),
		}
	case "commitment":
		c := ledger.Commit(e.hex32("chain"), e.number("n"), e.hex32("prev"), e.hex32("inner"))
		return map[string]string{"commitment": c.String(), "leaf-data": hex.EncodeToString(c.Leaf()), "leaf-hash": c.LeafHash().String()}
	case "payload":
		content := ledger.Digest(sha256.Sum256([]byte(e.given("content"))))
		return map[string]string{"content-sha256": content.String(), "custos-salted-v1": ledger.SaltedDigest(e.hex32("salt"), content).String()}
	case "row":
		return computedRow(e)
	case "key":
		k := e.key("seed")
		return map[string]string{
			"public": k.public.String(), "key-id": k.KeyID().String(),
			"vkey-of-a-log":       k.noteKey(e.t, e.given("name"), ledger.LogKey).String(),
			"vkey-of-a-co-signer": k.noteKey(e.t, e.given("name"), ledger.CoSignerKey).String(),
		}
	}
	return computedSigned(e, name)
}

// computedRow works out the leaf of a row by the definition alone: its tree is no part
// of this package.
func computedRow(e example) map[string]string {
	block := must[cipher.Block](e.t)(aes.NewCipher(unhex(e.t, e.given("seed"))))
	out, leaf := map[string]string{}, []byte("\x00row/v1\n")
	for part := uint64(1); part < 8; part++ {
		salt := binary.BigEndian.AppendUint64(make([]byte, 8), 8*e.number("row-number")+part)
		block.Encrypt(salt, salt)
		name := strconv.FormatUint(part, 10)
		sum := sha256.Sum256(slices.Concat([]byte("part/v1\n"), salt, []byte(e.given("part-"+name))))
		leaf = append(leaf, sum[:]...)
		if part == 3 {
			out["part-salt-3"], out["part-hash-3"] = hex.EncodeToString(salt), hex.EncodeToString(sum[:])
		}
	}
	sum := sha256.Sum256(append(leaf, e.given("part-0")...))
	out["row-leaf-hash"] = hex.EncodeToString(sum[:])
	return out
}

// computedSigned returns the examples that bear signatures.
func computedSigned(e example, name string) map[string]string {
	ctx := context.Background()
	switch name {
	case "envelope":
		env := must[ledger.Envelope](e.t)(ledger.Sign(ctx, e.given("payload-type"), []byte(e.given("payload")), e.key("service-seed"), e.key("actor-seed")))
		return map[string]string{
			"signed-bytes": string(ledger.PAE(e.given("payload-type"), []byte(e.given("payload")))),
			"envelope":     string(must[[]byte](e.t)(env.Bytes())),
		}
	case "receipt":
		return computedReceipt(e)
	case "acknowledgement":
		a := ledger.Acknowledgement{Origin: e.given("origin"), Chain: e.hex32("chain"), N: e.number("n"), Index: ledger.Index(e.number("index")), Commitment: e.hex32("commitment")}
		return map[string]string{
			"payload":         string(must[[]byte](e.t)(ledger.MarshalCanonical(a))),
			"acknowledgement": string(must[[]byte](e.t)(a.Sign(ctx, e.key("service-seed")))),
		}
	case "statement":
		at := must[time.Time](e.t)(time.Parse(time.RFC3339, e.given("time")))
		s := must[ledger.Statement](e.t)(ledger.NewStatement(ledger.Predicate{
			Actor: ledger.Actor{ID: "o.officer", Key: e.key("actor-seed").KeyID(), Role: "exhibits-officer"}, OnBehalfOf: "Avon and Somerset",
			Detail: &ledger.ItemReceived{Item: "KD/1", Description: "a phone, 07700 900123", From: "an officer", Seal: "A0012345"}, Operation: "collection",
			Place: ledger.Place{After: ledger.Head{N: 3, Commitment: ledger.Commitment{1}}, Chain: e.hex32("chain"), Entry: ledger.EntryID{7}}, Time: ledger.NewTime(at),
		}))
		return map[string]string{"payload": string(must[[]byte](e.t)(s.Bytes()))}
	}
	e.t.Fatalf("FORMAT.md has an example %q that no test computes", name)
	return nil
}

func computedReceipt(e example) map[string]string {
	tree := testonly.New(rfc6962.DefaultHasher)
	for _, name := range []string{"commitment-0", "commitment-1", "commitment-2"} {
		tree.AppendData(ledger.Commitment(e.hex32(name)).Leaf())
	}
	cp := ledger.Checkpoint{Origin: e.given("origin"), Size: 3, Root: ledger.Digest(tree.Hash())}
	logKey := e.key("log-seed")
	signedNote := must[[]byte](e.t)(cp.Sign(noteSigner{logKey, logKey.noteKey(e.t, cp.Origin, ledger.LogKey)}))
	co := e.key("co-signer-seed")
	var message []byte
	s := must[ledger.SignedCheckpoint](e.t)(ledger.ParseCheckpoint(signedNote))
	at := time.Unix(int64(e.number("co-signer-time")), 0)
	s = must[ledger.SignedCheckpoint](e.t)(s.CoSign(co.noteKey(e.t, e.given("co-signer"), ledger.CoSignerKey), at, func(m []byte) ([]byte, error) {
		message = m
		return co.Sign(context.Background(), m)
	}))
	index := e.number("index")
	proof := must[[][]byte](e.t)(tree.InclusionProof(index, 3))
	path, _ := digests(proof)
	r := ledger.Receipt{Index: ledger.Index(index), Path: path, Checkpoint: s}
	if err := r.Verify(e.hex32("commitment-1")); err != nil {
		e.t.Fatal(err)
	}
	return map[string]string{"root": cp.Root.String(), "co-signed-bytes": string(message), "receipt": string(r.Bytes())}
}

// quote writes a value in one line, as FORMAT.md does.
func quote(v string) string {
	if !strings.Contains(v, "\n") {
		return v
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}

// TestFormatExamples recomputes every example of FORMAT.md from its own text.
func TestFormatExamples(t *testing.T) {
	data, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	tried := 0
	for i := 0; i < len(lines); i++ {
		name, found := strings.CutPrefix(lines[i], "```example ")
		if !found {
			continue
		}
		end := i + slices.Index(lines[i:], "```")
		block := lines[i+1 : end]
		e := example{t: t, in: map[string]string{}}
		for _, line := range block {
			if key, value, ok := strings.Cut(line, " = "); ok && !strings.Contains(key, " ") {
				e.in[key] = value
			}
		}
		got := computed(e, name)
		for j, line := range block {
			key, value, ok := strings.Cut(line, " > ")
			if _, given := e.in[strings.SplitN(line, " ", 2)[0]]; given || !ok {
				continue
			}
			want, known := got[key]
			if block[j] = key + " > " + quote(want); !known || value != quote(want) && !*update {
				t.Errorf("example %s: FORMAT.md says %s is\n%s\nit is\n%s", name, key, value, quote(want))
			}
			delete(got, key)
			tried++
		}
		for key := range got {
			t.Errorf("example %s does not say %s", name, key)
		}
		i = end
	}
	if tried < 20 {
		t.Errorf("only %d values were found in FORMAT.md", tried)
	}
	if *update {
		if err := os.WriteFile("FORMAT.md", []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFormatTables holds the lists of FORMAT.md against the code: kinds with their
// chains, subjects and keys, and codes.
func TestFormatTables(t *testing.T) {
	data, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range ledger.Kinds() {
		row := rowOf(string(data), "`"+string(info.Kind)+"`")
		var chains []string
		for _, c := range info.Chains {
			chains = append(chains, c.String())
		}
		subjects := strings.Join(info.Subjects, ", ")
		if len(row) < 4 || !sameWords(row[1], chains) || !strings.HasPrefix(row[2], strings.Replace(subjects, "*", "free", 1)) {
			t.Errorf("%s: FORMAT.md says %q; the code says chains %v, subjects %q", info.Kind, row, chains, subjects)
			continue
		}
		for _, key := range jsonKeys(info.New()) {
			if !strings.Contains(row[3], "`"+key+"`") && !strings.Contains(row[3], key) {
				t.Errorf("%s: FORMAT.md does not name the key %q", info.Kind, key)
			}
		}
		if info.Step != strings.Contains(row[3], "Has `step`") || info.Step != info.Balance {
			t.Errorf("%s: FORMAT.md and the code differ about step and row balance", info.Kind)
		}
	}
	source, err := os.ReadFile("fault.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	for line := range strings.Lines(string(source)) {
		if parts := strings.Split(line, `"`); strings.Contains(line, "Code = ") && len(parts) == 3 {
			codes++
			if !strings.Contains(string(data), "`"+parts[1]+"`") {
				t.Errorf("FORMAT.md does not name the code %s", parts[1])
			}
		}
	}
	if codes < 20 {
		t.Errorf("only %d codes were found in fault.go", codes)
	}
}

func rowOf(text, first string) []string {
	for line := range strings.Lines(text) {
		if cells := strings.Split(line, "|"); len(cells) > 4 && strings.TrimSpace(cells[1]) == first {
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			return cells[1:]
		}
	}
	return nil
}

func sameWords(text string, words []string) bool { return text == strings.Join(words, ", ") }

// jsonKeys returns the keys of a detail as it is written when every key is there.
func jsonKeys(detail ledger.Detail) []string {
	var keys []string
	b, err := json.Marshal(detail)
	if err != nil {
		return []string{err.Error()}
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		return []string{err.Error()}
	}
	for key := range m {
		keys = append(keys, key)
	}
	return keys
}
