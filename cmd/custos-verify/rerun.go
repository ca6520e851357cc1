package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"custos.example/analysis"
	"custos.example/custody/bundle"
	"custos.example/ledger"
)

// runRerun checks the bundle, makes its exhibit again with other parameters and
// writes the files, none of which can be taken for the exhibit. The exit code is
// that of the check.
func (c line) runRerun(ctx context.Context, stdout, stderr io.Writer) int {
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
	w, report, err := bundle.Rerun(ctx, f, size, o, c.params)
	switch {
	case errors.Is(err, bundle.ErrNotTraced):
		return c.notTraced(stdout, stderr, report)
	case errors.Is(err, bundle.ErrNoParameter), errors.Is(err, bundle.ErrNotMade):
		return fail(stderr, err)
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "custos-verify: %s\n", bundle.ASCII(err.Error()))
		return bundle.ExitCannotTell
	}
	defer func() { _ = w.Close() }()
	if err := c.write(w); err != nil {
		return notWritten(stderr, err)
	}
	if err := c.said(stdout, w); err != nil {
		_, _ = fmt.Fprintf(stderr, "custos-verify: the result could not be written: %v\n", err)
		return bundle.ExitFault
	}
	return report.Exit
}

// write writes the files into the folder.
func (c line) write(w bundle.WhatIf) error {
	for _, file := range w.Files {
		if err := keepContent(c.out, file.Name, file.Content); err != nil {
			return err
		}
	}
	return nil
}

// keepContent writes a file into a folder, which it makes; it replaces nothing.
func keepContent(folder, name string, content analysis.Input) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return keepNew(filepath.Join(folder, name), func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(content, 0, content.Size()))
		return err
	})
}

// said says what was changed and what came of it.
func (c line) said(out io.Writer, w bundle.WhatIf) error {
	if c.json {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(w)
	}
	_, err := fmt.Fprintf(out, "NOT THE SERVED EXHIBIT. %s version %d was made again with other parameters.\nThe bundle itself: %s\n\n",
		bundle.ASCII(w.Exhibit), w.Version, w.Headline)
	for _, change := range w.Changes {
		if err == nil {
			_, err = fmt.Fprintf(out, "  entry %d, %s\n    %s was %q, is %q here\n", change.N, bundle.ASCII(change.Step),
				bundle.ASCII(change.Parameter), bundle.ASCII(change.From), bundle.ASCII(change.To))
		}
	}
	for _, b := range w.Balances {
		if err == nil {
			_, err = fmt.Fprintf(out, "\n  entry %d, %s\n    recorded  %s\n    here      %s\n%s", b.N, bundle.ASCII(b.Step), rows(b.Recorded), rows(b.Now), none(b))
		}
	}
	if err == nil {
		_, err = fmt.Fprintf(out, "\n")
	}
	for _, file := range w.Files {
		if err == nil {
			_, err = fmt.Fprintf(out, "  %s  %d bytes\n", bundle.ASCII(filepath.Join(c.out, file.Name)), file.Size)
		}
	}
	return err
}

// none says what else it may mean that nothing is left of what was shown.
func none(b bundle.WhatIfBalance) string {
	if b.Now.Shown > 0 || b.Recorded.Shown == 0 {
		return ""
	}
	return "    No row is shown. A number, handset or cell is found only as the events write it,\n" +
		"    such as +447700900123, 14 digits of an IMEI, cgi:234-15-101-2001: compare the\n" +
		"    parameter with the recorded one before you conclude that there is nothing.\n"
}

// rows says where every row went.
func rows(b ledger.RowBalance) string {
	return fmt.Sprintf("%d = %d shown + %d outside + %d repeats + %d set aside", b.Received, b.Shown, b.Outside, b.Repeats, b.SetAside)
}
