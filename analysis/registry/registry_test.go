package registry_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/registry"
	"custos.example/analysis/steptest"
)

var update = flag.Bool("update", false, "write the golden outputs instead of comparing them")

const golden = "testdata/golden"

func TestGolden(t *testing.T) {
	for _, s := range registry.All() {
		steptest.Golden(t, golden, s, *update)
	}
}

func TestPoison(t *testing.T) {
	for _, s := range registry.All() {
		t.Run(analysis.Identity(s), func(t *testing.T) {
			t.Parallel()
			cases := steptest.Cases(t, golden, s)
			if s.Info().Class == analysis.Render {
				cases = cases[:1] // drawing is slow, and one schedule has the shape of another
			}
			for _, c := range cases {
				steptest.Poison(t, s, c)
			}
		})
	}
}

// TestTheListIsInOrderAndComplete holds the list against the code and against
// the golden folders, both ways.
func TestTheListIsInOrderAndComplete(t *testing.T) {
	listed, seen, class := map[string]bool{}, map[string]bool{}, 0
	order := []analysis.Class{analysis.Source, analysis.Select, analysis.Analyse, analysis.Render}
	for _, s := range registry.All() {
		info := s.Info()
		id := info.Identity()
		if seen[id] {
			t.Errorf("%s is listed twice", id)
		}
		seen[id] = true
		listed[fmt.Sprintf("%T", s)] = true
		at := slices.Index(order, info.Class)
		if at < class {
			t.Errorf("%s stands after a step of a later class", id)
		}
		class = max(class, at)
		checkInfo(t, info)
		if found, ok := registry.Find(info.Name, info.Version); !ok || analysis.Identity(found) != id {
			t.Errorf("Find does not find %s", id)
		}
	}
	for _, pkg := range []string{"source", "basemap", "celltable", "step", "render"} {
		for _, name := range stepTypes(t, filepath.Join("..", pkg)) {
			if !listed[pkg+"."+name] {
				t.Errorf("%s.%s is a step, but it is not on the list", pkg, name)
			}
		}
	}
	dirs, err := os.ReadDir(golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if !seen[d.Name()] {
			t.Errorf("%s holds golden cases of a step that is not on the list", d.Name())
		}
	}
	if _, ok := registry.Find("source-csv", 999); ok {
		t.Error("Find finds a version that does not exist")
	}
}

func checkInfo(t *testing.T, info analysis.Info) {
	t.Helper()
	if info.Title == "" || info.Version < 1 || len(info.Inputs) == 0 || len(info.Outputs) == 0 {
		t.Errorf("%s does not say what it is", info.Identity())
	}
	if err := analysis.CheckFactual(info.Title); err != nil && info.Class == analysis.Analyse {
		t.Errorf("the title of %s: %v", info.Identity(), err)
	}
	for _, list := range [][]analysis.Port{info.Inputs, info.Outputs} {
		checkPorts(t, info, list)
	}
	for _, p := range info.Params {
		if p.Name == "" || p.Doc == "" || p.Required && p.Default != "" {
			t.Errorf("%s: parameter %+v", info.Identity(), p)
		}
	}
}

// checkPorts wants the names of one side to differ; an output may bear the name
// of an input.
func checkPorts(t *testing.T, info analysis.Info, list []analysis.Port) {
	t.Helper()
	ports := map[string]bool{}
	for _, p := range list {
		if p.Name == "" || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || p.Media == "" || p.Extension == "" || ports[p.Name] {
			t.Errorf("%s: port %+v", info.Identity(), p)
		}
		ports[p.Name] = true
	}
}

// stepTypes returns the exported types of a package that have the method Info
// of a step.
func stepTypes(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	var names []string
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != "Info" {
				continue
			}
			if id, ok := fn.Recv.List[0].Type.(*ast.Ident); ok {
				names = append(names, id.Name)
			}
		}
	}
	if len(names) == 0 {
		t.Fatalf("%s: no step was found; the search itself is broken", dir)
	}
	return names
}

// TestSameBytesEverywhere runs every golden case twice in this process, and in
// others with another number of processors, time zone, language and zone file.
func TestSameBytesEverywhere(t *testing.T) {
	const again = "CUSTOS_PRINT_DIGESTS"
	first := steptest.Digests(t, golden, registry.All())
	if os.Getenv(again) == "1" {
		fmt.Print("<<" + first + ">>")
		return
	}
	if second := steptest.Digests(t, golden, registry.All()); second != first {
		t.Errorf("the second run in one process differs:\n%s\n%s", first, second)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, env := range [][]string{
		{"GOMAXPROCS=1", "TZ=Pacific/Apia", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8", "ZONEINFO=/nonexistent"},
		{"GOMAXPROCS=8", "TZ=", "LANG=C", "LC_ALL=C", "GOGC=1"},
		{"GOMAXPROCS=8", "TZ=America/St_Johns", "LANG=de_DE.UTF-8", "LC_NUMERIC=de_DE.UTF-8", "HOME=/nonexistent"},
	} {
		cmd := exec.Command(self, "-test.run=^TestSameBytesEverywhere$")
		cmd.Env = append(os.Environ(), append(env, again+"=1")...)
		out, err := cmd.CombinedOutput()
		_, text, found := strings.Cut(string(out), "<<")
		text, _, closed := strings.Cut(text, ">>")
		if err != nil || !found || !closed {
			t.Fatalf("%v: %v\n%s", env, err, out)
		}
		if text != first {
			t.Errorf("with %v:\n%s\nwithout:\n%s", env, text, first)
		}
	}
}
