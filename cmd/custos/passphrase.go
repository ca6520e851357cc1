package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger/sign"
)

// errFolderPassphrase says that the key folder opens with a passphrase, which did
// not come.
var errFolderPassphrase = errors.New("the passphrase of the key folder is missing or wrong")

// phrase is a passphrase that a person gives: in a file that a flag names, or at
// the terminal, where it is not shown. It never stands on a command line.
type phrase struct {
	of         string // what the question calls it
	file, flag string
	unattended bool  // nobody is asked at the terminal
	refused    error // what an error is
}

// ask returns the passphrase; to confirm, it is asked for twice.
func (p phrase) ask(cmd *cobra.Command, confirm bool) ([]byte, error) {
	if p.file != "" {
		if err := ownersOnly(p.file); err != nil {
			return nil, err
		}
		text, err := readFile(p.file, maxDocument)
		return bytes.TrimRight(text, "\r\n"), err
	}
	in := int(os.Stdin.Fd()) //nolint:gosec // a descriptor is small
	if p.unattended {
		return nil, fmt.Errorf("%w: a server asks nobody; name a file with --%s", p.refused, p.flag)
	}
	if !term.IsTerminal(in) {
		return nil, fmt.Errorf("%w: there is no terminal at which to ask; name a file with --%s", p.refused, p.flag)
	}
	ask := func(words string) ([]byte, error) {
		_, _ = fmt.Fprint(cmd.ErrOrStderr(), words)
		typed, err := term.ReadPassword(in)
		_, _ = fmt.Fprintln(cmd.ErrOrStderr())
		return typed, err
	}
	first, err := ask(p.of + ": ")
	if err != nil || !confirm {
		return first, err
	}
	second, err := ask("Once more: ")
	if err == nil && !bytes.Equal(first, second) {
		err = fmt.Errorf("%w: the two differ", p.refused)
	}
	clear(second)
	return first, err
}

// ownersOnly refuses a file with a secret that others of this machine may read. What is no file
// (a pipe), and what systemd hands to a service (LoadCredential=), is given to this process alone.
// Errors: ErrDenied.
func ownersOnly(path string) error {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	if handed := os.Getenv("CREDENTIALS_DIRECTORY"); handed != "" && filepath.Dir(filepath.Clean(path)) == filepath.Clean(handed) {
		return nil
	}
	return fmt.Errorf("%s holds a passphrase and has the mode %04o, so others may read it: chmod 600 it, and take a new passphrase if it lay open to "+
		"people who must not know it: %w", path, info.Mode().Perm(), custody.ErrDenied)
}

// unlock asks for the passphrase of a key file.
func (s *settings) unlock(cmd *cobra.Command) sign.Passphrase {
	p := phrase{of: "Passphrase of the key file", file: s.passphraseFile, flag: "passphrase-file", refused: sign.ErrPassphrase}
	return func(confirm bool) ([]byte, error) { return p.ask(cmd, confirm) }
}

// folderPassphrase asks for the passphrase of the key folder.
func (s *settings) folderPassphrase(cmd *cobra.Command, confirm bool) (string, error) {
	return phrase{
		of: "Passphrase of the key folder", file: s.keysPassphraseFile, flag: "keys-passphrase-file",
		unattended: s.unattended, refused: errFolderPassphrase,
	}.text(cmd, confirm)
}

// text is ask where nothing is no passphrase.
func (p phrase) text(cmd *cobra.Command, confirm bool) (string, error) {
	text, err := p.ask(cmd, confirm)
	if err == nil && len(text) == 0 {
		err = fmt.Errorf("%w: it is empty", p.refused)
	}
	return string(text), err
}

// opening returns where everything lies, with the passphrase of a key folder that
// opens with one.
func (s *settings) opening(cmd *cobra.Command) (wiring.Options, error) {
	o, err := s.options(cmd.ErrOrStderr())
	if err != nil {
		return o, err
	}
	needs, err := o.NeedsPassphrase()
	if err == nil && needs {
		o.Passphrase, err = s.folderPassphrase(cmd, false)
	}
	return o, err
}
