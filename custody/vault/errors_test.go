package vault

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestErrorsSayWhatToDo(t *testing.T) {
	ctx := t.Context()
	v, config := create(t, quick("correct horse battery"))
	keyPath := filepath.Join(t.TempDir(), "key")
	if err := CreateKeyFile(keyPath); err != nil {
		t.Fatal(err)
	}
	loose := filepath.Join(t.TempDir(), "loose")
	if err := os.WriteFile(loose, []byte("AGE-SECRET-KEY-1"), 0o644); err != nil {
		t.Fatal(err)
	}
	missing := Config{Dir: filepath.Join(t.TempDir(), "none"), Secret: config.Secret}
	with := func(secret Secret) Config { return Config{Dir: config.Dir, Secret: secret} }
	open := func(c Config) func() error {
		return func() error { _, err := Open(ctx, c); return err }
	}
	inside := Config{Dir: filepath.Join(config.Dir, "data", "keys"), DataDir: filepath.Join(config.Dir, "data"), Secret: config.Secret}
	cases := []struct {
		name string
		call func() error
		is   error
		says string
	}{
		{"wrong passphrase", open(with(quick("incorrect horse battery"))), ErrWrongSecret, "master.age"},
		{"key file for passphrase", open(with(KeyFile(keyPath))), ErrWrongSecret, "opens with a passphrase"},
		{"missing folder", open(missing), ErrNotFound, "check the path"},
		{"missing key file", open(with(KeyFile(keyPath + "x"))), ErrWrongSecret, "opens with a passphrase"},
		{"no secret", open(with(nil)), ErrInvalid, "passphrase"},
		{"inside the data folder", open(inside), ErrInvalid, "choose a key folder elsewhere"},
		{"short passphrase", func() error {
			_, err := Create(ctx, Config{Dir: missing.Dir, Secret: Passphrase("short")})
			return err
		}, ErrInvalid, "12 characters"},
		{"readable key file", func() error {
			_, err := Create(ctx, Config{Dir: missing.Dir, Secret: KeyFile(loose)})
			return err
		}, ErrInvalid, "chmod go-rwx"},
		{"unknown case", func() error { return v.HasCase(ctx, caseA) }, ErrNotFound, "case-" + caseA},
		{"case id with a path", func() error { return v.CreateCase(ctx, "../x") }, ErrInvalid, "lower-case"},
		{"empty case id", func() error { return v.DestroyCase(ctx, "") }, ErrInvalid, "1 to 64"},
	}
	for _, c := range cases {
		err := c.call()
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v; want %v, saying %q", c.name, err, c.is, c.says)
		}
	}
}

func TestDamageIsNamed(t *testing.T) {
	ctx := t.Context()
	v, config := create(t, quick("correct horse battery"))
	if err := v.CreateCase(ctx, caseA); err != nil {
		t.Fatal(err)
	}
	if err := v.CreateCase(ctx, caseB); err != nil {
		t.Fatal(err)
	}
	fileA := filepath.Join(config.Dir, "case-"+caseA+".key")
	fileB := filepath.Join(config.Dir, "case-"+caseB+".key")
	good, err := os.ReadFile(fileA)
	if err != nil {
		t.Fatal(err)
	}
	try := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(fileA, content, 0o600); err != nil {
			t.Fatal(err)
		}
		err := reopen(t, config).HasCase(ctx, caseA)
		if !errors.Is(err, ErrIntegrity) || !strings.Contains(err.Error(), fileA) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range len(good) {
		changed := bytes.Clone(good)
		changed[i] ^= 1
		try("changed byte", changed)
	}
	try("upper-case hex", bytes.ToUpper(good))
	try("trailing byte", append(bytes.Clone(good), '\n'))
	try("cut", good[:len(good)-1])
	try("empty", nil)
	swapped, _ := os.ReadFile(fileB)
	try("the key of another case", swapped)
	try("renamed to this case", bytes.ReplaceAll(swapped, []byte(caseB), []byte(caseA)))
	if err := os.WriteFile(fileA, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := reopen(t, config).HasCase(ctx, caseA); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestDamagedMasterIsNamed(t *testing.T) {
	_, config := create(t, quick("correct horse battery"))
	path := filepath.Join(config.Dir, "master.age")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(good); i += 7 {
		changed := bytes.Clone(good)
		changed[i] ^= 1
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), config)
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
}
