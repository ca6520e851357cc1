package parts

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"filippo.io/age"

	"custos.example/ledger"
)

// Reader returns the pack, read part after part; the caller closes it.
//
// Trust: nothing that it gave counts before it has answered io.EOF. Content that
// is not what was looked at, or not what the sender signed, ends it with another
// error.
// Errors: ErrMissing; ErrDiffers from Read.
func (a *Arrival) Reader(ctx context.Context) (io.ReadCloser, error) {
	if !a.Whole() {
		return nil, fmt.Errorf("%w: %d of %d are here", ErrMissing, a.Here, a.Cover.Total)
	}
	return &joining{ctx: ctx, a: a, whole: sha256.New()}, nil
}

// joining reads the parts of a pack in order.
type joining struct {
	ctx   context.Context //nolint:containedctx // one reading is one call
	a     *Arrival
	next  int // index of the part that is opened next
	file  fs.File
	left  int64 // of its content
	whole hash.Hash
	err   error
}

// Read gives the next bytes.
func (j *joining) Read(b []byte) (int, error) {
	if len(b) == 0 || j.err != nil {
		return 0, j.err
	}
	n := 0
	if j.err = j.ctx.Err(); j.err == nil {
		n, j.err = j.read(b)
	}
	return n, j.err
}

func (j *joining) read(b []byte) (int, error) {
	for j.left == 0 {
		if err := j.Close(); err != nil {
			return 0, err
		}
		if j.next == len(j.a.places) {
			if got := ledger.Digest(j.whole.Sum(nil)); got != j.a.Cover.SHA256 {
				return 0, fmt.Errorf("%w: the parts together have SHA-256 %s, not %s", ErrDiffers, got, j.a.Cover.SHA256)
			}
			return 0, io.EOF
		}
		if err := j.open(); err != nil {
			return 0, err
		}
	}
	n, err := j.file.Read(b[:min(int64(len(b)), j.left)])
	j.whole.Write(b[:n])
	j.left -= int64(n)
	if errors.Is(err, io.EOF) && j.left == 0 {
		err = nil
	}
	if err != nil {
		return n, fmt.Errorf("part %d, %s, which was whole when it was looked at: %w", j.next, j.a.places[j.next-1].name, err)
	}
	return n, nil
}

// open opens the next part and goes to its content.
func (j *joining) open() error {
	at := j.a.places[j.next]
	j.next++
	file, err := at.folder.Open(at.name)
	if err != nil {
		return err
	}
	j.file = file
	var head [HeadRoom]byte
	n, err := io.ReadFull(file, head[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: %w", at.name, err)
	}
	length, err := headLength(head[:n])
	if err != nil {
		return fmt.Errorf("%s was changed since it was looked at: %w", at.name, err)
	}
	seeker, ok := file.(io.Seeker)
	if !ok {
		return fmt.Errorf("%w: %s cannot be read from the middle", ErrInvalid, at.name)
	}
	if _, err := seeker.Seek(int64(length), io.SeekStart); err != nil {
		return err
	}
	j.left = int64(j.a.Cover.size(uint64(j.next)))
	return nil
}

// headLength returns how many bytes stand before the content.
func headLength(b []byte) (int, error) {
	lines := 0
	for i, c := range b {
		if c == '\n' {
			if lines++; lines == 2 {
				return i + 1, nil
			}
		}
	}
	return 0, fmt.Errorf("%w: no head", ErrForm)
}

// Close lets go of the file that is open.
func (j *joining) Close() error {
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}

// Encrypt returns a writer that encrypts to the recipients what is written to it,
// and ends with Close. What comes out is a plain age file.
// Errors: ErrInvalid for a text that is no key.
func Encrypt(w io.Writer, recipients []string) (io.WriteCloser, error) {
	if len(recipients) == 0 || len(recipients) > MaxRecipients {
		return nil, fmt.Errorf("%w: a pack is encrypted to 1 to %d keys, not %d", ErrInvalid, MaxRecipients, len(recipients))
	}
	keys := make([]age.Recipient, len(recipients))
	for i, text := range recipients {
		key, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, fmt.Errorf("%w: %q is no key to encrypt to; one begins with age1: %w", ErrInvalid, text, err)
		}
		keys[i] = key
	}
	return age.Encrypt(w, keys...)
}

// Identity is a key with which packs are opened.
type Identity struct{ key *age.X25519Identity }

// NewIdentity makes a key.
func NewIdentity() (Identity, error) {
	key, err := age.GenerateX25519Identity()
	return Identity{key}, err
}

// ParseIdentity reads the text of one key, in lines as Text writes them.
// Errors: ErrInvalid.
func ParseIdentity(r io.Reader) (Identity, error) {
	list, err := age.ParseIdentities(r)
	if err != nil || len(list) != 1 {
		return Identity{}, fmt.Errorf("%w: not one key of the kind AGE-SECRET-KEY-1", ErrInvalid)
	}
	key, ok := list[0].(*age.X25519Identity)
	if !ok {
		return Identity{}, fmt.Errorf("%w: not a key of the kind AGE-SECRET-KEY-1", ErrInvalid)
	}
	return Identity{key}, nil
}

// Public is the key to which others encrypt.
func (i Identity) Public() string { return i.key.Recipient().String() }

// Text is the secret text, as a key file holds it.
func (i Identity) Text() string {
	return "# public key: " + i.Public() + "\n" + i.key.String() + "\n"
}

// Decrypt returns the content of a pack that was encrypted to the key.
//
// Trust: each 64 KiB is authenticated before a byte of it is given out.
// Errors: ErrNotForYou, naming both keys; ErrDiffers.
func Decrypt(pack io.Reader, c Cover, i Identity) (io.Reader, error) {
	r, err := age.Decrypt(pack, i.key)
	if none := new(age.NoIdentityMatchError); errors.As(err, &none) {
		return nil, fmt.Errorf("%w: the pack is encrypted to %s, and this key is %s: use the file of that key, or ask the sender to deliver it to yours",
			ErrNotForYou, keysOf(c), i.Public())
	}
	if err != nil {
		return nil, fmt.Errorf("%w: what was sent is no encrypted pack: %w", ErrDiffers, err)
	}
	return r, nil
}

func keysOf(c Cover) string {
	if !c.Encrypted() {
		return "nobody by its cover"
	}
	text := c.Recipients[0]
	for _, r := range c.Recipients[1:] {
		text += " and " + r
	}
	return text
}
