package analysis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
)

// GarbagePercent is what a process that carries out steps sets for its collector (GOGC):
// garbage may stand longer than is usual, as long as there is little of it.
const GarbagePercent = 800

// Digest is what a court compares: the SHA-256 and the length of some bytes.
// Shape: SHA256 is 64 lower-case hex digits. Units: Size in bytes.
type Digest struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// Outcome is everything that a run has to record.
// Shape: Outputs by port; Params with every default filled in.
type Outcome struct {
	Step    string
	Params  Params
	Outputs map[string]Digest
	Result  Result
}

// Runner runs steps and holds them to their contract.
type Runner struct {
	Env Env
	// Unhashed leaves Outcome.Outputs empty, for a caller who hashes what the
	// step writes himself.
	Unhashed bool
}

// Identity returns the name under which a step is recorded, such as "source-csv@1".
func Identity(s Step) string { return s.Info().Identity() }

// Identity returns the name under which the step is recorded, such as "source-csv@1".
func (i Info) Identity() string { return i.Name + "@" + strconv.Itoa(i.Version) }

// Run runs a step once and returns what is to be recorded of the run.
//
// Every input and output port must be given, but for optional inputs, and none besides; parameters are
// completed with their defaults; each output is hashed while it is written,
// unless the caller does it; a balance that does not close is an error, and then
// no output may be used.
// Errors: ErrPorts, ErrParameter, ErrBalance, ErrNotThisFormat, the context's
// error, or the step's own message, all under the step's identity.
func (r Runner) Run(ctx context.Context, s Step, in map[string]Input, params Params, out map[string]io.Writer) (Outcome, error) {
	info := s.Info()
	o := Outcome{Step: info.Identity()}
	fail := func(err error) (Outcome, error) { return Outcome{}, fmt.Errorf("%s: %w", o.Step, err) }

	var err error
	if o.Params, err = info.Fill(params); err != nil {
		return fail(err)
	}
	if err := checkPorts("input", info.Inputs, in); err != nil {
		return fail(err)
	}
	if err := checkPorts("output", Makes(info, in), out); err != nil {
		return fail(err)
	}
	ins := make(map[string]Input, len(in))
	for name, input := range in {
		ins[name] = watched{ctx: ctx, Input: input}
	}
	taps := make(map[string]*tap, len(out))
	outs := make(map[string]io.Writer, len(out))
	for name, w := range out {
		t := &tap{w: w}
		if !r.Unhashed {
			t.sum = sha256.New()
		}
		taps[name], outs[name] = t, t
	}
	given := make(Params, len(o.Params))
	for name, value := range o.Params {
		given[name] = value
	}
	if o.Result, err = s.Run(r.Env, ins, given, outs); err != nil {
		return fail(err)
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	if err := o.Result.Balance.Verify(); err != nil {
		return fail(err)
	}
	o.Outputs = make(map[string]Digest, len(taps))
	for name, t := range taps {
		if t.err != nil {
			return fail(fmt.Errorf("output %q: %w", name, t.err))
		}
		if t.sum != nil {
			o.Outputs[name] = Digest{SHA256: hex.EncodeToString(t.sum.Sum(nil)), Size: t.n}
		}
	}
	return o, nil
}

// Fill returns the parameters with every default filled in.
// Errors: ErrParameter when one is unknown, or required and absent.
func (i Info) Fill(given Params) (Params, error) {
	full := make(Params, len(i.Params))
	for _, p := range i.Params {
		v, ok := given[p.Name]
		if !ok {
			v = p.Default
		}
		if v == "" && p.Required {
			return nil, fmt.Errorf("%w: %q must be given: %s", ErrParameter, p.Name, p.Doc)
		}
		full[p.Name] = v
	}
	for _, name := range sortedKeys(given) {
		if _, ok := full[name]; !ok {
			return nil, fmt.Errorf("%w: %q is not a parameter of %s", ErrParameter, name, i.Identity())
		}
	}
	return full, nil
}

// Makes returns the outputs that a run with these inputs makes, in their order.
func Makes[T any](info Info, in map[string]T) []Port {
	made := make([]Port, 0, len(info.Outputs))
	for _, p := range info.Outputs {
		if _, given := in[p.With]; given || p.With == "" {
			made = append(made, p)
		}
	}
	return made
}

func checkPorts[T any](side string, want []Port, got map[string]T) error {
	known := make(map[string]bool, len(want))
	for _, p := range want {
		known[p.Name] = true
		if _, ok := got[p.Name]; !ok && !p.Optional {
			return fmt.Errorf("%w: %s %q is missing", ErrPorts, side, p.Name)
		}
	}
	for _, name := range sortedKeys(got) {
		if !known[name] {
			return fmt.Errorf("%w: there is no %s %q", ErrPorts, side, name)
		}
	}
	return nil
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// tap hashes and counts what passes through it, and remembers the first failure.
type tap struct {
	w   io.Writer
	sum hash.Hash
	n   int64
	err error
}

func (t *tap) Write(p []byte) (int, error) {
	if t.err != nil {
		return 0, t.err
	}
	n, err := t.w.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if t.sum != nil {
		t.sum.Write(p[:n])
	}
	t.n += int64(n)
	t.err = err
	return n, err
}

// AvailableBuffer returns an empty buffer for the next Write, of the one below if it has
// some; nil when it has none.
func (t *tap) AvailableBuffer() []byte {
	if b, ok := t.w.(Buffered); ok {
		return b.AvailableBuffer()
	}
	return nil
}

// Buffered is an output that lends room for what is written to it next, as bufio.Writer
// does, so that it need not be copied. Shape: empty, and of the writer until the next Write.
type Buffered interface{ AvailableBuffer() []byte }

// watched ends a run early when its caller has gone: the next read fails.
type watched struct {
	ctx context.Context //nolint:containedctx // Input has no context; one run lives no longer than its call
	Input
}

func (w watched) ReadAt(p []byte, off int64) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Input.ReadAt(p, off)
}

// SHA256 returns the digest of the input when its host knows it.
func (w watched) SHA256() string { return KnownDigest(w.Input) }
