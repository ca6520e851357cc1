package parts

import (
	"bufio"
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

// Folder is a folder in which parts have arrived.
type Folder struct {
	Name string // as the user calls it
	FS   fs.FS
}

// Options say what is looked for.
type Options struct {
	// Pack is the beginning of the name of the pack; empty = the only one there.
	Pack string
	// Key returns the key of a sender whom the caller trusts; nil = nobody is.
	Key func(ledger.KeyID) (ledger.PublicKey, error)
}

// File is a file that was looked at.
// Shape: Part is its number, 0 when that cannot be told.
type File struct {
	Name string `json:"name"`
	Part uint64 `json:"part,omitempty"`
	What string `json:"what"`
}

// PackSeen is a pack of which there are parts.
type PackSeen struct {
	Files int    `json:"files"`
	Pack  string `json:"pack"`
	Total uint64 `json:"total"`
}

// Arrival is what has arrived of one pack.
// Shape: the files in the order of their folders and names. Cut short means that
// the beginning of a part is there and the rest is not.
type Arrival struct {
	Cover    Cover      `json:"-"`
	Pack     PackID     `json:"-"`
	Here     uint64     `json:"here"`
	Missing  []uint64   `json:"missing"`
	Differs  []File     `json:"differs"`
	CutShort []File     `json:"cutShort"`
	Doubled  []File     `json:"doubled"`
	Foreign  []File     `json:"foreign"`
	Other    []File     `json:"other"`
	Packs    []PackSeen `json:"packs"`
	Known    bool       `json:"senderKnown"` // the caller trusts the sender's key

	places []place // by number - 1; an empty name is a part that is not there
}

// place is where the content of a part lies.
type place struct {
	folder fs.FS
	name   string
}

// Chosen tells whether one pack was found, so that the rest can be said of it.
func (a *Arrival) Chosen() bool { return a.Cover.Total > 0 }

// Whole tells whether every part is here, as it was sent.
func (a *Arrival) Whole() bool { return a.Chosen() && a.Here == a.Cover.Total }

// look is one look at folders.
type look struct {
	ctx    context.Context //nolint:containedctx // one look is one call
	o      Options
	covers map[ledger.Digest]seenCover // by the digest of the signed bytes
	found  []found
	buffer []byte
}

// seenCover is a cover that was read before, or what was wrong with it.
type seenCover struct {
	cover Cover
	id    PackID
	err   error
}

// found is one file.
type found struct {
	File
	place
	cover Cover
	id    PackID
	state state
}

type state int

const (
	isWhole state = iota
	isShort
	differs // from a head that is genuine
	broken  // it cannot be told what it was a part of
	isOther
)

// Look reads every file in the folders and says what has arrived.
//
// It holds one file at a time in a buffer of fixed size; what it keeps grows with
// the number of files, not with their size.
// Errors: those of the folders; ErrInvalid when Pack names more than one.
func Look(ctx context.Context, folders []Folder, o Options) (*Arrival, error) {
	l := &look{ctx: ctx, o: o, covers: map[ledger.Digest]seenCover{}, buffer: make([]byte, 256<<10)}
	for _, folder := range folders {
		entries, err := fs.ReadDir(folder.FS, ".")
		if err != nil {
			return nil, fmt.Errorf("folder %s: %w", folder.Name, err)
		}
		for _, entry := range entries {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			f := found{place: place{folder.FS, entry.Name()}, File: File{Name: entry.Name()}}
			if len(folders) > 1 {
				f.Name = folder.Name + "/" + entry.Name()
			}
			if !entry.Type().IsRegular() {
				f.state, f.What = isOther, "not a plain file; it was not opened"
			} else if err := l.file(&f); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
			l.found = append(l.found, f)
		}
	}
	return l.arrival()
}

// file reads one file. Errors: those of the disk only.
func (l *look) file(f *found) error {
	r, err := f.folder.Open(f.name)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	in := bufio.NewReaderSize(r, 2*HeadRoom)
	head, err := readHead(in)
	switch {
	case errors.Is(err, errNoPart) && !strings.HasSuffix(f.name, Suffix):
		f.state, f.What = isOther, "not a part"
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errNoPart) && empty(in):
		f.state, f.What = isShort, "it breaks off within its head"
		return nil
	case errors.Is(err, errNoPart), errors.Is(err, ErrForm):
		f.state, f.What = broken, "damaged at its beginning, so that it cannot be told which part it was"
		return nil
	case err != nil:
		return err
	}
	seen := l.cover(head.Cover)
	if seen.err != nil || head.belongs(seen.cover) != nil {
		f.state, f.What = broken, "its head is not as the sender signed it"
		return nil
	}
	f.cover, f.id = seen.cover, seen.id
	f.Part = head.Number
	return l.content(f, in, head)
}

func empty(r *bufio.Reader) bool {
	_, err := r.Peek(1)
	return errors.Is(err, io.EOF)
}

// cover opens a cover, once for all parts that carry the same.
func (l *look) cover(s Signed) seenCover {
	text, err := ledger.MarshalCanonical(s)
	if err != nil {
		return seenCover{err: err}
	}
	key := ledger.Digest(sha256.Sum256(text))
	seen, known := l.covers[key]
	if !known {
		seen.cover, seen.id, seen.err = OpenCover(s)
		l.covers[key] = seen
	}
	return seen
}

// content hashes what stands behind a head that is genuine.
func (l *look) content(f *found, in *bufio.Reader, head Head) error {
	want := int64(f.cover.size(head.Number))
	sum := sha256.New()
	n, err := io.CopyBuffer(onlyWriter{sum}, onlyReader{io.LimitReader(in, want+1)}, l.buffer)
	if err != nil {
		return err
	}
	switch {
	case n < want:
		f.state, f.What = isShort, fmt.Sprintf("cut short: %d of %d bytes of its content are here", n, want)
	case n > want:
		f.state, f.What = differs, fmt.Sprintf("there is something after the %d bytes of its content", want)
	case ledger.Digest(sum.Sum(nil)) != head.SHA256:
		f.state, f.What = differs, fmt.Sprintf("its content is not what was sent: SHA-256 %s, not %s", ledger.Digest(sum.Sum(nil)), head.SHA256)
	default:
		f.state = isWhole
	}
	return nil
}

// onlyReader and onlyWriter hide the short cuts of io.Copy, so that the buffer given is the one used.
type (
	onlyReader struct{ io.Reader }
	onlyWriter struct{ io.Writer }
)

// arrival chooses the pack and sorts the files.
func (l *look) arrival() (*Arrival, error) {
	a := &Arrival{Missing: []uint64{}, Differs: []File{}, CutShort: []File{}, Doubled: []File{}, Foreign: []File{}, Other: []File{}, Packs: l.packs()}
	id, chosen, err := l.choose(a.Packs)
	if err != nil {
		return nil, err
	}
	for _, f := range l.found {
		switch {
		case f.state == isOther:
			a.Other = append(a.Other, f.File)
		case f.state == broken:
			a.Differs = append(a.Differs, f.File)
		case f.state == isShort && f.Part == 0:
			a.CutShort = append(a.CutShort, f.File)
		case !chosen || f.id != id:
			f.What = fmt.Sprintf("part %d of %d of another pack, %s", f.Part, f.cover.Total, ShortID(f.id))
			a.Foreign = append(a.Foreign, f.File)
		default:
			a.take(f)
		}
	}
	if !chosen {
		return a, nil
	}
	a.Pack = id
	for i, p := range a.places {
		if p.name == "" {
			a.Missing = append(a.Missing, uint64(i)+1)
		}
	}
	if l.o.Key != nil {
		key, err := l.o.Key(a.Cover.Sender.KeyID())
		a.Known = err == nil && key == a.Cover.Sender
	}
	return a, nil
}

// take adds a file of the chosen pack.
func (a *Arrival) take(f found) {
	if a.places == nil {
		a.Cover, a.places = f.cover, make([]place, f.cover.Total)
	}
	at := &a.places[f.Part-1]
	switch {
	case f.state == isShort:
		a.CutShort = append(a.CutShort, f.File)
	case f.state == differs:
		a.Differs = append(a.Differs, f.File)
	case at.name != "":
		f.What = "the same as " + at.name
		a.Doubled = append(a.Doubled, f.File)
	default:
		*at = f.place
		a.Here++
	}
}

// packs counts the packs of which there are parts.
func (l *look) packs() []PackSeen {
	counts := map[PackID]*PackSeen{}
	for _, f := range l.found {
		if f.Part == 0 {
			continue
		}
		if counts[f.id] == nil {
			counts[f.id] = &PackSeen{Pack: f.id.String(), Total: f.cover.Total}
		}
		counts[f.id].Files++
	}
	list := []PackSeen{}
	for _, c := range counts {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b PackSeen) int { return cmp.Compare(a.Pack, b.Pack) })
	return list
}

// choose returns the pack that is meant. Nothing is guessed: of two packs, the
// caller says which.
func (l *look) choose(packs []PackSeen) (PackID, bool, error) {
	fits := slices.DeleteFunc(slices.Clone(packs), func(p PackSeen) bool { return !strings.HasPrefix(p.Pack, l.o.Pack) })
	if l.o.Pack != "" && len(fits) > 1 {
		return PackID{}, false, fmt.Errorf("%w: %q is the beginning of the names of %d packs; give more of it", ErrInvalid, l.o.Pack, len(fits))
	}
	if len(fits) != 1 {
		return PackID{}, false, nil
	}
	id, err := ledger.ParseDigest(fits[0].Pack)
	return id, true, err
}
