package recorder

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"custos.example/ledger"
)

// checkRest holds every other form of the current tiles against them: an older
// partial tile is the beginning of the newer form, a newer one begins with it.
// Tiles beyond the checkpoint were written and not published yet.
//
// current names the tiles of the published checkpoint, which have been checked.
// Errors: ErrTiles, naming the first file.
func (t *Tiles) checkRest(current map[string]bool) error {
	for path := range current {
		base, _, _ := strings.Cut(path, ".p/")
		forms, err := os.ReadDir(t.at(base + ".p"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		whole, err := t.readFile(path)
		if err != nil {
			return err
		}
		for _, form := range forms {
			name := base + ".p/" + form.Name()
			if strings.HasSuffix(name, ".tmp") {
				continue // a writer was killed here
			}
			if err := t.checkForm(name, form.Name(), whole); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkForm holds one partial form against the tile that was checked.
func (t *Tiles) checkForm(name, count string, whole []byte) error {
	content, err := t.readFile(name)
	if err != nil {
		return err
	}
	each := len(ledger.Digest{})
	if strings.HasPrefix(name, "tile/entries/") {
		each = 2 + len(ledger.Commitment{}.Leaf())
	}
	both := min(len(content), len(whole))
	entries, err := strconv.Atoi(count)
	if err != nil || len(content) != entries*each || !bytes.Equal(content[:both], whole[:both]) {
		return fmt.Errorf("%w: %s: %s", ErrTiles, name, advice)
	}
	return nil
}
