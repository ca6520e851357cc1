package analysis

import (
	"errors"
	"fmt"
	"io"
	"time"

	"custos.example/analysis/event"
)

// ErrScratchFull is returned when a run wants more scratch than it was allowed.
var ErrScratchFull = errors.New("scratch is full")

// MemoryEnv is an Env whose scratch streams live in memory, within a limit.
// It serves tests, the verifier and the module's guest.
type MemoryEnv struct {
	limit, used int64
}

// NewMemoryEnv returns an Env that allows limit bytes of scratch in all.
func NewMemoryEnv(limit int64) *MemoryEnv { return &MemoryEnv{limit: limit} }

// Scratch returns a new, empty stream in memory.
func (e *MemoryEnv) Scratch() (Scratch, error) { return &memoryScratch{env: e}, nil }

// Zone returns the rules of an IANA time zone from the embedded data.
func (e *MemoryEnv) Zone(name string) (*time.Location, error) { return event.Location(name) }

// ZoneData returns the digest of the embedded time zone data.
func (e *MemoryEnv) ZoneData() string { return event.ZoneData() }

const scratchBlock = 1 << 20

type memoryScratch struct {
	env    *MemoryEnv
	blocks [][]byte
	size   int64
}

func (s *memoryScratch) Write(p []byte) (int, error) {
	if s.env.used+int64(len(p)) > s.env.limit {
		return 0, fmt.Errorf("%w: the limit is %d bytes", ErrScratchFull, s.env.limit)
	}
	n := len(p)
	for len(p) > 0 {
		if k := len(s.blocks); k == 0 || len(s.blocks[k-1]) == scratchBlock {
			s.blocks = append(s.blocks, make([]byte, 0, scratchBlock))
		}
		last := &s.blocks[len(s.blocks)-1]
		m := min(len(p), scratchBlock-len(*last))
		*last = append(*last, p[:m]...)
		p = p[m:]
	}
	s.env.used += int64(n)
	s.size += int64(n)
	return n, nil
}

func (s *memoryScratch) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) && off < s.size {
		m := copy(p[n:], s.blocks[off/scratchBlock][off%scratchBlock:])
		n += m
		off += int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (s *memoryScratch) Size() int64 { return s.size }

func (s *memoryScratch) Close() error {
	s.env.used -= s.size
	s.blocks, s.size = nil, 0
	return nil
}
