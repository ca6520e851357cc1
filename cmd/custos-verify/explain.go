package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"custos.example/custody/bundle"
)

// runExplain checks the bundle and prints where one row of the exhibit comes
// from. The exit code is that of the check, and 1 when the row does not agree.
func (c line) runExplain(ctx context.Context, stdout, stderr io.Writer) int {
	f, size, err := openBundle(c.file)
	if err != nil {
		return fail(stderr, err)
	}
	defer func() { _ = f.Close() }()
	space := newSpace()
	defer space.close()
	o, err := c.rests(space)
	if err != nil {
		return fail(stderr, err)
	}
	x, report, err := bundle.Explain(ctx, f, size, o, c.row, c.member)
	switch {
	case errors.Is(err, bundle.ErrNotTraced):
		return c.notTraced(stdout, stderr, report)
	case errors.Is(err, bundle.ErrNoRow):
		return fail(stderr, err)
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "custos-verify: %s\n", bundle.ASCII(err.Error()))
		return bundle.ExitCannotTell
	}
	write := x.Text
	if c.json {
		write = x.JSON
	}
	if err := write(stdout); err != nil {
		_, _ = fmt.Fprintf(stderr, "custos-verify: the explanation could not be written: %v\n", err)
		return bundle.ExitFault
	}
	if !x.Agrees {
		return bundle.ExitDiffers
	}
	return report.Exit
}

// notTraced prints the report of a bundle that differs from the record, so that nothing of
// it was followed.
func (c line) notTraced(stdout, stderr io.Writer, report bundle.Report) int {
	write := report.Text
	if c.json {
		write = report.JSON
	}
	if err := write(stdout); err != nil {
		_, _ = fmt.Fprintf(stderr, "custos-verify: the report could not be written: %v\n", err)
		return bundle.ExitFault
	}
	return report.Exit
}
