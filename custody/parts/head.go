package parts

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"custos.example/ledger"
)

// magic is the first line of every part.
const magic = "custos/part/v1\n"

// Head is what stands before the content of a part.
// Shape: the line "custos/part/v1", then this as one line of canonical JSON; Path
// leads from SHA256, the digest of the content, to the root in the cover.
type Head struct {
	Cover  Signed          `json:"cover"`
	Number uint64          `json:"number"`
	Path   []ledger.Digest `json:"path"`
	SHA256 ledger.Digest   `json:"sha256"`
}

func (h Head) bytes() ([]byte, error) {
	line, err := ledger.MarshalCanonical(h)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	head := append(append([]byte(magic), line...), '\n')
	if len(head) > HeadRoom {
		return nil, fmt.Errorf("%w: the head of a part has %d bytes, more than %d", ErrInvalid, len(head), HeadRoom)
	}
	return head, nil
}

// errNoPart says that a file is not, and never was, a part.
var errNoPart = errors.New("no part")

// readHead reads the head of a part; what r gives next is its content.
// Errors: errNoPart; ErrForm; io.ErrUnexpectedEOF when it was cut short there; r's.
func readHead(r *bufio.Reader) (Head, error) {
	var h Head
	first, err := r.Peek(len(magic))
	if err != nil && !errors.Is(err, io.EOF) {
		return h, err
	}
	if !bytes.Equal(first, []byte(magic)[:len(first)]) || len(first) == 0 {
		return h, errNoPart
	}
	if len(first) < len(magic) {
		return h, io.ErrUnexpectedEOF
	}
	_, _ = r.Discard(len(magic))
	line, err := r.ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(line) < HeadRoom {
		return h, io.ErrUnexpectedEOF
	}
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
		return h, err
	}
	if err != nil || len(line) > HeadRoom-len(magic) {
		return h, fmt.Errorf("%w: a head of more than %d bytes", ErrForm, HeadRoom)
	}
	if err := ledger.UnmarshalCanonical(line[:len(line)-1], &h); err != nil {
		return h, fmt.Errorf("%w: head: %w", ErrForm, err)
	}
	return h, nil
}

// belongs returns nil when the head's number and digest stand in the cover's tree.
// Errors: ErrDiffers.
func (h Head) belongs(c Cover) error {
	if h.Number == 0 || h.Number > c.Total {
		return fmt.Errorf("%w: part %d of %d", ErrDiffers, h.Number, c.Total)
	}
	if err := ledger.VerifyInclusion(ledger.Index(h.Number-1), leaf(h.SHA256), h.Path, c.Total, c.Root); err != nil {
		return fmt.Errorf("%w: its digest is not on the sender's list: %w", ErrDiffers, err)
	}
	return nil
}
