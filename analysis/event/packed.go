package event

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// Bounds of what a Packing remembers, and so of its memory.
const (
	maxWords    = 100_000
	maxWordText = 8 << 20
)

// Packing writes events in a short form for the way between reading and
// writing, and makes the canonical text of it. What recurs from row to row (a
// subject, a handset, a site) is remembered once and referred to by number.
//
// Two events of one Packing have the same packed form exactly when they have
// the same start and the same content, and the same but for their flags
// (WithoutFlags) when only those differ: a text that has a number is always
// referred to by it, and one that got none while there was room never gets one.
// The form is for one run and never leaves it.
type Packing struct {
	ids   map[string]uint32
	words [][]byte
	held  int
	text  []byte // room for a word

	heads        []headWord
	markedHeads  [64]markedHead
	last         [slots]recent
	crs, outcome string // of the last tail
	sites        [2]recentSite
	marked       [256]markedSite

	day  int64
	date [16]byte // of day: dateSize bytes, and room
}

const dateSize = len("2026-10-24T")

// recent is the word that stood in a place of the row before, and the parts of
// which it was made.
type recent struct {
	parts [3][]byte
	id    uint32
}

// recentSite is the same for a site, whether it has a mark or not.
type recentSite struct {
	Site
	id uint32
}

// markedSite is the word of a site with a mark.
type markedSite struct {
	mark uint64
	id   uint32
}

// The places in a row where words stand, besides those of the sites.
const (
	inSubject = iota
	inHandset
	inTail
	inFlags
	slots
)

// headWord is what stands between the times and the subject.
type headWord struct {
	minute                          bool
	offset                          int
	evidence, zone, fold, kind, leg string
	id                              uint32
}

// markedHead is the same for an event with a mark, which says the rest.
type markedHead struct {
	mark   uint64
	offset int
	fold   string
	id     uint32
}

// Bits of the first byte of a packed event.
const (
	hasEnd = 1 << iota
	hasDuration
	endFollows // end = start + duration
	aIsSubject
	bIsSubject
	hasForward // C or dialled
)

// NewPacking returns a packing that remembers nothing yet.
func NewPacking() *Packing { return &Packing{ids: map[string]uint32{}, day: -1 << 40} }

// Append appends the packed form of an event, without its start.
func (p *Packing) Append(dst []byte, e *Event) []byte {
	if r := &p.last[inFlags]; r.is(e.Flags, nil, nil) {
		dst = binary.AppendUvarint(dst, uint64(r.id))
	} else {
		p.text = append(p.text[:0], e.Flags...)
		dst = p.appendWord(dst, r, e.Flags, nil, nil)
	}
	at := len(dst)
	var bits byte
	dst = append(dst, 0)
	dst = p.appendHead(dst, e)
	if r := &p.last[inSubject]; r.is(e.Subject, nil, nil) {
		dst = binary.AppendUvarint(dst, uint64(r.id))
	} else {
		p.text = append(AppendField(p.text[:0], e.Subject), ',')
		dst = p.appendWord(dst, r, e.Subject, nil, nil)
	}
	dst, bits = appendParty(dst, bits, e.A, e.Subject, aIsSubject)
	dst, bits = appendParty(dst, bits, e.B, e.Subject, bIsSubject)
	if len(e.C)+len(e.Dialled) > 0 {
		bits |= hasForward
		p.text = append(AppendField(append(AppendField(p.text[:0], e.C), ','), e.Dialled), ',')
		dst = appendInline(dst, p.text)
	}
	if e.HasDuration {
		bits |= hasDuration
		dst = binary.AppendVarint(dst, e.Duration)
	}
	switch {
	case !e.HasEnd:
	case e.HasDuration && e.End == e.Start+e.Duration:
		bits |= hasEnd | endFollows
	default:
		bits |= hasEnd
		dst = binary.AppendVarint(dst, e.End-e.Start)
	}
	if r := &p.last[inHandset]; r.is(e.IMEI, e.IMSI, nil) {
		dst = binary.AppendUvarint(dst, uint64(r.id))
	} else {
		p.text = append(append(append(append(p.text[:0], e.IMEI...), ','), e.IMSI...), ',')
		dst = p.appendWord(dst, r, e.IMEI, e.IMSI, nil)
	}
	dst = p.appendTail(dst, e)
	dst = p.appendSite(dst, 0, &e.StartAt)
	dst = p.appendSite(dst, 1, &e.EndAt)
	dst[at] = bits
	return dst
}

// appendHead refers to the texts that come from the profile.
func (p *Packing) appendHead(dst []byte, e *Event) []byte {
	m := &p.markedHeads[e.Mark%uint64(len(p.markedHeads))]
	if e.Mark != 0 && e.Mark == m.mark && e.OffsetS == m.offset && e.Fold == m.fold {
		return binary.AppendUvarint(dst, uint64(m.id))
	}
	dst, id := p.appendHeadWord(dst, e)
	if e.Mark != 0 && id != 0 {
		*m = markedHead{e.Mark, e.OffsetS, e.Fold, id}
	}
	return dst
}

// appendHeadWord is appendHead for what has no mark, and returns the number it referred to.
func (p *Packing) appendHeadWord(dst []byte, e *Event) ([]byte, uint32) {
	for i := range p.heads {
		h := &p.heads[i]
		if h.offset == e.OffsetS && h.kind == e.Type && h.leg == e.Leg && h.minute == e.Minute && h.evidence == e.Evidence &&
			h.fold == e.Fold && h.zone == e.Zone {
			return binary.AppendUvarint(dst, uint64(h.id)), h.id
		}
	}
	t := append(p.text[:0], ",s,"...)
	if e.Minute {
		t[1] = 'm'
	}
	t = append(append(t, e.Evidence...), ',')
	t = append(append(t, e.Zone...), ',')
	t = append(strconv.AppendInt(t, int64(e.OffsetS), 10), ',')
	t = append(append(t, e.Fold...), ',')
	t = append(append(t, e.Type...), ',')
	p.text = append(append(t, e.Leg...), ',')
	id := p.id(p.text)
	if id != 0 && len(p.heads) < 64 {
		p.heads = append(p.heads, headWord{
			minute: e.Minute, offset: e.OffsetS, evidence: e.Evidence, zone: e.Zone, fold: e.Fold, kind: e.Type, leg: e.Leg, id: id,
		})
	}
	return appendReference(dst, id, p.text), id
}

// appendTail writes what stands between the handset and the sites. Volumes and
// references are seldom the same twice, so a tail with one is not remembered.
func (p *Packing) appendTail(dst []byte, e *Event) []byte {
	r := &p.last[inTail]
	seldom := len(e.VolumeUp)+len(e.VolumeDown)+len(e.Volume)+len(e.CallRef) > 0
	if !seldom && e.CRS == p.crs && e.Outcome == p.outcome && r.is(e.Bearer, e.Roaming, e.APN) {
		return binary.AppendUvarint(dst, uint64(r.id))
	}
	t := append(AppendField(p.text[:0], e.Bearer), ',')
	t = append(AppendField(t, e.Roaming), ',')
	t = append(AppendField(t, e.APN), ',')
	t = append(append(t, e.VolumeUp...), ',')
	t = append(append(t, e.VolumeDown...), ',')
	t = append(append(t, e.Volume...), ',')
	t = append(AppendField(t, e.CallRef), ',')
	t = append(append(t, e.Outcome...), ',')
	p.text = append(append(t, e.CRS...), ',')
	if seldom {
		return appendReference(dst, 0, p.text)
	}
	p.crs, p.outcome = e.CRS, e.Outcome
	return p.appendWord(dst, r, e.Bearer, e.Roaming, e.APN)
}

// appendSite refers to a site's columns.
func (p *Packing) appendSite(dst []byte, end int, s *Site) []byte {
	m := &p.marked[s.Mark%uint64(len(p.marked))]
	if s.Mark != 0 && s.Mark == m.mark {
		return binary.AppendUvarint(dst, uint64(m.id))
	}
	r := &p.sites[end]
	if r.id != 0 && sameAs(&r.Site, s) {
		return binary.AppendUvarint(dst, uint64(r.id))
	}
	p.text = appendSite(p.text[:0], s)
	r.id = p.id(p.text)
	r.X, r.Y, r.HasXY = s.X, s.Y, s.HasXY
	r.Cell, r.Azimuth, r.Place = append(r.Cell[:0], s.Cell...), append(r.Azimuth[:0], s.Azimuth...), append(r.Place[:0], s.Place...)
	if s.Mark != 0 && r.id != 0 {
		m.mark, m.id = s.Mark, r.id
	}
	return appendReference(dst, r.id, p.text)
}

// sameAs reports that two sites have the same columns.
func sameAs(a, b *Site) bool {
	return a.HasXY == b.HasXY && (!a.HasXY || a.X == b.X && a.Y == b.Y) &&
		bytes.Equal(a.Cell, b.Cell) && bytes.Equal(a.Azimuth, b.Azimuth) && bytes.Equal(a.Place, b.Place)
}

// appendParty writes an identifier, unless it is the subject.
func appendParty(dst []byte, bits byte, party, subject []byte, same byte) ([]byte, byte) {
	if len(party) == len(subject) && string(party) == string(subject) {
		return dst, bits | same
	}
	at := len(dst)
	dst = append(AppendField(append(dst, 0), party), ',')
	if n := len(dst) - at - 1; n < 0x80 {
		dst[at] = byte(n)
		return dst, bits
	}
	text := bytes.Clone(dst[at+1:])
	return appendInline(dst[:at], text), bits
}

func appendInline(dst, text []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

// appendReference refers to a word by its number, or writes it out.
func appendReference(dst []byte, id uint32, text []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(id))
	if id == 0 {
		dst = appendInline(dst, text)
	}
	return dst
}

// is reports that a word was made of these parts, and has a number.
func (r *recent) is(a, b, c []byte) bool {
	return r.id != 0 && bytes.Equal(r.parts[0], a) && bytes.Equal(r.parts[1], b) && bytes.Equal(r.parts[2], c)
}

// appendWord refers to the word in p.text, which was made of these parts.
func (p *Packing) appendWord(dst []byte, r *recent, parts ...[]byte) []byte {
	r.id = p.id(p.text)
	for i, part := range parts {
		r.parts[i] = append(r.parts[i][:0], part...)
	}
	return appendReference(dst, r.id, p.text)
}

// id returns the number of a word, from 1; 0 when there is no room for it.
func (p *Packing) id(text []byte) uint32 {
	if id, ok := p.ids[string(text)]; ok {
		return id
	}
	if len(p.words) >= maxWords || p.held+len(text) > maxWordText {
		return 0
	}
	word := string(text)
	p.held += len(word)
	p.words = append(p.words, append(make([]byte, 0, max(len(word), short)), word...))
	id := uint32(len(p.words)) //nolint:gosec // at most maxWords
	p.ids[word] = id
	return id
}
