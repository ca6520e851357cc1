package rowtree

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"custos.example/analysis/event"
)

// SaltColumns returns the header of the table that opens the rows shown: the index
// of the row, then of each part but the first its salt, or the hash of one that is
// withheld.
// Shape: a salt has 32 hex digits, a hash 64.
func SaltColumns() []string {
	columns := []string{"index"}
	for p := Subject; p < NumParts; p++ {
		columns = append(columns, p.String())
	}
	return columns
}

// PathColumns returns the header of the table of hashes that stand for the rows
// between those shown, from left to right.
func PathColumns() []string { return []string{"hash"} }

// Fields returns the opening as a line of the table of salts.
func (o Opening) Fields() []string {
	fields := []string{strconv.FormatUint(o.Index, 10)}
	for p := Subject; p < NumParts; p++ {
		if o.Shown[p] {
			fields = append(fields, hex.EncodeToString(o.Salts[p][:]))
		} else {
			fields = append(fields, hex.EncodeToString(o.Hashes[p][:]))
		}
	}
	return fields
}

// ParseOpening reads a line of the table of salts.
// Errors: event.ErrNotCanonical.
func ParseOpening(fields [][]byte) (Opening, error) {
	var o Opening
	index, err := strconv.ParseUint(string(fields[0]), 10, 64)
	if err != nil || strconv.FormatUint(index, 10) != string(fields[0]) {
		return o, fmt.Errorf("%w: the index of a row is no number", event.ErrNotCanonical)
	}
	o.Index = index
	for p := Subject; p < NumParts; p++ {
		o.Shown[p] = len(fields[p]) == hex.EncodedLen(len(Salt{}))
		to := o.Hashes[p][:]
		if o.Shown[p] {
			to = o.Salts[p][:]
		}
		if err := parseHex(to, fields[p]); err != nil {
			return o, fmt.Errorf("part %s of row %d: %w", p, index, err)
		}
	}
	return o, nil
}

// ParseHash reads a line of the table of hashes.
// Errors: event.ErrNotCanonical.
func ParseHash(fields [][]byte) (Hash, error) {
	var h Hash
	err := parseHex(h[:], fields[0])
	return h, err
}

// parseHex reads exactly as many lower-case hex digits as fill to.
func parseHex(to, text []byte) error {
	if len(text) != hex.EncodedLen(len(to)) {
		return fmt.Errorf("%w: %d digits are neither a salt nor a hash", event.ErrNotCanonical, len(text))
	}
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return fmt.Errorf("%w: not lower-case hex", event.ErrNotCanonical)
		}
	}
	_, err := hex.Decode(to, text)
	return err
}
