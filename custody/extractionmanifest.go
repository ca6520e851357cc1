package custody

import (
	"archive/zip"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"custos.example/ledger"
)

// manifestName is the last member of an extraction.
const manifestName = "custos-extraction.json"

// manifestFormat names the form of an extraction.
const manifestFormat = "custos/extraction/v1"

// Manifest lists what was taken from a device, and counts what was not. What lies
// outside the scope is counted and never named.
// Shape: canonical JSON; Files in the order of their paths, numbered from 1. Found =
// taken + outside + aside, of files and of bytes. Basis is index or folders: where
// categories and dates come from.
type Manifest struct {
	Aside   []SetAside     `json:"aside"`
	Basis   string         `json:"basis"`
	Device  string         `json:"device"` // item that was read
	Files   []TakenFile    `json:"files"`
	Format  string         `json:"format"`
	Found   Volume         `json:"found"`
	Item    string         `json:"item"` // exhibit reference of the extraction
	Outside []OutsideCount `json:"outside"`
	Scope   ScopeText      `json:"scope"`
	Taken   Volume         `json:"taken"`
	Tool    string         `json:"tool"` // that read the device, with its version
}

// ScopeText is a scope with its instants.
type ScopeText struct {
	Categories []string    `json:"categories"`
	From       ledger.Time `json:"from"`
	Undated    bool        `json:"undated"`
	Until      ledger.Time `json:"until"`
}

// TakenFile is one file that was taken.
type TakenFile struct {
	Category string        `json:"category"`
	Date     string        `json:"date,omitempty"` // as the index has it
	N        uint64        `json:"n"`
	Path     string        `json:"path"`
	SHA256   ledger.Digest `json:"sha256"`
	Size     uint64        `json:"size"`
}

// OutsideCount is how much was left where it is, by category and reason.
type OutsideCount struct {
	Bytes    uint64  `json:"bytes"`
	Category string  `json:"category,omitempty"`
	Files    uint64  `json:"files"`
	Reason   Outside `json:"reason"`
}

// SetAside is a file, or a line of the index, that may be in the scope and could
// not be taken.
type SetAside struct {
	Line   uint64 `json:"line,omitempty"` // of the index, for one that names no file
	Path   string `json:"path,omitempty"`
	Reason Aside  `json:"reason"`
	Size   uint64 `json:"size,omitempty"`
}

// Volume is how many files and bytes.
type Volume struct {
	Bytes uint64 `json:"bytes"`
	Files uint64 `json:"files"`
}

func (v *Volume) add(bytes uint64) { v.Files, v.Bytes = v.Files+1, v.Bytes+bytes }

// sort judges every file of a device. The files that are to be taken stand in the
// manifest without their digests.
func (m *Manifest) sort(d device, b bounds) {
	counts := map[OutsideCount]Volume{}
	m.Basis, m.Aside, m.Files, m.Outside = "folders", []SetAside{}, []TakenFile{}, []OutsideCount{}
	if d.index {
		m.Basis = "index"
	}
	for _, f := range d.files {
		size := uint64(max(f.size, 0))
		m.Found.add(size)
		reason, inside := b.judge(f)
		switch {
		case !inside && (f.aside == "" || reason == OutsideCategory):
			key := OutsideCount{Category: f.category, Reason: reason}
			if !categoryForm.MatchString(key.Category) {
				key.Category = "" // it may be anything
			}
			v := counts[key]
			v.add(size)
			counts[key] = v
		case f.aside != "":
			a := SetAside{Path: f.path, Reason: f.aside, Size: size}
			if f.aside == AsidePath {
				a.Path = ""
			}
			m.Aside = append(m.Aside, a)
		default:
			m.Files = append(m.Files, TakenFile{Category: f.category, Date: f.date, N: uint64(len(m.Files)) + 1, Path: f.path, Size: size})
			m.Taken.add(size)
		}
	}
	for key, v := range counts {
		key.Files, key.Bytes = v.Files, v.Bytes
		m.Outside = append(m.Outside, key)
	}
	slices.SortFunc(m.Outside, func(a, b OutsideCount) int {
		return cmp.Or(strings.Compare(a.Category, b.Category), strings.Compare(string(a.Reason), string(b.Reason)))
	})
	for _, line := range d.gone {
		m.Aside = append(m.Aside, SetAside{Line: uint64(line), Reason: AsideGone}) //nolint:gosec // a line number
	}
}

// drop sets a file aside that was to be taken.
func (m *Manifest) drop(i int, why Aside) {
	f := m.Files[i]
	m.Aside = append(m.Aside, SetAside{Path: f.Path, Reason: why, Size: f.Size})
	m.Taken.Files, m.Taken.Bytes = m.Taken.Files-1, m.Taken.Bytes-f.Size
}

// check returns nil when the counts close.
// Errors: ErrIntegrity.
func (m *Manifest) check() error {
	sum, taken := m.Taken, Volume{}
	for _, f := range m.Files {
		taken.add(f.Size)
	}
	for _, o := range m.Outside {
		sum.Files, sum.Bytes = sum.Files+o.Files, sum.Bytes+o.Bytes
	}
	for _, a := range m.Aside {
		if a.Line == 0 {
			sum.add(a.Size)
		}
	}
	if sum != m.Found || taken != m.Taken || m.Format != manifestFormat {
		return fmt.Errorf("%w: the counts of extraction %s do not close: %d files found, %d accounted for", ErrIntegrity, m.Item, m.Found.Files, sum.Files)
	}
	for i, f := range m.Files {
		if f.N != uint64(i)+1 || i > 0 && m.Files[i-1].Path >= f.Path { //nolint:gosec // an index
			return fmt.Errorf("%w: file %d of extraction %s is out of order", ErrIntegrity, f.N, m.Item)
		}
	}
	return nil
}

// write copies the files into one container, each read once and hashed while it is
// read, and adds the manifest as the last member.
//
// Shape: a ZIP file whose members are Stored, in the order of the manifest, with no
// times. Errors: ErrConflict when a file changed while it was read.
func (m *Manifest) write(ctx context.Context, folder fs.FS, w io.Writer) error {
	z := zip.NewWriter(w)
	kept := make([]TakenFile, 0, len(m.Files))
	for i := range m.Files {
		f := m.Files[i]
		if err := ctx.Err(); err != nil {
			return err
		}
		source, err := folder.Open(f.Path)
		if err != nil {
			m.drop(i, AsideOpened)
			continue
		}
		f.SHA256, err = copyMember(z, f, source)
		if err = errors.Join(err, source.Close()); err != nil {
			return err
		}
		f.N = uint64(len(kept)) + 1
		kept = append(kept, f)
	}
	m.Files = kept
	if err := m.check(); err != nil {
		return err
	}
	text, err := ledger.MarshalCanonical(m)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	last, err := z.CreateHeader(&zip.FileHeader{Name: manifestName, Method: zip.Store})
	if err == nil {
		_, err = last.Write(text)
	}
	return errors.Join(err, z.Close())
}

// copyMember copies one file and returns what was read of it.
func copyMember(z *zip.Writer, f TakenFile, source io.Reader) (ledger.Digest, error) {
	member, err := z.CreateHeader(&zip.FileHeader{Name: f.Path, Method: zip.Store})
	if err != nil {
		return ledger.Digest{}, err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(member, h), source)
	if err != nil {
		return ledger.Digest{}, fmt.Errorf("file %d of the extraction: %w", f.N, err)
	}
	if uint64(n) != f.Size { //nolint:gosec // not negative
		return ledger.Digest{}, fmt.Errorf("file %d of the extraction had %d bytes when it was listed and %d when it was read: something writes to the "+
			"folder of the device; nothing was recorded: %w", f.N, f.Size, n, ErrConflict)
	}
	return ledger.Digest(h.Sum(nil)), nil
}

// readManifest opens an extraction and returns its manifest and its members by name.
// Errors: ErrInvalid when it is not one.
func readManifest(content io.ReaderAt, size int64) (Manifest, []*zip.File, error) {
	var m Manifest
	z, err := zip.NewReader(content, size)
	if err != nil {
		return m, nil, fmt.Errorf("this is not an extraction: %w: %w", err, ErrInvalid)
	}
	if len(z.File) == 0 || z.File[len(z.File)-1].Name != manifestName {
		return m, nil, fmt.Errorf("this is not an extraction: its last member is not %s: %w", manifestName, ErrInvalid)
	}
	text, err := readMember(z.File[len(z.File)-1], mostManifest)
	if err != nil {
		return m, nil, err
	}
	if !sparse(text, leastFileObject) {
		return m, nil, fmt.Errorf("the manifest of the extraction holds more objects than its length has room for: %w", ErrInvalid)
	}
	if err := ledger.UnmarshalCanonical(text, &m); err != nil {
		return m, nil, fmt.Errorf("the manifest of the extraction: %w: %w", err, ErrInvalid)
	}
	return m, z.File[:len(z.File)-1], m.check()
}

// mostManifest is the longest manifest. Units: bytes.
const mostManifest = 256 << 20

// leastFileObject is less than what the objects of a manifest have, most of which name a
// file, a category or a reason. Units: bytes.
const leastFileObject = 32

// readMember reads a small member whole.
func readMember(f *zip.File, limit uint64) ([]byte, error) {
	if f.Method != zip.Store || f.UncompressedSize64 > limit {
		return nil, fmt.Errorf("member %s is compressed or has more than %d bytes: %w", f.Name, limit, ErrInvalid)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("member %s: %w", f.Name, err)
	}
	defer letGo(r)
	return io.ReadAll(io.LimitReader(r, int64(limit))) //nolint:gosec // a limit
}

// verifyExtraction reads an extraction whole and returns its manifest when every
// member is the one that it names.
// Errors: ErrIntegrity naming the file by its number.
func verifyExtraction(ctx context.Context, content io.ReaderAt, size int64) (Manifest, error) {
	m, members, err := readManifest(content, size)
	if err != nil {
		return m, err
	}
	if len(members) != len(m.Files) {
		return m, fmt.Errorf("%w: the manifest of %s names %d files and %d are there", ErrIntegrity, m.Item, len(m.Files), len(members))
	}
	for i, member := range members {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		if err := m.Files[i].verify(member); err != nil {
			return m, err
		}
	}
	return m, nil
}

// verify holds one member against the line of the manifest.
func (f TakenFile) verify(member *zip.File) error {
	differs := func(what string) error {
		return fmt.Errorf("%w: file %d of the extraction is not the one of its manifest: %s", ErrIntegrity, f.N, what)
	}
	if member.Name != f.Path || member.Method != zip.Store || member.UncompressedSize64 != f.Size {
		return differs("another name, size or method")
	}
	r, err := member.Open()
	if err != nil {
		return differs(err.Error())
	}
	defer letGo(r)
	h := sha256.New()
	if _, err := io.CopyN(h, r, int64(f.Size)); err != nil {
		return differs(err.Error())
	}
	if ledger.Digest(h.Sum(nil)) != f.SHA256 {
		return differs("other bytes")
	}
	return nil
}
