package wiring

import (
	"context"
	"errors"
	"fmt"

	"custos.example/custody"
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

// openRules opens the release that this program was built with; when the record
// names another as the one in force, that one is opened as well, so that no
// decision waits for it.
func openRules(ctx context.Context) (rules, custody.Authoriser, error) {
	r := rules{rego.NewEngines()}
	text, err := rego.Built()
	if err != nil {
		return r, nil, err
	}
	own, err := r.Open(ctx, text)
	return r, own, err
}
