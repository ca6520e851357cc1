package bundle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// ErrContainer is returned for a file that is not, byte for byte, the zip file
// that this package would write for the same members.
var ErrContainer = errors.New("not in the exact form that custos makes")

// The canonical zip: members in order of name, stored, one local header each,
// a central directory, an end record, nothing before, between or after them.
// Source: APPNOTE.TXT 6.3.10 sections 4.3.7, 4.3.12, 4.3.16; FORMAT.md.
const (
	localSignature   = 0x04034b50
	centralSignature = 0x02014b50
	endSignature     = 0x06054b50
	localLength      = 30
	centralLength    = 46
	endLength        = 22
	zipVersion       = 20
	zipDate          = 1<<5 | 1 // 1980-01-01
)

// zipMember is one member as its headers tell it.
type zipMember struct {
	name   string
	size   uint32
	crc    uint32
	header uint32 // offset of the local header
}

// dataOffset returns where the member's bytes begin.
func (m zipMember) dataOffset() int64 {
	return int64(m.header) + localLength + int64(len(m.name))
}

// ValidName returns nil for a name that a member may have.
// Shape: [a-z0-9][a-z0-9._/-]{0,199}, no empty, "." or ".." element.
func ValidName(name string) error {
	if name == "" || len(name) > MaxNameLength {
		return fmt.Errorf("%w: a member's name has %d characters", ErrContainer, len(name))
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		alnum := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !alnum && (i == 0 || !strings.ContainsRune("._/-", rune(c))) {
			return fmt.Errorf("%w: the name %q is not allowed", ErrContainer, name)
		}
	}
	for element := range strings.SplitSeq(name, "/") {
		if element == "" || element == "." || strings.Contains(element, "..") {
			return fmt.Errorf("%w: the name %q is not allowed", ErrContainer, name)
		}
	}
	return nil
}

// localHeader returns the bytes before a member's data.
func localHeader(m zipMember) []byte {
	b := make([]byte, 0, localLength+len(m.name))
	b = binary.LittleEndian.AppendUint32(b, localSignature)
	b = commonHeader(b, m)
	return append(b, m.name...)
}

// centralHeader returns the member's record in the central directory.
func centralHeader(m zipMember) []byte {
	b := make([]byte, 0, centralLength+len(m.name))
	b = binary.LittleEndian.AppendUint32(b, centralSignature)
	b = binary.LittleEndian.AppendUint16(b, zipVersion)
	b = commonHeader(b, m)
	b = append(b, make([]byte, 10)...) // comment, disk, attributes
	b = binary.LittleEndian.AppendUint32(b, m.header)
	return append(b, m.name...)
}

// commonHeader appends the fields that both headers share.
func commonHeader(b []byte, m zipMember) []byte {
	le := binary.LittleEndian
	b = le.AppendUint16(b, zipVersion)
	b = le.AppendUint16(b, 0) // flags
	b = le.AppendUint16(b, 0) // stored
	b = le.AppendUint16(b, 0) // time
	b = le.AppendUint16(b, zipDate)
	b = le.AppendUint32(b, m.crc)
	b = le.AppendUint32(b, m.size)
	b = le.AppendUint32(b, m.size)
	b = le.AppendUint16(b, uint16(len(m.name))) //nolint:gosec // ValidName bounds it
	return le.AppendUint16(b, 0)                // extra
}

// directory returns the central directory and the end record that follow the
// data of the members, and the offset at which they begin.
func directory(members []zipMember) ([]byte, uint32) {
	var at uint32
	var b []byte
	for _, m := range members {
		b = append(b, centralHeader(m)...)
		at = uint32(m.dataOffset()) + m.size //nolint:gosec // layout bounds it
	}
	le := binary.LittleEndian
	length := uint32(len(b))      //nolint:gosec // MaxMembers bounds it
	count := uint16(len(members)) //nolint:gosec // MaxMembers bounds it
	b = le.AppendUint32(b, endSignature)
	b = append(b, 0, 0, 0, 0) // disks
	b = le.AppendUint16(b, count)
	b = le.AppendUint16(b, count)
	b = le.AppendUint32(b, length)
	b = le.AppendUint32(b, at)
	return append(b, 0, 0), at // no comment
}

// layout fills in the offsets of members that are sorted by name, and returns
// the size of the whole file.
// Errors: ErrContainer when a name, the order or a size is not allowed.
func layout(members []zipMember) (int64, error) {
	if len(members) == 0 || len(members) > MaxMembers {
		return 0, fmt.Errorf("%w: %d members; between 1 and %d are allowed", ErrContainer, len(members), MaxMembers)
	}
	var at, central int64
	for i := range members {
		m := &members[i]
		if err := ValidName(m.name); err != nil {
			return 0, err
		}
		if i > 0 && members[i-1].name >= m.name {
			return 0, fmt.Errorf("%w: %q does not stand after %q", ErrContainer, m.name, members[i-1].name)
		}
		m.header = uint32(at)
		at += localLength + int64(len(m.name)) + int64(m.size)
		central += centralLength + int64(len(m.name))
		if at+central+endLength > MaxSize {
			return 0, fmt.Errorf("%w: larger than %d bytes", ErrContainer, int64(MaxSize))
		}
	}
	return at + central + endLength, nil
}

// writeZip writes the canonical zip of members whose sizes and checksums are
// known, taking each member's bytes from content.
// Errors: ErrContainer when a name, the order or a size is not allowed, or
// when the bytes are not those that the size and checksum announced.
func writeZip(w io.Writer, members []zipMember, content func(i int, w io.Writer) error) error {
	if _, err := layout(members); err != nil {
		return err
	}
	for i, m := range members {
		if _, err := w.Write(localHeader(m)); err != nil {
			return fmt.Errorf("write the header of %s: %w", m.name, err)
		}
		sum := &checkedWriter{w: w}
		if err := content(i, sum); err != nil {
			return fmt.Errorf("write %s: %w", m.name, err)
		}
		if sum.n != int64(m.size) || sum.crc != m.crc {
			return fmt.Errorf("%w: %s changed while it was packed", ErrContainer, m.name)
		}
	}
	tail, _ := directory(members)
	if _, err := w.Write(tail); err != nil {
		return fmt.Errorf("write the directory: %w", err)
	}
	return nil
}

// checkedWriter counts and sums what passes through it.
type checkedWriter struct {
	w   io.Writer
	n   int64
	crc uint32
}

func (c *checkedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.crc = crc32.Update(c.crc, crc32.IEEETable, p[:n])
	return n, err
}
