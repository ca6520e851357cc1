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

// checkKnown compares with each summary, receipt, acknowledgement and head that
// the caller kept.
func checkKnown(c *checker) []problem {
	var problems []problem
	for _, kept := range c.o.Known {
		summary, err := keptSummary(kept)
		var found []problem
		if err == nil {
			found = c.knownSummary(summary)
		} else {
			found = c.knownEntry(kept)
		}
		if found == nil {
			c.held.known++
		}
		problems = append(problems, found...)
	}
	return problems
}

// keptSummary reads a checkpoint, alone or at the end of a receipt.
func keptSummary(kept []byte) (ledger.SignedCheckpoint, error) {
	if r, err := ledger.ParseReceipt(kept); err == nil {
		return r.Checkpoint, nil
	}
	return ledger.ParseCheckpoint(kept)
}

// twoHistories is the answer when two summaries of one log cannot both be true.
const twoHistories = "Two versions of the log's history exist. One party may have been shown a different record. Keep both files."

// knownSummary compares with one summary of the log.
func (c *checker) knownSummary(known ledger.SignedCheckpoint) []problem {
	if problems := c.signedByLog(known, "The summary you kept"); problems != nil {
		return problems
	}
	switch err := c.joined(known, c.receipt.Checkpoint, c.nodes); {
	case err == nil:
		return nil
	case errors.Is(err, errFork):
		p := differs("L04", twoHistories)
		p.excerpt = append(headLines("you kept", known), headLines("the bundle has", c.receipt.Checkpoint)...)
		return []problem{p}
	case errors.Is(err, errNoJoin):
		return []problem{unknown("L04", "The summary you kept has size %d and the bundle's %d. The audit paths in the bundle do not suffice to compare them: ask for a consistency proof between the two and give it with --consistency FILE.", known.Size, c.receipt.Checkpoint.Size)}
	default:
		return []problem{unknown("L04", "The consistency proof does not join the summary you kept (size %d) to the bundle's (size %d): %s. Ask for it again; if it fails again, two versions of the log's history may exist.", known.Size, c.receipt.Checkpoint.Size, err)}
	}
}

// Answers of joined that are no join.
var (
	errFork   = errors.New("no tree holds both")
	errNoJoin = errors.New("nothing at hand joins them")
)

// joined returns nil when two summaries of one log are of one history. The roots
// alone tell it for one size; otherwise the complete subtrees that audit paths
// in the larger tree name, or a consistency proof that the caller gave.
// Errors: errFork when it is certain that they are not; errNoJoin when nothing
// tells; another error when a proof was given that does not fit.
func (c *checker) joined(a, b ledger.SignedCheckpoint, larger func() nodes) error {
	older, newer := a.Checkpoint, b.Checkpoint
	if older.Size > newer.Size {
		older, newer = newer, older
	}
	if older.Size == newer.Size {
		if older.Root != newer.Root {
			return errFork
		}
		return nil
	}
	if newer == c.receipt.Checkpoint.Checkpoint {
		if root, told := larger().root(older.Size); told && root != older.Root {
			return errFork
		} else if told {
			return nil
		}
	}
	err := errNoJoin
	for _, proof := range c.o.Consistency {
		var path []ledger.Digest
		if path, err = parseConsistency(proof, older.Size, newer); err != nil {
			continue
		}
		if err = c.p.consistency(older.Size, newer.Size, path, older.Root, newer.Root); err == nil {
			return nil
		}
	}
	return err
}

// headLines shows a signed summary line by line.
func headLines(word string, s ledger.SignedCheckpoint) []string {
	lines := []string{word + ":"}
	for line := range strings.Lines(string(s.Bytes())) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			lines = append(lines, "  "+line)
		}
	}
	return lines
}

// knownEntry compares with an acknowledgement, or with the place of an entry
// that the caller noted.
func (c *checker) knownEntry(kept []byte) []problem {
	var a ledger.Acknowledgement
	var err error
	if c.o.Trust != nil && bytes.Contains(kept, []byte(`"payloadType"`)) {
		a, err = ledger.ParseAcknowledgement(kept, c.recorderKey)
	} else {
		err = ledger.UnmarshalCanonical(kept, &a)
	}
	if err != nil {
		return []problem{unknown("L04", "What was given as the known head cannot be read: %s.", err)}
	}
	if a.Origin != c.manifest.Origin {
		return []problem{unknown("L04", "The known head is of the log %q.", a.Origin)}
	}
	for _, s := range []*shownChain{&c.work, &c.keys} {
		if s.ID == a.Chain {
			return c.knownPlace(s, a)
		}
	}
	if problems, shown := c.knownLoose(a); shown {
		return problems
	}
	return []problem{unknown("L04", "The known head is of an entry or a chain that this bundle does not show.")}
}

// recorderKey returns the key of a recording service that the caller listed: no
// other acknowledges.
// Errors: ledger.FaultUnknownKey.
func (c *checker) recorderKey(id ledger.KeyID) (ledger.PublicKey, error) {
	if !c.o.Trust.Recorder(id) {
		return ledger.PublicKey{}, &ledger.Fault{Code: ledger.FaultUnknownKey, Words: "key " + id.String() + " is not listed as that of a recording service"}
	}
	return c.o.Trust.Key(id)
}

// knownPlace compares with a place of a chain that is shown from its first entry.
func (c *checker) knownPlace(s *shownChain, a ledger.Acknowledgement) []problem {
	if err := a.Verify(c.manifest.Origin, s.ID, s.Links, c.receipt.Index); err != nil {
		return []problem{differs("L04", "The entry that you know of is not the one in this record: %s. Keep both files.", err)}
	}
	if last := s.Links[len(s.Links)-1].N; last < a.N {
		return []problem{unknown("L04", "The bundle ends at entry %d and you know of entry %d: it was made earlier, or entries are kept back.", last, a.N)}
	}
	return nil
}

// knownLoose compares with a place of a chain of which single places are told:
// the organisation's, and the head of the case's reads.
func (c *checker) knownLoose(a ledger.Acknowledgement) ([]problem, bool) {
	other := []problem{differs("L04", "The entry that you know of is not the one in this record: entry %d has another commitment. Keep both files.", a.N)}
	if a.Chain == c.organisation.ID {
		for _, l := range c.organisation.Links {
			if l.N == a.N && (l.Commitment != a.Commitment || l.Index != a.Index) {
				return other, true
			} else if l.N == a.N {
				return nil, true
			}
		}
	}
	if a.Chain == c.opened().ReadsChain && a.N == c.made.Heads.Reads.N {
		if a.Commitment != c.made.Heads.Reads.Commitment {
			return other, true
		}
		return nil, true
	}
	return nil, false
}

// parseConsistency reads a C2SP tlog-witness add-checkpoint request: "old N",
// hashes in base64, an empty line, the newer checkpoint.
func parseConsistency(data []byte, from uint64, to ledger.Checkpoint) ([]ledger.Digest, error) {
	head, rest, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	old, hasOld := strings.CutPrefix(lines[0], "old ")
	size, err := strconv.ParseUint(old, 10, 64)
	if !found || !hasOld || err != nil || strconv.FormatUint(size, 10) != old || len(lines) > 1+ledger.MaxPath {
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
		if err != nil || len(raw) != len(ledger.Digest{}) || base64.StdEncoding.EncodeToString(raw) != line {
			return nil, errors.New("one of its hashes is malformed")
		}
		path = append(path, ledger.Digest(raw))
	}
	return path, nil
}
