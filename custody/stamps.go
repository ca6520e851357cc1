package custody

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/timestamp"
	"custos.example/policy"
)

// Stamper asks the outside authorities of time that the operator has named.
// Trust: it asks those and nobody else, and returns only tokens that it has
// checked against their roots.
type Stamper interface {
	// Names returns the authorities, in the operator's order; none asks nobody.
	Names() []string
	// Stamp returns the token of one of them, and what it shows.
	// Errors: ErrPushback when the authority does not answer.
	Stamp(ctx context.Context, name string, imprint timestamp.Imprint) ([]byte, timestamp.Stamp, error)
	// Roots are the DER certificates that the trust file names.
	Roots() [][]byte
}

// Stamps are the use cases of outside time stamps over the log.
type Stamps struct{ s *Service }

// Stamps returns the use cases of time stamps.
func (s *Service) Stamps() Stamps { return Stamps{s} }

// Stamped is one time stamp that was recorded, or why there is none.
// Shape: Failed is empty when there is a stamp; Offset is by how much this
// machine's clock stood behind the authority's, to about a second.
type Stamped struct {
	Name      string
	Authority string
	Size      uint64
	Time      time.Time
	Offset    time.Duration
	Proof     Proof
	Failed    string
}

// stampPause is how long a stamp serves before the service asks for another.
const stampPause = 24 * time.Hour

// Now has the newest checkpoint of the log stamped by every authority, and
// records each token. Without an actor the service does so by itself.
//
// An authority that does not answer leaves the others as they are.
// Errors: ErrInvalid when no authority is named; ErrDenied.
func (t Stamps) Now(ctx context.Context, actor Actor, ask Ask) ([]Stamped, error) {
	a, err := t.begin(ctx, actor, ask)
	if err != nil {
		return nil, err
	}
	signed, head, err := t.s.Recorder.Checkpoint(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("newest checkpoint: %w", err)
	}
	if _, err := ledger.ParseCheckpoint(signed); err != nil {
		return nil, fmt.Errorf("%w: newest checkpoint: %w", ErrIntegrity, err)
	}
	return a.stampAll(ctx, head)
}

// begin names the act. A person is asked about; the service is not, since it
// only has done what every day needs.
func (t Stamps) begin(ctx context.Context, actor Actor, ask Ask) (*act, error) {
	if t.s.Stamper == nil || len(t.s.Stamper.Names()) == 0 {
		return nil, fmt.Errorf("no authority of time is named: name one with custos timestamp add: %w", ErrInvalid)
	}
	if actor.ID == "" {
		return t.s.begin(ctx, Actor{ID: serviceID}, "", policy.TimeStamp, ask)
	}
	a, err := t.s.begin(ctx, actor, "", policy.TimeStamp, ask)
	if err != nil {
		return nil, err
	}
	return a, a.decide(ctx, resource{})
}

// Due has the log stamped by each authority whose newest stamp is older than a
// day, if the log has grown since. It is for the service to call now and then.
func (t Stamps) Due(ctx context.Context) ([]Stamped, error) {
	if t.s.Stamper == nil || len(t.s.Stamper.Names()) == 0 {
		return nil, nil
	}
	facts, err := list[stampFact](ctx, t.s.Store, "", inStamps, 0)
	if err != nil {
		return nil, err
	}
	size, err := t.s.Store.Size(ctx)
	if err != nil {
		return nil, err
	}
	newest, reach := time.Time{}, uint64(0)
	for _, f := range facts {
		if f.Time.After(newest) {
			newest = f.Time.Time
		}
		reach = max(reach, uint64(f.Index)+1)
	}
	if size == reach || t.s.Clock.Now().Sub(newest) < stampPause {
		return nil, nil
	}
	return t.Now(ctx, Actor{}, Ask{})
}

// answer is what one authority gave.
type answer struct {
	name  string
	token []byte
	stamp timestamp.Stamp
	err   error
}

// ask asks every authority about one imprint at the same time.
func (s *Service) askStamps(ctx context.Context, imprint timestamp.Imprint) []answer {
	if s.Stamper == nil {
		return nil
	}
	names := s.Stamper.Names()
	answers := make([]answer, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			answers[i].name = name
			answers[i].token, answers[i].stamp, answers[i].err = s.Stamper.Stamp(ctx, name, imprint)
		})
	}
	all.Wait()
	return answers
}

// stampAll has one head stamped and records what came.
func (a *act) stampAll(ctx context.Context, head ledger.Checkpoint) ([]Stamped, error) {
	imprint := timestamp.ImprintOf([]byte(head.Text()))
	answers := a.askStamps(ctx, imprint)
	now := a.Clock.Now()
	stamped := make([]Stamped, len(answers))
	for i, answer := range answers {
		stamped[i] = Stamped{Name: answer.name, Size: head.Size}
		if answer.err != nil {
			stamped[i].Failed = answer.err.Error()
			continue
		}
		stamped[i].Authority, stamped[i].Time = answer.stamp.Authority, answer.stamp.Time
		stamped[i].Offset = answer.stamp.Time.Sub(now).Round(time.Second)
		var err error
		if stamped[i].Proof, err = a.recordStamp(ctx, head, answer); err != nil {
			return stamped, err
		}
	}
	return stamped, nil
}

// recordStamp keeps a token and appends its entry to the organisation's chain.
func (a *act) recordStamp(ctx context.Context, head ledger.Checkpoint, answer answer) (Proof, error) {
	chain, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return Proof{}, err
	}
	own := *a
	own.id = "" // the organisation keeps the tokens, not the case that asked
	if stored, done, err := own.appended(ctx, fmt.Sprintf("stamp %d %s", head.Size, answer.name)); done || err != nil {
		return own.again(ctx, stored, err)
	}
	if _, err := own.keep(ctx, answer.token); err != nil {
		return Proof{}, err
	}
	stage := fmt.Sprintf("stamp %d %s", head.Size, answer.name)
	s := sheet{
		stage: stage, chain: chain, undecided: a.ruling.entry == (ledger.EntryID{}),
		detail: &ledger.TimeStamped{
			Authority: answer.stamp.Authority, Imprint: sha256.Sum256([]byte(head.Text())), Size: head.Size, Time: ledger.NewTime(answer.stamp.Time),
		},
		// a token is public and cannot be guessed: no salt
		subjects: []ledger.Subject{{Name: "token", Digest: ledger.DigestSet{ledger.SHA256: sha256.Sum256(answer.token)}}},
	}
	if s.undecided || a.id != "" { // of a bundle, the service adds the stamp
		s.actor, s.undecided = a.itself(), true
	}
	var proofs []Proof
	if s.undecided {
		proofs, err = own.append(ctx, stage, []sheet{s})
	} else {
		proofs, err = own.commit(ctx, stage, resource{}, func() ([]sheet, error) { return []sheet{s}, nil })
	}
	if err != nil {
		return Proof{}, fmt.Errorf("record the time stamp: %w", err)
	}
	return proofs[0], nil
}

// inStamps are the time stamps of the organisation, by size and authority.
const inStamps = "stamps"

// stampFact is a time stamp on record.
type stampFact struct {
	Authority string           `json:"authority"`
	Entry     ledger.EntryID   `json:"entry"`
	Imprint   ledger.Digest    `json:"imprint"`
	Index     ledger.Index     `json:"index"`
	Size      uint64           `json:"size"`
	Time      ledger.Time      `json:"time"`
	Token     ledger.DigestSet `json:"token"`
}

// stampKey sorts by size.
func stampKey(size uint64, authority string) string { return fmt.Sprintf("%016x %s", size, authority) }

// timestampRoots are the roots that the trust file names.
func (s *Service) timestampRoots() [][]byte {
	if s.Stamper == nil {
		return nil
	}
	return s.Stamper.Roots()
}

// errStamp says that a kept token is not what its entry says.
var errStamp = errors.New("a time stamp on record is not over the log as it is")
