package custody

import (
	"context"
	"fmt"

	"custos.example/ledger"
)

// NamedPayload is called for a payload that an entry names.
type NamedPayload func(id CaseID, n uint64, kind, name string, digest ledger.DigestSet) error

// page is how many entries are read at a time.
const page = 200

// Payloads calls f for every payload that any entry names, in the order of the
// chains and their numbers. An erased entry names nothing any more.
func (s *Service) Payloads(ctx context.Context, f NamedPayload) error {
	cases, err := list[registeredFact](ctx, s.Store, "", inCases, 0)
	if err != nil {
		return err
	}
	ids := []CaseID{""}
	for _, c := range cases {
		ids = append(ids, c.Case)
	}
	for _, id := range ids {
		chains, err := s.Store.Chains(ctx, id)
		if err != nil {
			return err
		}
		for _, chain := range chains {
			if err := s.payloads(ctx, chain, f); err != nil {
				return fmt.Errorf("%s chain: %w", chain.Kind, err)
			}
		}
	}
	return nil
}

func (s *Service) payloads(ctx context.Context, chain Chain, f NamedPayload) error {
	head, _, err := s.Store.Head(ctx, chain.ID)
	if err != nil {
		return err
	}
	for from := uint64(1); from <= head; from += page {
		entries, err := s.Store.Entries(ctx, chain.ID, from, min(from+page-1, head))
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if entry.Erased {
				continue
			}
			if err := named(entry, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// named calls f for what one entry names.
func named(entry Stored, f NamedPayload) error {
	statement, err := entry.Statement()
	if err != nil {
		return err
	}
	kind := string(statement.Kind())
	for _, subject := range statement.Subject {
		if _, rows := subject.Digest[ledger.Rows]; rows || subject.Name == "record" {
			continue
		}
		if err := f(entry.Case, entry.N, kind, subject.Name, subject.Digest); err != nil {
			return err
		}
	}
	for _, d := range statement.Predicate.ResolvedDependencies {
		if err := f(entry.Case, entry.N, kind, d.Name, d.Digest); err != nil {
			return err
		}
	}
	if step := statement.Predicate.Step; step != nil && step.Module != (ledger.Digest{}) {
		return f("", entry.N, kind, "module", ledger.DigestSet{ledger.SHA256: step.Module})
	}
	return nil
}
