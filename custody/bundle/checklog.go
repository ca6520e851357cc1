package bundle

import (
	"errors"
	"fmt"

	"custos.example/ledger"
)

// logChecks is phases 6 to 10: is every entry in the log, under one summary
// that the log signed?
func logChecks() []check {
	return []check{
		{6, "commitments", askSame, checkCommitments, func(*checker) string { return "each entry is the one that was recorded" }},
		{7, "index", askSame, checkIndex, nil},
		{7, "paths", askSame, checkPaths, nil},
		{7, "inclusion", askSame, checkInclusion, func(c *checker) string {
			return fmt.Sprintf("the log holds each of the %d entries at the place claimed", len(c.paths.Paths)+1)
		}},
		{8, "origin", askSince, checkOrigin, nil},
		{8, "checkpoint", askSince, checkCheckpoint, func(c *checker) string {
			return fmt.Sprintf("the log's summary, size %s, is signed by the log", thousands(int64(c.receipt.Checkpoint.Size))) //nolint:gosec // printed only
		}},
		{12, "log-key", askSince, checkLogKey, nil},
		{9, "known-head", askSince, checkKnown, nil},
		{10, "co-signers", askSince, checkCoSigners, func(c *checker) string {
			if len(c.held.coSigned) == 0 {
				return ""
			}
			return coSignedWords(c.held.coSigned)
		}},
		{10, "fresh", askSince, checkFresh, nil},
	}
}

// checkCommitments recomputes every commitment; the bundle's own entry also
// states the one before it, which has to be that entry's.
func checkCommitments(c *checker) []problem {
	problems := ofCodes(c.allFaults(), "L01", "What the bundle shows as %s is not what was recorded.", ledger.FaultCommitment)
	own := c.work.Links[len(c.work.Links)-1]
	if own.Prev != ledger.HeadOf(c.work.Links[:len(c.work.Links)-1]).Commitment {
		problems = append(problems, differs("L01", "The bundle's own entry does not follow the last entry shown."))
	}
	return problems
}

func checkIndex(c *checker) []problem {
	return ofCodes(c.allFaults(), "L02", "The log's order and the record's order differ at %s.", ledger.FaultIndex)
}

// checkPaths wants one audit path for each entry but the bundle's own, all
// under the checkpoint of the receipt.
func checkPaths(c *checker) []problem {
	var problems []problem
	if c.paths.Size != c.receipt.Checkpoint.Size || c.paths.Root != c.receipt.Checkpoint.Root {
		problems = append(problems, differs("L02", "The proofs in the bundle are not all under one summary of the log."))
	}
	wanted := map[ledger.Index]bool{}
	for _, l := range c.others() {
		wanted[l.link.Index] = true
	}
	for i, p := range c.paths.Paths {
		if !wanted[p.Index] || i > 0 && c.paths.Paths[i-1].Index >= p.Index {
			problems = append(problems, differs("L02", "A proof in the bundle is for no entry in it: leaf %d.", p.Index))
		}
	}
	if len(c.paths.Paths) != len(wanted) {
		problems = append(problems, differs("L02", "The bundle has %d proofs for %d entries.", len(c.paths.Paths), len(wanted)))
	}
	return problems
}

// placedLink is a link with the chain it stands on.
type placedLink struct {
	kind ledger.ChainKind
	link ledger.Link
}

// others returns every link but the bundle's own.
func (c *checker) others() []placedLink {
	var list []placedLink
	for _, s := range []*shownChain{&c.keys, &c.organisation, &c.work} {
		for i, l := range s.Links {
			if s != &c.work || i < len(s.Links)-1 {
				list = append(list, placedLink{s.Kind, l})
			}
		}
	}
	return list
}

// checkInclusion proves every leaf, withheld ones too.
func checkInclusion(c *checker) []problem {
	var problems []problem
	paths := map[ledger.Index][]ledger.Digest{}
	for _, p := range c.paths.Paths {
		paths[p.Index] = p.Path
	}
	for _, l := range c.others() {
		if err := c.p.inclusion(l.link.Index, l.link.Commitment.LeafHash(), paths[l.link.Index], c.paths.Size, c.paths.Root); err != nil {
			problems = append(problems, notThere(l.kind, l.link.N, err))
		}
	}
	own := c.work.Links[len(c.work.Links)-1]
	r := c.receipt
	if err := c.p.inclusion(r.Index, own.Commitment.LeafHash(), r.Path, r.Checkpoint.Size, r.Checkpoint.Root); err != nil || r.Index != own.Index {
		problems = append(problems, notThere(ledger.Work, own.N, err))
	}
	return problems
}

// notThere is the problem of a leaf that is not where it is said to be.
func notThere(kind ledger.ChainKind, n uint64, err error) problem {
	p := differs("L02", "The log does not contain entry %s %d at the place claimed.", kind, n)
	if err != nil {
		p.detail = []string{err.Error()}
	}
	return p
}

func checkOrigin(c *checker) []problem {
	if c.receipt.Checkpoint.Origin != c.manifest.Origin {
		return []problem{differs("L03", "The bundle is of the log %q and its summary is of the log %q.", c.manifest.Origin, c.receipt.Checkpoint.Origin)}
	}
	return nil
}

// checkCheckpoint wants the log's signature, by a key that the caller listed.
func checkCheckpoint(c *checker) []problem {
	return c.signedByLog(c.receipt.Checkpoint, "The log's summary")
}

// checkLogKey wants the key that signed the log's summary to have been in force at
// the newest entry that the summary covers, as the keys chain shows it.
func checkLogKey(c *checker) []problem {
	if c.o.Trust == nil {
		return nil
	}
	s := c.receipt.Checkpoint
	var ended *ledger.Holding
	for _, key := range c.o.Trust.Log {
		h, shown := c.ring[key.Public.KeyID()]
		switch err := s.Verify(key); {
		case err == nil && (!shown || !h.Revoked || s.Size <= uint64(h.Until)):
			return nil
		case err == nil:
			ended = &h
		}
	}
	if ended == nil {
		return nil
	}
	return []problem{differs("K01", "The log's summary, of %s entries, is signed with a key that the log had replaced at entry %s.",
		thousands(int64(s.Size)), thousands(int64(ended.Until)-1))} //nolint:gosec // printed only
}

// signedByLog returns what is wrong with the log's signature on a checkpoint.
func (c *checker) signedByLog(s ledger.SignedCheckpoint, what string) []problem {
	if c.o.Trust == nil {
		return []problem{unknown("L03", "%s was not checked: no key of the log was given. Give a list of keys with --trust FILE.", what)}
	}
	err := s.Verify(c.o.Trust.Log...)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ledger.FaultUnknownKey):
		return []problem{unknown("L03", "%s is signed by no key that you listed for the log %q.", what, s.Origin)}
	}
	p := differs("L03", "%s is not genuine: the log's signature does not match it.", what)
	p.detail = []string{err.Error()}
	return []problem{p}
}
