package recorder_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"

	"custos.example/ledger"
	"custos.example/ledger/recorder"
	"custos.example/ledger/tree/memlog"
)

// entries are made-up entries, as many as are asked for.
type entries struct{ variant string }

func (e entries) Leaves(_ context.Context, from, to ledger.Index) ([]ledger.Commitment, error) {
	var out []ledger.Commitment
	for i := from; i < to; i++ {
		out = append(out, commitment(uint64(i), e.variant))
	}
	return out, nil
}

// published is a log that publishes into a folder.
type published struct {
	recorder.Config
	engine *memlog.Log
	tiles  *recorder.Tiles
	folder string
}

func publish(tb testing.TB) *published {
	tb.Helper()
	p := &published{engine: newLog(tb, 0), folder: filepath.Join(tb.TempDir(), "tiles")}
	p.Config = config(tb, p.engine)
	p.tiles = recorder.NewTiles(recorder.TilesConfig{Folder: p.folder, Origin: origin, Keys: p.Keys, Leaves: entries{}})
	p.Tiles = p.tiles
	return p
}

// grow grows the log to size and publishes it.
func (p *published) grow(tb testing.TB, size uint64) {
	tb.Helper()
	have, err := p.engine.Size(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	grow(tb, p.engine, size-have, "")
	if err := recorder.New(p.Config).Publish(tb.Context()); err != nil {
		tb.Fatalf("publish %d leaves: %v", size, err)
	}
}

// fsck lets Tessera's checker, which shares no code with the writer, read the
// whole folder.
func (p *published) fsck(tb testing.TB) (err error) {
	tb.Helper()
	defer func() { // it panics over a bundle with too few entries
		if r := recover(); r != nil {
			err = fmt.Errorf("fsck panics: %v", r)
		}
	}()
	verifier, err := note.NewVerifier(p.Keys[0].String())
	if err != nil {
		tb.Fatal(err)
	}
	hasher := func(content []byte) ([][]byte, error) {
		var bundle api.EntryBundle
		if err := bundle.UnmarshalText(content); err != nil {
			return nil, err
		}
		var hashes [][]byte
		for _, entry := range bundle.Entries {
			hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
		}
		return hashes, nil
	}
	return fsck.New(origin, verifier, client.FileFetcher{Root: p.folder}, hasher, fsck.Opts{N: 2}).Check(tb.Context())
}

// check lets Tessera's checker and our own read the folder.
func (p *published) check(tb testing.TB, size uint64) {
	tb.Helper()
	if err := p.fsck(tb); err != nil {
		tb.Fatalf("at %d leaves Tessera's fsck says: %v", size, err)
	}
	signed, err := p.tiles.Check(tb.Context())
	if err != nil || signed.Size != size {
		tb.Fatalf("check at %d leaves: %+v, %v", size, signed.Checkpoint, err)
	}
}

// TestTiles publishes at every size up to 600, and beyond two levels, and lets
// Tessera's client build proofs from the files.
func TestTiles(t *testing.T) {
	p := publish(t)
	sizes := []uint64{0}
	for size := uint64(1); size <= 600; size += 1 + size/30 {
		sizes = append(sizes, size)
	}
	for _, size := range append(sizes, 767, 768, 769, 65_535, 65_536, 65_537, 66_000) {
		p.grow(t, size)
		p.check(t, size)
		if size < 2 {
			continue
		}
		builder, err := client.NewProofBuilder(t.Context(), size, client.FileFetcher{Root: p.folder}.ReadTile)
		if err != nil {
			t.Fatal(err)
		}
		root, err := p.engine.Root(t.Context(), size)
		if err != nil {
			t.Fatal(err)
		}
		for _, index := range []uint64{0, size / 3, size - 1} {
			path, err := builder.InclusionProof(t.Context(), index)
			if err != nil {
				t.Fatal(err)
			}
			if err := ledger.VerifyInclusion(ledger.Index(index), commitment(index, "").LeafHash(), digests(path), size, root); err != nil {
				t.Fatal(err)
			}
		}
		path, err := builder.ConsistencyProof(t.Context(), size/2, size)
		if err != nil {
			t.Fatal(err)
		}
		earlier, err := p.engine.Root(t.Context(), size/2)
		if err != nil {
			t.Fatal(err)
		}
		if err := ledger.VerifyConsistency(size/2, size, digests(path), earlier, root); err != nil {
			t.Fatal(err)
		}
	}
	// what was published in 90 steps is what is published in one, but for the
	// partial tiles of earlier sizes
	once := publish(t)
	once.grow(t, 66_000)
	step := files(t, p.folder)
	for name, want := range files(t, once.folder) {
		if got, ok := step[name]; name != "checkpoint" && (!ok || got != want) {
			t.Errorf("%s differs from the one published in one step", name)
		}
	}
}

func digests(hashes [][]byte) []ledger.Digest {
	out := make([]ledger.Digest, len(hashes))
	for i, hash := range hashes {
		out[i] = ledger.Digest(hash)
	}
	return out
}

// files returns the content of every file of a folder but the lock.
func files(tb testing.TB, folder string) map[string]string {
	tb.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".lock" {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(folder, path)
		out[filepath.ToSlash(name)] = string(content)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// TestTilesAreWrittenOnce shows that publishing again writes only what is new,
// and that partial tiles go when the full one is there.
func TestTilesAreWrittenOnce(t *testing.T) {
	p := publish(t)
	p.grow(t, 700)
	before := files(t, p.folder)
	stamps := map[string]fs.FileInfo{}
	for name := range before {
		info, err := os.Stat(filepath.Join(p.folder, name))
		if err != nil {
			t.Fatal(err)
		}
		stamps[name] = info
	}
	p.grow(t, 800)
	after := files(t, p.folder)
	for name, info := range stamps {
		again, err := os.Stat(filepath.Join(p.folder, name))
		switch {
		case strings.HasSuffix(name, ".p/188"): // 700 = 2 * 256 + 188, and 768 leaves are full
			if err == nil {
				t.Errorf("%s is still there", name)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case name != "checkpoint" && (!os.SameFile(info, again) || before[name] != after[name]):
			t.Errorf("%s was written again", name)
		}
	}
	for _, name := range []string{"tile/0/002", "tile/entries/002", "tile/0/003.p/32", "tile/entries/003.p/32", "tile/1/000.p/3"} {
		if _, ok := after[name]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
	p.check(t, 800)
}

// TestTilesGoForward hands over earlier and foreign checkpoints, and leaves that
// do not belong to the checkpoint.
func TestTilesGoForward(t *testing.T) {
	p := publish(t)
	p.grow(t, 300)
	early := checkpoint(t, p.Config, recorder.New(p.Config), 300)
	p.grow(t, 600)
	before := files(t, p.folder)
	unchanged := func(what string) {
		t.Helper()
		after := files(t, p.folder)
		if len(after) != len(before) || after["checkpoint"] != before["checkpoint"] {
			t.Fatalf("%s changed the folder", what)
		}
		p.check(t, 600)
	}
	wantError(t, p.tiles.Publish(t.Context(), early), nil, "an earlier checkpoint")
	unchanged("an earlier checkpoint")

	sign := func(c recorder.Config, next ledger.Checkpoint) ledger.SignedCheckpoint {
		t.Helper()
		signed, err := next.Sign(c.Signer)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := ledger.ParseCheckpoint(signed)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	other := config(t, newLog(t, 700))
	foreign := checkpoint(t, other, recorder.New(other), 700)
	wantError(t, p.tiles.Publish(t.Context(), foreign), recorder.ErrTiles, "a checkpoint by another key")
	unchanged("a checkpoint by another key")
	same := sign(p.Config, ledger.Checkpoint{Origin: origin, Size: 600, Root: ledger.Digest{1}})
	wantError(t, p.tiles.Publish(t.Context(), same), recorder.ErrTiles, "another root of the same size")
	unchanged("another root of the same size")
	wrong := sign(p.Config, ledger.Checkpoint{Origin: origin, Size: 3000, Root: ledger.Digest{1}})
	wantError(t, p.tiles.Publish(t.Context(), wrong), recorder.ErrRollback, "leaves that do not give the root")
	unchanged("leaves that do not give the root")
	short := recorder.NewTiles(recorder.TilesConfig{Folder: p.folder, Origin: origin, Keys: p.Keys, Leaves: fewer{}})
	wantError(t, short.Publish(t.Context(), wrong), recorder.ErrBehind, "leaves that are not there yet")
	unchanged("leaves that are not there yet")
}

// fewer gives one leaf less than asked for.
type fewer struct{ entries }

func (f fewer) Leaves(ctx context.Context, from, to ledger.Index) ([]ledger.Commitment, error) {
	return f.entries.Leaves(ctx, from, to-1)
}

// TestAlteredTiles changes and removes every file, and expects the check to name
// it, as Tessera's does; and publishing on top of a changed edge to be refused.
func TestAlteredTiles(t *testing.T) {
	p := publish(t)
	p.grow(t, 700)
	caught, edges := 0, 0
	for name, content := range files(t, p.folder) {
		path := filepath.Join(p.folder, filepath.FromSlash(name))
		changed := []byte(content)
		changed[len(changed)/2] ^= 4
		for what, alter := range map[string]func() error{
			"changed":   func() error { return os.WriteFile(path, changed, 0o600) },
			"shortened": func() error { return os.WriteFile(path, changed[:len(changed)/2], 0o600) },
			"emptied":   func() error { return os.WriteFile(path, nil, 0o600) },
			"removed":   func() error { return os.Remove(path) },
		} {
			if name == "checkpoint" && what == "removed" {
				continue // a folder without one is a new folder
			}
			if err := alter(); err != nil {
				t.Fatal(err)
			}
			_, err := p.tiles.Check(t.Context())
			wantError(t, err, recorder.ErrTiles, name+" was "+what+": check")
			if p.fsck(t) == nil {
				t.Fatalf("control: %s was %s and Tessera's checker says nothing", name, what)
			}
			caught++
			if strings.Contains(name, ".p/") || name == "checkpoint" {
				signed, err := ledger.ParseCheckpoint([]byte(files(t, p.folder)["checkpoint"]))
				if name == "checkpoint" {
					signed, err = checkpoint(t, p.Config, recorder.New(p.Config), 700), nil
				}
				if err != nil {
					t.Fatal(err)
				}
				wantError(t, p.tiles.Publish(t.Context(), signed), recorder.ErrTiles, name+" was "+what+": publish")
				edges++
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.check(t, 700)
	t.Logf("%d alterations found by both checkers, %d of them at the edge by publishing too", caught, edges)
}

// TestForeignTileInTheWay puts another tile where the next one is to be written.
func TestForeignTileInTheWay(t *testing.T) {
	p := publish(t)
	p.grow(t, 300)
	path := filepath.Join(p.folder, "tile", "0", "001")
	if err := os.WriteFile(path, bytes.Repeat([]byte{1}, 8192), 0o600); err != nil {
		t.Fatal(err)
	}
	grow(t, p.engine, 300, "")
	wantError(t, recorder.New(p.Config).Publish(t.Context()), recorder.ErrTiles, "another tile in the way")
	p.check(t, 300)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	p.grow(t, 600)
	p.check(t, 600)
}
