package faults_test

import (
	"bytes"
	"context"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis/module"
	"custos.example/cmd/custos/wiring/wiringtest"
	"custos.example/custody/blob"
	"custos.example/custody/vault"
)

// flippable is one file and the question that a reader of it asks.
type flippable struct {
	path  string
	group string
	seen  func(ctx context.Context) bool // whether the change is noticed
}

// TestFlips changes one bit of a file of a record, of its keys, or of the
// program's module of steps, and asks whoever reads it: every change has to be
// noticed. The control is every file as it was, before and after.
//
// CUSTOS_LONG=1: 100,000 flips; else 2,000.
func TestFlips(t *testing.T) {
	files := flippableFiles(t)
	ctx := context.WithoutCancel(t.Context())
	groups := map[string][]flippable{}
	for _, f := range files {
		if f.seen(ctx) {
			t.Fatalf("control: %s is refused as it is", f.path)
		}
		groups[f.group] = append(groups[f.group], f)
	}
	names := make([]string, 0, len(groups))
	for name := range groups {
		names = append(names, name)
	}
	slices.Sort(names)
	made, failures := map[string]int{}, 0
	n := trials(2000, 100_000)
	for i := range n {
		group := groups[names[i%len(names)]]
		f := group[rand.IntN(len(group))]
		made[f.group]++
		good, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		bit := rand.IntN(len(good) * 8)
		bad := bytes.Clone(good)
		bad[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(f.path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if !f.seen(ctx) {
			failures++
			t.Errorf("%s: bit %d of %s is changed and nobody notices", f.group, bit, filepath.Base(f.path))
		}
		if err := os.WriteFile(f.path, good, 0o600); err != nil {
			t.Fatal(err)
		}
		if failures > 20 {
			break
		}
	}
	accepted := 0
	for _, f := range files {
		if !f.seen(ctx) {
			accepted++
		}
	}
	t.Logf("%d files: %v", len(files), made)
	proof(t, "flips", n, failures, accepted, len(files))
}

// flippableFiles makes a record and lists its files with their readers.
func flippableFiles(t *testing.T) []flippable {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	folder := quick(t)
	if err := createCore(ctx, folder); err != nil {
		t.Fatal(err)
	}
	c, err := openCore(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	clients := newClients(1)
	for range 30 {
		answer, err := c.next(ctx, clients.last[0])
		if err != nil {
			t.Fatal(err)
		}
		clients.keep(answer)
	}
	var files []flippable
	blobs := filepath.Join(folder, "record", "blobs")
	for _, path := range filesBelow(t, blobs) {
		name := filepath.Base(path)
		address, _, _ := strings.Cut(name, ".")
		i := slices.IndexFunc(clients.all, func(a told) bool { return a.Kept.Address == address })
		if i < 0 {
			continue
		}
		ref := clients.all[i].Kept
		files = append(files, flippable{path, "payload" + filepath.Ext(name), func(ctx context.Context) bool {
			return c.blobs.Verify(ctx, ref.Case, ref.Address) != nil
		}})
	}
	for _, path := range filesBelow(t, filepath.Join(folder, "record", "tiles")) {
		files = append(files, flippable{path, "tile", func(ctx context.Context) bool {
			_, err := c.tiles.Check(ctx)
			return err != nil
		}})
	}
	files = append(files, flippable{guardFile(folder), "guard", func(ctx context.Context) bool { return c.recorder.Check(ctx) != nil }})
	files = append(files, vaultFiles(t, folder, clients)...)
	return append(files, moduleFiles(t)...)
}

// vaultFiles are the files under which payloads can be read. The case keys are
// used once the vault was opened.
func vaultFiles(t *testing.T, folder string, clients *clients) (files []flippable) {
	t.Helper()
	kept := clients.all[0].Kept
	useVault := func(ctx context.Context) bool {
		v, err := vault.Open(ctx, coreConfig(folder))
		if err != nil {
			return true
		}
		defer v.Close()
		for _, a := range clients.all {
			if _, err := v.Address(ctx, string(a.Case), kept.SHA256); err != nil {
				return true
			}
		}
		b, err := blob.Open(ctx, blob.Config{DataDir: filepath.Join(folder, "record"), Keys: v, Shared: true})
		if err != nil {
			return true
		}
		defer b.Close()
		return b.Verify(ctx, kept.Case, kept.Address) != nil
	}
	for _, path := range append(filesBelow(t, filepath.Join(folder, "keys", "vault")), filepath.Join(folder, "keys", "secret")) {
		files = append(files, flippable{path, "vault", useVault})
	}
	return files
}

// moduleFiles are the archive of the steps, what was recorded of it and what binds
// the two, if they were built.
func moduleFiles(t *testing.T) (files []flippable) {
	t.Helper()
	if _, _, err := module.Built(); err != nil {
		missing(t, "the module of steps is not built: %v", err)
	}
	folder := quick(t)
	wiringtest.Duplicate(t, "../../../analysis/module/built", folder)
	for _, name := range []string{module.WasmFile, module.InfoFile, module.SumsFile} {
		files = append(files, flippable{filepath.Join(folder, name), "module", func(context.Context) bool {
			_, _, err := module.Load(os.DirFS(folder))
			return err != nil
		}})
	}
	return files
}

func filesBelow(t *testing.T, folder string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && !strings.HasSuffix(path, ".lock") {
			if info, err := entry.Info(); err == nil && info.Size() > 0 {
				files = append(files, path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestFlippedSigningKeys changes one bit of a signing key of a whole station. A
// key that still opens is another key: nothing may be answered under it. The
// control is the key as it was.
//
// CUSTOS_LONG=1: 400 flips of each key; else 8.
func TestFlippedSigningKeys(t *testing.T) {
	ctx := context.WithoutCancel(t.Context())
	folder := quick(t)
	if err := found(ctx, at(folder)); err != nil {
		t.Fatal(err)
	}
	clients, caught := newClients(1), 0
	answered := func() bool {
		r, err := openRecord(ctx, wholeStation, folder)
		if err != nil {
			return false
		}
		defer r.Close()
		answer, err := r.next(ctx, clients.last[0])
		if err == nil {
			clients.keep(answer)
		}
		return err == nil
	}
	for range 2 { // a case and an authority, for the imports that follow
		if !answered() {
			t.Fatal("control: the keys as they are answer nothing")
		}
	}
	made, failures := 0, 0
	for _, name := range []string{"log.key", "service.key", "person-" + officer.ID + ".key"} {
		path := filepath.Join(folder, "keys", "sign", name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range trials(8, 400) {
			made++
			bit := rand.IntN(len(good) * 8)
			bad := bytes.Clone(good)
			bad[bit/8] ^= 1 << (bit % 8)
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if answered() {
				failures++
				t.Errorf("%s: bit %d of byte %d is changed, and a request is answered under it", name, bit%8, bit/8)
			}
			if err := os.WriteFile(path, good, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if answered() {
			caught++
		}
	}
	proof(t, "flips-signing-keys", made, failures, caught, 3)
}
