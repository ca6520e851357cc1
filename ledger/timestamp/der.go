package timestamp

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// ErrForm says that bytes are not in the one form that is accepted.
var ErrForm = errors.New("not in the exact form of a time stamp")

// Identifier octets of DER.
const (
	tagBoolean     = 0x01
	tagInteger     = 0x02
	tagBits        = 0x03
	tagOctets      = 0x04
	tagNull        = 0x05
	tagOID         = 0x06
	tagTime        = 0x18
	tagSequence    = 0x30
	tagSet         = 0x31
	tagContext0    = 0x80
	tagContext1    = 0x81
	tagConstructed = 0x20
)

// maxToken is the most bytes of a token or an answer: a few certificates and
// one signature are far below it.
const maxToken = 64 << 10

// der is what is left of a list of DER elements.
//
// Source: X.690 section 10. Lengths are definite and as short as they can be,
// and tags are below 31, so that one value has one form only.
type der struct {
	rest []byte
	err  error
}

// fail keeps the first error.
func (d *der) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrForm, fmt.Sprintf(format, args...))
	}
	d.rest = nil
}

// next tells whether the next element has that identifier octet.
func (d *der) next(tag byte) bool { return d.err == nil && len(d.rest) > 0 && d.rest[0] == tag }

// raw takes the next element, whatever it is, with its header; body is without.
func (d *der) raw() (full, body []byte) {
	data := d.rest
	if d.err != nil || len(data) < 2 || data[0]&0x1f == 0x1f {
		d.fail("an element is missing")
		return nil, nil
	}
	length, head := int(data[1]), 2
	if length >= 0x80 {
		octets := length & 0x7f
		if octets == 0 || octets > 3 || len(data) < 2+octets {
			d.fail("a length is malformed")
			return nil, nil
		}
		length, head = 0, 2+octets
		for _, b := range data[2:head] {
			length = length<<8 | int(b)
		}
		if length < 0x80 || data[2] == 0 {
			d.fail("a length is longer than it need be")
			return nil, nil
		}
	}
	if length > len(data)-head {
		d.fail("an element is cut short")
		return nil, nil
	}
	d.rest = data[head+length:]
	return data[:head+length], data[head : head+length]
}

// take takes the next element, which must have that identifier octet.
func (d *der) take(tag byte) []byte {
	if !d.next(tag) {
		d.fail("an element of type %#02x is missing", tag)
		return nil
	}
	_, body := d.raw()
	return body
}

// list takes the next element as a list of others.
func (d *der) list(tag byte) *der {
	body := d.take(tag)
	return &der{rest: body, err: d.err}
}

// end returns the first error, also of the inner lists, or one if anything is left.
func (d *der) end(inner ...*der) error {
	for _, i := range inner {
		if i.err != nil && d.err == nil {
			d.err = i.err
		}
		if len(i.rest) > 0 {
			d.fail("something stands after the last element")
		}
	}
	if len(d.rest) > 0 {
		d.fail("something stands after the last element")
	}
	return d.err
}

// integer takes an integer.
func (d *der) integer() *big.Int {
	full := d.rest
	body := d.take(tagInteger)
	n := new(big.Int)
	if d.err != nil {
		return n
	}
	if rest, err := asn1.Unmarshal(full[:len(full)-len(d.rest)], &n); err != nil || len(rest) > 0 || len(body) > 64 {
		d.fail("a number is malformed")
	}
	return n
}

// small takes an integer from 0 to 999,999,999.
func (d *der) small() int {
	n := d.integer()
	if !n.IsInt64() || n.Sign() < 0 || n.Int64() > 999_999_999 {
		d.fail("a number is too large, or below nought")
		return 0
	}
	return int(n.Int64())
}

// oid takes an object identifier and returns it in dotted decimals.
func (d *der) oid() string {
	full := d.rest
	d.take(tagOID)
	if d.err != nil {
		return ""
	}
	var id asn1.ObjectIdentifier
	if rest, err := asn1.Unmarshal(full[:len(full)-len(d.rest)], &id); err != nil || len(rest) > 0 {
		d.fail("an identifier is malformed")
	}
	return id.String()
}

// algorithm takes an algorithm whose parameters are absent or NULL.
func (d *der) algorithm() string {
	l := d.list(tagSequence)
	id := l.oid()
	if l.next(tagNull) && len(l.take(tagNull)) > 0 {
		l.fail("a NULL is not empty")
	}
	if err := l.end(); err != nil && d.err == nil {
		d.err = err
	}
	return id
}

// elements takes a list to its end and returns each element with its header.
// Shape: at most limit of them, none twice.
func (d *der) elements(limit int) [][]byte {
	var all [][]byte
	for d.err == nil && len(d.rest) > 0 {
		full, _ := d.raw()
		for _, other := range all {
			if bytes.Equal(other, full) {
				d.fail("an element stands twice")
			}
		}
		if all = append(all, full); len(all) > limit {
			d.fail("a list is too long")
		}
	}
	return all
}
