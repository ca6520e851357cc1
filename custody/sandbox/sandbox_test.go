package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/registry"
	"custos.example/analysis/source"
	"custos.example/custody/sandbox"
)

// TestMain makes this program a reader when a test starts it as one.
func TestMain(m *testing.M) {
	if sandbox.Called(os.Args) {
		os.Exit(sandbox.Serve(find))
	}
	os.Exit(m.Run())
}

// find knows the program's own steps, those that misbehave, and one that never
// ends.
func find(name string, version int) (analysis.Step, bool) {
	if step, known := misdeeds[name]; known {
		return misdeed{name, step}, true
	}
	return registry.Find(name, version)
}

// misdeed is a step that a file has taken over: it does what code in the
// reader's process could try. It returns nil when it got away with it.
type misdeed struct {
	name string
	do   func(env analysis.Env, out io.Writer) error
}

func (m misdeed) Info() analysis.Info {
	info := analysis.Info{Name: m.name, Version: 1, Class: analysis.Source}
	if m.name == "floods" {
		info.Outputs = []analysis.Port{{Name: "events"}}
	}
	return info
}

func (m misdeed) Run(env analysis.Env, _ map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	return analysis.Result{}, m.do(env, out["events"])
}

func room(t *testing.T, limits sandbox.Limits) *sandbox.Room {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return sandbox.New(self, limits)
}

// scratches are kept in memory.
func scratches() func() (analysis.Scratch, error) {
	return analysis.NewMemoryEnv(1 << 30).Scratch
}

// uk17 makes a return in the layout of the profile uk-17.
func uk17(t *testing.T, rows int) []byte {
	t.Helper()
	text, known := source.ReadProfile("uk-17")
	if !known {
		t.Fatal("no profile uk-17")
	}
	p, err := source.ParseProfile(text)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	b.WriteString(strings.Join(p.File.Header, ",") + "\n")
	blank := strings.Repeat(",", len(p.File.Header)-1)
	for i := range rows {
		fmt.Fprintf(&b, "row %d%s\n", i, blank)
	}
	return b.Bytes()
}

func inputs(t *testing.T, file []byte) map[string]analysis.Input {
	t.Helper()
	profile, _ := source.ReadProfile("uk-17")
	return map[string]analysis.Input{
		"source": bytes.NewReader(file), "profile": bytes.NewReader(profile), "decisions": bytes.NewReader([]byte("[]")),
	}
}

// TestSameBytes runs a source in process and apart, over files from nothing to
// several slots, and wants the same result, the same refusal and the same bytes.
func TestSameBytes(t *testing.T) {
	r := room(t, sandbox.Limits{})
	step, _ := registry.Find("source-csv", 1)
	files := map[string][]byte{
		"nothing": {}, "header": uk17(t, 0), "one": uk17(t, 1), "many": uk17(t, 120_000), "other": []byte("a,b\n1,2\n"),
	}
	for name, file := range files {
		near, far := streams(), streams()
		want, wanted := analysis.Runner{Env: analysis.NewMemoryEnv(1 << 30)}.Run(context.Background(), step, inputs(t, file), nil, writers(near))
		got, err := r.Run(context.Background(), "source-csv", 1, inputs(t, file), nil, writers(far), scratches())
		if fmt.Sprint(wanted) != fmt.Sprint(err) {
			t.Errorf("%s: apart it says %v, in process %v", name, err, wanted)
			continue
		}
		if wanted != nil {
			if errors.Is(wanted, analysis.ErrNotThisFormat) != errors.Is(err, analysis.ErrNotThisFormat) {
				t.Errorf("%s: another kind of error", name)
			}
			continue
		}
		if fmt.Sprint(got) != fmt.Sprint(want.Result) {
			t.Errorf("%s: apart %v, in process %v", name, got, want.Result)
		}
		for port := range near {
			if !bytes.Equal(near[port].Bytes(), far[port].Bytes()) {
				t.Errorf("%s: output %s differs: %d bytes apart, %d in process", name, port, far[port].Len(), near[port].Len())
			}
		}
	}
}

// TestDetect wants what the detection in process says, errors too.
func TestDetect(t *testing.T) {
	r := room(t, sandbox.Limits{})
	for name, file := range map[string][]byte{"known": uk17(t, 3), "nothing": {}, "unknown": []byte("a;b\n")} {
		want, wanted := source.Detect(bytes.NewReader(file))
		got, err := r.Detect(context.Background(), bytes.NewReader(file))
		if fmt.Sprint(want, wanted) != fmt.Sprint(got, err) || errors.Is(wanted, source.ErrUnknownLayout) != errors.Is(err, source.ErrUnknownLayout) {
			t.Errorf("%s: apart %v %v, in process %v %v", name, got, err, want, wanted)
		}
	}
	if _, err := r.DetectCells(context.Background(), strings.NewReader("x")); !errors.Is(err, analysis.ErrNotThisFormat) {
		t.Errorf("cells: %v", err)
	}
}

// TestSetUp: a program that is no reader, or is not there, is this machine's
// fault and not the file's.
func TestSetUp(t *testing.T) {
	_, err := sandbox.New(filepath.Join(t.TempDir(), "nothing"), sandbox.Limits{}).Detect(t.Context(), strings.NewReader("a,b"))
	if !errors.Is(err, sandbox.ErrSetUp) {
		t.Errorf("no program: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_, err := room(t, sandbox.Limits{}).Run(ctx, "spins", 1, nil, nil, nil, scratches())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller who left: %v", err)
	}
}

func streams() map[string]*bytes.Buffer {
	return map[string]*bytes.Buffer{"events": {}, "set-aside": {}, "report": {}}
}

func writers(from map[string]*bytes.Buffer) map[string]io.Writer {
	to := make(map[string]io.Writer, len(from))
	for name, b := range from {
		to[name] = b
	}
	return to
}
