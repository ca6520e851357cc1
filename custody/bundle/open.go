package bundle

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"

	"custos.example/ledger"
)

// Opened is a bundle whose container is in its one allowed form.
// Trust: nothing that is in it has been checked.
type Opened struct {
	Size    int64
	SHA256  ledger.Digest
	Members []Member

	r io.ReaderAt
}

// Member is one member of an opened bundle.
type Member struct {
	Name   string
	Size   int64
	SHA256 ledger.Digest
	offset int64
}

// Open reads the whole file once and returns its members, accepting only the
// exact bytes that Write would have written for them.
// Trust: none; memory is bounded by the directory, time by the size.
// Errors: ErrContainer.
func Open(r io.ReaderAt, size int64) (*Opened, error) { return open(r, size, true) }

// open is Open; without exact it accepts headers that Write would not write.
func open(r io.ReaderAt, size int64, exact bool) (*Opened, error) {
	members, err := readZip(r, size)
	if err != nil {
		return nil, err
	}
	if err := samePlaces(members, size); err != nil {
		return nil, err
	}
	o := &Opened{Size: size, r: r}
	sums := make([]uint32, len(members))
	whole, buffer := sha256.New(), make([]byte, min(size, 256<<10))
	at := int64(0)
	for i, m := range members {
		h, crc := sha256.New(), crc32.NewIEEE()
		if err := copyRange(buffer, whole, r, at, m.dataOffset()); err != nil {
			return nil, err
		}
		at = m.dataOffset() + int64(m.size)
		if err := copyRange(buffer, io.MultiWriter(whole, h, crc), r, m.dataOffset(), at); err != nil {
			return nil, err
		}
		sums[i] = crc.Sum32()
		o.Members = append(o.Members, Member{Name: m.name, Size: int64(m.size), SHA256: ledger.Digest(h.Sum(nil)), offset: m.dataOffset()})
	}
	if err := copyRange(buffer, whole, r, at, size); err != nil {
		return nil, err
	}
	o.SHA256 = ledger.Digest(whole.Sum(nil))
	if exact {
		return o, canonicalZip(r, members, sums)
	}
	return o, nil
}

// samePlaces returns nil when the members stand one after the other, sorted,
// without a gap or an overlap, so that each byte is read once.
func samePlaces(members []zipMember, size int64) error {
	want := slices.Clone(members)
	total, err := layout(want)
	if err != nil {
		return err
	}
	if total != size {
		return fmt.Errorf("%w: its members take %d bytes and the file has %d", ErrContainer, total, size)
	}
	for i, m := range want {
		if members[i].header != m.header {
			return fmt.Errorf("%w: %s does not begin where it must", ErrContainer, m.name)
		}
	}
	return nil
}

// copyRange copies the bytes of r from from to to, through buffer.
func copyRange(buffer []byte, w io.Writer, r io.ReaderAt, from, to int64) error {
	for at := from; at < to; {
		n, err := r.ReadAt(buffer[:min(int64(len(buffer)), to-at)], at)
		if n == 0 {
			return fmt.Errorf("%w: it cannot be read at byte %d: %w", ErrContainer, at, err)
		}
		if _, err := w.Write(buffer[:n]); err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}

// Find returns the member of that name.
func (o *Opened) Find(name string) (Member, bool) {
	i, found := slices.BinarySearchFunc(o.Members, name, func(m Member, name string) int {
		return strings.Compare(m.Name, name)
	})
	if !found {
		return Member{}, false
	}
	return o.Members[i], true
}

// Section returns the bytes of a member.
func (o *Opened) Section(m Member) *io.SectionReader {
	return io.NewSectionReader(o.r, m.offset, m.Size)
}

// document returns the bytes of a member that is a JSON document or a receipt.
// Errors: ErrMissing, ErrContainer.
func (o *Opened) document(name string) ([]byte, error) {
	m, ok := o.Find(name)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrMissing, name)
	}
	if m.Size > MaxDocument {
		return nil, fmt.Errorf("%w: %s is larger than %d bytes", ErrContainer, name, MaxDocument)
	}
	data, err := readAt(o.r, m.offset, m.Size)
	if err == nil && dense(data, leastValue) {
		return nil, fmt.Errorf("%w: %s holds more values than bytes for them", ErrContainer, name)
	}
	return data, err
}

// leastValue and leastField are fewer bytes than a value of our documents, and
// one of an entry, takes on average.
const (
	leastValue = 16
	leastField = 8
)

// dense tells whether JSON has more values than fit at least bytes for each. A
// hostile text of nothing but commas would take fifty times its size in memory.
func dense(data []byte, least int) bool {
	return bytes.Count(data, []byte{','})*least > len(data)+least*256
}
