package event

import (
	"encoding/binary"
	"slices"
)

// AppendContent appends the canonical content of a packed event: what
// AppendContent gives for the event itself.
// Trust: packed was written by this Packing.
func (p *Packing) AppendContent(dst, packed []byte, start int64) []byte {
	r := unpacker{p: p, rest: packed}
	flags := r.word()
	bits := r.rest[0]
	r.rest = r.rest[1:]
	dst = append(p.appendInstant(dst, start), ',')
	endAt := len(dst)
	head := r.word()
	subject := r.word()
	a, b := subject, subject
	if bits&aIsSubject == 0 {
		a = r.inline()
	}
	if bits&bIsSubject == 0 {
		b = r.inline()
	}
	var forward []byte
	if bits&hasForward != 0 {
		forward = r.inline()
	}
	var duration int64
	if bits&hasDuration != 0 {
		duration = r.varint()
	}
	if bits&hasEnd != 0 {
		after := duration
		if bits&endFollows == 0 {
			after = r.varint()
		}
		dst = p.appendInstant(dst[:endAt], start+after)
	}
	dst = appendShort(dst, head)
	dst = appendShort(dst, subject)
	dst = appendShort(dst, a)
	dst = appendShort(dst, b)
	if bits&hasForward == 0 {
		dst = append(dst, ',', ',')
	} else {
		dst = append(dst, forward...)
	}
	if bits&hasDuration != 0 {
		dst = appendDecimal(dst, duration)
	}
	dst = append(dst, ',')
	dst = appendShort(dst, r.word())
	dst = appendShort(dst, r.word())
	dst = appendShort(dst, r.word())
	dst = appendShort(dst, r.word())
	if len(flags) == 0 { // as nearly always
		return dst
	}
	return append(dst, flags...)
}

// short is up to how many bytes appendShort copies the quick way.
const short = 64

// appendShort appends a text. Most are so short that to copy 64 bytes, where there are as
// many, is quicker than to copy as few as are wanted.
func appendShort(dst, text []byte) []byte {
	at, n := len(dst), len(text)
	if n > short || cap(text) < short || cap(dst)-at < short {
		return append(dst, text...)
	}
	from, to := text[:short], dst[at:at+short]
	*(*[16]byte)(to) = *(*[16]byte)(from)
	*(*[16]byte)(to[16:]) = *(*[16]byte)(from[16:])
	if n > 32 {
		*(*[16]byte)(to[32:]) = *(*[16]byte)(from[32:])
		*(*[16]byte)(to[48:]) = *(*[16]byte)(from[48:])
	}
	return dst[:at+n]
}

// WithoutFlags returns the part of a packed event that holds what was recorded,
// and not how it was read.
// Trust: packed was written by this Packing.
func (p *Packing) WithoutFlags(packed []byte) []byte {
	r := unpacker{p: p, rest: packed}
	r.word()
	return r.rest
}

// unpacker reads a packed event from its front.
type unpacker struct {
	p    *Packing
	rest []byte
}

func (r *unpacker) uvarint() uint64 {
	if b := r.rest[0]; b < 0x80 {
		r.rest = r.rest[1:]
		return uint64(b)
	}
	if len(r.rest) > 1 && r.rest[1] < 0x80 {
		v := uint64(r.rest[0]&0x7f) | uint64(r.rest[1])<<7
		r.rest = r.rest[2:]
		return v
	}
	v, n := binary.Uvarint(r.rest)
	r.rest = r.rest[n:]
	return v
}

func (r *unpacker) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.rest = r.rest[n:]
	return v
}

func (r *unpacker) inline() []byte {
	n := r.uvarint()
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}

func (r *unpacker) word() []byte {
	if b := r.rest; len(b) > 1 && b[0] >= 0x80 && b[1]-1 < 0x7f { // most numbers take two bytes, and such a one is never 0
		r.rest = b[2:]
		return r.p.words[int(b[0]&0x7f)+int(b[1])<<7-1]
	}
	if id := r.uvarint(); id != 0 {
		return r.p.words[id-1]
	}
	return r.inline()
}

// appendInstant is AppendInstant for instants that mostly lie on the same day.
func (p *Packing) appendInstant(dst []byte, unix int64) []byte {
	day, s := floorDiv(unix, 86400)
	if day != p.day {
		var text [20]byte
		copy(p.date[:], AppendInstant(text[:0], unix))
		p.day = day
	}
	from := len(dst)
	if cap(dst)-from < len(p.date) {
		dst = slices.Grow(dst, len(p.date))
	}
	*(*[len(p.date)]byte)(dst[from : from+len(p.date)]) = p.date // in one move, and more than is wanted
	dst = dst[:from+dateSize]
	at := uint32(s) //nolint:gosec // below 86400
	h, m := 2*(at/3600), 2*(at/60%60)
	at = 2 * (at % 60)
	return append(dst, pairs[h], pairs[h+1], ':', pairs[m], pairs[m+1], ':', pairs[at], pairs[at+1], 'Z')
}
