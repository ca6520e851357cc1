package bundle

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"custos.example/analysis"
)

// samePacked tells whether a recorded PDF page is the one that was made, but for
// how its fonts are packed: a compressor's bytes change with its releases, and
// nothing else of a page does.
//
// Trust: made is this program's own; recorded is hostile. Every byte of it is
// either that of made, or packs what made packs there, or is the length or the
// place that follows from it.
func samePacked(recorded, made analysis.Input) bool {
	if recorded.Size() > MaxDocument || made.Size() > MaxDocument {
		return false
	}
	r, err1 := io.ReadAll(io.NewSectionReader(recorded, 0, recorded.Size()))
	m, err2 := io.ReadAll(io.NewSectionReader(made, 0, made.Size()))
	if err1 != nil || err2 != nil {
		return false
	}
	w := pageWalk{recorded: r, made: m}
	return w.same()
}

// pageWalk goes through two PDF files side by side.
type pageWalk struct {
	recorded, made []byte
	r, m           int // how far each is read
	shifts         []pageShift
}

// pageShift says by how much the recorded file is longer from a place of the made one on.
type pageShift struct{ from, by int }

// Where things are in a PDF file as the renderer writes it.
var (
	packedStream = regexp.MustCompile(`<</Length (\d+)\s?/Filter /FlateDecode(?:\n/Length1 \d+\n)?>>\nstream\n`)
	pageIndex    = regexp.MustCompile(`\nstartxref\n(\d+)\n%%EOF\s*$`)
	objectPlace  = regexp.MustCompile(`(?m)^\d{10} 00000 n $`)
)

func (w *pageWalk) same() bool {
	end := pageIndex.FindSubmatch(w.made)
	if end == nil {
		return false
	}
	index, err := strconv.Atoi(string(end[1]))
	if err != nil || index > len(w.made) {
		return false
	}
	for {
		head := packedStream.FindSubmatchIndex(w.made[w.m:index])
		if head == nil {
			break
		}
		if !w.stream(head[1], head[2], head[3]) {
			return false
		}
	}
	return w.equal(index-w.m) && bytes.Equal(w.recorded[w.r:], w.moved(w.made[index:], index))
}

// equal steps over n bytes that have to be the same in both.
func (w *pageWalk) equal(n int) bool {
	if n < 0 || w.m+n > len(w.made) || w.r+n > len(w.recorded) || !bytes.Equal(w.made[w.m:w.m+n], w.recorded[w.r:w.r+n]) {
		return false
	}
	w.m, w.r = w.m+n, w.r+n
	return true
}

// stream steps over everything up to a packed stream, and over the stream. Its
// head ends at end, its length stands from from to to, all from w.m on.
func (w *pageWalk) stream(end, from, to int) bool {
	long, err := strconv.Atoi(string(w.made[w.m+from : w.m+to]))
	if err != nil || !w.equal(from) {
		return false
	}
	digits := w.recorded[w.r:min(w.r+9, len(w.recorded))]
	if i := bytes.IndexFunc(digits, func(c rune) bool { return c < '0' || c > '9' }); i >= 0 {
		digits = digits[:i]
	}
	size, err := strconv.Atoi(string(digits))
	if err != nil || strconv.Itoa(size) != string(digits) {
		return false
	}
	w.m, w.r = w.m+to-from, w.r+len(digits)
	if !w.equal(end-to) || w.m+long > len(w.made) || w.r+size > len(w.recorded) ||
		!samePackedStream(w.recorded[w.r:w.r+size], w.made[w.m:w.m+long]) {
		return false
	}
	w.m, w.r = w.m+long, w.r+size
	w.shifts = append(w.shifts, pageShift{w.m, w.r - w.m})
	return true
}

// moved returns the index at the end of the made file as it has to stand in the
// recorded one.
func (w *pageWalk) moved(tail []byte, index int) []byte {
	place := func(at int) int {
		by := 0
		for _, s := range w.shifts {
			if s.from <= at {
				by = s.by
			}
		}
		return at + by
	}
	tail = objectPlace.ReplaceAllFunc(tail, func(line []byte) []byte {
		at, err := strconv.Atoi(string(line[:10]))
		if err != nil {
			return line
		}
		return fmt.Appendf(nil, "%010d 00000 n ", place(at))
	})
	return pageIndex.ReplaceAll(tail, fmt.Appendf(nil, "\nstartxref\n%d\n%%%%EOF\n", place(index)))
}

// samePackedStream tells whether two packed streams hold the same, and nothing
// stands behind the recorded one.
func samePackedStream(recorded, made []byte) bool {
	behind := bytes.NewReader(recorded)
	r, err := zlib.NewReader(behind)
	if err != nil {
		return false
	}
	m, err := zlib.NewReader(bytes.NewReader(made))
	if err != nil {
		return false
	}
	plain, err := io.ReadAll(m)
	if err != nil {
		return false
	}
	other, err := io.ReadAll(io.LimitReader(r, int64(len(plain))+1))
	if err != nil || !bytes.Equal(plain, other) {
		return false
	}
	n, err := r.Read(make([]byte, 1)) // the checksum is read with the end
	return n == 0 && errors.Is(err, io.EOF) && behind.Len() == 0
}
