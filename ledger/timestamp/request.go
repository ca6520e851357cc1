package timestamp

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// Imprint is the SHA-256 of what is stamped.
type Imprint [sha256.Size]byte

// ImprintOf returns the imprint of bytes.
func ImprintOf(data []byte) Imprint { return sha256.Sum256(data) }

// Request asks for a token over an imprint, with the authority's certificate
// in it.
// Source: RFC 3161 section 2.4.1.
type Request struct {
	Imprint Imprint
	Nonce   *big.Int
}

// NewRequest returns a request with a nonce of 8 bytes, not nought and not
// negative.
func NewRequest(imprint Imprint, random io.Reader) (Request, error) {
	nonce := make([]byte, 8)
	if _, err := io.ReadFull(random, nonce); err != nil {
		return Request{}, fmt.Errorf("nonce of a time stamp: %w", err)
	}
	nonce[0] |= 0x40 // the same length each time, and positive
	nonce[0] &= 0x7f
	return Request{imprint, new(big.Int).SetBytes(nonce)}, nil
}

// Bytes returns the request as it is sent.
func (r Request) Bytes() []byte {
	imprint := element(tagSequence, sha256Algorithm(), element(tagOctets, r.Imprint[:]))
	certificate := element(tagBoolean, []byte{0xff})
	return element(tagSequence, integerOf(big.NewInt(1)), imprint, integerOf(r.Nonce), certificate)
}

// ParseRequest accepts exactly what Bytes writes, or the same with the
// parameters of the algorithm left out.
// Errors: ErrForm.
func ParseRequest(data []byte) (Request, error) {
	outer := &der{rest: data}
	d := outer.list(tagSequence)
	if d.small() != 1 {
		d.fail("a request of another version")
	}
	var r Request
	r.Imprint = d.imprint()
	r.Nonce = d.integer()
	if answer := d.take(tagBoolean); len(answer) != 1 || answer[0] != 0xff {
		d.fail("a request that does not ask for the certificate")
	}
	return r, outer.end(d)
}

// imprint takes a messageImprint by SHA-256.
func (d *der) imprint() (i Imprint) {
	l := d.list(tagSequence)
	if id := l.algorithm(); l.err == nil && id != oidSHA256 {
		l.fail("an imprint by another algorithm than SHA-256 (%s)", id)
	}
	digest := l.take(tagOctets)
	if err := l.end(); err != nil && d.err == nil {
		d.err = err
	}
	if d.err == nil && len(digest) != len(i) {
		d.fail("an imprint of %d bytes", len(digest))
	}
	copy(i[:], digest)
	return i
}

// ErrRefused says that an authority answered without a token.
var ErrRefused = errors.New("the time-stamp authority refused")

// ParseResponse returns the token of an authority's answer.
// Trust: nothing of the token is checked.
// Errors: ErrRefused with the authority's words; ErrForm.
// Source: RFC 3161 section 2.4.2.
func ParseResponse(data []byte) ([]byte, error) {
	if len(data) > maxToken {
		return nil, fmt.Errorf("%w: an answer of %d bytes", ErrForm, len(data))
	}
	outer := &der{rest: data}
	d := outer.list(tagSequence)
	info := d.list(tagSequence)
	status := info.small()
	var words []string
	if info.next(tagSequence) {
		for _, text := range info.list(tagSequence).elements(16) {
			_, body := (&der{rest: text}).raw()
			words = append(words, printable(body))
		}
	}
	if info.next(tagBits) {
		info.take(tagBits)
	}
	if status > 1 {
		if err := info.end(); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w (status %d): %q", ErrRefused, status, strings.Join(words, "; "))
	}
	token, _ := d.raw()
	return token, outer.end(d, info)
}

// printable returns text from outside with everything but plain letters, digits
// and points replaced, so that it can be shown.
func printable(text []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, string(text[:min(len(text), 200)]))
}
