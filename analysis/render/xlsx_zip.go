package render

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
)

// zipPart is one member of an archive.
type zipPart struct {
	name  string
	write func(io.Writer) error
}

// The fixed fields of every member.
const (
	zipVersion   = 20
	zipSizeLater = 1 << 3     // sizes and sum stand behind the data
	zipDeflate   = 8          // compressed
	zipDate      = 1<<5 | 1   // 1 January 1980, the first day that the format knows
	zipLater     = 0x08074b50 // what stands before sizes and sum behind the data
	zipMost      = 4<<30 - 1  // a size or place that the format can state
)

// zipMember is what the directory says of a member.
type zipMember struct {
	name        string
	start       int64
	sum         uint32
	small, size int64
}

// writeZip writes an archive whose bytes depend on names and contents alone:
// members sorted by name, compressed by deflater, with the earliest time the
// format has, no comment, no extra field. It holds nothing back: a member's sum
// and sizes stand behind it and in the directory.
// Errors: 4 GiB and more are refused.
// Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.9, 4.3.12, 4.3.16.
func writeZip(w io.Writer, parts []zipPart) error {
	parts = slices.Clone(parts)
	slices.SortFunc(parts, func(a, b zipPart) int { return strings.Compare(a.name, b.name) })
	out := &measure{w: w}
	members := make([]zipMember, 0, len(parts))
	for _, p := range parts {
		m, err := writeMember(out, p)
		if err != nil {
			return err
		}
		members = append(members, m)
	}
	start := out.n
	var directory []byte
	for _, m := range members {
		directory = append(directory, m.entry()...)
	}
	if start > zipMost {
		return fmt.Errorf("an archive of 4 GiB or more cannot be written in this format")
	}
	end := binary.LittleEndian.AppendUint32(nil, 0x06054b50)
	end = append(end, 0, 0, 0, 0)
	count := uint16(len(parts)) //nolint:gosec // a handful
	end = binary.LittleEndian.AppendUint16(end, count)
	end = binary.LittleEndian.AppendUint16(end, count)
	end = binary.LittleEndian.AppendUint32(end, uint32(len(directory))) //nolint:gosec // a handful of names
	end = binary.LittleEndian.AppendUint32(end, uint32(start))          //nolint:gosec // compared above
	end = append(end, 0, 0)
	_, err := out.Write(append(directory, end...))
	return err
}

// writeMember writes one member and what stands behind it.
func writeMember(out *measure, p zipPart) (zipMember, error) {
	m := zipMember{name: p.name, start: out.n}
	local := binary.LittleEndian.AppendUint32(nil, 0x04034b50)
	local = append(local, m.fields()...)
	if _, err := out.Write(append(local, p.name...)); err != nil {
		return m, err
	}
	before := out.n
	small := newDeflater(out)
	text := &measure{w: small}
	if err := p.write(text); err != nil {
		return m, err
	}
	if err := small.Close(); err != nil {
		return m, err
	}
	m.sum, m.small, m.size = text.sum, out.n-before, text.n
	if m.size > zipMost || m.start > zipMost {
		return m, fmt.Errorf("part %s: 4 GiB or more cannot be written in this format; ask for CSV", p.name)
	}
	later := binary.LittleEndian.AppendUint32(nil, zipLater)
	_, err := out.Write(append(later, m.sizes()...))
	return m, err
}

// fields returns what the local and the central header have in common. Sum and
// sizes are 0 until they are known.
func (m zipMember) fields() []byte {
	b := binary.LittleEndian.AppendUint16(nil, zipVersion)
	b = binary.LittleEndian.AppendUint16(b, zipSizeLater)
	b = binary.LittleEndian.AppendUint16(b, zipDeflate)
	b = append(b, 0, 0) // time
	b = binary.LittleEndian.AppendUint16(b, zipDate)
	b = append(b, m.sizes()...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(m.name))) //nolint:gosec // names of our own
	return append(b, 0, 0)
}

func (m zipMember) sizes() []byte {
	b := binary.LittleEndian.AppendUint32(nil, m.sum)
	b = binary.LittleEndian.AppendUint32(b, uint32(m.small))   //nolint:gosec // compared in writeMember
	return binary.LittleEndian.AppendUint32(b, uint32(m.size)) //nolint:gosec // compared in writeMember
}

// entry returns the member's entry in the directory.
func (m zipMember) entry() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0x02014b50)
	b = binary.LittleEndian.AppendUint16(b, zipVersion)
	b = append(b, m.fields()...)
	b = append(b, make([]byte, 10)...)                       // comment, disk, attributes: none
	b = binary.LittleEndian.AppendUint32(b, uint32(m.start)) //nolint:gosec // compared in writeMember
	return append(b, m.name...)
}

// measure counts and sums what it passes on.
type measure struct {
	w   io.Writer
	n   int64
	sum uint32
}

// Write passes p on.
func (m *measure) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.n += int64(n)
	m.sum = crc32.Update(m.sum, crc32.IEEETable, p[:n])
	return n, err
}
