package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// openBundle opens a bundle. A file in which no zip record stands anywhere is
// no bundle, damaged or not: somebody named the wrong file, and that says
// nothing about evidence. An empty file may be a bundle that was cut short, so
// it is left to the check.
// Errors: errUsage.
func openBundle(name string) (*os.File, int64, error) {
	f, size, err := open(name)
	if err != nil || size == 0 {
		return f, size, err
	}
	found, err := holdsZipRecord(io.NewSectionReader(f, 0, size))
	if err == nil && !found {
		err = errors.New("this is no bundle, nor a damaged one: it has no zip record anywhere. Nothing was compared with the record. Name the file that was served (it ends in .custos.zip)")
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("%w: %s: %w", errUsage, name, err), f.Close())
	}
	return f, size, nil
}

// holdsZipRecord tells whether a member, a directory or an end record of a zip
// file begins anywhere.
func holdsZipRecord(r io.Reader) (bool, error) {
	records := [][]byte{[]byte("PK\x03\x04"), []byte("PK\x01\x02"), []byte("PK\x05\x06")}
	const keep = 3 // a record's mark may lie over two pieces
	buffer, kept := make([]byte, 256<<10), 0
	for {
		n, err := r.Read(buffer[kept:])
		piece := buffer[:kept+n]
		for _, mark := range records {
			if bytes.Contains(piece, mark) {
				return true, nil
			}
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("read the file: %w", err)
		}
		kept = copy(buffer, piece[max(0, len(piece)-keep):])
	}
}
