package module

import (
	"errors"
	"io/fs"
	"os/exec"
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"custos.example/analysis"
)

func TestNativeNamesTheFirstDifference(t *testing.T) {
	source, err := SourceDigest(analysis.Sources)
	if err != nil {
		t.Fatal(err)
	}
	same := Info{Toolchain: runtime.Version(), Source: source, Agreed: []string{Platform()}, Dependencies: []Dependency{}}
	if err := Native(same); err != nil {
		t.Fatalf("the same build may not stand in: %v", err)
	}
	for want, change := range map[string]func(*Info){
		"the module by go1.27.1":               func(i *Info) { i.Toolchain = "go1.27.1" },
		"the module's are 000000000000":        func(i *Info) { i.Source = strings.Repeat("0", 64) },
		"is not among the processors":          func(i *Info) { i.Agreed = []string{"mips/softfloat"} },
		"it does not say which a.example/b it": func(i *Info) { i.Dependencies = []Dependency{{Path: "a.example/b", Version: "v1.0.0", Sum: "h1:x"}} },
	} {
		other := same
		change(&other)
		if err := Native(other); !errors.Is(err, ErrNotNative) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}

func TestSameLibraries(t *testing.T) {
	want := []Dependency{{Path: "a.example/b", Version: "v1.0.0", Sum: "h1:x"}}
	for name, c := range map[string]struct {
		have debug.Module
		ok   bool
	}{
		"same":          {debug.Module{Path: "a.example/b", Version: "v1.0.0", Sum: "h1:x"}, true},
		"other version": {debug.Module{Path: "a.example/b", Version: "v1.0.1", Sum: "h1:x"}, false},
		"other content": {debug.Module{Path: "a.example/b", Version: "v1.0.0", Sum: "h1:y"}, false},
		"no checksum":   {debug.Module{Path: "a.example/b", Version: "v1.0.0"}, false},
		"replaced":      {debug.Module{Path: "a.example/b", Version: "v1.0.0", Sum: "h1:x", Replace: &debug.Module{}}, false},
		"absent":        {debug.Module{Path: "a.example/c", Version: "v1.0.0", Sum: "h1:x"}, false},
	} {
		if err := sameLibraries([]*debug.Module{&c.have}, want); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSourceDigestTellsEveryChangeButTests(t *testing.T) {
	base := fstest.MapFS{"a.go": {Data: []byte("package a")}, "b/c.csv": {Data: []byte("1,2")}}
	want, err := SourceDigest(base)
	if err != nil {
		t.Fatal(err)
	}
	// What sha256sum gives for "<sha256>  analysis/a.go" and "<sha256>  analysis/b/c.csv".
	if fixed := "a65e5696429ce297061a6a2ceb0f3137aa92335b461b8f3c3403b453581e77d5"; want != fixed {
		t.Errorf("digest %s, want %s", want, fixed)
	}
	for name, c := range map[string]struct {
		file string
		data string
		same bool
	}{
		"a test":     {"a_test.go", "package a", true},
		"new file":   {"d.go", "package a", false},
		"other text": {"a.go", "package b", false},
		"other data": {"b/c.csv", "1,3", false},
	} {
		changed := fstest.MapFS{}
		for k, v := range base {
			changed[k] = v
		}
		changed[c.file] = &fstest.MapFile{Data: []byte(c.data)}
		got, err := SourceDigest(changed)
		if err != nil || (got == want) != c.same {
			t.Errorf("%s: %s, %v; before %s", name, got, err, want)
		}
	}
}

// What is digested is what the module is made of: no file more, none less.
func TestSourcesAreWhatTheModuleLinks(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-f",
		`{{with .Module}}{{if .Main}}{{$.ImportPath}}{{range $.GoFiles}} {{.}}{{end}} |{{range $.EmbedFiles}} {{.}}{{end}}{{end}}{{end}}`, "./guest")
	cmd.Env = append(cmd.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var linked []string
	for line := range strings.Lines(string(said)) {
		code, data, _ := strings.Cut(line, "|")
		f := strings.Fields(code)
		if len(f) == 0 {
			continue
		}
		folder := strings.TrimPrefix(strings.TrimPrefix(f[0], "custos.example/analysis"), "/")
		names := f[1:]
		for _, name := range strings.Fields(data) {
			// Package analysis embeds the sources as well, of which only its own folder's data is data.
			if folder != "" || path.Ext(name) != ".go" && path.Dir(name) == "." {
				names = append(names, name)
			}
		}
		for _, name := range names {
			linked = append(linked, path.Join(folder, name))
		}
	}
	var digested []string
	err = fs.WalkDir(analysis.Sources, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(name, "_test.go") {
			digested = append(digested, name)
		}
		return err
	})
	if err != nil || len(linked) == 0 {
		t.Fatal(len(linked), err)
	}
	for _, name := range linked {
		if !slices.Contains(digested, name) {
			t.Errorf("analysis/%s is in the module and not digested: add it to analysis/sources.go", name)
		}
	}
	for _, name := range digested {
		if !slices.Contains(linked, name) {
			t.Errorf("analysis/%s is digested and not in the module: take it out of analysis/sources.go", name)
		}
	}
}
