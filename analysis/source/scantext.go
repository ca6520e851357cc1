package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// cut is where a field of a line of fixed width stands, in letters from 0.
type cut struct{ from, to int }

// cutUp cuts a line of fixed width into its fields. A line that ends early has
// blank fields; text beyond the last field, or between two, is a fault.
func (s *scanner) cutUp(line []byte) {
	r := &s.rec
	at, letters := 0, 0 // bytes and letters passed
	skip := func(to int) []byte {
		from := at
		if !r.odd {
			at = min(to, len(line))
			letters = max(letters, at)
			return line[from:at]
		}
		for letters < to && at < len(line) {
			_, n := utf8.DecodeRune(line[at:])
			at, letters = at+n, letters+1
		}
		return line[from:at]
	}
	for _, c := range s.cuts {
		if between := skip(c.from); len(bytes.TrimSpace(between)) > 0 {
			s.fault(reasonColumns, len(r.fields))
		}
		field := skip(c.to)
		if len(field) > maxField {
			s.fault(reasonLong, len(r.fields))
		}
		r.fields = append(r.fields, field)
	}
	if len(bytes.TrimSpace(line[at:])) > 0 {
		s.fault(reasonColumns, -1)
	}
}

// wideText is the state of a scanner that reads UTF-16.
type wideText struct {
	big  bool
	at   int64  // file offset of the scanner's lo
	raw  []byte // bytes read and not yet turned into UTF-8
	left int    // of raw
}

// fillWide reads the next block of a file in UTF-16 and keeps it as UTF-8.
func (s *scanner) fillWide() error {
	w := s.wide
	if w.raw == nil {
		w.raw = make([]byte, min(s.size, blockSize/2))
	}
	if s.lo > 0 {
		s.hi = copy(s.buf, s.buf[s.lo:s.hi])
		s.lo = 0
	}
	want := min(int64(len(w.raw)-w.left), s.size-s.read)
	n, err := s.in.ReadAt(w.raw[w.left:w.left+int(want)], s.read)
	if int64(n) < want {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("reading at byte %d: %w", s.read, err)
	}
	if s.sink != nil {
		if _, err := s.sink.Write(w.raw[w.left : w.left+n]); err != nil {
			return err
		}
	}
	s.read += int64(n)
	text := w.raw[:w.left+n]
	out, used := appendUTF16(s.buf[:s.hi], text, w.big, s.read >= s.size)
	s.buf, s.hi = out, len(out)
	w.left = copy(w.raw, text[used:])
	return nil
}

// checkBytes looks for NUL bytes and text that is not UTF-8.
func (s *scanner) checkBytes(line []byte) {
	if i := bytes.IndexByte(line, 0); i >= 0 {
		s.fault(reasonNUL, bytes.Count(line[:i], []byte{s.separator}))
		return
	}
	if s.anyBytes || utf8.Valid(line) {
		return
	}
	for i := 0; i < len(line); {
		r, n := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && n == 1 {
			s.fault(reasonUTF8, bytes.Count(line[:i], []byte{s.separator}))
			return
		}
		i += n
	}
}

// hasOdd reports a byte outside printable ASCII.
func hasOdd(p []byte) bool {
	const low, high = 0x2020202020202020, 0x8080808080808080
	var found uint64
	for ; len(p) >= 8; p = p[8:] {
		w := binary.LittleEndian.Uint64(p)
		found |= w | (w - low) | (w + 0x0101010101010101)
	}
	if found&high != 0 {
		return true
	}
	for _, c := range p {
		if c < 0x20 || c > 0x7e {
			return true
		}
	}
	return false
}
