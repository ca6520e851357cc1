// Package migrations owns the SQL schema of the store: the numbered files that
// make it, and the few lines that apply them and record which were applied.
//
// It never changes a file that has been released, never goes back a version,
// and never touches a database whose recorded files are not its own.
package migrations

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

//go:embed *.sql
var files embed.FS

// Migration is one numbered file of the schema.
// Shape: Digest is the SHA-256 of the file's bytes, in hex.
type Migration struct {
	Version int
	Name    string
	SQL     string
	Digest  string
}

// All returns every migration in the order of its version, which starts at 1
// and has no gaps.
// Errors: a file whose name is not NNNN_noun.sql, or a gap.
func All() ([]Migration, error) {
	names, err := fs.Glob(files, "*.sql") // sorted
	if err != nil {
		return nil, fmt.Errorf("list the schema files: %w", err)
	}
	all := make([]Migration, 0, len(names))
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read the schema file %s: %w", name, err)
		}
		number, _, ok := strings.Cut(name, "_")
		version, err := strconv.Atoi(number)
		if !ok || err != nil || len(number) != 4 || version != len(all)+1 {
			return nil, fmt.Errorf("schema file %s: its name has to be %04d_noun.sql", name, len(all)+1)
		}
		sum := sha256.Sum256(text)
		all = append(all, Migration{Version: version, Name: name, SQL: string(text), Digest: hex.EncodeToString(sum[:])})
	}
	return all, nil
}
