package wiring

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/sign"
)

// TestQuorumFitsACheckpoint refuses a policy that wants more co-signatures than a
// checkpoint has room for. The control wants one fewer, of as many co-signers.
func TestQuorumFitsACheckpoint(t *testing.T) {
	text, names := "", ""
	for i := range ledger.MaxSignatures {
		k, err := sign.Generate(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		public, err := ledger.NewPublicKey(k.Public())
		if err != nil {
			t.Fatal(err)
		}
		key, err := ledger.NewNoteKey(fmt.Sprintf("organisation%d.example/1", i), ledger.CoSignerKey, public)
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("witness w%d %s\n", i, key)
		names += fmt.Sprintf(" w%d", i)
	}
	for need, want := range map[int]error{ledger.MaxSignatures: custody.ErrInvalid, ledger.MaxSignatures - 1: nil} {
		policy := fmt.Sprintf("%sgroup g %d%s\nquorum g\n", text, need, names)
		if _, err := parseQuorum([]byte(policy)); !errors.Is(err, want) {
			t.Errorf("%d co-signers: %v, not %v", need, err, want)
		}
	}
}
