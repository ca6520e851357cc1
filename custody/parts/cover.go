package parts

import (
	"context"
	"fmt"
	"strings"

	"filippo.io/age"

	"custos.example/ledger"
)

const coverFormat = "https://custos.example/parts/v1"

// Cover says what a pack is and into which parts it is cut. It travels in the
// clear with every part, and so names no person and no case.
// Shape: Chunk is the content of every part but the last; Total counts the parts;
// Root is that of their tree; Delivery and Origin name the entry of the sender's
// record; Recipients are age keys, none for a pack in the clear; Name is a file
// name for it, if the sender gives one.
type Cover struct {
	Chunk      uint64           `json:"chunk"`
	Delivery   ledger.EntryID   `json:"delivery"`
	Format     string           `json:"format"`
	Made       ledger.Time      `json:"made"`
	Name       string           `json:"name,omitempty"`
	Origin     string           `json:"origin"`
	Recipients []string         `json:"recipients"`
	Root       ledger.Digest    `json:"root"`
	Sender     ledger.PublicKey `json:"sender"`
	SHA256     ledger.Digest    `json:"sha256"`
	Size       uint64           `json:"size"`
	Total      uint64           `json:"total"`
}

// PackID names a pack: the SHA-256 of its cover.
type PackID = ledger.Digest

// Sign fills in the format and returns the cover signed by the sender, and the
// name of the pack.
// Errors: ErrInvalid.
func (c Cover) Sign(ctx context.Context, sender ledger.Signer) (Signed, PackID, error) {
	c.Format = coverFormat
	if c.Recipients == nil {
		c.Recipients = []string{}
	}
	if err := c.check(); err != nil {
		return Signed{}, PackID{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	s, err := signed(ctx, coverType, c, sender)
	return s, s.digest(), err
}

// OpenCover reads a cover and checks its own signature.
// Errors: ErrForm, ErrDiffers.
func OpenCover(s Signed) (Cover, PackID, error) {
	var c Cover
	if err := s.open(coverType, &c, func() ledger.PublicKey { return c.Sender }); err != nil {
		return Cover{}, PackID{}, fmt.Errorf("cover: %w", err)
	}
	return c, s.digest(), c.check()
}

// check holds the numbers against each other.
func (c Cover) check() error {
	switch {
	case c.Format != coverFormat:
		return fmt.Errorf("%w: the cover's format is %q", ErrForm, c.Format)
	case c.Chunk < MinPart-HeadRoom || c.Chunk > MaxPart-HeadRoom:
		return fmt.Errorf("%w: %d bytes of content in a part", ErrForm, c.Chunk)
	case c.Size == 0 || c.Total == 0 || c.Total > MaxTotal || c.Total != (c.Size+c.Chunk-1)/c.Chunk:
		return fmt.Errorf("%w: %d bytes are not %d parts of %d", ErrForm, c.Size, c.Total, c.Chunk)
	case len(c.Recipients) > MaxRecipients || c.Origin == "" || len(c.Origin) > maxName:
		return fmt.Errorf("%w: %d recipients, origin %q", ErrForm, len(c.Recipients), c.Origin)
	case !plainName(c.Name):
		return fmt.Errorf("%w: %q is no plain name of a file", ErrForm, c.Name)
	}
	for _, r := range c.Recipients {
		if _, err := age.ParseX25519Recipient(r); err != nil {
			return fmt.Errorf("%w: %q is no key to encrypt to: %w", ErrForm, r, err)
		}
	}
	return nil
}

// Encrypted tells whether the pack can be read by its recipients only.
func (c Cover) Encrypted() bool { return len(c.Recipients) > 0 }

// size returns the length of a part's content.
func (c Cover) size(number uint64) uint64 {
	if number == c.Total {
		return c.Size - (c.Total-1)*c.Chunk
	}
	return c.Chunk
}

// plainName tells whether a text is empty or a file name that means the same
// everywhere: letters, digits, and inner '.', '-' and '_'.
func plainName(s string) bool {
	if len(s) > maxName || strings.HasPrefix(s, ".") || strings.HasPrefix(s, "-") || strings.HasSuffix(s, ".") {
		return false
	}
	for _, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && r != '.' && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

// ShortID is the beginning of a pack's name, as files are called after it.
func ShortID(id PackID) string { return id.String()[:16] }

// FileName is what the file of a part is called.
func FileName(id PackID, number, total uint64) string {
	width := len(fmt.Sprint(total))
	return fmt.Sprintf("%s-%0*d-of-%d%s", ShortID(id), width, number, total, Suffix)
}

// Suffix ends the name of every file that is a part.
const Suffix = ".part"
