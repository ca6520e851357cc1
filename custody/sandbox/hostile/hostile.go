// Package hostile owns files that are made to break, mislead or exhaust whoever
// reads them, each with the verdict that custos must give on it.
//
// Every file is made by the code here from a seed: nothing in it comes from
// anybody's phone, and no byte of it was copied from another corpus. It never
// reads a file itself and knows no reader.
package hostile

import (
	"bytes"
	"io"
	"math/rand/v2"
)

// Reader is what a file is given to.
type Reader string

// The readers.
const (
	Table     Reader = "table"      // source-csv@1 with the profile uk-17
	Detection Reader = "detection"  // the choice of a profile
	CellTable Reader = "cell-table" // cell-table@1 with the profile that its header has
	BaseMap   Reader = "base-map"   // base-map@1
	Bundle    Reader = "bundle"     // custos-verify, and the checker of FORMAT.md
	Record    Reader = "record"     // one document of the record: Form says which
)

// Verdict is what must become of a file.
type Verdict string

// The verdicts. A flag is a row that is set aside, or shown with a mark on it:
// the rest of the file is used.
const (
	Reject Verdict = "reject"
	Flag   Verdict = "flag"
	Accept Verdict = "accept"
)

// File is one hostile file.
// Shape: Name is class/what. Code is, of a rejection, words of its message or the
// fault's code; of a flag, the reason or flag; of an accepted table, what must
// stand in its events.
type File struct {
	Name    string
	Reader  Reader
	Form    string
	Verdict Verdict
	Code    string
	Content Content
}

// Content is the bytes of a file; those of a huge one are made as they are read.
type Content interface {
	io.ReaderAt
	Size() int64
}

// Corpus returns every file, in the same order and with the same bytes for a
// seed.
func Corpus(seed uint64) []File {
	r := rand.New(rand.NewPCG(seed, 0x0c0ffee)) //nolint:gosec // made-up files, the same for a seed
	var files []File
	for _, class := range []func(*rand.Rand) []File{
		tables, numbers, times, letters, aliens, cells, maps, zips, records,
	} {
		files = append(files, class(r)...)
	}
	return files
}

// of returns content that is in memory.
func of(text string) Content { return bytes.NewReader([]byte(text)) }

// repeated is a head, a pattern over and over, and a tail, of any size, which
// takes no memory.
type repeated struct {
	head, pattern, tail string
	times               int64
}

// Size returns the number of bytes.
func (r repeated) Size() int64 {
	return int64(len(r.head)) + r.times*int64(len(r.pattern)) + int64(len(r.tail))
}

// ReadAt makes the bytes at off.
func (r repeated) ReadAt(b []byte, off int64) (int, error) {
	head, body := int64(len(r.head)), r.times*int64(len(r.pattern))
	n := 0
	for n < len(b) {
		at := off + int64(n)
		switch {
		case at >= r.Size():
			return n, io.EOF
		case at < head:
			n += copy(b[n:], r.head[at:])
		case at < head+body:
			most := min(int64(len(b)-n), head+body-at)
			n += r.fill(b[n:n+int(most)], (at-head)%int64(len(r.pattern)))
		default:
			n += copy(b[n:], r.tail[at-head-body:])
		}
	}
	return n, nil
}

// fill writes the pattern from a place in it, over and over.
func (r repeated) fill(b []byte, from int64) int {
	n := copy(b, r.pattern[from:])
	n += copy(b[n:], r.pattern)
	n += copy(b[n:], r.pattern[:min(from, int64(len(b)-n))])
	whole := len(r.pattern) * (n / len(r.pattern))
	for n < len(b) && whole > 0 {
		n += copy(b[n:], b[n-whole:n])
	}
	return n
}

// Honest returns one file for each reader that must be accepted: a reader that
// refuses everything gives the right verdict on much of the corpus.
func Honest() []File {
	const list = "radio,mcc,mnc,area,cell,latitude,longitude,azimuth,site,valid_from,valid_until\nLTE,234,10,1001,100681,51.381,-2.359,140,Bath,,\n"
	const road = `{"type":"Feature","properties":{"name":"A4"},"geometry":{"type":"LineString","coordinates":[[-2.36,51.38],[-2.35,51.39]]}}`
	return []File{
		{Name: "table", Reader: Table, Verdict: Accept, Content: of(header + plain())},
		{Name: "detection", Reader: Detection, Verdict: Accept, Content: of(header + plain() + plain())},
		{Name: "cells", Reader: CellTable, Verdict: Accept, Content: of(list)},
		{Name: "map", Reader: BaseMap, Verdict: Accept, Content: of(road)},
	}
}
