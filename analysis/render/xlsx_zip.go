package render

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strings"
)

// zipPart is one member of an archive. Write is called twice, once to measure
// and once to write, and must give the same bytes both times.
type zipPart struct {
	name  string
	write func(io.Writer) error
}

// The fixed fields of every member.
const (
	zipVersion = 20
	zipDate    = 1<<5 | 1 // 1 January 1980, the first day that the format knows
)

// writeZip writes an archive whose bytes depend on names and contents alone:
// members sorted by name, Stored, with the earliest time the format has, no
// descriptor, no comment, no extra field. It holds nothing back: a member's
// sum and size are found by writing it to nowhere first.
// Errors: 4 GiB and more are refused.
// Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16.
func writeZip(w io.Writer, parts []zipPart) error {
	parts = slices.Clone(parts)
	slices.SortFunc(parts, func(a, b zipPart) int { return strings.Compare(a.name, b.name) })
	out := &measure{w: w}
	var directory []byte
	for _, p := range parts {
		m := &measure{w: io.Discard}
		if err := p.write(m); err != nil {
			return err
		}
		start := out.n
		if m.n > math.MaxUint32 || start > math.MaxUint32 {
			return fmt.Errorf("part %s: an archive of 4 GiB or more cannot be written in this format", p.name)
		}
		fixed := memberFields(m.sum, uint32(m.n), len(p.name)) //nolint:gosec // compared above
		local := append(binary.LittleEndian.AppendUint32(nil, 0x04034b50), fixed...)
		if _, err := out.Write(append(local, p.name...)); err != nil {
			return err
		}
		check := &measure{w: out}
		if err := p.write(check); err != nil {
			return err
		}
		if check.sum != m.sum || check.n != m.n {
			return fmt.Errorf("part %s: written twice, it came out different", p.name)
		}
		directory = binary.LittleEndian.AppendUint32(directory, 0x02014b50)
		directory = binary.LittleEndian.AppendUint16(directory, zipVersion)
		directory = append(directory, fixed...)
		directory = append(directory, make([]byte, 10)...)                     // comment, disk, attributes: none
		directory = binary.LittleEndian.AppendUint32(directory, uint32(start)) //nolint:gosec // compared above
		directory = append(directory, p.name...)
	}
	if out.n > math.MaxUint32 {
		return fmt.Errorf("an archive of 4 GiB or more cannot be written in this format")
	}
	end := binary.LittleEndian.AppendUint32(nil, 0x06054b50)
	end = append(end, 0, 0, 0, 0)
	count := uint16(len(parts)) //nolint:gosec // a handful
	end = binary.LittleEndian.AppendUint16(end, count)
	end = binary.LittleEndian.AppendUint16(end, count)
	end = binary.LittleEndian.AppendUint32(end, uint32(len(directory))) //nolint:gosec // a handful of names
	end = binary.LittleEndian.AppendUint32(end, uint32(out.n))          //nolint:gosec // compared above
	end = append(end, 0, 0)
	_, err := out.Write(append(directory, end...))
	return err
}

// memberFields returns what the local and the central header have in common.
func memberFields(sum, size uint32, name int) []byte {
	b := binary.LittleEndian.AppendUint16(nil, zipVersion)
	b = append(b, 0, 0, 0, 0, 0, 0) // flags, method Stored, time
	b = binary.LittleEndian.AppendUint16(b, zipDate)
	b = binary.LittleEndian.AppendUint32(b, sum)
	b = binary.LittleEndian.AppendUint32(b, size)
	b = binary.LittleEndian.AppendUint32(b, size)
	b = binary.LittleEndian.AppendUint16(b, uint16(name)) //nolint:gosec // names of our own
	return append(b, 0, 0)
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
