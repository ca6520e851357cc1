package blob

import (
	"io"
	"os"
)

// sinkRoom is how much is written at a time; straightFrom how much of a file goes by way
// of the memory that the system keeps of files, before the rest goes past it: what is
// large is not read again at once, and costs the processor much less so.
// Units: bytes, whole pages of any disk.
const (
	sinkRoom     = 1 << 20
	straightRoom = 2 << 20 // one page of the large ones, so that the disk is told of one place
	straightFrom = 8 << 20
)

// sink writes one new file in large pieces, from its beginning to its end.
type sink struct {
	file    *os.File
	room    []byte // begins at a page
	letGo   func()
	held    int
	written int64
	past    bool // what the system keeps of files is passed
}

// newSink makes the file.
// Errors: the disk's; fs.ErrExist.
func newSink(path string) (*sink, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // a path of the store
	if err != nil {
		return nil, err
	}
	s := &sink{file: f}
	s.room, s.letGo = pages(sinkRoom)
	return s, nil
}

// Write takes the next bytes.
func (s *sink) Write(b []byte) (int, error) {
	taken := 0
	for taken < len(b) {
		n := copy(s.room[s.held:], b[taken:])
		s.held += n
		taken += n
		if s.held < len(s.room) {
			break
		}
		if err := s.flush(); err != nil {
			return taken, err
		}
	}
	return taken, nil
}

// flush writes what is held.
func (s *sink) flush() error {
	whole := s.held == len(s.room)
	if want := whole && s.written >= straightFrom; want != s.past {
		s.past = straight(s.file, want) && want
	}
	defer s.widen()
	n, err := s.file.Write(s.room[:s.held])
	if err != nil && s.past && n < s.held {
		// A piece of a page cannot be written so; nor does it say why it was cut.
		s.past = false
		straight(s.file, false)
		var more int
		more, err = s.file.Write(s.room[n:s.held])
		n += more
	}
	s.written += int64(n)
	if err == nil && n < s.held {
		err = io.ErrShortWrite
	}
	s.held = 0
	return err
}

// widen takes the larger room once writing goes straight to the disk.
func (s *sink) widen() {
	if s.past && len(s.room) < straightRoom {
		s.letGo()
		s.room, s.letGo = pages(straightRoom)
	}
}

// end ends the file: with sync whole and on the disk, without it only lets go of it.
func (s *sink) end(sync bool) error {
	var err error
	if sync {
		if err = s.flush(); err == nil {
			err = s.file.Sync()
		}
	}
	s.letGo()
	s.room = nil
	if closed := s.file.Close(); err == nil {
		err = closed
	}
	return err
}
