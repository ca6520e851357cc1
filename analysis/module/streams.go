package module

import (
	"bytes"
	"errors"
	"io"
	"math"

	wasys "github.com/tetratelabs/wazero/experimental/sys"
	"github.com/tetratelabs/wazero/sys"

	"custos.example/analysis"
)

// byteInput returns an input over bytes in memory.
func byteInput(data []byte) analysis.Input { return bytes.NewReader(data) }

// folder is an open folder: it lists nothing.
type folder struct {
	wasys.UnimplementedFile
	files *files
}

// IsDir returns true.
func (*folder) IsDir() (bool, wasys.Errno) { return true, 0 }

// Stat returns that it is a folder.
func (*folder) Stat() (sys.Stat_t, wasys.Errno) { return folderStat(), 0 }

// Close counts it as closed.
func (d *folder) Close() wasys.Errno { d.files.open--; return 0 }

// inFile reads one input.
type inFile struct {
	wasys.UnimplementedFile
	files *files
	name  string
	in    analysis.Input
	at    int64
}

// Stat returns the size of the input.
func (i *inFile) Stat() (sys.Stat_t, wasys.Errno) { return fileStat(i.in.Size()), 0 }

// Read reads on from where the last Read ended.
func (i *inFile) Read(p []byte) (int, wasys.Errno) {
	n, errno := i.Pread(p, i.at)
	i.at += int64(n)
	return n, errno
}

// Pread reads at an offset; zero bytes mean the end.
func (i *inFile) Pread(p []byte, off int64) (int, wasys.Errno) {
	return i.files.readAt(i.name, i.in, p, off)
}

// Close counts it as closed.
func (i *inFile) Close() wasys.Errno { i.files.open--; return 0 }

func (f *files) readAt(name string, r io.ReaderAt, p []byte, off int64) (int, wasys.Errno) {
	if off < 0 {
		return 0, wasys.EINVAL
	}
	if len(p) == 0 {
		return 0, 0
	}
	n, err := r.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, f.fail(name, err)
	}
	return n, 0
}

// outFile passes one output on to the caller, in order and once.
type outFile struct {
	wasys.UnimplementedFile
	files   *files
	port    string
	w       io.Writer
	size    int64
	created bool
}

func (o *outFile) create() (wasys.File, wasys.Errno) {
	if o.created {
		return nil, o.files.refuse("it opened output %s twice", o.port)
	}
	o.created = true
	return o, 0
}

// Stat returns how much was written.
func (o *outFile) Stat() (sys.Stat_t, wasys.Errno) { return fileStat(o.size), 0 }

// Write appends to the output.
func (o *outFile) Write(p []byte) (int, wasys.Errno) {
	n, err := o.w.Write(p)
	o.size += int64(n)
	if err != nil {
		return n, o.files.fail("output "+o.port, err)
	}
	return n, 0
}

// Pwrite appends when the offset is the end, and refuses otherwise.
func (o *outFile) Pwrite(p []byte, off int64) (int, wasys.Errno) {
	if off != o.size {
		return 0, o.files.refuse("it wrote output %s out of order", o.port)
	}
	return o.Write(p)
}

// Close ends the output.
func (o *outFile) Close() wasys.Errno {
	o.files.open--
	return 0
}

// answer is a small file that the host reads after the run.
type answer struct {
	wasys.UnimplementedFile
	files   *files
	data    bytes.Buffer
	created bool
}

func (a *answer) create(f *files, name string) (wasys.File, wasys.Errno) {
	if a.created {
		return nil, f.refuse("it opened %s twice", name)
	}
	a.created, a.files = true, f
	return a, 0
}

// Stat returns how much was written.
func (a *answer) Stat() (sys.Stat_t, wasys.Errno) { return fileStat(int64(a.data.Len())), 0 }

// Write appends to the answer, up to maxAnswer bytes.
func (a *answer) Write(p []byte) (int, wasys.Errno) {
	if a.data.Len()+len(p) > maxAnswer {
		return 0, a.files.refuse("it answered with more than %d bytes", maxAnswer)
	}
	n, _ := a.data.Write(p)
	return n, 0
}

// Close counts it as closed.
func (a *answer) Close() wasys.Errno { a.files.open--; return 0 }

// scratchFile is one scratch stream of the host.
type scratchFile struct {
	wasys.UnimplementedFile
	files  *files
	s      analysis.Scratch
	at     int64
	closed bool
}

// Stat returns how much was written.
func (s *scratchFile) Stat() (sys.Stat_t, wasys.Errno) { return fileStat(s.s.Size()), 0 }

// Write appends to the stream.
func (s *scratchFile) Write(p []byte) (int, wasys.Errno) {
	n, err := s.s.Write(p)
	if err != nil {
		return n, s.files.fail("scratch", err)
	}
	return n, 0
}

// Pwrite appends when the offset is the end, and refuses otherwise.
func (s *scratchFile) Pwrite(p []byte, off int64) (int, wasys.Errno) {
	if off != s.s.Size() {
		return 0, s.files.refuse("it wrote scratch out of order")
	}
	return s.Write(p)
}

// Read reads on from where the last Read ended.
func (s *scratchFile) Read(p []byte) (int, wasys.Errno) {
	n, errno := s.Pread(p, s.at)
	s.at += int64(n)
	return n, errno
}

// Pread reads what was written; zero bytes mean the end.
func (s *scratchFile) Pread(p []byte, off int64) (int, wasys.Errno) {
	if left := s.s.Size() - off; left <= 0 {
		return 0, 0
	} else if left < math.MaxInt32 && int64(len(p)) > left {
		p = p[:left]
	}
	return s.files.readAt("scratch", s.s, p, off)
}

// Close gives the stream back to the host, once.
func (s *scratchFile) Close() wasys.Errno {
	if s.closed {
		return 0
	}
	s.closed = true
	s.files.open--
	if err := s.s.Close(); err != nil {
		return s.files.fail("scratch", err)
	}
	return 0
}
