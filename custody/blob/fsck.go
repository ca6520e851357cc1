package blob

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Fault is what is wrong with a stored payload.
type Fault string

// The faults that Fsck finds.
const (
	Missing  Fault = "missing"  // expected, and not there
	Extra    Fault = "extra"    // there and whole, and not expected
	Changed  Fault = "changed"  // there, and not what was put
	Leftover Fault = "leftover" // a file that belongs to no payload
)

// Finding is one fault, with the file that shows it.
// Shape: File is below the data folder's blobs/; Case and Address are empty for
// a file that names none.
type Finding struct {
	Fault   Fault
	Case    string
	Address string
	File    string
	Err     error
}

// String names the fault and the file.
func (f Finding) String() string {
	if f.Err != nil {
		return fmt.Sprintf("%s: %s: %v", f.Fault, f.File, f.Err)
	}
	return fmt.Sprintf("%s: %s", f.Fault, f.File)
}

// Checked says how much Fsck looked at.
type Checked struct {
	Payloads int
	Bytes    int64
}

// Fsck reads every stored file and compares it with what is expected, calling
// report for each fault. What is being put meanwhile shows as left over.
// Shape: expected has one Ref a payload; Case, Address, SHA256 and Size count.
// Errors: the context's, the medium's, and those of report.
func (s *Store) Fsck(ctx context.Context, expected []Ref, report func(Finding) error) (Checked, error) {
	return s.FsckPart(ctx, expected, Part{}, report)
}

// Part is one of several parts into which the payloads fall by their addresses.
// Shape: Of 0 is all of them; else Number counts from 0.
type Part struct {
	Number, Of int
}

// has tells whether an address falls into the part.
func (p Part) has(address string) bool {
	if p.Of == 0 {
		return true
	}
	head, err := hex.DecodeString(address[:8])
	return err == nil && int(binary.BigEndian.Uint32(head))%p.Of == p.Number
}

// FsckPart is Fsck that reads the content of one part only. Every record is
// opened, and every content looked for, of the others too.
func (s *Store) FsckPart(ctx context.Context, expected []Ref, part Part, report func(Finding) error) (Checked, error) {
	c := checker{
		store: s, report: report, part: part,
		wanted: make(map[string]Ref, len(expected)),
		keyed:  map[string]bool{},
		loose:  map[string]bool{},
	}
	for _, ref := range expected {
		c.wanted[keyName(ref.Case, ref.Address)] = ref
	}
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil || entry.IsDir() {
			return err
		}
		return c.file(ctx, path, entry)
	})
	if err != nil {
		return c.checked, fmt.Errorf("check payloads: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(c.wanted)) {
		if ref := c.wanted[name]; !c.keyed[name] {
			if err := report(Finding{Fault: Missing, Case: ref.Case, Address: ref.Address, File: name}); err != nil {
				return c.checked, err
			}
		}
	}
	for _, file := range slices.Sorted(maps.Keys(c.loose)) {
		if err := report(Finding{Fault: Leftover, File: file}); err != nil {
			return c.checked, err
		}
	}
	return c.checked, nil
}

type checker struct {
	store   *Store
	report  func(Finding) error
	part    Part
	wanted  map[string]Ref  // by name of key file
	keyed   map[string]bool // key files seen
	loose   map[string]bool // contents that no key has claimed yet
	checked Checked
}

// file takes one stored file. The contents of an address come before its key,
// because names are walked in order and a part has hex digits only.
func (c *checker) file(ctx context.Context, path string, entry fs.DirEntry) error {
	name, err := filepath.Rel(c.store.dir, path)
	if err != nil {
		return err
	}
	name = filepath.ToSlash(name)
	id, address, isKey, ok := parseName(name)
	switch {
	case !ok || !entry.Type().IsRegular():
		return c.report(Finding{Fault: Leftover, File: name})
	case !isKey:
		c.loose[name] = true
		return nil
	default:
		return c.key(ctx, id, address, name)
	}
}

func (c *checker) key(ctx context.Context, id, address, name string) error {
	c.keyed[name] = true
	finding := Finding{Case: id, Address: address, File: name}
	r, err := c.store.readRecord(ctx, id, address)
	if err == nil {
		if !r.small() {
			finding.File = ageName(id, address, r.part)
			if !c.loose[finding.File] && !c.store.waits(id, address, r.part) {
				finding.Fault = Missing
				return c.report(finding)
			}
			delete(c.loose, finding.File)
		}
		err = c.content(ctx, id, address)
	}
	if stop := ctx.Err(); stop != nil {
		return stop
	}
	want, wanted := c.wanted[name]
	if err == nil && wanted && (want.SHA256 != r.sha256 || want.Size != r.size) {
		err = fmt.Errorf("the record names other content: %w", ErrIntegrity)
	}
	if c.part.has(address) {
		c.checked.Payloads++
		c.checked.Bytes += r.size
	}
	switch {
	case err != nil:
		finding.Fault, finding.Err = Changed, err
	case !wanted:
		finding.Fault = Extra
	default:
		return nil
	}
	return c.report(finding)
}

// content reads the content of a payload of the part; of the others it asks only
// whether it can be opened.
func (c *checker) content(ctx context.Context, id, address string) error {
	if c.part.has(address) {
		return c.store.Verify(ctx, id, address)
	}
	p, err := c.store.Open(ctx, id, address)
	if err != nil {
		return err
	}
	return p.Close()
}

// parseName takes the name of a stored file apart.
func parseName(name string) (id, address string, isKey, ok bool) {
	fields := strings.Split(name, "/")
	if len(fields) != 3 {
		return "", "", false, false
	}
	if id, ok = parseScope(fields[0]); !ok {
		return "", "", false, false
	}
	address, isKey = strings.CutSuffix(fields[2], keySuffix)
	if !isKey {
		var part string
		rest, isAge := strings.CutSuffix(fields[2], ageSuffix)
		address, part, ok = strings.Cut(rest, ".")
		if !isAge || !ok || !isHex(part, 32) {
			return "", "", false, false
		}
	}
	if !isAddress(address) || address[:2] != fields[1] {
		return "", "", false, false
	}
	return id, address, isKey, true
}
