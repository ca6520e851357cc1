//nolint:errname // faults and codes are words of the format
package ledger

import (
	"errors"
	"fmt"
)

// Code names one kind of fault for ever; FORMAT.md section 12 lists them all.
// It is an error itself, so that errors.Is(err, FaultSignature) answers.
type Code string

// The faults that ring 0 can name.
const (
	FaultJSON        Code = "json"         // not canonical JSON, or not the shape the format fixes
	FaultValue       Code = "value"        // a hash, id, time, key or number in a form that is not exact
	FaultEnvelope    Code = "envelope"     // not an envelope, or the wrong number of signatures
	FaultSignature   Code = "signature"    // a signature does not match what it signs
	FaultUnknownKey  Code = "unknown-key"  // no key known under this key id
	FaultRole        Code = "role"         // a known key that may not make this signature
	FaultRevoked     Code = "revoked"      // a key used before its enrolment or after its revocation
	FaultStatement   Code = "statement"    // a statement outside the closed list of kinds and shapes
	FaultChainName   Code = "chain-name"   // the chain's name is not the one its origin, kind and nonce give
	FaultNumber      Code = "number"       // entries are not numbered 1, 2, 3 ...
	FaultCommitment  Code = "commitment"   // an entry is not the one committed to
	FaultIndex       Code = "index"        // leaf indices do not grow with n
	FaultFirst       Code = "first"        // the chain does not begin as its kind must
	FaultPlaceChain  Code = "place-chain"  // signed for another chain
	FaultPlaceEntry  Code = "place-entry"  // the same signed entry placed twice
	FaultPlaceAfter  Code = "place-after"  // what the actor had seen is not what stands there
	FaultWithheld    Code = "withheld"     // what bundle-made lists as withheld is not what is withheld
	FaultHead        Code = "head"         // a head that an entry names is not the one shown
	FaultInclusion   Code = "inclusion"    // the log does not contain the leaf at that index
	FaultConsistency Code = "consistency"  // two checkpoints are not of one history
	FaultCheckpoint  Code = "checkpoint"   // not a checkpoint of this log
	FaultReceipt     Code = "receipt"      // not a receipt
	FaultQuorum      Code = "quorum"       // fewer co-signers than the policy asks for
	FaultPolicyFile  Code = "policy-file"  // not a tlog-policy
	FaultTrustFile   Code = "trust-file"   // not a trust file
	FaultAcknowledge Code = "acknowledged" // not what the service acknowledged
)

// Error returns the code, so that a Code can be compared with errors.Is.
func (c Code) Error() string { return "ledger: " + string(c) }

// Fault says what is wrong and where.
// Shape: Where is empty or names an entry ("work 17"), a line or a JSON path.
type Fault struct {
	Code  Code
	Where string
	Words string
}

// Error returns the fault in words, code last.
func (f *Fault) Error() string {
	if f.Where == "" {
		return fmt.Sprintf("%s (%s)", f.Words, string(f.Code))
	}
	return fmt.Sprintf("%s: %s (%s)", f.Where, f.Words, string(f.Code))
}

// Unwrap returns the code, so that errors.Is(err, FaultX) holds.
func (f *Fault) Unwrap() error { return f.Code }

// CodeOf returns the code of the first fault in err's chain, or "".
func CodeOf(err error) Code {
	var f *Fault
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}

func fault(c Code, format string, args ...any) error {
	return &Fault{Code: c, Words: fmt.Sprintf(format, args...)}
}

// at returns err with the place where it was found, keeping its code.
func at(where string, err error) error {
	var f *Fault
	if !errors.As(err, &f) {
		return fmt.Errorf("%s: %w", where, err)
	}
	if f.Where != "" {
		where += ": " + f.Where
	}
	return &Fault{Code: f.Code, Where: where, Words: f.Words}
}
