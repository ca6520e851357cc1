package wiring_test

import (
	"errors"
	"path/filepath"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

// TestKeyFolderServesOneLog founds a second log, of another and of the same name, upon
// the keys of the first: it is refused, and the first goes on. The control founds it
// with keys of its own, and the first once more, which only says that it is there.
func TestKeyFolderServesOneLog(t *testing.T) {
	o := place(t)
	s := founded(t, o)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	second := o
	second.Dir, second.Keys, second.Guard = filepath.Join(t.TempDir(), "second"), o.KeyFolder(), filepath.Join(t.TempDir(), "guard")
	for _, name := range []string{origin, origin + "/2"} {
		if err := wiring.Init(t.Context(), second, name, first); !errors.Is(err, custody.ErrConflict) {
			t.Errorf("%s upon the keys of %s: %v", name, origin, err)
		}
	}
	if err := wiring.Init(t.Context(), o, origin, first); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("control: the same record once more: %v", err)
	}
	opened(t, o)
	second.Keys = ""
	if err := wiring.Init(t.Context(), second, origin+"/2", first); err != nil {
		t.Errorf("control: with keys of its own: %v", err)
	}
}
