package store

import (
	"context"
)

// tendEvery is about how many frames are written between two checkpoints.
// Units: frames of one page of SQLite's write-ahead log.
const tendEvery = 16_000

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

// tendOnce moves most of the log beside the writer, and the little that came
// meanwhile while the writer waits: only then is the log written from its
// beginning again. A log that grows costs every sync a third more.
func (s *Store) tendOnce(ctx context.Context) error {
	if err := s.db.dialect.tend(ctx, s.db.keepers); err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.db.dialect.restart(ctx, s.db.keepers)
}
