package custody

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// Elapsing is what a Clock may tell besides the time: how long it has run,
// whatever it shows. A clock that tells it can be caught when it is put forward.
type Elapsing interface {
	Elapsed() time.Duration
}

// clockSlack is by how much a clock may be off: behind the record, or from one
// reading to the next against the time that passed.
const clockSlack = time.Minute

// driftShare is the part of the time that passed by which a clock that is being
// put right slowly may differ more: five in ten thousand, as kernels allow.
const driftShare = 2000

// clockWatch notices when the clock is put forward or back while the service runs.
type clockWatch struct {
	mu   sync.Mutex
	set  bool
	wall time.Time // the reading against which others are held
	ran  time.Duration

	newest map[ledger.ChainID]placedAt
}

// placedAt is when an entry was committed.
type placedAt struct {
	n  uint64
	at time.Time
}

// read returns the time and, when the clock was stepped since the reading that
// it is held against, the time that it should show.
func (w *clockWatch) read(c Clock) (now, expected time.Time, stepped bool) {
	now = c.Now().UTC().Round(0) // without the reading of the machine's own that Go keeps beside it
	e, tells := c.(Elapsing)
	if !tells {
		return now, now, false
	}
	ran := e.Elapsed()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.set {
		w.set, w.wall, w.ran = true, now, ran
		return now, now, false
	}
	passed := ran - w.ran
	expected = w.wall.Add(passed)
	if now.Sub(expected).Abs() <= clockSlack+passed.Abs()/driftShare {
		return now, expected, false
	}
	w.wall, w.ran = now, ran
	return now, expected, true
}

const (
	// inClock holds the newest step of the clock, and the newest that a person
	// confirmed; inSteps all of them, by entry.
	inClock = "clock"
	inSteps = "steps"
)

const (
	clockNewest    = "newest"
	clockConfirmed = "confirmed"
)

// clockFact is one step of the clock.
type clockFact struct {
	After  ledger.Time    `json:"after"`
	Before ledger.Time    `json:"before"`
	By     string         `json:"by"`
	Entry  ledger.EntryID `json:"entry"`
	Index  ledger.Index   `json:"index"`
}

// steady returns nil unless the clock stands well before the record: a clock
// that was put back would put an act into the time of an authority that has
// ended. A step either way is recorded first, by the service.
//
// Errors: ErrPushback until the clock is right, or a person has confirmed that it
// is and that the record had run ahead.
func (a *act) steady(ctx context.Context) error {
	now, expected, stepped := a.watch.read(a.Clock)
	a.now = now
	if stepped {
		if err := a.recordStep(ctx, expected); err != nil {
			return err
		}
	}
	floor, err := a.floor(ctx)
	if err != nil || floor.Sub(a.now) <= clockSlack {
		return err
	}
	confirmed, known, err := a.clockStep(ctx, clockConfirmed)
	if err != nil {
		return err
	}
	if known && !floor.After(confirmed.Before.Time) && !a.now.Before(confirmed.After.Add(-clockSlack)) {
		return nil
	}
	if a.action == policy.ClockConfirm {
		return nil
	}
	newest, known, err := a.clockStep(ctx, clockNewest)
	if err != nil {
		return err
	}
	if !known || newest.Before.Before(floor) {
		if err := a.recordStep(ctx, floor); err != nil {
			return err
		}
	}
	return fmt.Errorf("this machine's clock shows %s, %v behind the newest entry: set it right. If it is right, and the record was written "+
		"by a clock that ran ahead, an administrator says so with custos clock confirm: %w",
		a.now.Format(time.RFC3339), floor.Sub(a.now).Round(time.Second), ErrPushback)
}

// floor returns the time before which the clock cannot be: that of the newest
// decision of the case, or of the organisation, and that from which the clock was
// last put back.
func (a *act) floor(ctx context.Context) (time.Time, error) {
	kind := ledger.Reads
	if a.id == "" {
		kind = ledger.Organisation
	}
	floor, err := a.newest(ctx, a.id, kind)
	if err != nil {
		return floor, err
	}
	step, known, err := a.clockStep(ctx, clockNewest)
	if known && step.By == serviceID && step.Before.After(step.After.Time) && step.Before.After(floor) {
		floor = step.Before.Time
	}
	return floor, err
}

// newest returns when the newest entry of a chain was committed; the zero time
// when it has none.
func (s *Service) newest(ctx context.Context, id CaseID, kind ledger.ChainKind) (time.Time, error) {
	chain, err := s.chain(ctx, id, kind)
	if err != nil {
		return time.Time{}, err
	}
	n, _, err := s.Store.Head(ctx, chain.ID)
	if err != nil || n == 0 {
		return time.Time{}, err
	}
	if at, known := s.watch.placed(chain.ID, n); known {
		return at, nil
	}
	entry, err := s.Store.Entry(ctx, chain.ID, n)
	if err != nil {
		return time.Time{}, fmt.Errorf("newest entry of the %s chain: %w", kind, err)
	}
	s.watch.place(chain.ID, n, entry.CommittedAt)
	return entry.CommittedAt, nil
}

// place remembers when an entry was committed, or just before it was.
func (w *clockWatch) place(chain ledger.ChainID, n uint64, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.newest == nil || len(w.newest) > mostRemembered {
		w.newest = map[ledger.ChainID]placedAt{}
	}
	w.newest[chain] = placedAt{n, at}
}

// placed returns what was remembered of an entry, so that the newest one of a chain
// need not be read again for its time alone.
func (w *clockWatch) placed(chain ledger.ChainID, n uint64) (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	newest, known := w.newest[chain]
	return newest.at, known && newest.n == n
}

// mostRemembered is of how many chains the time of the newest entry is remembered.
const mostRemembered = 512

// clockStep returns a recorded step.
func (a *act) clockStep(ctx context.Context, which string) (clockFact, bool, error) {
	fact, err := find[clockFact](ctx, a.Store, "", inClock, which, 0)
	if errors.Is(err, ErrNotFound) {
		return clockFact{}, false, nil
	}
	return fact, err == nil, err
}

// recordStep appends, as the service and resting on no decision, that the clock
// shows now and should show before.
func (a *act) recordStep(ctx context.Context, before time.Time) error {
	chain, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return err
	}
	own := *a
	own.id = ""
	stage := fmt.Sprintf("clock %d %d", before.UnixMilli(), a.now.UnixMilli())
	_, err = own.append(ctx, stage, []sheet{{
		stage: stage, chain: chain, actor: a.itself(), undecided: true,
		detail: &ledger.ClockStepped{After: ledger.NewTime(a.now), Before: ledger.NewTime(before)},
	}})
	if err != nil {
		return fmt.Errorf("record that the clock was stepped: %w", err)
	}
	a.Log.WarnContext(ctx, "the clock was stepped; it is on record", slog.Time("before", before), slog.Time("after", a.now))
	return nil
}

// Clocks are the use cases of the service's clock.
type Clocks struct{ s *Service }

// Clocks returns the use cases of the clock.
func (s *Service) Clocks() Clocks { return Clocks{s} }

// Confirm records, signed by a person, that the clock is right as it stands now
// although the record has later times in it: they were written by a clock that
// ran ahead. From then on those times hold nobody up.
// Errors: ErrDenied; ErrConflict when the record is not ahead of the clock.
func (c Clocks) Confirm(ctx context.Context, actor Actor, ask Ask) (Proof, error) {
	a, err := c.s.begin(ctx, actor, "", policy.ClockConfirm, whole(ask))
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "confirmed"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	ahead, err := c.ahead(ctx, a)
	if err != nil {
		return Proof{}, err
	}
	if !ahead.After(a.now) {
		return Proof{}, fmt.Errorf("no entry is dated after this machine's clock (%s): there is nothing to confirm: %w", a.now.Format(time.RFC3339), ErrConflict)
	}
	proofs, err := a.commit(ctx, "confirmed", resource{}, func() ([]sheet, error) {
		chain, err := a.chain(ctx, "", ledger.Organisation)
		return []sheet{{
			stage: "confirmed", chain: chain, detail: &ledger.ClockStepped{After: ledger.NewTime(a.now), Before: ledger.NewTime(ahead)},
		}}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// ahead returns the latest time that stands in the way of anything.
func (c Clocks) ahead(ctx context.Context, a *act) (time.Time, error) {
	latest, err := a.floor(ctx)
	if err != nil {
		return latest, err
	}
	cases, err := c.s.casesOf(ctx, "")
	if err != nil {
		return latest, err
	}
	for _, id := range cases {
		at, err := c.s.newest(ctx, id, ledger.Reads)
		if err != nil {
			return latest, err
		}
		if at.After(latest) {
			latest = at
		}
	}
	return latest, nil
}
