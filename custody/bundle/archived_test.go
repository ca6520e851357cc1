package bundle_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"custos.example/analysis"
	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// archive runs the tiny steps as an archived module would.
type archive struct {
	steps bundletest.Steps
	runs  *int
}

func (a archive) Run(ctx context.Context, name string, version int, in map[string]analysis.Input, params analysis.Params,
	out map[string]io.Writer, _ func() (analysis.Scratch, error),
) (analysis.Result, error) {
	step, ok := a.steps.Find(name, version)
	if !ok {
		return analysis.Result{}, errors.New("no such step")
	}
	*a.runs++
	o, err := analysis.Runner{Env: analysis.NewMemoryEnv(1 << 20)}.Run(ctx, step, in, params, out)
	return o.Result, err
}

func (archive) Close(context.Context) error { return nil }

func TestArchivedProgram(t *testing.T) {
	c, file, o := tiny("archived")
	runs := 0
	load := func(steps bundletest.Steps) func(context.Context, []byte) (bundle.Module, error) {
		return func(_ context.Context, wasm []byte) (bundle.Module, error) {
			if string(wasm) != bundletest.MadeUpModule {
				t.Errorf("the module handed over is %q", wasm)
			}
			return archive{steps, &runs}, nil
		}
	}
	// This program stands for another module: the archived one judges.
	o.Native, o.Load = ledger.Digest{1}, load(c.Steps)
	want(t, verify(file, o), bundle.ExitMatches, "4 steps in the archived program from the bundle")
	if runs != 4 {
		t.Errorf("%d runs in the archived program, not 4", runs)
	}
	// It also judges when the checker no longer has the step.
	o.Steps = bundletest.Steps{}
	want(t, verify(file, o), bundle.ExitMatches, "4 steps in the archived program", "For 4 of them this program has nothing to compare")
	// And when it is asked for.
	o = options(c)
	o.Archived, o.Load = true, load(c.Steps)
	want(t, verify(file, o), bundle.ExitMatches, "4 steps in the archived program")
	broken := bundletest.Tiny()
	broken[1] = bundletest.Poison{Step: broken[1], Output: "table"}
	o.Load = load(broken)
	want(t, verify(file, o), bundle.ExitDiffers, "Repeating the analysis gave a different result: entry 7 (tiny-count@1)", "first difference: line 2")
	// A program that a dishonest keeper chose to agree with a false result.
	lying := bundletest.NewCase("lying", bundletest.Hooks{})
	lying.Steps = broken
	lying.Tell(bundletest.TinyStory())
	want(t, verify(lying.Bundle(), func() bundle.Options {
		o := options(lying)
		o.Steps, o.Native, o.Load = bundletest.Tiny(), ledger.Digest{1}, load(broken)
		return o
	}()), bundle.ExitCannotTell, "this program's own tiny-count@1 makes something else")
	o.Load = func(context.Context, []byte) (bundle.Module, error) { return nil, errors.New("it is no program") }
	want(t, verify(file, o), bundle.ExitCannotTell, "the archived program cannot be run: it is no program")
	o.Load = nil
	want(t, verify(file, o), bundle.ExitCannotTell, "was not made again")
}

func TestNoArchivedProgram(t *testing.T) {
	c := bundletest.NewCase("no module", bundletest.Hooks{})
	c.Module = nil
	c.Tell(bundletest.TinyStory())
	file, o := c.Bundle(), options(c)
	want(t, verify(file, o), bundle.ExitMatches, "4 steps with this program's own copy, since no archived program in the bundle can be run")
	// A difference then shows nothing: the two programs may differ.
	steps := bundletest.Tiny()
	steps[1] = bundletest.Poison{Step: steps[1], Output: "table"}
	o.Steps = steps
	want(t, verify(file, o), bundle.ExitCannotTell, "its archived program cannot be run here")
}
