package bundle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// readZip returns the members of the zip file r of the given size.
//
// It only follows the directory, within the limits, and checks that every
// member lies inside the file; canonicalZip then decides whether the file is
// in its one allowed form.
// Trust: none; every byte is hostile.
// Errors: ErrContainer.
func readZip(r io.ReaderAt, size int64) ([]zipMember, error) {
	if size < endLength || size > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes long", ErrContainer, size)
	}
	end, err := readAt(r, size-endLength, endLength)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	if le.Uint32(end) != endSignature {
		return nil, fmt.Errorf("%w: the end record is not at the end of the file", ErrContainer)
	}
	count, length, at := int(le.Uint16(end[10:])), int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
	if count == 0 || count > MaxMembers || at+length != size-endLength {
		return nil, fmt.Errorf("%w: the end record does not describe this file", ErrContainer)
	}
	if length > int64(count)*(centralLength+MaxNameLength) {
		return nil, fmt.Errorf("%w: the directory is %d bytes long for %d members", ErrContainer, length, count)
	}
	raw, err := readAt(r, at, length)
	if err != nil {
		return nil, err
	}
	return readDirectory(raw, count, at)
}

// readDirectory returns the members of a central directory that stands at at.
func readDirectory(raw []byte, count int, at int64) ([]zipMember, error) {
	le := binary.LittleEndian
	members := make([]zipMember, 0, count)
	for len(members) < count {
		if len(raw) < centralLength || le.Uint32(raw) != centralSignature {
			return nil, fmt.Errorf("%w: record %d of the directory is damaged", ErrContainer, len(members)+1)
		}
		nameLength := int(le.Uint16(raw[28:]))
		if len(raw) < centralLength+nameLength {
			return nil, fmt.Errorf("%w: record %d of the directory is cut", ErrContainer, len(members)+1)
		}
		m := zipMember{
			name: string(raw[centralLength : centralLength+nameLength]),
			size: le.Uint32(raw[24:]), crc: le.Uint32(raw[16:]), header: le.Uint32(raw[42:]),
		}
		if err := ValidName(m.name); err != nil {
			return nil, err
		}
		if m.dataOffset()+int64(m.size) > at {
			return nil, fmt.Errorf("%w: %s does not lie inside the file", ErrContainer, m.name)
		}
		members = append(members, m)
		raw = raw[centralLength+nameLength:]
	}
	if len(raw) != 0 {
		return nil, fmt.Errorf("%w: the directory holds more than its members", ErrContainer)
	}
	return members, nil
}

// canonicalZip returns nil when every header, the directory and the end are
// exactly what writeZip would write for members, which samePlaces has accepted.
// The checksums are those that the caller computed from the bytes.
func canonicalZip(r io.ReaderAt, members []zipMember, sums []uint32) error {
	want := slices.Clone(members)
	for i := range want {
		want[i].crc = sums[i]
		if err := sameAt(r, int64(want[i].header), localHeader(want[i])); err != nil {
			return fmt.Errorf("%w: the header of %s differs", err, want[i].name)
		}
	}
	tail, at := directory(want)
	if err := sameAt(r, int64(at), tail); err != nil {
		return fmt.Errorf("%w: the directory differs", err)
	}
	return nil
}

// sameAt returns nil when the bytes at offset are want.
func sameAt(r io.ReaderAt, offset int64, want []byte) error {
	got, err := readAt(r, offset, int64(len(want)))
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return ErrContainer
	}
	return nil
}

// readAt returns exactly length bytes at offset.
func readAt(r io.ReaderAt, offset, length int64) ([]byte, error) {
	b := make([]byte, length)
	if n, err := r.ReadAt(b, offset); int64(n) != length {
		return nil, fmt.Errorf("%w: cannot read %d bytes at %d: %w", ErrContainer, length, offset, err)
	}
	return b, nil
}
