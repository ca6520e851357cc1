package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"custos.example/analysis"
	"custos.example/analysis/celltable"
	"custos.example/analysis/source"
)

// Steps returns the step of a name and version, or false.
type Steps func(name string, version int) (analysis.Step, bool)

// The exit codes of a reader. One that ends otherwise has broken.
const (
	exitAnswered = 0
	exitAlone    = 80 // the host has gone
	exitSetUp    = 81 // before a byte of the file was seen
)

// Called tells whether a program was started to be a reader: main then calls
// Serve before it does anything else.
func Called(args []string) bool { return len(args) == 2 && args[1] == Argument }

// Serve does the one task that the host gives on standard input, and returns
// the exit code. The process gives up what it does not need first.
// Trust: a process that cannot give it up does nothing.
func Serve(steps Steps) int {
	LateTimers()
	p := pipes{in: os.Stdin, out: os.Stdout}
	t, s, err := begin(p)
	if err == nil {
		err = confine(t.Limits)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "reader:", err)
		return exitSetUp
	}
	l := newLink(p, s)
	a := t.do(l, steps)
	text, err := json.Marshal(a)
	if err == nil {
		err = l.finish(text)
	}
	if err != nil {
		return exitAlone
	}
	return exitAnswered
}

// begin reads the task, which is of the host's own making, and maps the memory.
func begin(p pipes) (task, share, error) {
	var t task
	h, err := readHeader(p.in)
	if err != nil || h.op != opBegin {
		return t, share{}, fmt.Errorf("no task on standard input: %w", errProtocol)
	}
	text, err := readDocument(p.in, h.length)
	if err != nil {
		return t, share{}, err
	}
	if err := json.Unmarshal(text, &t); err != nil {
		return t, share{}, err
	}
	if !t.Shared {
		return t, private(t.Slots), nil
	}
	memory := os.NewFile(sharedDescriptor, "shared memory")
	s, err := mapShare(memory, t.Slots)
	if err != nil {
		return t, s, err
	}
	return t, s, memory.Close()
}

// sharedDescriptor is where a child finds the shared memory.
const sharedDescriptor = 3

// garbageLimit is where the child collects garbage as ever.
const garbageLimit = 192 << 20

// do carries the task out. A panic is an answer without content, since what it
// says may be of the file.
func (t task) do(l *link, steps Steps) (a answer) {
	debug.SetGCPercent(analysis.GarbagePercent)
	debug.SetMemoryLimit(garbageLimit)
	defer func() {
		if recover() != nil {
			a = answer{Fault: true}
		}
	}()
	inputs := make(map[string]analysis.Input, len(t.Inputs))
	var held []*input
	for i, g := range t.Inputs {
		in := &input{l: l, stream: uint16(i), given: g} //nolint:gosec // few
		inputs[g.Name], held = in, append(held, in)
	}
	outputs := make(map[string]io.Writer, len(t.Outputs))
	var open []*output
	for i, name := range t.Outputs {
		o := &output{l: l, op: opWrite, stream: uint16(i)} //nolint:gosec // few
		outputs[name], open = o, append(open, o)
	}
	var err error
	switch t.Do {
	case doRun:
		a.Result, err = t.run(l, steps, inputs, outputs)
	case doDetect:
		a.Matches, err = source.Detect(inputs[portSource])
	case doDetectCells:
		a.Profile, err = celltable.Detect(inputs[portSource])
	default:
		err = fmt.Errorf("task %q: %w", t.Do, errProtocol)
	}
	for _, o := range open {
		if flushed := o.flush(); err == nil {
			err = flushed
		}
	}
	for _, in := range held {
		in.letGo()
	}
	l.drain()
	if err != nil {
		a.Refused = refusal(err)
	}
	return a
}

// portSource is the input that a detection reads.
const portSource = "source"

// run runs the step.
func (t task) run(l *link, steps Steps, in map[string]analysis.Input, out map[string]io.Writer) (analysis.Result, error) {
	step, known := steps(t.Step, t.Version)
	if !known {
		return analysis.Result{}, fmt.Errorf("step %s@%d: %w", t.Step, t.Version, errProtocol)
	}
	outcome, err := analysis.Runner{Env: &environment{l: l}, Unhashed: true}.Run(context.Background(), step, in, t.Params, out)
	return outcome.Result, err
}
