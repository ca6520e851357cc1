package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
)

// signedPage is how many entries are read at a time to check who signed them.
const signedPage = 500

// Verify checks every signature in the log against the keys chain: each by a key
// that was in force at the entry's place, in a role that it has, the first by a
// recording service; and nothing behind the entry that closes the log. It returns
// how many entries it checked, and tells each fault. Of erased entries nothing is
// left to check.
//
// Trust: the keys are those of the keys chain itself.
func (k Keys) Verify(ctx context.Context, tell func(Finding)) (uint64, error) {
	s := k.s
	organisation, err := s.Store.Chains(ctx, "")
	if err != nil {
		return 0, fmt.Errorf("chains of the organisation: %w", err)
	}
	at := slices.IndexFunc(organisation, func(c Chain) bool { return c.Kind == ledger.Keys })
	if at < 0 {
		return 0, nil
	}
	ring, err := s.keyring(ctx, organisation[at])
	if err != nil {
		tell(Finding{Where: "the keys chain", What: err.Error() + ": the keys cannot be told from it; stop, and see the runbook"})
		return 0, nil //nolint:nilerr // it is told as a finding
	}
	chains := organisation
	cases, err := s.casesOf(ctx, "")
	if err != nil {
		return 0, fmt.Errorf("cases: %w", err)
	}
	for _, id := range cases {
		of, err := s.Store.Chains(ctx, id)
		if err != nil {
			return 0, fmt.Errorf("chains of case %s: %w", id, err)
		}
		chains = append(chains, of...)
	}
	checked := uint64(0)
	for _, chain := range chains {
		n, err := s.verifyChain(ctx, chain, ring, tell)
		if err != nil {
			return checked, err
		}
		checked += n
	}
	return checked, nil
}

// keyring returns the keys that the keys chain enrols.
func (s *Service) keyring(ctx context.Context, keys Chain) (ledger.Keyring, error) {
	n, _, err := s.Store.Head(ctx, keys.ID)
	if err != nil {
		return nil, err
	}
	shown := ledger.Chain{Origin: s.Origin, Kind: ledger.Keys, ID: keys.ID, Nonce: keys.Nonce}
	for from := uint64(1); from <= n; from += signedPage {
		page, err := s.Store.Entries(ctx, keys.ID, from, min(from+signedPage-1, n))
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			shown.Links = append(shown.Links, ledger.Link{
				N: e.N, Index: e.Index, Commitment: e.Commitment, Inner: e.Inner, Envelope: e.Envelope, Salt: e.Salt,
			})
		}
	}
	entries, err := shown.Verify()
	if err != nil {
		return nil, err
	}
	return ledger.NewKeyring(entries)
}

// verifyChain checks who signed the entries of one chain.
func (s *Service) verifyChain(ctx context.Context, chain Chain, ring ledger.Keyring, tell func(Finding)) (uint64, error) {
	n, _, err := s.Store.Head(ctx, chain.ID)
	if err != nil {
		return 0, fmt.Errorf("head of the %s chain: %w", chain.Kind, err)
	}
	checked := uint64(0)
	for from := uint64(1); from <= n; from += signedPage {
		page, err := s.Store.Entries(ctx, chain.ID, from, min(from+signedPage-1, n))
		if err != nil {
			return checked, fmt.Errorf("entries of the %s chain: %w", chain.Kind, err)
		}
		for _, e := range page {
			if e.Erased {
				continue
			}
			checked++
			if err := verifyStored(e, ring); err != nil {
				tell(Finding{
					Where: fmt.Sprintf("entry %d of the log, %s %d", e.Index, chain.Kind, e.N), Case: e.Case, Entry: e.Entry,
					What: err.Error() + ": innocent is a key that was withdrawn while an entry was on its way; no checker will accept the entry, so record it anew and a defect",
				})
			}
		}
	}
	return checked, nil
}

func verifyStored(e Stored, ring ledger.Keyring) error {
	signed, err := ledger.ParseEnvelope(e.Envelope)
	if err != nil {
		return err
	}
	statement, err := ledger.OpenStatement(signed)
	if err != nil {
		return err
	}
	return ring.Verify(ledger.Entry{Link: ledger.Link{N: e.N, Index: e.Index}, Signed: signed, Statement: statement})
}

// EndText says in words how the log ends and begins; empty when it neither was
// closed nor continues another.
func (k Keys) EndText(ctx context.Context) (string, error) {
	end, err := k.End(ctx)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	text := ""
	for _, c := range end.Continues {
		text += fmt.Sprintf("; it continues the log %s, which ended with %d entries under root %s", c.Origin, c.Size, c.Root)
	}
	if end.Next != "" {
		text += fmt.Sprintf("; the log was closed by entry %d on %s, and %s follows", end.Index, end.Time, end.Next)
	}
	return text, err
}
