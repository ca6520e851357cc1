package wiring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"custos.example/custody"
	"custos.example/custody/blob"
	"custos.example/ledger"
)

// Parts is into how many parts the payloads fall when one is read a day.
const Parts = 30

// reading is the file that remembers when each part was read. Nothing rests on
// it: whoever does not believe it reads everything.
type reading struct {
	Format string   `json:"format"`
	Read   []string `json:"read"` // by part; the zero time = never
}

const readingFormat = "https://custos.example/read-parts/v1"

func (o Options) readingFile() string { return filepath.Join(o.Dir, "read-parts.json") }

// loadReading returns what is remembered, or nothing when there is no such file
// or it is damaged: then every part is due.
func loadReading(path string) (reading, error) {
	fresh := reading{Format: readingFormat, Read: make([]string, Parts)}
	for i := range fresh.Read {
		fresh.Read[i] = never
	}
	text, err := os.ReadFile(path) //nolint:gosec // in the data folder
	if errors.Is(err, fs.ErrNotExist) {
		return fresh, nil
	}
	if err != nil {
		return fresh, err
	}
	var r reading
	if err := ledger.UnmarshalCanonical(text, &r); err != nil || r.Format != readingFormat || len(r.Read) != Parts {
		return fresh, nil //nolint:nilerr // said above
	}
	for _, at := range r.Read {
		if _, err := time.Parse(time.RFC3339, at); err != nil {
			return fresh, nil //nolint:nilerr // as above
		}
	}
	return r, nil
}

const never = "0001-01-01T00:00:00Z"

// DuePart returns the part whose content was read longest ago.
func (s *Station) DuePart() (blob.Part, error) {
	r, err := loadReading(s.options.readingFile())
	if err != nil {
		return blob.Part{}, err
	}
	due := 0
	for i, at := range r.Read {
		if at < r.Read[due] {
			due = i
		}
	}
	return blob.Part{Number: due, Of: Parts}, nil
}

// NotePart remembers that a part, or everything, has been read, and says since
// when all content has been.
func (s *Station) NotePart(part blob.Part) (string, error) {
	if part.Of != 0 && (part.Of != Parts || part.Number < 0 || part.Number >= Parts) {
		return "", fmt.Errorf("part %d of %d is none of the %d parts that are remembered: %w", part.Number+1, part.Of, Parts, custody.ErrInvalid)
	}
	r, err := loadReading(s.options.readingFile())
	if err != nil {
		return "", err
	}
	now := s.Service.Clock.Now().UTC().Format(time.RFC3339)
	oldest, unread := now, 0
	for i := range r.Read {
		if part.Of == 0 || part.Number == i {
			r.Read[i] = now
		}
		if r.Read[i] == never {
			unread++
		}
		oldest = min(oldest, r.Read[i])
	}
	text, err := ledger.MarshalCanonical(r)
	if err != nil {
		return "", err
	}
	if err := replace(s.options.readingFile(), text); err != nil {
		return "", err
	}
	if unread > 0 {
		return fmt.Sprintf("%d of %d parts have not been read yet; all of them have been after as many more daily runs", unread, Parts), nil
	}
	return "all content has been read since " + oldest, nil
}
