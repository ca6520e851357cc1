package analysis_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"custos.example/analysis"
)

// fake is a step that does what its function says.
type fake struct {
	run func(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error)
}

func (fake) Info() analysis.Info {
	return analysis.Info{
		Name: "fake", Version: 3, Class: analysis.Analyse,
		Inputs:  []analysis.Port{{Name: "a"}, {Name: "b"}},
		Outputs: []analysis.Port{{Name: "x"}, {Name: "y"}},
		Params:  []analysis.Param{{Name: "size", Default: "7"}, {Name: "who", Required: true, Doc: "a name"}},
	}
}

func (f fake) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	return f.run(env, in, params, out)
}

func works(_ analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	b := make([]byte, in["a"].Size())
	if _, err := in["a"].ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return analysis.Result{}, err
	}
	for _, part := range []string{string(b), params["size"], params["who"]} {
		if _, err := io.WriteString(out["x"], part); err != nil {
			return analysis.Result{}, err
		}
	}
	return analysis.Result{Balance: analysis.Balance{Received: 1, Shown: 1}}, nil
}

func inputs() map[string]analysis.Input {
	return map[string]analysis.Input{"a": strings.NewReader("hello"), "b": strings.NewReader("")}
}

func run(ctx context.Context, f fake, in map[string]analysis.Input, params analysis.Params, x io.Writer) (analysis.Outcome, error) {
	return analysis.Runner{Env: analysis.NewMemoryEnv(1000)}.Run(ctx, f, in, params, map[string]io.Writer{"x": x, "y": io.Discard})
}

func TestRunnerRecordsWhatWasDone(t *testing.T) {
	var x bytes.Buffer
	o, err := run(context.Background(), fake{works}, inputs(), analysis.Params{"who": "me"}, &x)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("hello7me"))
	if x.String() != "hello7me" || o.Step != "fake@3" || analysis.Identity(fake{}) != "fake@3" {
		t.Errorf("%s wrote %q", o.Step, x.String())
	}
	if d := o.Outputs["x"]; d.SHA256 != hex.EncodeToString(sum[:]) || d.Size != 8 {
		t.Errorf("output %+v", d)
	}
	if d := o.Outputs["y"]; d.Size != 0 || d.SHA256 != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("an output that was never written is empty: %+v", d)
	}
	if o.Params["size"] != "7" || o.Params["who"] != "me" || len(o.Params) != 2 {
		t.Errorf("parameters %v", o.Params)
	}
}

func TestRunnerHoldsAStepToItsContract(t *testing.T) {
	ok := analysis.Params{"who": "me"}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	lost := func(b analysis.Balance) fake {
		return fake{func(analysis.Env, map[string]analysis.Input, analysis.Params, map[string]io.Writer) (analysis.Result, error) {
			return analysis.Result{Balance: b}, nil
		}}
	}
	deaf := fake{func(_ analysis.Env, _ map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
		_, _ = io.WriteString(out["x"], "a") // the error is not looked at
		_, _ = io.WriteString(out["x"], "b")
		return analysis.Result{}, nil
	}}
	mine := errors.New("mine")
	for name, c := range map[string]struct {
		ctx    context.Context //nolint:containedctx // one row of a table
		step   fake
		in     map[string]analysis.Input
		params analysis.Params
		x      io.Writer
		want   error
	}{
		"input missing":       {context.Background(), fake{works}, map[string]analysis.Input{"a": strings.NewReader("")}, ok, io.Discard, analysis.ErrPorts},
		"input unknown":       {context.Background(), fake{works}, map[string]analysis.Input{"a": strings.NewReader(""), "b": strings.NewReader(""), "c": strings.NewReader("")}, ok, io.Discard, analysis.ErrPorts},
		"parameter missing":   {context.Background(), fake{works}, inputs(), nil, io.Discard, analysis.ErrParameter},
		"parameter unknown":   {context.Background(), fake{works}, inputs(), analysis.Params{"who": "me", "Size": "1"}, io.Discard, analysis.ErrParameter},
		"the caller has gone": {gone, fake{works}, inputs(), ok, io.Discard, context.Canceled},
		"a row lost":          {context.Background(), lost(analysis.Balance{Received: 2, Shown: 1}), inputs(), ok, io.Discard, analysis.ErrBalance},
		"a row twice":         {context.Background(), lost(analysis.Balance{Received: 1, Shown: 1, Repeats: 1}), inputs(), ok, io.Discard, analysis.ErrBalance},
		"rules do not add up": {context.Background(), lost(analysis.Balance{Received: 1, SetAside: 1}), inputs(), ok, io.Discard, analysis.ErrBalance},
		"a failed write":      {context.Background(), deaf, inputs(), ok, failing{mine}, mine},
		"a short write":       {context.Background(), deaf, inputs(), ok, short{}, io.ErrShortWrite},
		"the step's own error": {context.Background(), fake{func(analysis.Env, map[string]analysis.Input, analysis.Params, map[string]io.Writer) (analysis.Result, error) {
			return analysis.Result{}, fmt.Errorf("row 3: %w", mine)
		}}, inputs(), ok, io.Discard, mine},
	} {
		o, err := run(c.ctx, c.step, c.in, c.params, c.x)
		if !errors.Is(err, c.want) || !strings.HasPrefix(fmt.Sprint(err), "fake@3: ") || len(o.Outputs) != 0 {
			t.Errorf("%s: %v with %v", name, err, o.Outputs)
		}
	}
	if _, err := run(context.Background(), fake{works}, inputs(), ok, io.Discard); err != nil {
		t.Errorf("control: %v", err)
	}
	two := map[string]io.Writer{"x": io.Discard}
	if _, err := (analysis.Runner{}).Run(context.Background(), fake{works}, inputs(), ok, two); !errors.Is(err, analysis.ErrPorts) {
		t.Errorf("an output without a writer: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

type short struct{}

func (short) Write(p []byte) (int, error) { return len(p) - 1, nil }

func TestBalance(t *testing.T) {
	rule := func(name string, n int64) analysis.RuleCount { return analysis.RuleCount{Rule: name, Rows: n} }
	good := analysis.Balance{
		Received: 10, Shown: 1, Outside: 4, Repeats: 2, SetAside: 3,
		OutsideBy: []analysis.RuleCount{rule("A", 1), rule("B", 3)}, SetAsideBy: []analysis.RuleCount{rule("C", 3)},
	}
	if err := good.Verify(); err != nil {
		t.Error(err)
	}
	if got := good.String(); got != "10 received = 1 shown + 4 outside the question + 2 repeats + 3 set aside" {
		t.Error(got)
	}
	for name, change := range map[string]func(b *analysis.Balance){
		"received":         func(b *analysis.Balance) { b.Received++ },
		"negative":         func(b *analysis.Balance) { b.Shown, b.Repeats = -1, 4 },
		"not sorted":       func(b *analysis.Balance) { b.OutsideBy = []analysis.RuleCount{rule("B", 3), rule("A", 1)} },
		"a rule twice":     func(b *analysis.Balance) { b.OutsideBy = []analysis.RuleCount{rule("A", 1), rule("A", 3)} },
		"a rule of none":   func(b *analysis.Balance) { b.OutsideBy = append(b.OutsideBy, rule("Z", 0)) },
		"no name":          func(b *analysis.Balance) { b.SetAsideBy = []analysis.RuleCount{rule("", 3)} },
		"outside too few":  func(b *analysis.Balance) { b.OutsideBy = b.OutsideBy[:1] },
		"set aside beyond": func(b *analysis.Balance) { b.SetAsideBy = []analysis.RuleCount{rule("C", 4)} },
	} {
		b := good
		b.OutsideBy = append([]analysis.RuleCount{}, good.OutsideBy...)
		change(&b)
		if err := b.Verify(); !errors.Is(err, analysis.ErrBalance) {
			t.Errorf("%s: %v", name, err)
		}
	}
	tally := analysis.Tally{}
	for _, r := range []string{"B", "A", "B"} {
		tally.Add(r)
	}
	if got := tally.List(); tally.Total() != 3 || len(got) != 2 || got[0] != rule("A", 1) || got[1] != rule("B", 2) {
		t.Errorf("%v", got)
	}
}

func TestMemoryScratch(t *testing.T) {
	env := analysis.NewMemoryEnv(3 << 20)
	s, err := env.Scratch()
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte("0123456789abcdefg"), 150_000) // spans blocks
	for _, part := range [][]byte{want[:1], want[1:1_500_000], want[1_500_000:]} {
		if n, err := s.Write(part); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	got := make([]byte, len(want)+1)
	n, err := s.ReadAt(got, 0)
	if n != len(want) || !errors.Is(err, io.EOF) || !bytes.Equal(got[:n], want) || s.Size() != int64(len(want)) {
		t.Errorf("read %d of %d: %v", n, len(want), err)
	}
	if n, err := s.ReadAt(got[:9], 1<<20-4); n != 9 || err != nil || !bytes.Equal(got[:9], want[1<<20-4:1<<20+5]) {
		t.Errorf("over a block's end: %q %v", got[:9], err)
	}
	if _, err := s.Write(make([]byte, 1<<20)); !errors.Is(err, analysis.ErrScratchFull) {
		t.Errorf("beyond the limit: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := env.Scratch()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Write(want); err != nil {
		t.Errorf("room was not given back: %v", err)
	}
}

func TestCaveats(t *testing.T) {
	c, err := analysis.CaveatText(analysis.CavTime, "supplied", "A", "shown", "B", "events", "2 events fall")
	if err != nil || !strings.HasPrefix(c.Text, "Times were supplied in A; shown as B. 2 events") {
		t.Error(c, err)
	}
	if _, err := analysis.CaveatText(analysis.CavTime, "supplied", "A"); err == nil {
		t.Error("a blank was left open")
	}
	if _, err := analysis.CaveatText("CAV-NONE-1"); err == nil {
		t.Error("an unknown caveat was given")
	}
	if analysis.CaveatOrder(analysis.CavOpinion) != 0 || analysis.CaveatOrder(analysis.CavTime) < analysis.CaveatOrder(analysis.CavAbsence) {
		t.Error("order")
	}
}
