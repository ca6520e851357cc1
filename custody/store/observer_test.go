package store

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger/recorder"
)

// TestPublishedLeavesAreAlike publishes two logs of one length: one of small looks at
// one case, one of long entries of several kinds on several chains, some of them word for
// word the same. Who reads what is published sees the same files of the same lengths, and in
// them records of one length whose bits tell nothing. The control is what the database holds,
// whose lengths differ.
func TestPublishedLeavesAreAlike(t *testing.T) {
	const entries = 300 // more than one tile
	quiet := newObserved(t)
	for i := range entries {
		quiet.mustAppend(t, looked(quiet.reads, fmt.Sprint(i)).mustDraft(t))
	}
	busy := newObserved(t)
	for range entries / 3 {
		same := itemReceived(busy.work, "X/1")
		same.detail = itemReceived(busy.work, strings.Repeat("long ", 300)).detail
		busy.mustAppend(t, same.mustDraft(t), same.mustDraft(t), looked(busy.reads, "case.read").mustDraft(t))
	}
	one, two := quiet.published(t), busy.published(t)
	if names := slices.Sorted(maps.Keys(one)); len(names) < 4 || !slices.Equal(names, slices.Sorted(maps.Keys(two))) {
		t.Fatalf("published: %v and %v", names, slices.Sorted(maps.Keys(two)))
	}
	records, ones := 0, 0
	for name, text := range one {
		if len(text) != len(two[name]) || bytes.Equal(text, two[name]) {
			t.Errorf("%s has %d bytes and %d", name, len(text), len(two[name]))
		}
		if !strings.Contains(name, "entries") {
			continue
		}
		const record = 2 + 33 // a length, and a leaf
		for leaf := range slices.Chunk(slices.Concat(text, two[name]), record) {
			if len(leaf) != record || !bytes.Equal(leaf[:3], []byte{0, 33, 1}) {
				t.Fatalf("%s has the record %x", name, leaf)
			}
			records++
			for _, b := range leaf[3:] {
				ones += bits.OnesCount8(b)
			}
		}
	}
	if all := records * 256; records != 2*entries || ones < all*49/100 || ones > all*51/100 { // eight standard deviations
		t.Errorf("%d records, %d of %d bits are set", records, ones, records*256)
	}
	if one, two := quiet.lengths(t), busy.lengths(t); len(one) == 0 || len(two) == 0 || maps.Equal(one, two) {
		t.Errorf("control: what is sealed in the database has lengths %v and %v", one, two)
	}
}

// observed is a world whose log is published to a folder.
type observed struct {
	*world
	folder string
}

func newObserved(t *testing.T) observed {
	t.Helper()
	return observed{newWorld(t, sqliteURL(t)), t.TempDir()}
}

// published makes a checkpoint and returns every file that it shows.
func (o observed) published(t *testing.T) map[string][]byte {
	t.Helper()
	config := recorderOf(t, o.Store)
	config.Tiles = recorder.NewTiles(recorder.TilesConfig{Folder: o.folder, Origin: config.Origin, Keys: config.Keys, Leaves: o.Store})
	r := recorder.New(config)
	if _, _, err := r.Checkpoint(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if err := r.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	err := filepath.WalkDir(o.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if len(text) > 0 { // the lock is empty
			files[strings.TrimPrefix(path, o.folder)] = text
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// lengths counts the envelopes of the log by their length.
func (o observed) lengths(t *testing.T) map[int]int {
	t.Helper()
	counted := map[int]int{}
	for _, chain := range []custody.Chain{o.work, o.reads} {
		n, _, err := o.Head(t.Context(), chain.ID)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			e, err := o.Entry(t.Context(), chain.ID, i+1)
			if err != nil {
				t.Fatal(err)
			}
			counted[len(e.Envelope)]++
		}
	}
	return counted
}
