package vault

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

const (
	caseA = "0123456789abcdef0123456789abcdef"
	caseB = "fedcba9876543210fedcba9876543210"
)

// quick is a passphrase with a work factor that suits tests.
func quick(text string) Secret { return passphrase{text: text, factor: 10} }

func create(t *testing.T, secret Secret) (*Vault, Config) {
	t.Helper()
	config := Config{Dir: filepath.Join(t.TempDir(), "keys"), Secret: secret}
	v, err := Create(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v, config
}

func reopen(t *testing.T, config Config) *Vault {
	t.Helper()
	v, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func blind(t *testing.T, v *Vault, id, collection, key string) string {
	t.Helper()
	blinded, err := v.Blind(id, collection, key)
	if err != nil {
		t.Fatal(err)
	}
	return blinded
}

func TestSealedTextOutlivesReopening(t *testing.T) {
	ctx := t.Context()
	keyPath := filepath.Join(t.TempDir(), "master.key")
	if err := CreateKeyFile(keyPath); err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]Secret{"passphrase": quick("correct horse battery"), "key file": KeyFile(keyPath)} {
		t.Run(name, func(t *testing.T) {
			v, config := create(t, secret)
			if err := v.CreateCase(ctx, caseA); err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"", caseA} {
				sealed, err := v.Seal(ctx, id, []byte("place"), []byte("07700 900123"))
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Contains(sealed, []byte("900123")) {
					t.Fatal("clear text in what was sealed")
				}
				again := reopen(t, config)
				plain, err := again.Open(ctx, id, []byte("place"), sealed)
				if err != nil || string(plain) != "07700 900123" {
					t.Fatalf("case %q: %q, %v", id, plain, err)
				}
				if blind(t, v, id, "numbers", "x") != blind(t, again, id, "numbers", "x") {
					t.Fatal("the look-up digest changed by reopening")
				}
			}
		})
	}
}

func TestCasesDoNotMix(t *testing.T) {
	ctx := t.Context()
	v, _ := create(t, quick("correct horse battery"))
	for _, id := range []string{caseA, caseB} {
		if err := v.CreateCase(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	sealed, err := v.Seal(ctx, caseA, []byte("aad"), []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Open(ctx, caseA, []byte("aad"), sealed); err != nil {
		t.Fatalf("control: %v", err)
	}
	for _, id := range []string{caseB, ""} {
		if _, err := v.Open(ctx, id, []byte("aad"), sealed); !errors.Is(err, ErrIntegrity) {
			t.Errorf("opened for case %q: %v", id, err)
		}
	}
	if _, err := v.Open(ctx, caseA, []byte("aae"), sealed); !errors.Is(err, ErrIntegrity) {
		t.Errorf("opened for another place: %v", err)
	}
	if _, err := v.UnwrapPayloadKey(ctx, caseA, "address", []byte("aad"), sealed); !errors.Is(err, ErrIntegrity) {
		t.Errorf("a sealed column opened as the key of a payload: %v", err)
	}
	if blind(t, v, caseA, "c", "k") == blind(t, v, caseB, "c", "k") || blind(t, v, caseA, "ab", "c") == blind(t, v, caseA, "a", "bc") {
		t.Error("look-up digests are equal for different things")
	}
	a, errA := v.Address(ctx, caseA, [32]byte{1})
	b, errB := v.Address(ctx, caseB, [32]byte{1})
	if errA != nil || errB != nil || a == b {
		t.Errorf("equal content shows across cases: %v %v", errA, errB)
	}
	one, _ := v.Derive(ctx, caseA, "rows", []byte("1"))
	two, _ := v.Derive(ctx, caseA, "rows", []byte("2"))
	other, _ := v.Derive(ctx, caseB, "rows", []byte("1"))
	if one == two || one == other || one == [32]byte{} {
		t.Error("derived secrets are equal")
	}
}

func TestDestroyedCaseIsGone(t *testing.T) {
	ctx := t.Context()
	v, config := create(t, quick("correct horse battery"))
	if err := v.CreateCase(ctx, caseA); err != nil {
		t.Fatal(err)
	}
	sealed, err := v.Seal(ctx, caseA, nil, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	held := v.cases[caseA]
	wrapped, err := os.ReadFile(filepath.Join(config.Dir, "case-"+caseA+".key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.DestroyCase(ctx, caseA); err != nil {
		t.Fatal(err)
	}
	if held.raw != [32]byte{} || held.seal != nil {
		t.Error("the key is still in memory")
	}
	for _, vault := range []*Vault{v, reopen(t, config)} {
		if _, err := vault.Open(ctx, caseA, nil, sealed); !errors.Is(err, ErrDestroyed) {
			t.Errorf("open after destruction: %v", err)
		}
		if err := vault.CreateCase(ctx, caseA); !errors.Is(err, ErrDestroyed) {
			t.Errorf("begun anew after destruction: %v", err)
		}
		if err := vault.DestroyCase(ctx, caseA); err != nil {
			t.Errorf("destroyed again: %v", err)
		}
		if blind(t, vault, caseA, "c", "k") != "" {
			t.Error("a look-up digest without a key")
		}
	}
	hexed := wrapped[len(keyHeader)+len(caseA)+1 : len(wrapped)-1]
	raw, err := hex.DecodeString(string(hexed))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(config.Dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, hexed) || bytes.Contains(content, raw[30:]) {
			t.Errorf("%s still holds the wrapped key", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A kill between the mark and the removal must not bring the key back.
func TestInterruptedDestructionIsFinished(t *testing.T) {
	ctx := t.Context()
	v, config := create(t, quick("correct horse battery"))
	for _, id := range []string{caseA, caseB} {
		if err := v.CreateCase(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(config.Dir, "case-"+caseA+".destroyed"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	again := reopen(t, config)
	if err := again.HasCase(ctx, caseA); !errors.Is(err, ErrDestroyed) {
		t.Errorf("the key came back: %v", err)
	}
	if _, err := os.Stat(filepath.Join(config.Dir, "case-"+caseA+".key")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the key file is still there: %v", err)
	}
	if err := again.HasCase(ctx, caseB); err != nil {
		t.Errorf("control: the other case: %v", err)
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	ctx := t.Context()
	v, config := create(t, quick("correct horse battery"))
	if _, err := Create(ctx, config); !errors.Is(err, ErrExists) {
		t.Errorf("created over a key folder: %v", err)
	}
	if err := v.CreateCase(ctx, caseA); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(config.Dir, "case-"+caseA+".key"))
	if err := v.CreateCase(ctx, caseA); !errors.Is(err, ErrExists) {
		t.Errorf("created over a case key: %v", err)
	}
	after, _ := os.ReadFile(filepath.Join(config.Dir, "case-"+caseA+".key"))
	if !bytes.Equal(before, after) || len(before) == 0 {
		t.Error("the case key changed")
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := CreateKeyFile(path); err != nil {
		t.Fatal(err)
	}
	if err := CreateKeyFile(path); !errors.Is(err, ErrExists) {
		t.Errorf("created over a key file: %v", err)
	}
}

func TestRewrapKeepsEverything(t *testing.T) {
	ctx := t.Context()
	v, config := create(t, quick("correct horse battery"))
	if err := v.CreateCase(ctx, caseA); err != nil {
		t.Fatal(err)
	}
	sealed, err := v.Seal(ctx, caseA, nil, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Rewrap(ctx, quick("another long passphrase")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, config); !errors.Is(err, ErrWrongSecret) {
		t.Errorf("the old passphrase still opens it: %v", err)
	}
	config.Secret = quick("another long passphrase")
	if _, err := reopen(t, config).Open(ctx, caseA, nil, sealed); err != nil {
		t.Error(err)
	}
}

func TestNoKeyInClear(t *testing.T) {
	ctx := t.Context()
	v, config := create(t, quick("correct horse battery"))
	if err := v.CreateCase(ctx, caseA); err != nil {
		t.Fatal(err)
	}
	if err := v.HasCase(ctx, caseA); err != nil {
		t.Fatal(err)
	}
	keys := [][]byte{v.master[:], v.cases[caseA].raw[:], v.organisation.raw[:]}
	found := 0
	err := filepath.WalkDir(config.Dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, key := range keys {
			if bytes.Contains(content, key) || bytes.Contains(content, []byte(hex.EncodeToString(key))) {
				t.Errorf("%s holds a key in clear", path)
			}
		}
		if info, _ := entry.Info(); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		found++
		return err
	})
	if err != nil || found != 3 { // with the lock
		t.Fatalf("%d files, %v", found, err)
	}
}

func TestUseAndDestructionTogether(t *testing.T) {
	ctx := t.Context()
	v, _ := create(t, quick("correct horse battery"))
	for i := range 20 {
		id := "case-" + strconv.Itoa(i)
		if err := v.CreateCase(ctx, id); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for range 50 {
					sealed, err := v.Seal(ctx, id, nil, []byte("x"))
					if err == nil {
						_, err = v.Open(ctx, id, nil, sealed)
					}
					if err != nil && !errors.Is(err, ErrDestroyed) {
						t.Errorf("%v", err)
						return
					}
				}
			})
		}
		group.Go(func() {
			if err := v.DestroyCase(ctx, id); err != nil {
				t.Error(err)
			}
		})
		group.Wait()
		if err := v.HasCase(ctx, id); !errors.Is(err, ErrDestroyed) {
			t.Errorf("%v", err)
		}
	}
}

func TestClosed(t *testing.T) {
	v, _ := create(t, quick("correct horse battery"))
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if v.master != [32]byte{} {
		t.Error("the master key is still in memory")
	}
	if _, err := v.Seal(context.Background(), "", nil, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	if err := v.CreateCase(context.Background(), caseA); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
}
