package store

import (
	"context"
	"log/slog"
)

// Limits of the write-ahead log of SQLite. Units: frames of one page.
const (
	// tendEvery is about how many frames are written between two checkpoints.
	tendEvery = 4000
	// restartAbove is when the writer has to wait for a checkpoint, so that the
	// log does not grow without end under a load that never pauses.
	restartAbove = 32_000
)

// written tells the upkeep how much has been committed. The number of frames is
// a guess: some pages a transaction, and about three an entry.
func (s *Store) written(entries int) {
	if s.db.dialect.tend == nil {
		return
	}
	if s.frames += 8 + 3*entries; s.frames < tendEvery {
		return
	}
	s.frames = 0
	select {
	case s.due <- struct{}{}:
	default: // a checkpoint is due already
	}
}

// tend moves the write-ahead log into the file, beside the writer, each time
// that enough has been written. It ends when due is closed.
func (s *Store) tend(ctx context.Context) {
	defer close(s.tended)
	for range s.due {
		s.upkeep.Lock()
		err := s.tendOnce(ctx)
		s.upkeep.Unlock()
		if err != nil {
			s.writing.Lock()
			_ = s.breakDown(err) // the next append is told
			s.writing.Unlock()
			return
		}
	}
}

func (s *Store) tendOnce(ctx context.Context) error {
	left, frames, err := s.db.dialect.tend(ctx, s.db.keepers)
	if err != nil || frames < restartAbove {
		return err
	}
	s.config.Log.DebugContext(ctx, "the write-ahead log is long: the writer waits for it", slog.Int64("frames", frames), slog.Int64("left", left))
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.db.dialect.restart(ctx, s.db.keepers)
}
