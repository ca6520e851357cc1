package module_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/module"
	"custos.example/analysis/module/wasi"
)

// needNode returns the path of Node, whose WASI is an implementation that
// shares no line with ours.
func needNode(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("node is not installed: the module was not tried under a second runtime")
		}
		t.Skip("node is not installed")
	}
	return node
}

// underNode runs one step under Node over a folder of files, as MODULE.md says,
// and returns the exit code and that folder.
func underNode(t *testing.T, wasm []byte, request wasi.Request, in map[string][]byte) (int, string) {
	t.Helper()
	node, root := needNode(t), t.TempDir()
	for _, folder := range []string{"run", "in", "out", "scratch"} {
		if err := os.Mkdir(filepath.Join(root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"run/request.json": text}
	for port, data := range in {
		files["in/"+port] = data
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(root, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "steps.wasm")
	if err := os.WriteFile(file, wasm, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "--no-warnings", filepath.Join("testdata", "run.mjs"), file, root)
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code > wasi.ExitError {
		t.Fatalf("node: exit code %d: %s", code, said)
	}
	return cmd.ProcessState.ExitCode(), root
}

func TestNodeRunsTheModuleAlike(t *testing.T) {
	wasm, err := testGuest()
	if err != nil {
		t.Fatal(err)
	}
	m := openGuest(t, module.Options{})
	source := strings.Repeat("07700 900123\n", 30_000)
	code, root := underNode(t, wasm, wasi.Request{Step: "echo@1", Params: map[string]string{"end": "."}}, map[string][]byte{"source": []byte(source)})
	want, result, err := one(t, m, "echo", source, map[string]string{"end": "."})
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, "out", "page"))
	if code != wasi.ExitDone || err != nil || string(got) != want {
		t.Errorf("exit code %d, %d bytes, %v; want %d bytes", code, len(got), err, len(want))
	}
	text, err := os.ReadFile(filepath.Join(root, "run", "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := wasi.ParseResult(text)
	if err != nil || again.Balance.Received != result.Balance.Received {
		t.Errorf("result %s, %v; want %+v", text, err, result)
	}

	code, root = underNode(t, wasm, wasi.Request{Step: "refuse-parameter@1"}, map[string][]byte{"source": nil})
	text, err = os.ReadFile(filepath.Join(root, "run", "error.json"))
	if code != wasi.ExitError || err != nil || !bytes.Contains(text, []byte(`"error":"parameter"`)) {
		t.Errorf("exit code %d, %s, %v", code, text, err)
	}
}

// The module as it is shipped gives the golden pages under Node as well.
func TestNodeMakesTheGoldenPages(t *testing.T) {
	wasm, info, err := module.Built()
	if err == nil {
		var now string
		if now, err = module.SourceDigest(analysis.Sources); err == nil && now != info.Source {
			err = errors.New("the module was built from other sources: run `make module`")
		}
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	for step, page := range map[string]string{"render-schedule-pdf@1": "pdf", "render-schedule-xlsx@1": "xlsx", "render-map-svg@1": "svg"} {
		folder := filepath.Join("..", "registry", "testdata", "golden", step, "uk-17-evening")
		in := map[string][]byte{}
		for port, extension := range map[string]string{"schedule": "csv", "repeats": "csv", "summary": "json", "meta": "json"} {
			data, err := os.ReadFile(filepath.Join(folder, "in."+port+"."+extension))
			if err != nil {
				t.Fatal(err)
			}
			in[port] = data
		}
		want, err := os.ReadFile(filepath.Join(folder, "out.page."+page))
		if err != nil {
			t.Fatal(err)
		}
		code, root := underNode(t, wasm, wasi.Request{Step: step}, in)
		got, err := os.ReadFile(filepath.Join(root, "out", "page"))
		if code != wasi.ExitDone || err != nil || !bytes.Equal(got, want) {
			said, _ := os.ReadFile(filepath.Join(root, "run", "error.json"))
			t.Errorf("%s: exit code %d, %d bytes, %v, %s; want the %d bytes of the golden page", step, code, len(got), err, said, len(want))
		}
	}
}
