package custody

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// indexFile is the list that the program which read the device lays beside what it
// found: one line a file, with its category and its date.
const indexFile = "extraction.csv"

// indexHeader is the first line of the index.
const indexHeader = "path,category,date"

// Limits of what one device may hold.
const (
	mostDeviceFiles = 200_000
	mostIndex       = 64 << 20 // bytes
	mostPath        = 1000     // characters
)

// deviceFile is one file of what a program read from a device.
// Shape: from and until are the first and last instant of its date, zero when it
// bears none; outside is why it cannot be taken, whatever the scope.
type deviceFile struct {
	path     string
	category string
	date     string // as the index has it
	from     time.Time
	until    time.Time
	size     int64
	outside  Outside
	aside    Aside
}

// Aside says why a file that may be in the scope was set aside.
type Aside string

// Why a file was set aside. Such files and lines stand in the manifest.
const (
	AsideDate   Aside = "date-unreadable"
	AsideTwice  Aside = "listed-twice"
	AsideGone   Aside = "not-there"    // the index names it, and the folder does not hold it
	AsidePath   Aside = "path-refused" // it would lead out of the folder, or cannot be written down
	AsideOpened Aside = "not-opened"
)

// device is what a folder holds, in the order of its paths.
type device struct {
	files []deviceFile
	gone  []int // lines of the index that name no file of the folder
	index bool  // it has one
}

// readDevice lists a folder without opening anything in it but its index. With an
// index a file's category and date are what it says; without one the first folder
// is the category and nothing bears a date, since the times of copied files are
// those of the copying.
// Errors: ErrInvalid.
func readDevice(folder fs.FS) (device, error) {
	var d device
	lines, err := readIndex(folder)
	if err != nil {
		return d, err
	}
	d.index = lines != nil
	seen := map[string]bool{}
	err = fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() || path == indexFile {
			return nil
		}
		if len(d.files) == mostDeviceFiles {
			return fmt.Errorf("the folder holds more than %d files: split it by category: %w", mostDeviceFiles, ErrInvalid)
		}
		f, err := describe(path, entry, lines, d.index)
		if err != nil {
			return err
		}
		seen[path] = true
		d.files = append(d.files, f)
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("read the folder of the device: %w", err)
	}
	for path, line := range lines {
		if !seen[path] {
			d.gone = append(d.gone, line.number)
		}
	}
	slices.Sort(d.gone)
	slices.SortFunc(d.files, func(a, b deviceFile) int { return strings.Compare(a.path, b.path) })
	return d, nil
}

// describe says what one file of the folder is.
func describe(path string, entry fs.DirEntry, lines map[string]indexLine, indexed bool) (deviceFile, error) {
	f := deviceFile{path: path}
	if !entry.Type().IsRegular() {
		f.outside = OutsideNoFile
		return f, nil
	}
	info, err := entry.Info()
	if err != nil {
		return f, err
	}
	f.size = info.Size()
	if !indexed {
		f.category, _, _ = strings.Cut(path, "/")
		if f.category == path { // it lies in no folder
			f.category, f.outside = "", OutsideUndescribed
		}
		return f.writable(), nil
	}
	line, known := lines[path]
	if !known {
		f.outside = OutsideUndescribed
		return f, nil
	}
	f.category, f.date, f.from, f.until, f.aside = line.category, line.date, line.from, line.until, line.aside
	return f.writable(), nil
}

// writable sets aside a path that no manifest could name.
func (f deviceFile) writable() deviceFile {
	if len(f.path) > mostPath || !validText(f.path) || f.path == manifestName {
		f.aside = AsidePath
	}
	return f
}

// validText tells whether a text is UTF-8 without control characters.
func validText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\uFFFD' || r == '\\' })
}

// indexLine is one line of the index.
type indexLine struct {
	number   int
	category string
	date     string
	from     time.Time
	until    time.Time
	aside    Aside
}

// readIndex reads the index by path; nil when there is none.
// Errors: ErrInvalid with file, line and column.
func readIndex(folder fs.FS) (map[string]indexLine, error) {
	file, err := folder.Open(indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // without an index there are no lines
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", indexFile, err)
	}
	defer letGo(file)
	text, err := io.ReadAll(io.LimitReader(file, mostIndex+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", indexFile, err)
	}
	if len(text) > mostIndex {
		return nil, fmt.Errorf("%s is longer than %d bytes: %w", indexFile, mostIndex, ErrInvalid)
	}
	return parseIndex(bytes.TrimPrefix(text, []byte("\ufeff")))
}

// parseIndex reads the lines of an index. A line whose date cannot be read, or that
// names a path a second time, sets that file aside; a line that is no line stops.
func parseIndex(text []byte) (map[string]indexLine, error) {
	r := csv.NewReader(bufio.NewReader(bytes.NewReader(text)))
	r.FieldsPerRecord, r.ReuseRecord = 3, true
	lines := map[string]indexLine{}
	for first := true; ; first = false {
		record, err := r.Read()
		if errors.Is(err, io.EOF) && !first {
			return lines, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s cannot be read (%w): it has the header %s and three columns: %w", indexFile, err, indexHeader, ErrInvalid)
		}
		number, _ := r.FieldPos(0)
		if first {
			if strings.Join(record, ",") != indexHeader {
				return nil, fmt.Errorf("%s, line 1: the header is not %s: %w", indexFile, indexHeader, ErrInvalid)
			}
			continue
		}
		if len(lines) == mostDeviceFiles {
			return nil, fmt.Errorf("%s, line %d: more than %d files: %w", indexFile, number, mostDeviceFiles, ErrInvalid)
		}
		path := strings.Clone(record[0])
		line := indexLine{number: number, category: strings.Clone(record[1]), date: strings.Clone(record[2])}
		if line.from, line.until, err = span(line.date); err != nil {
			line.aside = AsideDate
		}
		if before, twice := lines[path]; twice {
			before.aside = AsideTwice
			line = before
		}
		lines[path] = line
	}
}

// span is the first and the last instant of a date: an instant, or a civil day in
// the United Kingdom; zero of no date.
func span(date string) (from, until time.Time, err error) {
	if date == "" {
		return from, until, nil
	}
	if from, err = instantOr(date, "", firstMoment); err != nil {
		return from, until, err
	}
	until, err = instantOr(date, "", lastMoment)
	return from, until, err
}
