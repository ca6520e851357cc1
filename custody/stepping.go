package custody

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/ledger"
)

// made is what a step made, ready to be recorded.
type made struct {
	step    ledger.Step
	info    analysis.Info
	params  analysis.Params
	outputs []Output // in the order of the step's ports
	result  analysis.Result
}

// env is all that a step gets besides its inputs: scratch that the payload
// store encrypts, and zone rules from the program's own data.
type env struct {
	ctx context.Context //nolint:containedctx // a step asks for scratch without one
	id  CaseID
	Blobs
}

// Scratch returns an encrypted scratch stream.
func (e env) Scratch() (analysis.Scratch, error) { return e.Blobs.Scratch(e.ctx, e.id) }

// Zone returns the rules of a time zone from the embedded data.
func (e env) Zone(name string) (*time.Location, error) { return event.Location(name) }

// ZoneData returns the digest of that data.
func (e env) ZoneData() string { return event.ZoneData() }

// step returns the step of a name such as "top-contacts" or "top-contacts@1";
// without a version, the newest.
// Errors: ErrInvalid.
func (s *Service) step(name string, class analysis.Class) (analysis.Step, error) {
	found, err := s.stepNamed(name)
	if err != nil {
		return nil, err
	}
	if got := found.Info().Class; got != class {
		return nil, fmt.Errorf("%q is a step of class %s; one of class %s belongs here: %w", name, got, class, ErrInvalid)
	}
	return found, nil
}

// stepNamed is step for any class.
func (s *Service) stepNamed(name string) (analysis.Step, error) {
	stem, version, exact := strings.Cut(name, "@")
	var found analysis.Step
	if exact {
		number, err := strconv.Atoi(version)
		if err != nil {
			return nil, fmt.Errorf("step %q: the version is not a number: %w", name, ErrInvalid)
		}
		if step, ok := s.Steps.Find(stem, number); ok {
			found = step
		}
	} else {
		for _, step := range s.Steps.All() {
			if info := step.Info(); info.Name == stem && (found == nil || info.Version > found.Info().Version) {
				found = step
			}
		}
	}
	if found == nil {
		return nil, fmt.Errorf("there is no step %q: ask for the list of steps: %w", name, ErrInvalid)
	}
	return found, nil
}

// identity is how a step is recorded.
func (s *Service) identity(info analysis.Info) ledger.Step {
	step := ledger.Step{Name: info.Name, Source: s.Source, Version: uint64(info.Version)} //nolint:gosec // versions are small
	if s.Module != nil {
		file := s.Module.Built()
		step.Module, step.Source = file.Digest, file.Source
	}
	return step
}

// run runs a step and keeps every output as a payload of the case. Of a step
// that fails nothing is kept.
// Errors: ErrInvalid around what the step says of its input.
func (a *act) run(ctx context.Context, step analysis.Step, in map[string]analysis.Input, params map[string]string) (made, error) {
	return a.runWatched(ctx, step, in, params, nil)
}

// runWatched is run; what the step writes to a port passes the port's watcher,
// if it has one, on its way.
func (a *act) runWatched(ctx context.Context, step analysis.Step, in map[string]analysis.Input, params map[string]string,
	watchers map[string]io.Writer,
) (m made, err error) {
	info := step.Info()
	m = made{step: a.identity(info), info: info}
	if err := a.keepModule(ctx); err != nil {
		return m, err
	}
	out := make(map[string]io.Writer, len(info.Outputs))
	writers := make([]PayloadWriter, 0, len(info.Outputs))
	defer func() {
		for _, w := range writers {
			if discarded := w.Discard(); err == nil && discarded != nil {
				err = discarded
			}
		}
	}()
	ports := analysis.Makes(info, in)
	for _, port := range ports {
		w, err := a.Blobs.Writer(ctx, a.id)
		if err != nil {
			return made{}, fmt.Errorf("keep output %q of %s: %w", port.Name, info.Identity(), err)
		}
		writers = append(writers, w)
		out[port.Name] = w
		if watcher := watchers[port.Name]; watcher != nil {
			out[port.Name] = io.MultiWriter(w, watcher)
		}
	}
	outcome, err := a.running(ctx, step, in, analysis.Params(params), out)
	if err != nil {
		return made{}, stepError(err)
	}
	m.params, m.result = outcome.Params, outcome.Result
	for i, port := range ports {
		blob, err := writers[i].Commit()
		if err != nil {
			return made{}, stepError(fmt.Errorf("keep output %q of %s: %w", port.Name, info.Identity(), err))
		}
		m.outputs = append(m.outputs, output(port.Name, blob))
	}
	return m, nil
}

// running runs the step natively, or in the module when this program is not
// known to make the module's bytes; a received file natively in a process of its
// own. The outputs are hashed by who keeps them.
func (a *act) running(ctx context.Context, step analysis.Step, in map[string]analysis.Input, params analysis.Params,
	out map[string]io.Writer,
) (analysis.Outcome, error) {
	environment := env{ctx: ctx, id: a.id, Blobs: a.Blobs}
	info := step.Info()
	native := a.Module == nil || a.Module.Native()
	apart := native && a.Apart != nil && info.Class == analysis.Source
	if native && !apart {
		return analysis.Runner{Env: environment, Unhashed: true}.Run(ctx, step, in, params, out)
	}
	full, err := info.Fill(params)
	if err != nil {
		return analysis.Outcome{}, err
	}
	if apart {
		result, err := a.Apart.Run(ctx, info.Name, info.Version, in, full, out, environment.Scratch)
		return analysis.Outcome{Step: info.Identity(), Params: full, Result: result}, err
	}
	result, err := a.Module.Run(ctx, info.Name, info.Version, in, full, out, environment.Scratch)
	return analysis.Outcome{Step: info.Identity(), Params: full, Result: result}, err
}

// stepError sorts a step's error: what it says of its input or parameters is
// the asker's to mend.
func stepError(err error) error {
	for _, known := range []error{context.Canceled, context.DeadlineExceeded, ErrPushback, ErrIntegrity, ErrNotFound} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrInvalid, err)
}

// keepModule keeps the module that entries name among the organisation's
// payloads, so that a bundle can carry it when this program is long replaced.
func (s *Service) keepModule(ctx context.Context) error {
	if s.Module == nil {
		return nil
	}
	s.mu.Lock()
	kept := s.moduleKept
	s.mu.Unlock()
	if kept {
		return nil
	}
	if !s.holds(ctx, s.Module.Built().Digest) {
		file, err := s.Module.Bytes()
		if err == nil {
			_, err = s.Blobs.Put(ctx, "", bytes.NewReader(file))
		}
		if err != nil {
			return fmt.Errorf("keep the module: %w", err)
		}
	}
	s.mu.Lock()
	s.moduleKept = true
	s.mu.Unlock()
	return nil
}

// holds reports that the organisation's payloads have this one, and that its
// content can be opened.
func (s *Service) holds(ctx context.Context, digest ledger.Digest) bool {
	content, _, err := s.open(ctx, "", ledger.DigestSet{ledger.SHA256: digest})
	if err != nil {
		return false
	}
	letGo(content)
	return true
}

// subjects names what was made, for an entry.
func (m made) subjects() []ledger.Subject {
	subjects := make([]ledger.Subject, len(m.outputs))
	for i, o := range m.outputs {
		subjects[i] = ledger.Subject{Name: o.Name, Digest: o.Digest}
	}
	return subjects
}

// rowBalance is the row balance as entries hold it.
func rowBalance(b analysis.Balance) *ledger.RowBalance {
	return &ledger.RowBalance{
		Received: uint64(b.Received), Shown: uint64(b.Shown), Outside: uint64(b.Outside), //nolint:gosec // verified: never negative
		Repeats: uint64(b.Repeats), SetAside: uint64(b.SetAside), //nolint:gosec // verified: never negative
	}
}
