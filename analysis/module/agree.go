package module

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"custos.example/analysis"
)

// Agree runs a step natively and in the module and returns the native result
// when both made the same bytes and said the same of them.
//
// The native outputs are kept in scratch streams meanwhile, so that a
// difference can be named by its first byte. A step that refuses must refuse
// in the same words on both sides; its refusal is then returned.
// Errors: ErrDisagree with the output and the first byte that differ.
func Agree(ctx context.Context, m *Module, step analysis.Step, env analysis.Env, in map[string]analysis.Input,
	params analysis.Params,
) (analysis.Outcome, error) {
	info := step.Info()
	ports := analysis.Makes(info, in)
	kept := make(map[string]analysis.Scratch, len(ports))
	defer func() {
		for _, s := range kept {
			_ = s.Close() // what it held was compared and is not needed
		}
	}()
	native := make(map[string]io.Writer, len(ports))
	for _, port := range ports {
		s, err := env.Scratch()
		if err != nil {
			return analysis.Outcome{}, fmt.Errorf("comparing %s with the module: %w", info.Identity(), err)
		}
		kept[port.Name], native[port.Name] = s, s
	}
	outcome, nativeErr := analysis.Runner{Env: env}.Run(ctx, step, in, params, native)

	comparers := make(map[string]*comparer, len(kept))
	judged := make(map[string]io.Writer, len(kept))
	for port, s := range kept {
		c := &comparer{port: port, with: s}
		comparers[port], judged[port] = c, c
	}
	result, moduleErr := m.Run(ctx, info.Name, info.Version, in, params, judged, env.Scratch)
	if err := sameRefusal(info, nativeErr, moduleErr); err != nil {
		return analysis.Outcome{}, err
	}
	for _, port := range ports {
		if err := comparers[port.Name].verify(); err != nil {
			return analysis.Outcome{}, fmt.Errorf("%s: %w", info.Identity(), err)
		}
	}
	a, errA := json.Marshal(outcome.Result)
	b, errB := json.Marshal(result)
	if err := errors.Join(errA, errB); err != nil {
		return analysis.Outcome{}, err
	}
	if string(a) != string(b) {
		return analysis.Outcome{}, fmt.Errorf("%s: %w: row balances or caveats differ", info.Identity(), ErrDisagree)
	}
	return outcome, nil
}

func sameRefusal(info analysis.Info, native, judged error) error {
	var refused *StepError
	switch {
	case native == nil && judged == nil:
		return nil
	case errors.Is(judged, ErrDisagree):
		return judged
	case native == nil && errors.As(judged, &refused):
		return fmt.Errorf("%s: %w: this binary ran it, the module refused: %w", info.Identity(), ErrDisagree, judged)
	case native == nil:
		return judged
	case judged == nil:
		return fmt.Errorf("%s: %w: the module ran it, this binary refused: %w", info.Identity(), ErrDisagree, native)
	case errors.As(judged, &refused) && refused.Message == native.Error():
		return native
	}
	return fmt.Errorf("%s: %w: this binary said %q, the module %q", info.Identity(), ErrDisagree, native.Error(), judged.Error())
}

// comparer compares what is written to it with what a stream holds.
type comparer struct {
	port string
	with analysis.Scratch
	at   int64
	err  error
}

const compareBlock = 64 << 10

// Write compares the next bytes.
// Errors: ErrDisagree at the first byte that differs.
func (c *comparer) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	for block := range slices.Chunk(p, compareBlock) {
		want := make([]byte, len(block))
		n, err := c.with.ReadAt(want, c.at)
		if err != nil && !errors.Is(err, io.EOF) {
			c.err = fmt.Errorf("output %s: %w", c.port, err)
			return 0, c.err
		}
		for k := range block {
			if k >= n || block[k] != want[k] {
				c.err = fmt.Errorf("%w: output %s differs from byte %d on", ErrDisagree, c.port, c.at+int64(k))
				return 0, c.err
			}
		}
		c.at += int64(len(block))
	}
	return len(p), nil
}

// verify returns nil when everything was compared.
func (c *comparer) verify() error {
	if c.err == nil && c.at != c.with.Size() {
		return fmt.Errorf("%w: output %s has %d bytes here, %d in the module", ErrDisagree, c.port, c.with.Size(), c.at)
	}
	return c.err
}
