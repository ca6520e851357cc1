package custody_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/custody/sandbox/hostile"
	"custos.example/ledger"
)

// TestHostileImports imports every small hostile table through the whole
// service. Each is kept as it came, refused or used in part as its verdict says,
// and not one file appears, goes or changes outside the record and the keys.
// The control is a file written beside them, which the comparison must see.
func TestHostileImports(t *testing.T) {
	outside := t.TempDir()
	for _, name := range []string{"TMPDIR", "HOME", "XDG_CACHE_HOME", "TMP"} {
		t.Setenv(name, outside)
	}
	h := apart(t)
	parent := filepath.Dir(h.options.Dir)
	ours := []string{filepath.Base(h.options.Dir), filepath.Base(h.options.KeyFolder())}
	before := [2]map[string]string{inodes(t, parent, ours), inodes(t, outside, nil)}
	trials, failures := 0, 0
	for i, f := range small(t) {
		text, err := io.ReadAll(io.NewSectionReader(f.Content, 0, f.Content.Size()))
		if err != nil {
			t.Fatal(err)
		}
		request := h.asks(append(text, fmt.Sprintf("# %d\r\n", i)...)) // no two alike: the same bytes are received once only
		request.Item = fmt.Sprintf("NET/%d", i+1)
		received, err := h.Service.Imports().Receive(t.Context(), officer, request)
		trials++
		switch {
		case received.Evidence.Entry == (ledger.EntryID{}):
			failures++
			t.Errorf("%s was not kept: %v", f.Name, err)
		case err != nil && !errors.Is(err, custody.ErrInvalid):
			failures++
			t.Errorf("%s: %v", f.Name, err)
		case (err == nil) != (f.Verdict != hostile.Reject):
			failures++
			t.Errorf("%s: %v, and its verdict is %s", f.Name, err, f.Verdict)
		}
	}
	for i, folder := range []string{parent, outside} {
		skip := ours
		if i == 1 {
			skip = nil
		}
		if changed := differences(before[i], inodes(t, folder, skip)); len(changed) > 0 {
			failures++
			t.Errorf("changed in %s: %v", folder, changed)
		}
	}
	if err := os.WriteFile(filepath.Join(outside, "written"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	caught := len(differences(before[1], inodes(t, outside, nil)))
	if caught != 1 {
		t.Errorf("control: the comparison saw %d changes", caught)
	}
	fmt.Printf("PROOF harness=hostile-whole-imports trials=%d failures=%d control=\"a file written outside was seen: %d of 1\"\n", trials, failures, caught)
	h.whole()
}

// small are hostile tables of every class, few of each.
func small(t *testing.T) []hostile.File {
	t.Helper()
	most, few := map[string]int{}, 8
	if n, err := strconv.Atoi(os.Getenv(fewFiles)); err == nil {
		few = n
	}
	return slices.DeleteFunc(hostile.Corpus(4), func(f hostile.File) bool {
		class, _, _ := strings.Cut(f.Name, "/")
		if f.Reader != hostile.Table || f.Content.Size() > 1<<20 {
			return true
		}
		most[class]++
		return most[class] > few && os.Getenv("CUSTOS_LONG") == ""
	})
}

// inodes lists what lies in a folder, with size and time, but for some names.
func inodes(t *testing.T, folder string, but []string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if filepath.Dir(path) == folder && slices.ContainsFunc(but, func(name string) bool { return strings.HasPrefix(d.Name(), name) }) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if path != folder {
			found[path] = fmt.Sprint(info.Mode(), info.Size(), info.ModTime())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// differences names what is in one list only, or not the same in both.
func differences(a, b map[string]string) []string {
	var list []string
	for path, state := range b {
		if a[path] != state {
			list = append(list, path)
		}
	}
	for path := range a {
		if _, there := b[path]; !there {
			list = append(list, path)
		}
	}
	return list
}
