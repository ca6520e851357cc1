package wiring

import (
	"context"
	"log/slog"
	"time"

	"custos.example/custody/blob"
)

// How often the running service reads a part of the record, and how soon after it
// starts it looks whether one is due.
const (
	readEvery  = 24 * time.Hour
	firstRead  = 10 * time.Minute
	readAgain  = time.Hour
	mostLogged = 20
)

// KeepRead checks the record once a day, beside those who work with it, until its
// context ends: heads, entries, and the content that was read longest ago, so
// that all of it is read within thirty days. What it finds it logs, by place only;
// it mends nothing.
func (s *Station) KeepRead(ctx context.Context) {
	for wait := firstRead; ; wait = readAgain {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if _, err := s.readDue(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "the daily check could not be made: run fsck", slog.String("error", err.Error()))
		}
	}
}

// readDue runs the daily check when the last one is a day old, and says whether
// it did.
func (s *Station) readDue(ctx context.Context) (bool, error) {
	r, err := loadReading(s.options.readingFile())
	if err != nil {
		return false, err
	}
	newest := never
	for _, at := range r.Read {
		newest = max(newest, at)
	}
	last, err := time.Parse(time.RFC3339, newest)
	if err != nil || s.Service.Clock.Now().Sub(last) < readEvery {
		return false, err
	}
	part, err := s.DuePart()
	if err != nil {
		return false, err
	}
	return true, s.readPart(ctx, part)
}

// readPart checks one part and logs what it finds.
func (s *Station) readPart(ctx context.Context, part blob.Part) error {
	report, err := s.Inspect(ctx, FsckOptions{Part: part, Live: true})
	if err != nil {
		return err
	}
	since, err := s.NotePart(part)
	if err != nil {
		return err
	}
	for i, f := range report.Findings {
		if i == mostLogged {
			break
		}
		s.log.ErrorContext(ctx, "what is stored does not agree with the record: stop the service, keep the folder, run fsck", slog.String("where", f.Where))
	}
	s.log.InfoContext(ctx, "daily check", slog.Int("findings", report.Open()), slog.Int("payloads", report.Payloads), slog.String("read", since))
	return nil
}
