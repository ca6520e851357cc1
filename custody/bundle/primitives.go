package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"

	"custos.example/analysis/rowtree"
	"custos.example/ledger"
	"custos.example/ledger/timestamp"
)

// primitives are the functions on which every answer rests. The self-test tries
// each before any is used.
type primitives struct {
	digest      func(data []byte) ledger.Digest
	canonical   func(data []byte, v any) error
	signature   func(key ledger.PublicKey, message, sig []byte) error
	envelope    func(file []byte, key func(ledger.KeyID) (ledger.PublicKey, error)) error
	chain       func(origin string, kind ledger.ChainKind, nonce ledger.Nonce) ledger.ChainID
	inner       func(salt ledger.Salt, envelope []byte) ledger.Digest
	commitment  func(chain ledger.ChainID, n uint64, prev ledger.Commitment, inner ledger.Digest) ledger.Commitment
	payload     func(algorithm string, salt ledger.Salt, content ledger.Digest) ledger.Digest
	inclusion   func(index ledger.Index, leaf ledger.Digest, path []ledger.Digest, size uint64, root ledger.Digest) error
	consistency func(from, to uint64, path []ledger.Digest, rootFrom, rootTo ledger.Digest) error
	receipt     func(file []byte, c ledger.Commitment) error
	checkpoint  func(s ledger.SignedCheckpoint, keys ...ledger.NoteKey) error
	coSignature func(s ledger.SignedCheckpoint, keys ...ledger.NoteKey) ([]ledger.CoSigned, error)
	container   func(file []byte) error
	frame       func(file []byte, content int64) (ledger.Digest, error)
	rowLeaf     func(o rowtree.Opening, texts rowtree.Texts) rowtree.Hash
	rows        func(c rowtree.Commitment, row func() (uint64, rowtree.Hash, error), path func() (rowtree.Hash, error)) error
	stamp       func(token []byte, imprint timestamp.Imprint, roots timestamp.Roots) error
}

// realPrimitives returns those that this program uses.
func realPrimitives() primitives {
	return primitives{
		digest:      func(data []byte) ledger.Digest { return sha256.Sum256(data) },
		canonical:   ledger.UnmarshalCanonical,
		signature:   ledger.PublicKey.Verify,
		envelope:    verifyEnvelope,
		chain:       ledger.DeriveChain,
		inner:       ledger.DeriveInner,
		commitment:  ledger.Commit,
		payload:     namedBy,
		inclusion:   ledger.VerifyInclusion,
		consistency: ledger.VerifyConsistency,
		receipt:     verifyReceipt,
		checkpoint:  ledger.SignedCheckpoint.Verify,
		coSignature: ledger.SignedCheckpoint.CoSignatures,
		container: func(file []byte) error {
			_, err := Open(bytes.NewReader(file), int64(len(file)))
			return err
		},
		frame:   expandFrame,
		rowLeaf: func(o rowtree.Opening, texts rowtree.Texts) rowtree.Hash { return o.Leaf(&texts) },
		rows:    rowtree.Commitment.Verify,
		stamp:   verifyStamp,
	}
}

func verifyEnvelope(file []byte, key func(ledger.KeyID) (ledger.PublicKey, error)) error {
	e, err := ledger.ParseEnvelope(file)
	if err != nil {
		return err
	}
	return e.Verify(key)
}

func verifyReceipt(file []byte, c ledger.Commitment) error {
	r, err := ledger.ParseReceipt(file)
	if err != nil {
		return err
	}
	return r.Verify(c)
}

func expandFrame(file []byte, content int64) (ledger.Digest, error) {
	if err := checkFrame(bytes.NewReader(file), int64(len(file)), content); err != nil {
		return ledger.Digest{}, err
	}
	return expand(context.Background(), io.Discard, bytes.NewReader(file), content)
}

func verifyStamp(token []byte, imprint timestamp.Imprint, roots timestamp.Roots) error {
	t, err := timestamp.Parse(token)
	if err != nil {
		return err
	}
	_, err = t.Verify(imprint, roots)
	return err
}
