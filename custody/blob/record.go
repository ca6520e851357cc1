package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"gocloud.dev/gcerrors"

	"custos.example/ledger"
)

// record is what stands sealed beside a payload; of a small one it holds the
// content.
type record struct {
	identity string // AGE-SECRET-KEY-1..., or inside
	sha256   ledger.Digest
	size     int64
	salt     ledger.Salt
	part     string // 32 hex digits that name the ciphertext, or inside
	content  string // of a small payload
}

const (
	recordHeader = "custos-payload-v1"
	inside       = "inside"
)

// small says whether the content stands in the record.
func (r record) small() bool { return r.part == inside }

// text is the record as it is sealed, filled up with zeros so that its length tells
// little of the content's.
func (r record) text() string {
	bare := r.bare()
	return bare + strings.Repeat("\x00", (recordStep-len(bare)%recordStep)%recordStep)
}

func (r record) bare() string {
	return strings.Join([]string{
		recordHeader, r.identity, r.sha256.String(), strconv.FormatInt(r.size, 10), r.salt.String(), r.part, r.content,
	}, "\n")
}

// parseRecord accepts exactly what text returns, and what bare returns, which is how
// records were sealed before they were filled up.
func parseRecord(text string) (record, error) {
	lines := strings.SplitN(text, "\n", 7)
	if len(lines) != 7 || lines[0] != recordHeader {
		return record{}, errNoRecord
	}
	r := record{identity: lines[1], part: lines[5]}
	var err1, err2, err3 error
	r.sha256, err1 = ledger.ParseDigest(lines[2])
	r.size, err2 = strconv.ParseInt(lines[3], 10, 64)
	r.salt, err3 = ledger.ParseSalt(lines[4])
	if err := errors.Join(err1, err2, err3); err != nil {
		return record{}, err
	}
	whole := isHex(r.part, 32)
	if r.small() {
		if whole = r.identity == inside && 0 <= r.size && r.size < plainFrom && r.size <= int64(len(lines[6])); whole {
			r.content = lines[6][:r.size]
		}
	}
	if r.size < 0 || !whole || (text != r.text() && text != r.bare()) {
		return record{}, errNoRecord
	}
	return r, nil
}

var errNoRecord = errors.New("not the record of a payload")

func (r record) ref(id, address string) Ref {
	return Ref{Case: id, Address: address, SHA256: r.sha256, Size: r.size, Salt: r.salt}
}

// recordAAD binds a record to its case and address.
func recordAAD(id, address string) []byte {
	return []byte("custos/blob/v1\n" + scope(id) + "\n" + address)
}

// keyName and ageName are names below the payload folder, with slashes.
func keyName(id, address string) string {
	return scope(id) + "/" + address[:2] + "/" + address + keySuffix
}

func ageName(id, address, part string) string {
	return scope(id) + "/" + address[:2] + "/" + address + "." + part + ageSuffix
}

// claimName is where content waits for its key to be kept.
func claimName(id, address, part string) string {
	return partFolder + "/" + scope(id) + "." + address + "." + part + ageSuffix
}

// parseClaim takes the last part of claimName apart.
func parseClaim(name string) (id, address, part string, ok bool) {
	fields := strings.Split(name, ".")
	if len(fields) != 4 || "."+fields[3] != ageSuffix || !isAddress(fields[1]) || !isHex(fields[2], 32) {
		return "", "", "", false
	}
	if id, ok = parseScope(fields[0]); !ok {
		return "", "", "", false
	}
	return id, fields[1], fields[2], true
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

// maxRecord bounds the size of a key file.
const maxRecord = plainFrom + 1024

// readRecord opens the record of a payload and checks that it belongs there.
func (s *Store) readRecord(ctx context.Context, id, address string) (record, error) {
	if err := checkScope(id); err != nil {
		return record{}, err
	}
	if !isAddress(address) {
		return record{}, fmt.Errorf("a payload address has 64 lower-case hex digits: %w", ErrInvalid)
	}
	name := keyName(id, address)
	rc, err := s.read(ctx, name, 0, -1)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return record{}, fmt.Errorf("%s has no payload %s: %w", scopeWords(id), address, ErrNotFound)
	}
	if err != nil {
		return record{}, fmt.Errorf("read %s: %w", s.path(name), err)
	}
	wrapped, err := io.ReadAll(io.LimitReader(rc, maxRecord+1))
	if err := errors.Join(err, rc.Close()); err != nil {
		return record{}, fmt.Errorf("read %s: %w", s.path(name), err)
	}
	if len(wrapped) > maxRecord {
		return record{}, fmt.Errorf("%s is larger than any key file: %w", s.path(name), ErrIntegrity)
	}
	r, err := s.openRecord(ctx, id, address, wrapped)
	if errors.Is(err, ErrIntegrity) {
		return record{}, fmt.Errorf("open %s: %w", s.path(name), err)
	}
	return r, err
}

// openRecord opens a sealed record and checks that it belongs to an address.
func (s *Store) openRecord(ctx context.Context, id, address string, wrapped []byte) (record, error) {
	text, err := s.keys.UnwrapPayloadKey(ctx, id, address, recordAAD(id, address), wrapped)
	if err != nil {
		if _, missing := s.keys.Address(ctx, id, ledger.Digest{}); missing != nil {
			return record{}, missing // it says nothing about the file
		}
		// The keys are there now; a moment ago they may not have been.
		text, err = s.keys.UnwrapPayloadKey(ctx, id, address, recordAAD(id, address), wrapped)
	}
	if err != nil {
		return record{}, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	defer clear(text)
	r, err := parseRecord(string(text))
	if err != nil {
		return record{}, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	should, err := s.keys.Address(ctx, id, r.sha256)
	if err != nil {
		return record{}, err
	}
	if should != address {
		return record{}, fmt.Errorf("it belongs to another address: %w", ErrIntegrity)
	}
	return r, nil
}
