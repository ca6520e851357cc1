package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// minPassphrase is the least number of characters of a new passphrase.
const minPassphrase = 12

// Secret opens a key folder: Passphrase or KeyFile.
type Secret interface {
	// acceptable says whether a new folder may be put under it.
	acceptable() error
	recipient() (age.Recipient, error)
	identity() (age.Identity, error)
	// stanza is the name that age gives to its kind.
	stanza() string
	// words says what it is to a person.
	words() string
}

type passphrase struct {
	text   string
	factor int
}

// Passphrase is a secret that a person remembers, stretched with scrypt as age
// does (work factor 2^18, about a second).
func Passphrase(text string) Secret { return passphrase{text: text, factor: 18} }

func (p passphrase) acceptable() error {
	if len([]rune(p.text)) < minPassphrase {
		return fmt.Errorf("the passphrase has fewer than %d characters: use several unrelated words: %w", minPassphrase, ErrInvalid)
	}
	return nil
}

func (p passphrase) recipient() (age.Recipient, error) {
	r, err := age.NewScryptRecipient(p.text)
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w: %w", ErrInvalid, err)
	}
	r.SetWorkFactor(p.factor)
	return r, nil
}

func (p passphrase) identity() (age.Identity, error) {
	i, err := age.NewScryptIdentity(p.text)
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w: %w", ErrWrongSecret, err)
	}
	return i, nil
}

func (passphrase) stanza() string { return "scrypt" }
func (passphrase) words() string  { return "a passphrase" }

type keyFile struct{ path string }

// KeyFile is a secret kept in a file as CreateKeyFile or age-keygen write it.
// Trust: the file must be readable by its owner only, and must be kept apart
// from the key folder and from every backup of either.
func KeyFile(path string) Secret { return keyFile{path} }

func (k keyFile) acceptable() error { return private(k.path) }

func (k keyFile) read() (*age.X25519Identity, error) {
	if err := private(k.path); err != nil {
		return nil, err
	}
	text, err := readSmall(k.path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil || len(identities) != 1 {
		return nil, fmt.Errorf("key file %s does not hold exactly one AGE-SECRET-KEY line: give the file that was made for this "+
			"key folder: %w", k.path, ErrInvalid)
	}
	identity, ok := identities[0].(*age.X25519Identity)
	if !ok {
		return nil, fmt.Errorf("key file %s holds a key of another kind than X25519: %w", k.path, ErrInvalid)
	}
	return identity, nil
}

func (k keyFile) recipient() (age.Recipient, error) {
	identity, err := k.read()
	if err != nil {
		return nil, err
	}
	return identity.Recipient(), nil
}

func (k keyFile) identity() (age.Identity, error) { return k.read() }
func (keyFile) stanza() string                    { return "X25519" }
func (keyFile) words() string                     { return "a key file" }

// CreateKeyFile writes a new key file that only its owner can read.
// Durability: the file is on disk when it returns.
// Errors: ErrExists when there is a file of that name.
func CreateKeyFile(path string) error {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	return writeNew(filepath.Dir(path), filepath.Base(path), []byte(identity.String()+"\n"))
}

// RemoveKeyFile removes a key file that opens nothing any more; a missing one is no
// error.
// Durability: it is overwritten, as far as the medium does that, and gone from the
// disk when it returns.
func RemoveKeyFile(path string) error { return shred(filepath.Dir(path), filepath.Base(path)) }

const masterHeader = "custos-master-v1\n"

// newMaster returns a new master key wrapped by secret.
func newMaster(secret Secret) ([]byte, error) {
	var master [32]byte
	defer clear(master[:])
	if _, err := rand.Read(master[:]); err != nil {
		return nil, fmt.Errorf("make the master key: %w", err)
	}
	return sealMaster(secret, &master)
}

// sealMaster returns an age file whose plaintext is a header line and the key
// in hex, so that it can be recovered with the age tool alone.
func sealMaster(secret Secret, master *[32]byte) ([]byte, error) {
	recipient, err := secret.recipient()
	if err != nil {
		return nil, err
	}
	plain := []byte(masterHeader + hex.EncodeToString(master[:]) + "\n")
	defer clear(plain)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipient)
	if err != nil {
		return nil, fmt.Errorf("wrap the master key: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("wrap the master key: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("wrap the master key: %w", err)
	}
	return out.Bytes(), nil
}

func openMaster(secret Secret, sealed []byte) ([32]byte, error) {
	var master [32]byte
	if err := sameKind(secret, sealed); err != nil {
		return master, err
	}
	identity, err := secret.identity()
	if err != nil {
		return master, err
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	var mismatch *age.NoIdentityMatchError
	if errors.As(err, &mismatch) {
		return master, fmt.Errorf("%s was given that does not open it: check that it belongs to this key folder: %w", secret.words(), ErrWrongSecret)
	}
	if err != nil {
		return master, fmt.Errorf("damaged; restore it from its own backup: %w: %w", ErrIntegrity, err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, 1024))
	defer clear(plain)
	if err != nil {
		return master, fmt.Errorf("damaged; restore it from its own backup: %w: %w", ErrIntegrity, err)
	}
	text, ok := bytes.CutPrefix(plain, []byte(masterHeader))
	if !ok || len(text) != 65 || text[64] != '\n' {
		return master, fmt.Errorf("does not hold a custos master key: %w", ErrIntegrity)
	}
	if _, err := hex.Decode(master[:], text[:64]); err != nil {
		return master, fmt.Errorf("does not hold a custos master key: %w: %w", ErrIntegrity, err)
	}
	return master, nil
}

// sameKind tells a person who gives a passphrase where a key file is wanted.
func sameKind(secret Secret, sealed []byte) error {
	for _, kind := range []Secret{passphrase{}, keyFile{}} {
		wanted, err := under(kind, sealed)
		if err != nil {
			return err
		}
		if wanted && kind.stanza() != secret.stanza() {
			return fmt.Errorf("this key folder opens with %s, and %s was given: %w", kind.words(), secret.words(), ErrWrongSecret)
		}
	}
	return nil
}

// under tells whether a wrapped master key opens with a secret of that kind, which
// the head of an age file says in clear.
func under(kind Secret, sealed []byte) (bool, error) {
	lines := strings.SplitN(string(sealed[:min(len(sealed), 512)]), "\n", 3)
	if len(lines) < 3 || !strings.HasPrefix(lines[0], "age-encryption.org/v1") {
		return false, fmt.Errorf("not an age file; restore it from its own backup: %w", ErrIntegrity)
	}
	return strings.HasPrefix(lines[1], "-> "+kind.stanza()+" "), nil
}

// NeedsPassphrase tells whether a key folder opens with a passphrase: the folder
// says so itself.
// Errors: fs.ErrNotExist when there is no key folder; ErrIntegrity.
func NeedsPassphrase(dir string) (bool, error) {
	path := filepath.Join(dir, masterName)
	sealed, err := readSmall(path)
	if err != nil {
		return false, err
	}
	needs, err := under(passphrase{}, sealed)
	if err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	return needs, nil
}

// private returns an error when others than the owner can reach the path.
func private(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing: check the path: %w", path, ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	if hasModes && info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s can be reached by other users (mode %04o): run chmod go-rwx on it: %w",
			path, info.Mode().Perm(), ErrInvalid)
	}
	return nil
}
