package custody

import (
	"fmt"
	"slices"

	"custos.example/policy"
)

// parameterBasis is the parameter of an order of erasure that says on what basis
// it was given.
const parameterBasis = "basis"

// settleBasis fills in and checks the basis of an order.
// Errors: ErrInvalid.
func (r *OrderErasure) settleBasis() error {
	if r.Basis == "" {
		r.Basis = policy.RetentionEnded
	}
	if !slices.Contains(policy.ErasureBases(), r.Basis) {
		return fmt.Errorf("%q is no basis of an erasure; they are %s: %w", r.Basis, wordsOf(policy.ErasureBases()), ErrInvalid)
	}
	if whole := len(r.Payloads) == 0; whole && r.Basis != policy.RetentionEnded && r.Basis != policy.CourtOrder {
		return fmt.Errorf("on the basis %s payloads are erased, not a whole case: name them: %w", r.Basis, ErrInvalid)
	}
	return nil
}
