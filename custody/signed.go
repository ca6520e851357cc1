package custody

import (
	"context"
	"fmt"

	"custos.example/ledger"
)

// Written is a statement with its canonical bytes, ready to be signed.
type Written struct {
	statement ledger.Statement
	payload   []byte
}

// Write fixes the bytes of a statement.
// Errors: ErrInvalid.
func Write(s ledger.Statement) (Written, error) {
	payload, err := s.Bytes()
	if err != nil {
		return Written{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return Written{s, payload}, nil
}

// Sign returns the statement in its envelope, signed by service and, unless it is
// nil, by actor.
// Errors: ErrInvalid when the last of them is not the statement's actor; else the
// signer's own.
func (w Written) Sign(ctx context.Context, service, actor ledger.Signer) (Signed, error) {
	envelope, err := ledger.Sign(ctx, ledger.StatementType, w.payload, service, actor)
	if err != nil {
		return Signed{}, err
	}
	last, want := envelope.Signatures[len(envelope.Signatures)-1].KeyID, w.statement.Predicate.Actor.Key
	if last != want {
		return Signed{}, fmt.Errorf("%w: the last signature is by key %s, the actor's key is %s", ErrInvalid, last, want)
	}
	data, err := envelope.Bytes()
	return Signed{w.statement, data}, err
}

// Signed is a statement with the exact bytes of its envelope. Only Written.Sign
// and ParseSigned make one, so that the two never differ and nobody has to read
// the bytes again to know what they say. Nothing in it is changed afterwards.
// Trust: it says nothing of whose the keys are, nor that the signatures match.
type Signed struct {
	statement ledger.Statement
	envelope  []byte
}

// ParseSigned reads the bytes of an envelope strictly; they are kept, not copied.
// Errors: ErrInvalid. It checks no signature.
func ParseSigned(envelope []byte) (Signed, error) {
	e, err := ledger.ParseEnvelope(envelope)
	if err != nil {
		return Signed{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	statement, err := ledger.OpenStatement(e)
	if err != nil {
		return Signed{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return Signed{statement, envelope}, nil
}

// Statement returns what was signed.
func (s Signed) Statement() ledger.Statement { return s.statement }

// Bytes returns the bytes that are stored and committed to.
func (s Signed) Bytes() []byte { return s.envelope }
