package module

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	wasys "github.com/tetratelabs/wazero/experimental/sys"
	"github.com/tetratelabs/wazero/sys"

	"custos.example/analysis"
	"custos.example/analysis/module/wasi"
)

// Bounds on what a module can make the host hold.
const (
	maxOpen     = 512
	maxScratch  = 4096
	maxAnswer   = 1 << 20
	maxPathName = 256
)

// files is the whole file system of one run: streams of the caller, and no
// folder of the host.
type files struct {
	wasys.UnimplementedFS

	request    []byte
	in         map[string]analysis.Input
	out        map[string]*outFile
	answers    map[string]*answer
	newScratch func() (analysis.Scratch, error)

	scratchMade int
	open        int
	scratches   []*scratchFile
	hostErr     error // what a stream of the caller returned
	violation   string
}

func newFiles(request []byte, in map[string]analysis.Input, out map[string]io.Writer,
	scratch func() (analysis.Scratch, error),
) *files {
	f := &files{
		request:    request,
		in:         in,
		out:        make(map[string]*outFile, len(out)),
		answers:    map[string]*answer{wasi.ResultFile: {}, wasi.ErrorFile: {}},
		newScratch: scratch,
	}
	for port, w := range out {
		f.out[port] = &outFile{files: f, port: port, w: w}
	}
	return f
}

// close gives back every scratch stream that the module left open.
func (f *files) close() {
	for _, s := range f.scratches {
		_ = s.Close() // fail has kept its error
	}
}

// fail keeps the first error of the caller's streams and hides it from the module.
func (f *files) fail(what string, err error) wasys.Errno {
	if f.hostErr == nil {
		f.hostErr = fmt.Errorf("%s: %w", what, err)
	}
	return wasys.EIO
}

// refuse keeps the first act that no step may do.
func (f *files) refuse(format string, args ...any) wasys.Errno {
	if f.violation == "" {
		f.violation = fmt.Sprintf(format, args...)
	}
	return wasys.EPERM
}

const writing = wasys.O_RDWR | wasys.O_WRONLY | wasys.O_CREAT | wasys.O_TRUNC | wasys.O_APPEND

// OpenFile returns one of the run's streams.
// Errors: EPERM for any other name opened for writing, which also fails the
// run; ENOENT for any other name opened for reading.
func (f *files) OpenFile(name string, flag wasys.Oflag, _ fs.FileMode) (wasys.File, wasys.Errno) {
	if f.open >= maxOpen {
		return nil, f.refuse("it held more than %d files open", maxOpen)
	}
	full := clean(name)
	file, errno := f.find(full, flag)
	if errno != 0 {
		return nil, errno
	}
	f.open++
	return file, 0
}

func (f *files) find(full string, flag wasys.Oflag) (wasys.File, wasys.Errno) {
	if isFolder(full) {
		if flag&writing != 0 {
			return nil, wasys.EISDIR
		}
		return &folder{files: f}, 0
	}
	if flag&writing == 0 {
		return f.findInput(full)
	}
	if a := f.answers[full]; a != nil {
		return a.create(f, full)
	}
	if port, ok := strings.CutPrefix(full, wasi.OutFolder); ok && f.out[port] != nil {
		return f.out[port].create()
	}
	if strings.HasPrefix(full, wasi.ScratchDir) && flag&wasys.O_CREAT != 0 {
		return f.createScratch()
	}
	return nil, f.refuse("it tried to write to %s", shown(full))
}

func (f *files) findInput(full string) (wasys.File, wasys.Errno) {
	if full == wasi.RequestFile {
		return &inFile{files: f, name: full, in: byteInput(f.request)}, 0
	}
	if port, ok := strings.CutPrefix(full, wasi.InFolder); ok {
		if in, ok := f.in[port]; ok {
			return &inFile{files: f, name: full, in: in}, 0
		}
	}
	return nil, wasys.ENOENT
}

func (f *files) createScratch() (wasys.File, wasys.Errno) {
	if f.newScratch == nil {
		return nil, f.fail("scratch", fmt.Errorf("the caller gives none"))
	}
	if f.scratchMade >= maxScratch {
		return nil, f.refuse("it made more than %d scratch streams", maxScratch)
	}
	f.scratchMade++
	s, err := f.newScratch()
	if err != nil {
		return nil, f.fail("scratch", err)
	}
	sf := &scratchFile{files: f, s: s}
	f.scratches = append(f.scratches, sf)
	return sf, 0
}

// Stat returns the kind and size of one of the run's streams.
func (f *files) Stat(name string) (sys.Stat_t, wasys.Errno) {
	full := clean(name)
	if isFolder(full) {
		return folderStat(), 0
	}
	file, errno := f.findInput(full)
	if errno != 0 {
		return sys.Stat_t{}, errno
	}
	return file.Stat()
}

// Lstat returns what Stat returns: there are no links.
func (f *files) Lstat(name string) (sys.Stat_t, wasys.Errno) { return f.Stat(name) }

// Every change of the tree of files is refused and fails the run.

// Mkdir refuses.
func (f *files) Mkdir(name string, _ fs.FileMode) wasys.Errno {
	return f.refuse("it tried to make folder %s", shown(clean(name)))
}

// Rename refuses.
func (f *files) Rename(from, _ string) wasys.Errno {
	return f.refuse("it tried to rename %s", shown(clean(from)))
}

// Link refuses.
func (f *files) Link(from, _ string) wasys.Errno {
	return f.refuse("it tried to link %s", shown(clean(from)))
}

// Symlink refuses.
func (f *files) Symlink(_, name string) wasys.Errno {
	return f.refuse("it tried to link %s", shown(clean(name)))
}

// Unlink refuses.
func (f *files) Unlink(name string) wasys.Errno {
	return f.refuse("it tried to remove %s", shown(clean(name)))
}

// Rmdir refuses.
func (f *files) Rmdir(name string) wasys.Errno {
	return f.refuse("it tried to remove folder %s", shown(clean(name)))
}

func clean(name string) string { return path.Clean("/" + name) }

func isFolder(full string) bool {
	switch full + "/" {
	case "//", "/run/", wasi.InFolder, wasi.OutFolder, wasi.ScratchDir:
		return true
	}
	return false
}

// shown returns a name that is safe in a message.
func shown(name string) string {
	if len(name) > maxPathName {
		name = name[:maxPathName] + "..."
	}
	return fmt.Sprintf("%q", name)
}

func folderStat() sys.Stat_t { return sys.Stat_t{Mode: fs.ModeDir | 0o700, Nlink: 1} }

func fileStat(size int64) sys.Stat_t { return sys.Stat_t{Mode: 0o600, Nlink: 1, Size: size} }
