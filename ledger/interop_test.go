package ledger_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	intoto "github.com/in-toto/attestation/go/v1"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/dsse"
	formatslog "github.com/transparency-dev/formats/log"
	formatsnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"google.golang.org/protobuf/encoding/protojson"

	"custos.example/ledger"
)

// verifierOf returns a key as sigstore has it.
func verifierOf(tb testing.TB, k testKey) signature.SignerVerifier {
	tb.Helper()
	v, err := signature.LoadED25519SignerVerifier(k.private)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// withoutKeyIDs returns an envelope for verifiers that expect key ids of their own
// making; key ids are not under the signatures.
func withoutKeyIDs(envelope []byte) *bytes.Reader {
	return bytes.NewReader(regexp.MustCompile(`"keyid":"[0-9a-f]{64}"`).ReplaceAll(envelope, []byte(`"keyid":""`)))
}

// TestSigstoreReadsOurEnvelopes, each signature by its key. Ours does not read theirs:
// they have no key id.
func TestSigstoreReadsOurEnvelopes(t *testing.T) {
	w := newWorld(t).fill()
	for _, l := range w.work.Links {
		one := dsse.WrapVerifier(verifierOf(t, w.service), dsse.WithExpectedPayloadType(ledger.StatementType))
		if err := one.VerifySignature(withoutKeyIDs(l.Envelope), nil); err != nil {
			t.Fatalf("entry %d: %v", l.N, err)
		}
		both := dsse.WrapMultiVerifierWithOpts(ledger.StatementType, 2, []signature.Verifier{verifierOf(t, w.service), verifierOf(t, w.actorOf(l))})
		err := both.VerifySignature(withoutKeyIDs(l.Envelope), nil)
		if err != nil {
			t.Fatalf("entry %d, both signatures: %v", l.N, err)
		}
	}
	stranger := dsse.WrapVerifier(verifierOf(t, newKey("stranger")))
	if err := stranger.VerifySignature(withoutKeyIDs(w.work.Links[4].Envelope), nil); err == nil {
		t.Error("sigstore accepted an envelope under a stranger's key")
	}
	theirs, err := dsse.WrapSigner(verifierOf(t, w.service), ledger.StatementType).SignMessage(strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.ParseEnvelope(theirs); err == nil {
		t.Error("an envelope without a key id was accepted")
	}
}

// actorOf returns the key that signed second.
func (w *world) actorOf(l ledger.Link) testKey {
	w.t.Helper()
	e, err := ledger.ParseEnvelope(l.Envelope)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, k := range []testKey{w.analyst, w.checker} {
		if k.KeyID() == e.Signatures[len(e.Signatures)-1].KeyID {
			return k
		}
	}
	w.t.Fatalf("entry %d is signed by nobody known", l.N)
	return testKey{}
}

// TestInTotoReadsOurStatements tries every kind that a world holds.
func TestInTotoReadsOurStatements(t *testing.T) {
	w := newWorld(t).fill()
	seen := map[ledger.Kind]bool{}
	for _, c := range []*ledger.Chain{w.work, w.keys, w.org} {
		entries, err := c.Verify()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			var s intoto.Statement
			if err := protojson.Unmarshal(e.Signed.Payload, &s); err != nil {
				t.Fatalf("%s %d: %v", c.Kind, e.N, err)
			}
			if err := s.Validate(); err != nil {
				t.Errorf("%s %d: %v", c.Kind, e.N, err)
			}
			seen[e.Statement.Kind()] = true
		}
	}
	if len(seen) < 12 {
		t.Errorf("only %d kinds were tried", len(seen))
	}
}

// TestNotesAgree holds checkpoints, co-signatures and receipts against the libraries
// of their specifications, in both directions.
func TestNotesAgree(t *testing.T) {
	w := newWorld(t).fill()
	tree := w.tree()
	logNoteKey := w.logKey.noteKey(t, origin, ledger.LogKey)
	cp := ledger.Checkpoint{Origin: origin, Size: tree.Size(), Root: ledger.Digest(tree.Hash())}
	if theirs := (formatslog.Checkpoint{Origin: cp.Origin, Size: cp.Size, Hash: cp.Root[:]}); string(theirs.Marshal()) != cp.Text() {
		t.Errorf("they write %q, we %q", theirs.Marshal(), cp.Text())
	}
	signedNote, err := cp.Sign(noteSigner{w.logKey, logNoteKey})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := ledger.ParseCheckpoint(signedNote)
	if err != nil || parsed.Verify(logNoteKey) != nil {
		t.Fatal(err, parsed.Verify(logNoteKey))
	}
	coKey := newKey("co-signer").noteKey(t, "co-signer.example/one", ledger.CoSignerKey)
	when := time.Unix(1795293845, 0).UTC()
	cosigned, err := parsed.CoSign(coKey, when, func(m []byte) ([]byte, error) { return newKey("co-signer").Sign(context.Background(), m) })
	if err != nil {
		t.Fatal(err)
	}
	logVerifier, err := note.NewVerifier(logNoteKey.String())
	if err != nil {
		t.Fatal(err)
	}
	coVerifier, err := formatsnote.NewVerifierForCosignatureV1(coKey.String())
	if err != nil {
		t.Fatal(err)
	}
	read, rest, n, err := formatslog.ParseCheckpoint(cosigned.Bytes(), origin, logVerifier, coVerifier)
	if err != nil || read.Size != cp.Size || len(rest) != 0 || len(n.Sigs) != 2 {
		t.Fatalf("they read %+v, rest %q, %v", read, rest, err)
	}
	if at, err := formatsnote.CoSigV1Timestamp(n.Sigs[1]); err != nil || !at.Equal(when) {
		t.Errorf("they read the time %v, %v", at, err)
	}
	theirs, err := proofOf(cosigned.Bytes(), tree.Size(), w)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := ledger.ParseReceipt(theirs.Marshal())
	if err != nil || receipt.Verify(w.leaves[7]) != nil || receipt.Verify(w.leaves[8]) == nil {
		t.Fatalf("their proof: %v", err)
	}
	var again proof.TLogProof
	if err := again.Unmarshal(receipt.Bytes()); err != nil || !bytes.Equal(again.Marshal(), receipt.Bytes()) {
		t.Errorf("our receipt: %v", err)
	}
	theirCoSigner(t, parsed)
}

func proofOf(checkpoint []byte, size uint64, w *world) (proof.TLogProof, error) {
	path, err := w.tree().InclusionProof(7, size)
	p := proof.TLogProof{Index: 7, Checkpoint: checkpoint}
	for _, h := range path {
		p.Hashes = append(p.Hashes, [32]byte(h))
	}
	return p, err
}

// theirCoSigner lets the library co-sign a checkpoint and reads the result.
func theirCoSigner(t *testing.T, s ledger.SignedCheckpoint) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(bytes.NewReader(make([]byte, 64)), "co-signer.example/two")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := formatsnote.NewSignerForCosignatureV1(skey)
	if err != nil {
		t.Fatal(err)
	}
	coVKey, err := formatsnote.VKeyToCosignatureV1(vkey)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ledger.ParseNoteKey(coVKey)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := signer.Sign([]byte(s.Text()))
	if err != nil {
		t.Fatal(err)
	}
	line := ledger.NoteSignature{Name: key.Name, Hash: key.Hash(), Sig: sig}
	with, err := s.With((ledger.SignedCheckpoint{Signatures: []ledger.NoteSignature{line}}).Lines())
	if err != nil {
		t.Fatal(err)
	}
	list, err := with.CoSignatures(key)
	if err != nil || len(list) != 1 || fmt.Sprint(list[0].At.Unix()) != fmt.Sprint(binary.BigEndian.Uint64(sig)) {
		t.Errorf("their co-signature: %v, %v", list, err)
	}
	if plain, err := ledger.ParseNoteKey(vkey); err != nil || plain.Type != ledger.LogKey || plain.String() != vkey {
		t.Errorf("their vkey: %v, %v", plain, err)
	}
}

// TestKeyIDIsOfTheDER holds key ids against what every other tool computes.
func TestKeyIDIsOfTheDER(t *testing.T) {
	k := newKey("analyst")
	v := verifierOf(t, k)
	public, err := v.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil || !bytes.Equal(der, k.public.DER()) || k.KeyID() != ledger.KeyID(sha256.Sum256(der)) {
		t.Errorf("the library writes %x, we %x (%v)", der, k.public.DER(), err)
	}
}
