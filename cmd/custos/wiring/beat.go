package wiring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"custos.example/custody"
)

// noBeat is how the end of a beat is asked for.
const noBeat = "none"

// The shortest and the longest beat. Followers raise an alarm over a head that is a
// day old.
const (
	shortestBeat = 10 * time.Second
	longestBeat  = 24 * time.Hour
)

// beatFile holds the beat of a data folder, so that no other command over it
// publishes between two beats of the server.
func (o Options) beatFile() string { return filepath.Join(o.Dir, "beat") }

// settleBeat returns the beat on which what is public of the log is published; 0 =
// whenever there is something new. Where one is asked for it is kept first.
// Errors: custody.ErrInvalid.
func (o Options) settleBeat() (time.Duration, error) {
	if o.Beat == "" || o.beside {
		return o.keptBeat()
	}
	if o.Beat == noBeat {
		if err := os.Remove(o.beatFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
		return 0, nil
	}
	beat, err := parseBeat(o.Beat)
	if err != nil {
		return 0, err
	}
	return beat, replace(o.beatFile(), []byte(beat.String()+"\n"))
}

func (o Options) keptBeat() (time.Duration, error) {
	text, err := os.ReadFile(o.beatFile())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	beat, err := parseBeat(strings.TrimSuffix(string(text), "\n"))
	if err != nil {
		return 0, fmt.Errorf("%s is damaged: give custos serve --beat anew: %w", o.beatFile(), err)
	}
	return beat, nil
}

func parseBeat(text string) (time.Duration, error) {
	beat, err := time.ParseDuration(text)
	if err != nil || beat < shortestBeat || beat > longestBeat || beat%time.Second != 0 {
		return 0, fmt.Errorf("%w: the beat is %q: give whole seconds, at least %s and at most %s, such as 10m, or %s", custody.ErrInvalid, text, shortestBeat, longestBeat, noBeat)
	}
	return beat, nil
}

// Beat is how often what is public of the log is published; 0 = whenever there is
// something new.
func (s *Station) Beat() time.Duration { return s.beat }

// beaten publishes on each beat and at no other time. Beats are whole multiples of
// their length since the beginning of time, so that all processes, before and after
// a restart, have the same.
func (t *tiler) beaten() {
	steady, catchUp := time.NewTicker(steadyPause), time.NewTicker(catchUpPause)
	defer steady.Stop()
	defer catchUp.Stop()
	for {
		now := t.now()
		next := now.Truncate(t.beat).Add(t.beat)
		for now = t.now(); now.Before(next) && next.Sub(now) <= t.beat; now = t.now() { // a clock that was put back begins anew
			timer := time.NewTimer(min(next.Sub(now), steadyPause)) // a clock that was put forward is seen within it
			select {
			case <-t.stop:
				timer.Stop()
				return
			case <-timer.C:
			case <-t.due: // it is published on the beat
			case <-steady.C:
				t.guard()
			case <-catchUp.C:
				if t.recorder.CoSigned() != nil {
					t.confirm()
				}
			}
			timer.Stop()
		}
		if !now.Before(next) {
			t.onBeat()
		}
	}
}

// onBeat publishes anew, with fresh co-signatures: older ones would tell when the
// newest entry came, and a file that is left alone that there was none. Where
// co-signers cannot be had, nothing is published until the next beat.
func (t *tiler) onBeat() {
	if t.confirm() {
		t.report(t.recorder.PublishAnew(context.Background()))
	}
}
