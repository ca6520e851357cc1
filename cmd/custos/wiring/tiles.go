package wiring

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"custos.example/ledger/recorder"
)

// publishPause is how long new checkpoints are gathered before the public
// folder is brought up to date.
const publishPause = 500 * time.Millisecond

// The co-signers are asked again catchUpPause after they could not be had, and for
// fresh co-signatures each renewPause even where nothing is new.
// What was only acknowledged is put under a checkpoint within steadyPause.
const (
	steadyPause  = time.Minute
	catchUpPause = 5 * time.Second
	renewPause   = 6 * time.Hour
)

// tiler keeps the public folder up to date, behind those who wait for receipts.
// What it could not publish it publishes with the next checkpoint: the folder
// holds nothing that cannot be made anew. With a beat it publishes on that alone.
type tiler struct {
	recorder *recorder.Recorder
	feeder   *feeder       // the station's
	beat     time.Duration // 0 = whenever there is something new
	now      func() time.Time
	log      *slog.Logger
	due      chan struct{} // has room for one
	stop     chan struct{}
	done     sync.WaitGroup
}

// startTiler begins to publish; beside a process that writes, and where the record is only
// checked, it does not.
func (s *Station) startTiler() *tiler {
	o := s.options
	t := &tiler{recorder: s.Recorder, feeder: s.feeder, beat: s.beat, now: o.Clock.Now, log: o.Log, due: make(chan struct{}, 1), stop: make(chan struct{})}
	switch {
	case o.beside || o.checks:
	case t.beat > 0:
		t.done.Go(t.beaten)
	default:
		t.done.Go(t.run)
	}
	return t
}

// notice says that there is a newer checkpoint.
func (t *tiler) notice() {
	select {
	case t.due <- struct{}{}:
	default:
	}
}

func (t *tiler) run() {
	steady, catchUp, renew := time.NewTicker(steadyPause), time.NewTicker(catchUpPause), time.NewTicker(renewPause)
	defer steady.Stop()
	defer catchUp.Stop()
	defer renew.Stop()
	for {
		select {
		case <-t.stop:
			select {
			case <-t.due:
				t.publish()
			default:
			}
			return
		case <-t.due:
		case <-steady.C:
			t.publish()
			continue
		case <-renew.C:
			t.renew()
			continue
		case <-catchUp.C:
			if t.recorder.CoSigned() != nil {
				t.renew()
			}
			continue
		}
		select {
		case <-t.stop:
		case <-time.After(publishPause):
		}
		t.publish()
	}
}

// renew asks the co-signers again, and publishes what they gave.
func (t *tiler) renew() {
	if t.confirm() {
		t.publish()
	}
}

// confirm makes a checkpoint of all that there is and asks the co-signers for it, also
// for one that they have confirmed. It returns false when they could not be had.
func (t *tiler) confirm() bool {
	ctx := context.Background()
	err := t.feeder.reach(ctx, 0)
	if err == nil {
		err = t.recorder.Renew(ctx)
	}
	if err != nil {
		t.log.Warn("the newest checkpoint is not co-signed; no receipt and no bundle is given until it is", slog.String("error", err.Error()))
	}
	return err == nil
}

// guard puts what was only acknowledged into the guard, and tells nobody. Where the tree
// cannot be brought up to all of it, the guard gets what the tree has.
func (t *tiler) guard() {
	ctx := context.Background()
	if err := errors.Join(t.feeder.reach(ctx, 0), t.recorder.Guard(ctx)); err != nil {
		t.log.Error("the guard does not hold the newest entries: if the record were put back to before them, that would not be seen",
			slog.String("error", err.Error()))
	}
}

func (t *tiler) publish() { t.report(t.recorder.Publish(context.Background())) }

// report says in the log what could not be published.
func (t *tiler) report(err error) {
	if errors.Is(err, recorder.ErrNotCoSigned) {
		return // it is published once it is
	}
	if err != nil {
		t.log.Error("the public folder of the log is not up to date", slog.String("error", err.Error()))
	}
}

// Summarise puts what earlier commands left under a checkpoint, and has it
// published. What cannot be had at once is asked for again.
func (s *Station) Summarise(ctx context.Context) {
	if _, _, err := s.Service.Recorder.Checkpoint(ctx, 0); err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "no checkpoint of what earlier commands left, so far", slog.String("error", err.Error()))
	}
}

// Close publishes what is due.
func (t *tiler) Close() error {
	close(t.stop)
	t.done.Wait()
	return nil
}
