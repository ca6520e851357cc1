package wiring_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

const words = "correct horse battery staple"

// keyFolder is what a change of the secret touches.
type keyFolder struct{ secret, master []byte }

func readFolder(t *testing.T, o wiring.Options) (f keyFolder) {
	t.Helper()
	for path, to := range map[string]*[]byte{"secret": &f.secret, "vault/master.age": &f.master} {
		text, err := os.ReadFile(filepath.Join(o.KeyFolder(), path))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		*to = text
	}
	return f
}

// put makes the folder as a change left it that was cut short.
func (f keyFolder) put(t *testing.T, o wiring.Options) {
	t.Helper()
	for path, text := range map[string][]byte{"secret": f.secret, "vault/master.age": f.master, "vault/.new-1": f.master[:9], ".new-1": f.secret} {
		path = filepath.Join(o.KeyFolder(), path)
		err := os.WriteFile(path, text, 0o600)
		if text == nil {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// changed puts the vault under the passphrase, or under a key file, by way of ad1.
func changed(t *testing.T, o wiring.Options, passphrase string) (after keyFolder) {
	t.Helper()
	s := opened(t, o)
	before, err := s.Store.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ChangeSecret(t.Context(), custody.Actor{ID: "nobody"}, custody.Ask{}, passphrase); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("somebody who is not enrolled: %v", err)
	}
	if err := s.ChangeSecret(t.Context(), custody.Actor{ID: first.ID}, custody.Ask{}, passphrase); err != nil {
		t.Fatal(err)
	}
	if size, err := s.Store.Size(t.Context()); err != nil || size != before+2 {
		t.Errorf("%d entries, not the two decisions: %v", size-before, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return readFolder(t, o)
}

// TestSecretCutShort opens the key folder in each state in which a change of what
// opens it can be cut short: with one of the two secrets it opens, everything is
// there, and a key file that opens nothing is gone after. The controls are the
// states that another order of the steps would leave: nothing opens those.
func TestSecretCutShort(t *testing.T) {
	file := place(t)
	phrase := file
	s := founded(t, file)
	imported(t, s, "NX/1")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	phrase.Passphrase = words
	old := readFolder(t, file)
	sealed := changed(t, file, words)
	if sealed.secret != nil || bytes.Equal(sealed.master, old.master) {
		t.Error("under a passphrase, and the key file is there, or the wrapping is the old one")
	}
	again := changed(t, phrase, "")
	if again.secret == nil || bytes.Equal(again.secret, old.secret) {
		t.Error("the old key file is back")
	}
	for _, state := range []struct {
		name  string
		left  keyFolder
		opens *wiring.Options // nil: nothing does
		stays bool            // the key file
	}{
		{"to a passphrase, before the wrapping", keyFolder{old.secret, old.master}, &file, true},
		{"to a passphrase, before the key file is removed", keyFolder{old.secret, sealed.master}, &phrase, false},
		{"to a key file, before the wrapping", keyFolder{again.secret, sealed.master}, &phrase, false},
		{"to a key file, done", again, &file, true},
		{"control: the key file removed first", keyFolder{nil, old.master}, nil, false},
		{"control: wrapped before the key file is there", keyFolder{nil, again.master}, nil, false},
		{"control: the new key file over the old one", keyFolder{again.secret, old.master}, nil, true},
	} {
		state.left.put(t, file)
		if needs, err := file.NeedsPassphrase(); err != nil || state.opens != nil && needs != (state.opens == &phrase) {
			t.Errorf("%s: needs a passphrase: %t, %v", state.name, needs, err)
		}
		for _, o := range []*wiring.Options{&file, &phrase} {
			s, err := wiring.Open(t.Context(), *o)
			if (err == nil) != (o == state.opens) {
				t.Errorf("%s: opened with a passphrase (%t): %v", state.name, o == &phrase, err)
			}
			if err == nil {
				healthy(t, s)
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		}
		if stays := readFolder(t, file).secret != nil; stays != state.stays {
			t.Errorf("%s: the key file is there: %t", state.name, stays)
		}
	}
}
