package wiring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy/rego"
)

// rules opens policy releases for the service.
type rules struct{ engines *rego.Engines }

// Built is the text of this program's own release.
func (rules) Built() ([]byte, error) { return rego.Built() }

// Ready returns a release that is open.
func (r rules) Ready(release string) (custody.Authoriser, bool) {
	engine, found := r.engines.Ready(release)
	return engine, found
}

// Open opens a release.
func (r rules) Open(ctx context.Context, text []byte) (custody.Authoriser, error) {
	engine, err := r.engines.Open(ctx, text)
	if err != nil {
		return nil, refused(err)
	}
	return engine, nil
}

// Try opens a release and tries it on facts with something missing.
func (r rules) Try(ctx context.Context, text []byte) error {
	engine, err := r.engines.Open(ctx, text)
	if err == nil {
		err = engine.Try(ctx)
	}
	return refused(err)
}

// refused says that a release, not the program, is at fault.
func refused(err error) error {
	if errors.Is(err, rego.ErrText) || errors.Is(err, rego.ErrForm) {
		return fmt.Errorf("%w: %w", custody.ErrInvalid, err)
	}
	return err
}

// openRules opens the release that this program was built with.
func openRules(ctx context.Context) (rules, custody.Authoriser, error) {
	r := rules{rego.NewEngines()}
	text, err := rego.Built()
	if err != nil {
		return r, nil, err
	}
	own, err := r.Open(ctx, text)
	return r, own, err
}

// readyEvery is how often a server looks for releases that may soon be in force.
const readyEvery = 2 * time.Second

// KeepReady opens every release that two people have approved, until its context
// ends, so that no decision waits for a compiler when one of them is put in force,
// here or by another server. It says when this program was built with another
// release than the one in force.
func (s *Station) KeepReady(ctx context.Context) {
	said := ledger.Digest{}
	for {
		if err := s.Service.Releases().Prepare(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "the policy release in force cannot be opened: every act is refused", slog.String("error", err.Error()))
		}
		if now, err := s.Service.Releases().Named(ctx, custody.NameInForce); err == nil && now.Release != said {
			said = now.Release
			s.log.InfoContext(ctx, "policy release in force", slog.String("release", said.String()), slog.Bool("built_in", now.Built))
			if !now.Built {
				s.log.WarnContext(ctx, "this program was built with another policy release than the one in force, and decides by the one in force: see custos policy list")
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(readyEvery):
		}
	}
}
