package wasi

import (
	"bufio"
	"errors"
	"io"
	"os"
)

// input is one file of InFolder.
type input struct {
	*os.File
	size int64
}

// Size returns the length of the input in bytes.
func (i input) Size() int64 { return i.size }

// output is one file of OutFolder, written in order.
type output struct {
	*bufio.Writer
	file *os.File
}

func newOutput(f *os.File) *output {
	return &output{Writer: bufio.NewWriterSize(f, outputBuffer), file: f}
}

// Close writes what waits in the buffer and closes the file.
func (o *output) Close() error {
	if err := o.Flush(); err != nil {
		return errors.Join(err, o.file.Close())
	}
	return o.file.Close()
}

// scratch is one file of ScratchDir: written in order, then read.
type scratch struct {
	file *os.File
	size int64
}

// Write appends p.
func (s *scratch) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.size += int64(n)
	return n, err
}

// ReadAt reads what was written.
func (s *scratch) ReadAt(p []byte, off int64) (int, error) {
	if off >= s.size {
		return 0, io.EOF
	}
	return s.file.ReadAt(p, off)
}

// Size returns the number of bytes written.
func (s *scratch) Size() int64 { return s.size }

// Close gives the file back; a host of ours discards it.
func (s *scratch) Close() error { return s.file.Close() }
