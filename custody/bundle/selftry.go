package bundle

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"

	"custos.example/ledger"
	"custos.example/ledger/timestamp"
)

// known returns 32 bytes from a constant in hex; zero when it is damaged, which
// then is no known answer.
func known(text string) (d [32]byte) {
	raw, err := hex.DecodeString(text)
	if err == nil && len(raw) == len(d) {
		d = [32]byte(raw)
	}
	return d
}

// raw64 returns the bytes of a constant in base64.
func raw64(text string) []byte {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return raw
}

// refused is nil when something that should differ does not.
func refused(differs bool) error {
	if differs {
		return errors.New("refused")
	}
	return nil
}

func tryDigest(p primitives) error {
	return answered(p.digest([]byte("abc")) == known(selfDigest), refused(p.digest([]byte("abd")) != known(selfDigest)))
}

// tryCanonical wants a key a second time, a key in another case, and anything
// after the end refused: two readers must not see two things.
func tryCanonical(p primitives) error {
	type named struct {
		Name string `json:"name"`
	}
	var v named
	good := p.canonical([]byte(`{"name":"a\u001fb"}`), &v) == nil && v.Name == "a\x1fb"
	for _, bad := range []string{`{"name":"a","name":"b"}`, `{"Name":"a"}`, `{"name":"a"}{}`, `{"name": "a"}`, "{\"name\":\"\xff\"}", `{"name":"a","more":"b"}`} {
		if p.canonical([]byte(bad), &named{}) == nil {
			return errAccepted
		}
	}
	return answered(good, refused(good))
}

// publicKey returns a key from a constant.
func publicKey(text string) ledger.PublicKey {
	raw := known(text)
	key, err := ledger.NewPublicKey(raw[:])
	if err != nil {
		return ledger.PublicKey{}
	}
	return key
}

func trySignature(p primitives) error {
	sig, err := hex.DecodeString(selfSignature)
	if err != nil {
		return err
	}
	good := p.signature(publicKey(selfPublic), []byte(selfMessage), sig) == nil
	sig[10] ^= 1
	return answered(good, p.signature(publicKey(selfPublic), []byte(selfMessage), sig))
}

// tryEnvelope wants the type under the signature as well as the content.
func tryEnvelope(p primitives) error {
	keys := map[ledger.KeyID]ledger.PublicKey{}
	for _, text := range []string{selfService, selfActor} {
		k := publicKey(text)
		keys[k.KeyID()] = k
	}
	find := func(id ledger.KeyID) (ledger.PublicKey, error) {
		k, ok := keys[id]
		if !ok {
			return k, ledger.FaultUnknownKey
		}
		return k, nil
	}
	good := p.envelope([]byte(selfEnvelope), find) == nil
	for _, change := range [][2]string{{"vnd.in-toto+json", "vnd.custos.acknowledgement+json"}, {`"e30="`, `"W10="`}, {`"sig":"niDO`, `"sig":"niDP`}} {
		if p.envelope([]byte(strings.Replace(selfEnvelope, change[0], change[1], 1)), find) == nil {
			return errAccepted
		}
	}
	return answered(good, refused(good))
}

func tryChain(p primitives) error {
	const origin = "log.example/custos"
	nonce := ledger.Nonce(known(selfChainNonce))
	return answered(p.chain(origin, ledger.Work, nonce) == known(selfChain), refused(p.chain(origin, ledger.Reads, nonce) != known(selfChain)))
}

func tryInner(p primitives) error {
	salt := ledger.Salt(known(selfInnerSalt))
	return answered(p.inner(salt, []byte(selfInnerFile)) == known(selfInner), refused(p.inner(ledger.Salt{}, []byte(selfInnerFile)) != known(selfInner)))
}

func tryCommitment(p primitives) error {
	commit := func(n uint64) [32]byte {
		return p.commitment(known(selfCommitChain), n, known(selfCommitPrev), known(selfCommitInner))
	}
	return answered(commit(258) == known(selfCommitment), refused(commit(257) != known(selfCommitment)))
}

func tryPayload(p primitives) error {
	digest := func(algorithm string) [32]byte {
		return p.payload(algorithm, known(selfPayloadSalt), known(selfPayloadContent))
	}
	return answered(digest(ledger.Salted) == known(selfPayload) && digest(ledger.SHA256) == known(selfPayloadContent),
		refused(p.payload(ledger.Salted, ledger.Salt{}, known(selfPayloadContent)) != known(selfPayload)))
}

// twoLeaves is a tree of two leaves.
func twoLeaves() (a, b, root ledger.Digest) {
	a, b = ledger.Commitment{1}.LeafHash(), ledger.Commitment{2}.LeafHash()
	return a, b, parent(a, b)
}

func tryInclusion(p primitives) error {
	a, b, root := twoLeaves()
	if p.inclusion(0, b, []ledger.Digest{a}, 2, root) == nil || p.inclusion(1, b, []ledger.Digest{a, a}, 2, root) == nil {
		return errAccepted
	}
	return answered(p.inclusion(1, b, []ledger.Digest{a}, 2, root) == nil, p.inclusion(1, b, []ledger.Digest{b}, 2, root))
}

func tryConsistency(p primitives) error {
	a, b, root := twoLeaves()
	return answered(p.consistency(1, 2, []ledger.Digest{b}, a, root) == nil, p.consistency(1, 2, []ledger.Digest{a}, a, root))
}

func tryReceipt(p primitives) error {
	var first, second ledger.Commitment
	for i := range first {
		first[i], second[i] = 0x11, 0x22
	}
	return answered(p.receipt([]byte(selfReceipt), second) == nil, p.receipt([]byte(selfReceipt), first))
}

// selfHead returns the checkpoint of the known receipt, with another size when
// it is to be false, and a key.
func selfHead(size uint64, key string) (ledger.SignedCheckpoint, ledger.NoteKey, error) {
	r, err := ledger.ParseReceipt([]byte(selfReceipt))
	if err != nil {
		return r.Checkpoint, ledger.NoteKey{}, err
	}
	r.Checkpoint.Size = size
	k, err := ledger.ParseNoteKey(key)
	return r.Checkpoint, k, err
}

func tryCheckpoint(p primitives) error {
	s, key, err := selfHead(3, selfLog)
	if err != nil {
		return err
	}
	other, _, _ := selfHead(4, selfLog)
	if p.checkpoint(s) == nil { // no key at all
		return errAccepted
	}
	return answered(p.checkpoint(s, key) == nil, p.checkpoint(other, key))
}

func tryCoSignature(p primitives) error {
	s, key, err := selfHead(3, selfCoSigner)
	if err != nil {
		return err
	}
	signed, err := p.coSignature(s, key)
	if err != nil || len(signed) != 1 || signed[0].At.Unix() != 1795293845 {
		return errWrongAnswer
	}
	other, _, _ := selfHead(4, selfCoSigner)
	_, err = p.coSignature(other, key)
	return answered(true, err)
}

func tryContainer(p primitives) error {
	file := raw64(selfZip)
	good := p.container(file) == nil
	return answered(good, p.container(append(file, 0)))
}

func tryFrame(p primitives) error {
	file := raw64(selfFrame)
	const size = 7 * 100
	want := p.digest([]byte(strings.Repeat("custos ", 100)))
	got, err := p.frame(file, size)
	_, longer := p.frame(file, size+1)
	return answered(err == nil && got == want, longer)
}

func tryStamp(p primitives) error {
	roots, err := timestamp.NewRoots([][]byte{raw64(selfRoot)})
	if err != nil {
		return err
	}
	token := raw64(selfToken)
	if p.stamp(token, timestamp.ImprintOf([]byte("another record")), roots) == nil || p.stamp(token, timestamp.ImprintOf([]byte("the record")), timestamp.Roots{}) == nil {
		return errAccepted
	}
	good := p.stamp(token, timestamp.ImprintOf([]byte("the record")), roots) == nil
	if len(token) > 0 {
		token[len(token)-1] ^= 1
	}
	return answered(good, p.stamp(token, timestamp.ImprintOf([]byte("the record")), roots))
}
