package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"custos.example/custody/bundle"
)

// runCompare holds two bundles against each other and prints what it found. When
// they contradict each other, both signed heads are kept in a folder.
func (c line) runCompare(ctx context.Context, stdout, stderr io.Writer, now func() time.Time) int {
	space := newSpace()
	defer space.close()
	o, err := c.checking(space, now)
	if err != nil {
		return fail(stderr, err)
	}
	var sides [2]bundle.Given
	for i, name := range []string{c.file, c.second} {
		f, size, err := openBundle(name)
		if err != nil {
			return fail(stderr, err)
		}
		defer func() { _ = f.Close() }()
		sides[i] = bundle.Given{Name: filepath.Base(name), R: f, Size: size}
	}
	r := bundle.Compare(ctx, sides[0], sides[1], o)
	if r.Headline == bundle.Differs && r.Sides[0].Head != "" && r.Sides[1].Head != "" {
		err := c.keepHeads(r)
		switch {
		case err == nil:
			r.Next = append(r.Next, "Both signed heads are kept in the folder "+c.out+".")
		case otherName(err):
			return fail(stderr, fmt.Errorf("%w: the two signed heads could not be kept; name another folder with --out: %w", errUsage, err))
		default: // what was found is told all the same
			_, _ = fmt.Fprintf(stderr, "custos-verify: the two signed heads could not be kept: %s\n", bundle.ASCII(err.Error()))
		}
	}
	write := r.Text
	switch {
	case c.json:
		write = r.JSON
	case c.html:
		write = r.HTML
	}
	if err := write(stdout); err != nil {
		_, _ = fmt.Fprintf(stderr, "custos-verify: the comparison could not be written: %v\n", err)
		return bundle.ExitFault
	}
	return r.Exit
}

// keepHeads writes both signed heads. A file that is there already and says the
// same is left; one that says something else is not replaced.
func (c line) keepHeads(r bundle.Comparison) error {
	if err := os.MkdirAll(c.out, 0o700); err != nil {
		return err
	}
	for i, name := range []string{"first.checkpoint", "second.checkpoint"} {
		path, head := filepath.Join(c.out, name), []byte(r.Sides[i].Head)
		if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, head) { //nolint:gosec // the user names the folder
			continue
		}
		if err := keepNew(path, func(w io.Writer) error { _, err := w.Write(head); return err }); err != nil {
			return err
		}
	}
	return nil
}

// runCodes prints what every code of a report stands for.
func (c line) runCodes(stdout io.Writer) error {
	if c.json {
		return bundle.CodesJSON(stdout)
	}
	return bundle.CodesText(stdout)
}
