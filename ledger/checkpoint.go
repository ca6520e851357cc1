package ledger

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// MaxSignatures is how many signatures a checkpoint can have, the log's own among them.
const MaxSignatures = 16

const maxNote = 64 << 10

// Checkpoint is a log's head. Units: Size in leaves.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   Digest
}

// Text returns the note text that log and co-signers sign; there are never
// extension lines. Source: C2SP tlog-checkpoint.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// Sign returns the signed note of c.
// Errors: FaultCheckpoint when a signer's name is not the origin; else the signer's.
func (c Checkpoint) Sign(signers ...note.Signer) ([]byte, error) {
	for _, s := range signers {
		if s.Name() != c.Origin {
			return nil, fault(FaultCheckpoint, "key %q cannot sign for the log %q", s.Name(), c.Origin)
		}
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, signers...)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint of size %d: %w", c.Size, err)
	}
	_, err = ParseCheckpoint(signed)
	return signed, err
}

// NoteSignature is one signature line of a checkpoint.
type NoteSignature struct {
	Name string
	Hash uint32
	Sig  []byte
}

// SignedCheckpoint is a parsed checkpoint. Trust: nothing is checked until Verify.
type SignedCheckpoint struct {
	Checkpoint
	Signatures []NoteSignature
}

// ParseCheckpoint accepts a signed note in its only form: three lines of text, a
// blank line, 1 to 16 signature lines by different keys.
// Errors: FaultCheckpoint.
func ParseCheckpoint(signed []byte) (SignedCheckpoint, error) {
	var s SignedCheckpoint
	text, lines, found := strings.Cut(string(signed), "\n\n")
	parts := strings.Split(text, "\n")
	if len(signed) > maxNote || !found || len(parts) != 3 {
		return s, fault(FaultCheckpoint, "not three lines, a blank line and signatures")
	}
	size, err1 := strconv.ParseUint(parts[1], 10, 64)
	root, err2 := decodeBase64(parts[2])
	if err1 != nil || err2 != nil || len(root) != 32 {
		return s, fault(FaultCheckpoint, "the size or the root is malformed")
	}
	s.Checkpoint = Checkpoint{parts[0], size, Digest(root)}
	for line := range strings.Lines(lines) {
		name, text, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(line, "— "), "\n"), " ")
		raw, err := decodeBase64(text)
		if err != nil || len(raw) < 5 || len(s.Signatures) == MaxSignatures {
			return s, fault(FaultCheckpoint, "a signature line is malformed, or one of more than %d", MaxSignatures)
		}
		if _, err := NewNoteKey(name, LogKey, PublicKey{}); err != nil {
			return s, fault(FaultCheckpoint, "%q cannot name a key", name)
		}
		sig := NoteSignature{name, binary.BigEndian.Uint32(raw), raw[4:]}
		if _, twice := s.find(sig.Name, sig.Hash); twice {
			return s, fault(FaultCheckpoint, "two signatures by the key %s", name)
		}
		s.Signatures = append(s.Signatures, sig)
	}
	if _, err := NewNoteKey(s.Origin, LogKey, PublicKey{}); err != nil {
		return s, fault(FaultCheckpoint, "%q cannot be an origin", s.Origin)
	}
	if len(s.Signatures) == 0 || string(s.Bytes()) != string(signed) {
		return s, fault(FaultCheckpoint, "not in its only form, or without a signature")
	}
	return s, nil
}

// Bytes returns the signed note.
func (s SignedCheckpoint) Bytes() []byte {
	b := []byte(s.Text() + "\n")
	for _, sig := range s.Signatures {
		b = append(b, sig.line()...)
	}
	return b
}

func (s NoteSignature) line() string {
	raw := append(binary.BigEndian.AppendUint32(nil, s.Hash), s.Sig...)
	return fmt.Sprintf("— %s %s\n", s.Name, base64.StdEncoding.EncodeToString(raw))
}

func (s SignedCheckpoint) find(name string, hash uint32) (NoteSignature, bool) {
	for _, sig := range s.Signatures {
		if sig.Name == name && sig.Hash == hash {
			return sig, true
		}
	}
	return NoteSignature{}, false
}

// Verify returns nil if one of log, keys of the log's own, signed the checkpoint and
// is named as its origin; and no signature by any of them is false.
// Errors: FaultSignature, FaultUnknownKey.
func (s SignedCheckpoint) Verify(log ...NoteKey) error {
	found := false
	for _, k := range log {
		sig, ok := s.find(k.Name, k.Hash())
		if !ok || k.Type != LogKey || k.Name != s.Origin {
			continue
		}
		if _, err := k.verify(s.Text(), sig.Sig); err != nil {
			return at("checkpoint", err)
		}
		found = true
	}
	if !found {
		return fault(FaultUnknownKey, "no known key of the log %q signed the checkpoint", s.Origin)
	}
	return nil
}

// CoSigned is one co-signature that matched. Units: At in whole seconds, UTC.
type CoSigned struct {
	Key NoteKey
	At  time.Time
}

// CoSignatures returns the co-signatures by the given keys; keys that did not sign
// are left out. Errors: FaultSignature when one of them is false.
func (s SignedCheckpoint) CoSignatures(keys ...NoteKey) ([]CoSigned, error) {
	var list []CoSigned
	for _, k := range keys {
		sig, ok := s.find(k.Name, k.Hash())
		if !ok || k.Type != CoSignerKey {
			continue
		}
		at, err := k.verify(s.Text(), sig.Sig)
		if err != nil {
			return nil, err
		}
		list = append(list, CoSigned{k, at})
	}
	return list, nil
}

// CoSign returns s with one more signature line, k's, made by sign at that time.
// Trust: the caller must have checked that s is consistent with all it co-signed before.
// Errors: FaultCheckpoint when k has signed already; else sign's own.
func (s SignedCheckpoint) CoSign(k NoteKey, when time.Time, sign func(message []byte) ([]byte, error)) (SignedCheckpoint, error) {
	if when.Unix() < 0 || k.Type != CoSignerKey {
		return s, fault(FaultCheckpoint, "a co-signature needs a co-signer's key and a time after 1970")
	}
	seconds := uint64(when.Unix()) //nolint:gosec // not negative, see above
	sig, err := sign(coSignedMessage(seconds, s.Text()))
	if err != nil {
		return s, fmt.Errorf("co-sign checkpoint of size %d: %w", s.Size, err)
	}
	added := NoteSignature{k.Name, k.Hash(), append(binary.BigEndian.AppendUint64(nil, seconds), sig...)}
	return s.With([]byte(added.line()))
}

// With returns s with signature lines, as a co-signer's answer holds them, added.
// Errors: FaultCheckpoint.
func (s SignedCheckpoint) With(lines []byte) (SignedCheckpoint, error) {
	return ParseCheckpoint(append(s.Bytes(), lines...))
}

// Lines returns the signature lines of s, as With takes them.
func (s SignedCheckpoint) Lines() []byte { return s.Bytes()[len(s.Text())+1:] }
