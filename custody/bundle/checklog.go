package bundle

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

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
		{9, "known-head", askSince, checkKnown, nil},
		{10, "co-signers", askSince, checkCoSigners, nil},
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

// checkKnown compares with a summary that the caller kept.
func checkKnown(c *checker) []problem {
	if c.o.Known == nil {
		return nil
	}
	known, err := ledger.ParseCheckpoint(c.o.Known)
	if err != nil {
		return c.checkAcknowledged()
	}
	if problems := c.signedByLog(known, "The summary you kept"); problems != nil {
		return problems
	}
	ours := c.receipt.Checkpoint
	first, second := known.Checkpoint, ours.Checkpoint
	if first.Size > second.Size {
		first, second = second, first
	}
	var path []ledger.Digest
	if first.Size != second.Size {
		if c.o.Consistency == nil {
			return []problem{unknown("L04", "The summary you kept has size %d and the bundle's %d. Audit paths alone cannot compare them: ask for a consistency proof between the two and give it with --consistency FILE.", known.Size, ours.Size)}
		}
		if path, err = parseConsistency(c.o.Consistency, first.Size, second); err != nil {
			return []problem{unknown("L04", "The consistency proof that was given is not one between the two summaries: %s.", err)}
		}
	}
	if first.Size == second.Size && first.Root == second.Root || c.p.consistency(first.Size, second.Size, path, first.Root, second.Root) == nil {
		c.held.known++
		return nil
	}
	if first.Size == second.Size {
		return []problem{differs("L04", "Two versions of the log's history exist. One party may have been shown a different record. Keep both files.")}
	}
	return []problem{unknown("L04", "The consistency proof does not join the summary you kept (size %d) to the bundle's (size %d). Ask for it again; if it fails again, two versions of the log's history may exist.", known.Size, ours.Size)}
}

// checkAcknowledged compares with an acknowledgement, or with the place of an
// entry that the caller noted.
func (c *checker) checkAcknowledged() []problem {
	var a ledger.Acknowledgement
	var err error
	if c.o.Trust != nil && bytes.Contains(c.o.Known, []byte(`"payloadType"`)) {
		a, err = ledger.ParseAcknowledgement(c.o.Known, c.o.Trust.Key)
	} else {
		err = ledger.UnmarshalCanonical(c.o.Known, &a)
	}
	if err != nil {
		return []problem{unknown("L04", "What was given as the known head cannot be read: %s.", err)}
	}
	for _, s := range []*shownChain{&c.work, &c.keys} {
		if s.ID != a.Chain || a.Origin != c.manifest.Origin {
			continue
		}
		if err := a.Verify(c.manifest.Origin, s.ID, s.Links, c.receipt.Index); err != nil {
			return []problem{differs("L04", "The entry that you know of is not the one in this record: %s. Keep both files.", err)}
		}
		if s.Links[len(s.Links)-1].N < a.N {
			return []problem{unknown("L04", "The bundle ends at entry %d and you know of entry %d: it was made earlier, or entries are kept back.", s.Links[len(s.Links)-1].N, a.N)}
		}
		c.held.known++
		return nil
	}
	return []problem{unknown("L04", "The known head is of a chain that this bundle does not show.")}
}

// parseConsistency reads a C2SP tlog-witness add-checkpoint request: "old N",
// hashes in base64, an empty line, the newer checkpoint.
func parseConsistency(data []byte, from uint64, to ledger.Checkpoint) ([]ledger.Digest, error) {
	head, rest, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	old, hasOld := strings.CutPrefix(lines[0], "old ")
	size, err := strconv.ParseUint(old, 10, 64)
	if !found || !hasOld || err != nil || len(lines) > 1+ledger.MaxPath {
		return nil, errors.New("it has not the form of an add-checkpoint request")
	}
	if size != from {
		return nil, fmt.Errorf("it begins at size %d, not %d", size, from)
	}
	newer, err := ledger.ParseCheckpoint([]byte(rest))
	if err != nil || newer.Checkpoint != to {
		return nil, errors.New("it ends at another summary")
	}
	var path []ledger.Digest
	for _, line := range lines[1:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != len(ledger.Digest{}) {
			return nil, errors.New("one of its hashes is malformed")
		}
		path = append(path, ledger.Digest(raw))
	}
	return path, nil
}

// checkCoSigners counts the co-signers, if the caller said how many are enough.
func checkCoSigners(c *checker) []problem {
	if c.o.Policy == nil || c.o.Trust == nil {
		return nil
	}
	signed, err := c.o.Policy.Verify(c.receipt.Checkpoint, c.o.Trust.Log...)
	switch {
	case errors.Is(err, ledger.FaultQuorum), errors.Is(err, ledger.FaultUnknownKey):
		return []problem{unknown("W01", "Fewer co-signers confirmed this log than your policy asks for (found %d).", len(signed))}
	case err != nil:
		return []problem{differs("W01", "A co-signature on the log's summary does not match it: %s.", err)}
	}
	if c.o.Policy.Quorum != "none" {
		c.held.coSigned = signed
	}
	return nil
}
