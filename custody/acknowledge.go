package custody

import (
	"context"
	"fmt"

	"custos.example/ledger"
)

// acknowledge returns the service's signed word that an entry is on disk.
//
// Trust: nothing else shows an entry that a keeper drops later; the client
// keeps it.
func (s *Service) acknowledge(ctx context.Context, at Placed) ([]byte, error) {
	ack := ledger.Acknowledgement{
		Chain: at.Chain, Commitment: at.Commitment, Index: at.Index, N: at.N, Origin: s.Origin,
	}
	signed, err := ack.Sign(ctx, s.Signers.Service())
	if err != nil {
		return nil, fmt.Errorf("the entry is recorded, but its acknowledgement could not be signed: %w", err)
	}
	return signed, nil
}
