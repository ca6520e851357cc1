package ledger

import (
	"crypto/sha256"
	"encoding/json"
	"strings"
)

// The names of the three digest algorithms.
const (
	SHA256 = "sha256"           // plain SHA-256 of the content
	Salted = "custos-salted-v1" // see SaltedDigest
	Rows   = "custos-rows-v1"   // root of a tree of salted row commitments
)

// DigestSet is a digest under its algorithm's name. Shape: exactly one member.
type DigestSet map[string]Digest

// Single returns the one algorithm and digest. Errors: FaultStatement.
func (s DigestSet) Single() (algorithm string, d Digest, err error) {
	for algorithm, d = range s {
		if len(s) == 1 && (algorithm == SHA256 || algorithm == Salted || algorithm == Rows) {
			return algorithm, d, nil
		}
	}
	return "", Digest{}, fault(FaultStatement, "a digest needs exactly one known algorithm")
}

// Subject is one thing that an entry produced, by name.
type Subject struct {
	Digest DigestSet `json:"digest"`
	Name   string    `json:"name"`
}

// Dependency is one input. Shape: Entry is the entry that produced it, if any.
type Dependency struct {
	Digest DigestSet `json:"digest"`
	Entry  *EntryID  `json:"entry,omitempty"`
	Name   string    `json:"name"`
}

// Actor is who acted: a person or the service itself.
type Actor struct {
	ID   string `json:"id"`
	Key  KeyID  `json:"key"`
	Role string `json:"role"`
}

// Decision names the policy decision on which the entry rests.
// Units: AsOf is a log size: entries with a lower index were taken into account.
type Decision struct {
	AsOf    uint64  `json:"asOf"`
	Entry   EntryID `json:"entry"`
	Release Digest  `json:"release"`
	Until   Time    `json:"until"`
}

// Head is the newest entry of a chain that somebody had checked.
// Shape: N = 0 with a zero commitment means none yet.
type Head struct {
	Commitment Commitment `json:"commitment"`
	N          uint64     `json:"n"`
}

// Place binds a signed statement to one chain, once, after what its signer knew.
type Place struct {
	After Head    `json:"after"`
	Chain ChainID `json:"chain"`
	Entry EntryID `json:"entry"`
}

// RowBalance accounts for every row: Received is the sum of the other four.
type RowBalance struct {
	Outside  uint64 `json:"outside"`
	Received uint64 `json:"received"`
	Repeats  uint64 `json:"repeats"`
	SetAside uint64 `json:"setAside"`
	Shown    uint64 `json:"shown"`
}

// Step names the pure function that made the outputs, and the module that holds it.
type Step struct {
	Module  Digest `json:"module"`
	Name    string `json:"name"`
	Source  Digest `json:"source"`
	Version uint64 `json:"version"`
}

// Predicate is what a statement says of its subjects.
// Shape: Detail is a pointer to the detail type of the statement's kind.
type Predicate struct {
	Actor                Actor             `json:"actor"`
	Authority            []EntryID         `json:"authority"`
	Decision             *Decision         `json:"decision,omitempty"`
	Detail               Detail            `json:"detail"`
	OnBehalfOf           string            `json:"onBehalfOf,omitempty"`
	Operation            string            `json:"operation,omitempty"`
	Parameters           map[string]string `json:"parameters,omitempty"`
	Place                Place             `json:"place"`
	ResolvedDependencies []Dependency      `json:"resolvedDependencies"`
	RowBalance           *RowBalance       `json:"rowBalance,omitempty"`
	Step                 *Step             `json:"step,omitempty"`
	Time                 Time              `json:"time"`
}

// Statement is an in-toto Statement v1 of one of the kinds of KindInfo.
type Statement struct {
	Type          string    `json:"_type"`
	Predicate     Predicate `json:"predicate"`
	PredicateType string    `json:"predicateType"`
	Subject       []Subject `json:"subject"`
}

const (
	statementURI    = "https://in-toto.io/Statement/v1"
	predicatePrefix = "https://custos.example/predicate/"
	predicateSuffix = "/v1"
	recordSubject   = "record"
)

// NewStatement returns the statement of p, whose kind is its Detail's.
// Shape: a kind that produces nothing gets its one subject "record" here.
// Errors: FaultStatement.
func NewStatement(p Predicate, produced ...Subject) (Statement, error) {
	if p.Detail == nil {
		return Statement{}, fault(FaultStatement, "no detail")
	}
	kind := KindOf(p.Detail)
	if len(produced) == 0 {
		detail, err := MarshalCanonical(p.Detail)
		if err != nil {
			return Statement{}, at("detail", err)
		}
		produced = []Subject{{DigestSet{SHA256: sha256.Sum256(detail)}, recordSubject}}
	}
	s := Statement{statementURI, p, predicatePrefix + string(kind) + predicateSuffix, produced}
	return s, s.check()
}

// Kind returns the statement's kind.
func (s Statement) Kind() Kind {
	kind, _ := strings.CutPrefix(strings.TrimSuffix(s.PredicateType, predicateSuffix), predicatePrefix)
	return Kind(kind)
}

// Bytes returns the statement's canonical JSON: the payload to sign.
// Errors: FaultStatement, FaultJSON.
func (s Statement) Bytes() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return MarshalCanonical(s)
}

// ParseStatement accepts exactly what Bytes writes.
// Errors: FaultJSON, FaultStatement.
func ParseStatement(payload []byte) (Statement, error) {
	var s Statement
	var peek struct {
		PredicateType string `json:"predicateType"`
	}
	if err := json.Unmarshal(payload, &peek); err != nil {
		return s, fault(FaultJSON, "statement: %v", err)
	}
	s.PredicateType = peek.PredicateType
	info, err := InfoOf(s.Kind())
	if err != nil {
		return Statement{}, err
	}
	s.Predicate.Detail = info.New()
	if err := UnmarshalCanonical(payload, &s); err != nil {
		return Statement{}, at("statement", err)
	}
	return s, s.check()
}

// OpenStatement returns the statement in an envelope. Errors: as ParseStatement,
// and FaultEnvelope when the number of signatures does not fit the actor.
func OpenStatement(e Envelope) (Statement, error) {
	if e.PayloadType != StatementType {
		return Statement{}, fault(FaultEnvelope, "payload type %q is not a statement's", e.PayloadType)
	}
	s, err := ParseStatement(e.Payload)
	if err != nil {
		return s, err
	}
	actor := e.Signatures[len(e.Signatures)-1].KeyID
	if actor != s.Predicate.Actor.Key {
		return s, fault(FaultEnvelope, "the last signature is by key %s, the actor's key is %s", actor, s.Predicate.Actor.Key)
	}
	return s, nil
}
