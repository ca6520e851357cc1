package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/source"
)

// Room starts readers.
type Room struct {
	program string
	limits  Limits
	turns   chan struct{}
}

// New returns a room whose readers are a program that calls Serve when Called
// says so. A zero limit stands for its default.
func New(program string, limits Limits) *Room {
	return &Room{program: program, limits: limits, turns: make(chan struct{}, max(2, runtime.NumCPU()))}
}

// Run runs one step in a process of its own and returns what the step returned.
// Every writer of out receives one output in order; scratch is called once for
// each scratch stream that the step asks for.
//
// Errors: ErrSetUp; *Stopped when the process was cut off or broke; *Refusal when the step
// itself refused, with the text that it has in process; the caller's own error
// when one of its streams failed. After any error what out received is worthless.
// Trust: the balance is checked again here.
func (r *Room) Run(ctx context.Context, name string, version int, in map[string]analysis.Input, params analysis.Params,
	out map[string]io.Writer, scratch func() (analysis.Scratch, error),
) (analysis.Result, error) {
	t := task{Do: doRun, Step: name, Version: version, Params: params}
	a, err := r.do(ctx, t, in, out, scratch)
	if err != nil {
		return analysis.Result{}, err
	}
	if err := a.Result.Balance.Verify(); err != nil {
		return analysis.Result{}, stopped(reasonProtocol)
	}
	return a.Result, nil
}

// Detect is source.Detect in a process of its own.
// Errors: as source.Detect; *Stopped.
func (r *Room) Detect(ctx context.Context, file analysis.Input) ([]source.Match, error) {
	a, err := r.do(ctx, task{Do: doDetect}, map[string]analysis.Input{portSource: file}, nil, nil)
	return a.Matches, err
}

// DetectCells is celltable.Detect in a process of its own.
// Errors: as celltable.Detect; *Stopped.
func (r *Room) DetectCells(ctx context.Context, file analysis.Input) (string, error) {
	a, err := r.do(ctx, task{Do: doDetectCells}, map[string]analysis.Input{portSource: file}, nil, nil)
	return a.Profile, err
}

// do starts a reader, serves it and judges how it ended.
func (r *Room) do(ctx context.Context, t task, in map[string]analysis.Input, out map[string]io.Writer,
	scratch func() (analysis.Scratch, error),
) (answer, error) {
	select {
	case r.turns <- struct{}{}:
		defer func() { <-r.turns }()
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
	h := &host{ctx: ctx, openScratch: scratch, scratch: map[uint16]analysis.Scratch{}}
	defer h.letGo()
	size := int64(0)
	for _, name := range slices.Sorted(maps.Keys(in)) {
		h.inputs = append(h.inputs, in[name])
		t.Inputs = append(t.Inputs, given{name, in[name].Size(), analysis.KnownDigest(in[name])})
		size += in[name].Size()
	}
	for _, name := range slices.Sorted(maps.Keys(out)) {
		h.outputs, t.Outputs = append(h.outputs, out[name]), append(t.Outputs, name)
	}
	t.Limits = r.limits.of(size)
	h.left, h.most = t.Limits.Written, t.Limits.Written
	t.Slots = slotsFor(len(t.Inputs), len(t.Outputs))
	memory, file, err := newShare(t.Slots)
	if err != nil {
		return answer{}, err
	}
	t.Shared, h.share = memory.shared, memory
	defer func() { _ = memory.close() }()
	return r.start(ctx, t, h, file)
}

// start runs one process from its start to its end.
func (r *Room) start(ctx context.Context, t task, h *host, memory *os.File) (answer, error) {
	timed, cancel := context.WithTimeout(ctx, t.Limits.Wall)
	defer cancel()
	said := &beginning{}
	cmd := exec.CommandContext(timed, r.program) //nolint:gosec // the program itself
	cmd.Args = []string{"custos", Argument}
	cmd.Env = []string{} // nothing of the host's
	cmd.Dir = "/"
	cmd.Stderr = said
	cmd.WaitDelay = time.Second
	if memory != nil {
		cmd.ExtraFiles = []*os.File{memory}
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return answer{}, err
	}
	from, err := cmd.StdoutPipe()
	if err != nil {
		return answer{}, err
	}
	keepOwn()
	err = cmd.Start()
	if memory != nil {
		_ = memory.Close() // the child has its own
	}
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrSetUp, err)
	}
	h.to, h.from = in, bufio.NewReader(from)
	a, err := h.serve(t)
	if err != nil && !errors.Is(err, io.EOF) {
		_ = cmd.Process.Kill() // it has gone, or goes now
	}
	ended := cmd.Wait()
	if ctx.Err() != nil {
		return answer{}, ctx.Err()
	}
	switch {
	case err == nil && ended == nil && a.Fault:
		return answer{}, stopped(reasonFault)
	case err == nil && ended == nil && a.Refused != nil:
		return a, a.Refused
	case err == nil && ended == nil:
		return a, nil
	case timed.Err() != nil:
		return answer{}, stopped(reasonWall, t.Limits.Wall)
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, os.ErrClosed) && !brokenPipe(err):
		return answer{}, err
	}
	return answer{}, broken(cmd.ProcessState, said.text(), t.Limits)
}

// beginning keeps the first bytes of what a dying reader says. They may hold
// evidence: they are looked at for how it died and then forgotten.
type beginning struct{ b bytes.Buffer }

const mostSaid = 4096

// Write keeps what there is room for.
func (b *beginning) Write(p []byte) (int, error) {
	b.b.Write(p[:min(len(p), mostSaid-b.b.Len())])
	return len(p), nil
}

func (b *beginning) text() string { return b.b.String() }

// taskMessage is the first message to a child.
func taskMessage(t task) ([]byte, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	if len(text) > maxDocument {
		return nil, fmt.Errorf("parameters of %d bytes: %w", len(text), errProtocol)
	}
	return append(header{op: opBegin, length: uint32(len(text))}.bytes(), text...), nil //nolint:gosec // at most maxDocument
}
