package steptest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"custos.example/analysis"
)

// errPoison is the failure that Poison puts in.
var errPoison = errors.New("poison")

// Poison runs a step with every fault that its surroundings can have, and wants
// the fault back as an error each time: an input that cannot be read from a
// certain byte, an output that cannot be written, a caller that has gone, no
// scratch, no zones. Then it damages the inputs' bytes: the step may refuse them or set rows
// aside, but must neither panic nor lose a row.
//
// Each case is run undamaged first; a case that fails then is no control, and
// fails the test.
func Poison(t *testing.T, step analysis.Step, c Case) {
	t.Helper()
	if _, _, err := Run(step, c.In, c.Params); err != nil {
		t.Fatalf("control: %v", err)
	}
	poisonInputs(t, step, c)
	poisonOutputs(t, step, c)
	poisonContext(t, step, c)
	damage(t, step, c)
}

// poisoned fails to read at and after a byte.
type poisoned struct {
	*bytes.Reader
	from int64
}

func (p poisoned) ReadAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) > p.from {
		return 0, errPoison
	}
	return p.Reader.ReadAt(b, off)
}

func poisonInputs(t *testing.T, step analysis.Step, c Case) {
	t.Helper()
	for port, content := range c.In {
		if len(content) == 0 {
			continue
		}
		for _, from := range []int64{0, int64(len(content)) / 2, int64(len(content)) - 1} {
			ins := map[string]analysis.Input{}
			for name, b := range c.In {
				ins[name] = bytes.NewReader(b)
			}
			ins[port] = poisoned{bytes.NewReader(content), from}
			if err := discard(context.Background(), step, ins, c.Params, nil); !errors.Is(err, errPoison) {
				t.Errorf("%s: input %s cannot be read from byte %d, and the step says: %v", c.Step, port, from, err)
			}
		}
	}
}

// full is an output on which nothing more fits after some bytes.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n := f.left
		f.left = 0
		return n, errPoison
	}
	f.left -= len(p)
	return len(p), nil
}

func poisonOutputs(t *testing.T, step analysis.Step, c Case) {
	t.Helper()
	whole, _, err := Run(step, c.In, c.Params)
	if err != nil {
		t.Fatal(err)
	}
	for port, content := range whole {
		for _, left := range []int{0, len(content) - 1} {
			if len(content) == 0 || left < 0 {
				continue
			}
			ins := map[string]analysis.Input{}
			for name, b := range c.In {
				ins[name] = bytes.NewReader(b)
			}
			if err := discard(context.Background(), step, ins, c.Params, map[string]io.Writer{port: &full{left}}); !errors.Is(err, errPoison) {
				t.Errorf("%s: output %s takes %d of %d bytes, and the step says: %v", c.Step, port, left, len(content), err)
			}
		}
	}
}

func poisonContext(t *testing.T, step analysis.Step, c Case) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	ins := map[string]analysis.Input{}
	for name, b := range c.In {
		ins[name] = bytes.NewReader(b)
	}
	if err := discard(ctx, step, ins, c.Params, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%s: the caller has gone, and the step says: %v", c.Step, err)
	}
}

// discard runs a step into nothing, but for the outputs given.
func discard(ctx context.Context, step analysis.Step, in map[string]analysis.Input, params analysis.Params, given map[string]io.Writer) error {
	outs := map[string]io.Writer{}
	for _, p := range analysis.Makes(step.Info(), in) {
		outs[p.Name] = io.Discard
		if w := given[p.Name]; w != nil {
			outs[p.Name] = w
		}
	}
	_, err := analysis.Runner{Env: analysis.NewMemoryEnv(scratchLimit)}.Run(ctx, step, in, params, outs)
	return err
}

// damage changes one input at a time and wants no panic; the Runner checks the
// balance of whatever is accepted.
func damage(t *testing.T, step analysis.Step, c Case) {
	t.Helper()
	for port, content := range c.In {
		for name, change := range damages {
			in := map[string][]byte{}
			for p, b := range c.In {
				in[p] = b
			}
			in[port] = change(bytes.Clone(content))
			done := make(chan any, 1)
			go func() {
				defer func() { done <- recover() }()
				_, _, _ = Run(step, in, c.Params)
			}()
			select {
			case p := <-done:
				if p != nil {
					t.Errorf("%s/%s: input %s, %s: panic: %v", c.Step, c.Name, port, name, p)
				}
			case <-time.After(time.Minute):
				t.Fatalf("%s/%s: input %s, %s: the step did not end", c.Step, c.Name, port, name)
			}
		}
	}
}

var damages = map[string]func([]byte) []byte{
	"nothing left":    func([]byte) []byte { return nil },
	"first byte only": func(b []byte) []byte { return b[:min(1, len(b))] },
	"cut in half":     func(b []byte) []byte { return b[:len(b)/2] },
	"last byte gone":  func(b []byte) []byte { return b[:max(0, len(b)-1)] },
	"doubled":         func(b []byte) []byte { return append(b, b...) },
	"NUL bytes":       func(b []byte) []byte { return append(b, 0, 0, 0) },
	"open quote":      func(b []byte) []byte { return append(append(b[:len(b)/2:len(b)/2], '"'), b[len(b)/2:]...) },
	"other commas":    func(b []byte) []byte { return bytes.ReplaceAll(b, []byte{','}, []byte{';'}) },
	"no line ends":    func(b []byte) []byte { return bytes.ReplaceAll(b, []byte{'\n'}, nil) },
	"minus signs":     func(b []byte) []byte { return bytes.ReplaceAll(b, []byte{'1'}, []byte{'-'}) },
	"large numbers":   func(b []byte) []byte { return bytes.ReplaceAll(b, []byte{'2'}, []byte("99999999999999999999")) },
	"empty values":    func(b []byte) []byte { return bytes.ReplaceAll(b, []byte{'0'}, nil) },
	"bits flipped": func(b []byte) []byte {
		for i := range b {
			if i%97 == 13 {
				b[i] ^= 0x10
			}
		}
		return b
	},
}
