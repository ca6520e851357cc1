package recorder_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/recorder"
	"custos.example/ledger/sign"
	"custos.example/ledger/tree/memlog"
)

// feedTiles grows a log from what is published in folder/tiles on, signs with
// folder/key, and publishes, until it is killed.
func feedTiles(ctx context.Context, folder string) error {
	key, err := sign.Open(filepath.Join(folder, "key"))
	if err != nil {
		return err
	}
	text, err := key.VerifierKey(origin)
	if err != nil {
		return err
	}
	public, err := ledger.ParseNoteKey(text)
	if err != nil {
		return err
	}
	keys := []ledger.NoteKey{public}
	tiles := recorder.NewTiles(recorder.TilesConfig{
		Folder: filepath.Join(folder, "tiles"), Origin: origin, Keys: keys, Leaves: entries{},
	})
	published, err := tiles.Check(ctx)
	if err != nil {
		return err
	}
	engine, size := memlog.New(), uint64(0)
	r := recorder.New(recorder.Config{
		Origin: origin, Log: engine, Signer: key.NoteSigner(origin), Keys: keys, Guard: &memory{}, Tiles: tiles,
	})
	for to := published.Size; ; {
		var leaves [][]byte
		for i := size; i < to; i++ {
			leaves = append(leaves, commitment(i, "").Leaf())
		}
		if err := engine.Append(ctx, size, leaves); err != nil {
			return err
		}
		if err := r.Publish(ctx); err != nil {
			return err
		}
		fmt.Println(to + 1) // told counts from 1
		size = to
		more, err := rand.Int(rand.Reader, big.NewInt(1000))
		if err != nil {
			return err
		}
		to += more.Uint64()
	}
}

// TestTilesKill kills a process that publishes as fast as it can, and reads the
// folder with two checkers that share no code.
func TestTilesKill(t *testing.T) {
	folder := t.TempDir()
	key, err := sign.Create(filepath.Join(folder, "key"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &published{folder: filepath.Join(folder, "tiles")}
	p.Keys = []ledger.NoteKey{noteKey(t, key, origin)}
	p.tiles = recorder.NewTiles(recorder.TilesConfig{Folder: p.folder, Origin: origin, Keys: p.Keys, Leaves: entries{}})
	if err := os.Mkdir(p.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	size := uint64(0)
	for round := range min(rounds(), 100) {
		acknowledged := uint64(told(t, "publish", folder, time.Duration(round%30)*5*time.Millisecond)) - 1
		signed, err := p.tiles.Check(t.Context())
		if err != nil || signed.Size < acknowledged || signed.Size < size {
			t.Fatalf("round %d: %d leaves were published, and there are %d: %v", round, acknowledged, signed.Size, err)
		}
		size = signed.Size
		p.check(t, size)
	}
	t.Logf("%d leaves, every file as it must be", size)

	// the control: a checkpoint that is there before its tiles
	early := publish(t)
	early.grow(t, 600)
	checkpointOf600 := files(t, early.folder)["checkpoint"]
	late := publish(t)
	late.Config, late.engine = early.Config, newLog(t, 500)
	late.Log = late.engine
	late.Guard = newGuard(t)
	late.tiles = recorder.NewTiles(recorder.TilesConfig{Folder: late.folder, Origin: origin, Keys: late.Keys, Leaves: entries{}})
	late.Tiles = late.tiles
	late.grow(t, 500)
	late.check(t, 500)
	if err := os.WriteFile(filepath.Join(late.folder, "checkpoint"), []byte(checkpointOf600), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = late.tiles.Check(t.Context())
	wantError(t, err, recorder.ErrTiles, "control: a checkpoint before its tiles")
	if late.fsck(t) == nil {
		t.Fatal("control: a checkpoint before its tiles")
	}
	t.Logf("PROOF harness=tiles-kill trials=%d failures=0 control=\"caught 1 of 1\"", min(rounds(), 100))
}
