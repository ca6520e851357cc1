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
// holds nothing that cannot be made anew.
type tiler struct {
	recorder *recorder.Recorder
	log      *slog.Logger
	due      chan struct{} // has room for one
	stop     chan struct{}
	done     sync.WaitGroup
}

func startTiler(r *recorder.Recorder, log *slog.Logger) *tiler {
	t := &tiler{recorder: r, log: log, due: make(chan struct{}, 1), stop: make(chan struct{})}
	t.done.Go(t.run)
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
	if err := t.recorder.Renew(context.Background()); err != nil {
		t.log.Warn("the newest checkpoint is not co-signed; no receipt and no bundle is given until it is", slog.String("error", err.Error()))
		return
	}
	t.publish()
}

func (t *tiler) publish() {
	err := t.recorder.Publish(context.Background())
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
