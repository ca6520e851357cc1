package parts

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"custos.example/ledger"
)

// Cutter hashes a pack as it is written: the whole and every part of it.
type Cutter struct {
	chunk   uint64
	whole   hash.Hash
	part    hash.Hash
	in      uint64 // bytes of the part so far
	size    uint64
	digests []ledger.Digest
}

// NewCutter returns a cutter for parts of that many bytes, head and content
// together.
// Errors: ErrInvalid.
func NewCutter(partSize int64) (*Cutter, error) {
	if partSize < MinPart || partSize > MaxPart {
		return nil, fmt.Errorf("%w: parts have %d to %d bytes, not %d", ErrInvalid, MinPart, int64(MaxPart), partSize)
	}
	return &Cutter{chunk: uint64(partSize) - HeadRoom, whole: sha256.New(), part: sha256.New()}, nil
}

// Write takes the next bytes.
// Errors: ErrInvalid when the pack would have too many parts.
func (c *Cutter) Write(b []byte) (int, error) {
	taken := len(b)
	for len(b) > 0 {
		n := min(uint64(len(b)), c.chunk-c.in, 64<<10)
		c.whole.Write(b[:n])
		c.part.Write(b[:n])
		c.in, c.size, b = c.in+n, c.size+n, b[n:]
		if c.in == c.chunk {
			if err := c.end(); err != nil {
				return 0, err
			}
		}
	}
	return taken, nil
}

func (c *Cutter) end() error {
	if len(c.digests) == MaxTotal {
		return fmt.Errorf("%w: more than %d parts; choose larger ones", ErrInvalid, MaxTotal)
	}
	c.digests = append(c.digests, ledger.Digest(c.part.Sum(nil)))
	c.part.Reset()
	c.in = 0
	return nil
}

// Cover returns the list of parts and what a cover says of them; who sends it, to
// whom and when is the caller's.
// Errors: ErrInvalid when nothing was written.
func (c *Cutter) Cover() (List, Cover, error) {
	if c.in > 0 {
		if err := c.end(); err != nil {
			return nil, Cover{}, err
		}
	}
	if c.size == 0 {
		return nil, Cover{}, fmt.Errorf("%w: there is nothing to cut", ErrInvalid)
	}
	return c.digests, Cover{
		Chunk: c.chunk, Root: NewTree(c.digests).Root(), SHA256: ledger.Digest(c.whole.Sum(nil)), Size: c.size, Total: uint64(len(c.digests)),
	}, nil
}

// List holds the digest of every part's content, in order.
type List []ledger.Digest

// Bytes returns the digests one after the other.
func (l List) Bytes() []byte {
	b := make([]byte, 0, len(l)*32)
	for _, d := range l {
		b = append(b, d[:]...)
	}
	return b
}

// ParseList reads what Bytes wrote. Errors: ErrForm.
func ParseList(b []byte) (List, error) {
	if len(b) == 0 || len(b)%32 != 0 || len(b)/32 > MaxTotal {
		return nil, fmt.Errorf("%w: a list of %d bytes", ErrForm, len(b))
	}
	l := make(List, len(b)/32)
	for i := range l {
		copy(l[i][:], b[i*32:])
	}
	return l, nil
}

// Pack is a pack at its sender's, of which parts are issued.
type Pack struct {
	Cover
	ID     PackID
	signed Signed
	list   List
	tree   Tree
	body   io.ReaderAt
}

// NewPack returns a pack of which parts can be issued. body gives its bytes.
// Errors: ErrForm, ErrDiffers when cover and list do not belong together.
func NewPack(signed Signed, list List, body io.ReaderAt) (*Pack, error) {
	cover, id, err := OpenCover(signed)
	if err != nil {
		return nil, err
	}
	tree := NewTree(list)
	if tree.Root() != cover.Root || uint64(len(list)) != cover.Total {
		return nil, fmt.Errorf("%w: the list of parts is not the cover's", ErrDiffers)
	}
	return &Pack{cover, id, signed, list, tree, body}, nil
}

// Part returns one part: the same bytes each time.
// Units: number counts from 1.
// Errors: ErrInvalid.
func (p *Pack) Part(number uint64) (*io.SectionReader, error) {
	if number == 0 || number > p.Total {
		return nil, fmt.Errorf("%w: the pack has parts 1 to %d, not %d", ErrInvalid, p.Total, number)
	}
	head, err := Head{Cover: p.signed, Number: number, Path: p.tree.Path(number), SHA256: p.list[number-1]}.bytes()
	if err != nil {
		return nil, err
	}
	length := int64(p.size(number))
	body := io.NewSectionReader(p.body, int64((number-1)*p.Chunk), length)
	return io.NewSectionReader(&joined{head, body}, 0, int64(len(head))+length), nil
}

// FileName is what the file of a part is called.
func (p *Pack) FileName(number uint64) string { return FileName(p.ID, number, p.Total) }

// joined is a head with the content after it.
type joined struct {
	head []byte
	body io.ReaderAt
}

func (j *joined) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(j.head)) {
		n = copy(b, j.head[off:])
		if n == len(b) {
			return n, nil
		}
	}
	m, err := j.body.ReadAt(b[n:], off+int64(n)-int64(len(j.head)))
	return n + m, err
}
