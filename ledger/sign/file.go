package sign

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"

	"custos.example/ledger/durable"
)

// maxFile is more than a key file ever has.
const maxFile = 4096

// Create makes a key and writes it to a new file that only its owner can read.
//
// Durability: the file and its name are on disk when it returns.
// Errors: ErrExists when there is anything of that name.
func Create(path string, random io.Reader) (*Key, error) {
	key, err := Generate(random)
	if err != nil {
		return nil, err
	}
	content, err := key.Marshal()
	if err != nil {
		return nil, err
	}
	return key, Write(path, content)
}

// Write writes the content of a key file, as Marshal or Seal returned it, to a new
// file that only its owner can read.
//
// Durability: the file and its name are on disk when it returns.
// Errors: ErrExists when there is anything of that name.
func Write(path string, content []byte) error {
	err := durable.Create(path, content, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create key %s: %w: open it, or choose another name", path, ErrExists)
	}
	if err != nil {
		return fmt.Errorf("create key %s: %w", path, err)
	}
	return nil
}

// Open reads a key from a file that Create wrote.
//
// Errors: ErrKeyFile when the file is anything else, or when others than its
// owner can read it; ErrPassphrase when it is protected; fs.ErrNotExist when there
// is none.
func Open(path string) (*Key, error) { return OpenWith(path, nil) }

// OpenWith is Open for a file that may be protected by a passphrase, which is then
// asked for.
func OpenWith(path string, ask Passphrase) (*Key, error) {
	content, err := read(path)
	if err != nil {
		return nil, err
	}
	var key *Key
	if ask == nil || !Sealed(content) {
		key, err = Parse(content)
	} else {
		var passphrase []byte
		if passphrase, err = ask(false); err == nil {
			key, err = Unseal(content, passphrase)
			clear(passphrase)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open key %s: %w", path, err)
	}
	return key, nil
}

// read returns the content of a key file that only its owner can use.
func read(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("open key: %w", err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("open key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open key %s: %w: it is not a plain file", path, ErrKeyFile)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("open key %s: %w: others than its owner can use it (mode %04o): "+
			"find out who has, then chmod 600 it or replace the key", path, ErrKeyFile, info.Mode().Perm())
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("open key: %w", err)
	}
	if len(content) > maxFile {
		return nil, fmt.Errorf("open key %s: %w: it is too long", path, ErrKeyFile)
	}
	return content, nil
}
