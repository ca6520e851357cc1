package custody

import (
	"context"
	"errors"

	"custos.example/ledger"
	"custos.example/policy"
)

// coSigners is the name under which the policy of the co-signers is put in force,
// beside the rules.
const coSigners = "co-signers"

// ChangeCoSigners puts another policy of co-signers in force.
type ChangeCoSigners struct {
	Ask
	Policy ledger.Digest // SHA-256 of the policy file
}

// ChangeCoSigners records that from here on the log asks for the co-signers of
// another policy. The keys chain, which every bundle shows whole, tells it to
// whoever checks an exhibit.
func (o Organisation) ChangeCoSigners(ctx context.Context, actor Actor, request ChangeCoSigners) (Proof, error) {
	const stage = "co-signers"
	a, err := o.s.begin(ctx, actor, "", policy.KeyManage, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, stage); done || err != nil {
		return a.again(ctx, stored, err)
	}
	keys, err := a.chain(ctx, "", ledger.Keys)
	if err != nil {
		return Proof{}, err
	}
	proofs, err := a.commit(ctx, stage, resource{}, func() ([]sheet, error) {
		return []sheet{{
			stage: stage, chain: keys, changes: true, detail: &ledger.PolicyReleased{Name: coSigners, Release: request.Policy},
		}}, nil
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// CoSigners returns the digest of the policy of co-signers in force; found is
// false when none was ever recorded.
func (o Organisation) CoSigners(ctx context.Context) (digest ledger.Digest, found bool, err error) {
	fact, err := find[releaseFact](ctx, o.s.Store, "", inReleases, coSigners, 0)
	if errors.Is(err, ErrNotFound) {
		return digest, false, nil
	}
	return fact.Release, err == nil, err
}
