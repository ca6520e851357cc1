package source

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"custos.example/analysis"
)

// fill puts n random items into a sorter and returns them in the order in which
// they must come out.
func fill(t *testing.T, s *sorter, r *rand.Rand, n, seconds int) []string {
	t.Helper()
	type want struct {
		start, row int64
		text       string
	}
	var all []want
	for i := range n {
		start := int64(r.IntN(seconds)) - int64(seconds)/2 // before 1970 too
		text := fmt.Sprintf("content %d of row %d %0*d", start, i, r.IntN(60), 0)
		if err := s.add(start, int64(i), int64(i)*10, []byte(text)); err != nil {
			t.Fatal(err)
		}
		all = append(all, want{start, int64(i), text})
	}
	for i := 1; i < len(all); i++ { // a sort of its own: insertion
		for j := i; j > 0 && all[j].start < all[j-1].start; j-- {
			all[j], all[j-1] = all[j-1], all[j]
		}
	}
	var lines []string
	for _, w := range all {
		lines = append(lines, fmt.Sprint(w.start, " ", w.row, " ", w.row*10, " ", w.text))
	}
	return lines
}

func TestSortOverAnyNumberOfRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8)) //nolint:gosec // repeatable cases
	for _, limit := range []int{1, 50, 1000, 1 << 20} {
		for _, n := range []int{0, 1, 2, 17, 700} {
			s := newSorter(analysis.NewMemoryEnv(1<<24), 1<<20)
			s.limit = limit
			want := fill(t, s, r, n, 40)
			var got []string
			err := s.each(func(it *item) error {
				got = append(got, fmt.Sprint(it.start, " ", it.row, " ", it.offset, " ", string(it.content)))
				return nil
			})
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("limit %d, %d rows, %d runs: %v", limit, n, len(s.runs), err)
			}
			if limit == 1 && n > 1 && len(s.runs) != n {
				t.Fatalf("%d runs; the case does not test the merge", len(s.runs))
			}
			if err := s.close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestSortOfManyKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // repeatable cases
	var room []uint64
	for _, seconds := range []int64{1, 2, 3000, 86400 * 90, 86400 * 365 * 299} {
		for _, n := range []int{0, 1, fewKeys - 1, fewKeys, 3 * fewKeys} {
			keys := make([]uint64, n)
			for i := range keys {
				keys[i] = uint64(r.Int64N(seconds)+bias-seconds/2)<<indexBits | uint64(i)
			}
			want := slices.Clone(keys)
			slices.Sort(want)
			var got []uint64
			if got, room = sortKeys(keys, room); !slices.Equal(got, want) {
				t.Fatalf("%d keys within %d seconds are not in order", n, seconds)
			}
		}
	}
}

// broken is a scratch stream that fails after some bytes.
type broken struct {
	analysis.Scratch
	write, read int
}

var errBroken = errors.New("broken")

func (b *broken) Write(p []byte) (int, error) {
	if b.write -= len(p); b.write < 0 {
		return 0, errBroken
	}
	return b.Scratch.Write(p)
}

func (b *broken) ReadAt(p []byte, off int64) (int, error) {
	if b.read -= len(p); b.read < 0 {
		return 0, errBroken
	}
	return b.Scratch.ReadAt(p, off)
}

type brokenEnv struct {
	*analysis.MemoryEnv
	write, read int
}

func (e brokenEnv) Scratch() (analysis.Scratch, error) {
	if e.write < 0 {
		return nil, errBroken
	}
	s, err := e.MemoryEnv.Scratch()
	return &broken{s, e.write, e.read}, err
}

func TestScratchThatFails(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10)) //nolint:gosec // repeatable cases
	try := func(write, read int) error {
		s := newSorter(brokenEnv{analysis.NewMemoryEnv(1 << 24), write, read}, 1<<20)
		s.limit = 500
		for i := range 300 {
			if err := s.add(int64(r.IntN(9)), int64(i), 0, []byte("some content")); err != nil {
				return err
			}
		}
		return s.each(func(*item) error { return nil })
	}
	if err := try(1<<20, 1<<20); err != nil {
		t.Fatalf("control: %v", err)
	}
	for _, c := range [][2]int{{-1, 0}, {0, 1 << 20}, {3000, 1 << 20}, {1 << 20, 0}, {1 << 20, 3000}} {
		if err := try(c[0], c[1]); !errors.Is(err, errBroken) {
			t.Errorf("write %d, read %d: %v", c[0], c[1], err)
		}
	}
}

func TestRepeatsAreFoundByContent(t *testing.T) {
	var r repeats
	next := func(start, row int64, text string) int64 {
		of, err := r.find(&item{start: start, row: row}, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return of
	}
	for _, c := range []struct {
		start, row int64
		text       string
		want       int64
	}{
		{1, 10, "a", 0},
		{1, 11, "b", 0},
		{1, 12, "a", 10},
		{1, 13, "b", 11},
		{1, 14, "c", 0},
		{1, 15, "b", 11},
		{1, 16, "c", 14},
		{2, 17, "a", 0},
		{2, 18, "a", 17},
		{2, 19, "b", 0},
		{3, 20, "b", 0},
		{3, 21, "c", 0},
		{3, 22, "b", 20},
	} {
		if got := next(c.start, c.row, c.text); got != c.want {
			t.Errorf("row %d repeats %d, want %d", c.row, got, c.want)
		}
	}
}

// FuzzScan wants every byte of a file to belong to one record, and the records
// to be cut as they are when each is read alone from its offset.
func FuzzScan(f *testing.F) {
	f.Add([]byte("a,b\r\n\"x,\"\"y\"\"\",2\n\n,\n\"open\nlast"), true)
	f.Add([]byte("a,b\n\"x\ny\",2\n\"\"\"\n"), true)
	f.Add([]byte("\x00,\xff\n\"\""), false)
	f.Fuzz(func(t *testing.T, text []byte, multiline bool) {
		s := newScanner(input(text), ',', multiline, nil)
		var rows, fields int
		last := int64(-1)
		for {
			r, err := s.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.offset <= last || r.offset >= int64(len(text)) {
				t.Fatalf("record at %d after %d of %d bytes", r.offset, last, len(text))
			}
			last = r.offset
			rows++
			fields += len(r.fields)
			alone := newScanner(input(text), ',', multiline, nil)
			alone.read, alone.base = r.offset, r.offset
			again, err := alone.next()
			if err != nil || fmt.Sprintf("%q %s %d", again.fields, again.fault, again.column) != fmt.Sprintf("%q %s %d", r.fields, r.fault, r.column) {
				t.Fatalf("record at %d read alone: %q %s, %v; in its file: %q %s", r.offset, again.fields, again.fault, err, r.fields, r.fault)
			}
		}
		if int64(rows)+s.blank != s.row || fields > len(text)+rows {
			t.Fatalf("%d records and %d blank lines of %d", rows, s.blank, s.row)
		}
	})
}

// input is bytes as a step's input.
type input []byte

func (b input) Size() int64 { return int64(len(b)) }

func (b input) ReadAt(p []byte, off int64) (int, error) {
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
