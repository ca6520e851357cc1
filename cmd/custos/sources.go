package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

func sourceCommand(s *settings) *cobra.Command {
	var p, i, n sourceFlags
	var rows int
	preview := &cobra.Command{
		Use: "preview FILE|FOLDER", Short: "show what files would become; no data set is recorded before it is accepted", Args: one("the file or folder"),
		Long: "With --item the bytes are kept and recorded as evidence, and so is the look; without it only the look is.\n" +
			"Accept what is shown with source import, or with source normalise.",
		RunE: func(cmd *cobra.Command, args []string) error { return s.preview(cmd, &p, args[0], rows) },
	}
	p.add(preview)
	preview.Flags().IntVar(&rows, "rows", 0, "how many rows are shown from either end (default 20)")
	imports := &cobra.Command{
		Use: "import FILE|FOLDER", Short: "take files in as evidence and make their data sets", Args: one("the file or folder"),
		Long: "The files of a folder are taken in the order of their names; --item is the reference of the first, and the number rises\n" +
			"past what is in use in the case. A file that was received before keeps its reference.\n" +
			"A file that waits for a decision is kept as evidence; the others go on.",
		RunE: func(cmd *cobra.Command, args []string) error { return s.importFiles(cmd, &i, args[0]) },
	}
	i.add(imports)
	normalise := &cobra.Command{
		Use: "normalise EVIDENCE|ITEM", Short: "make a data set from evidence, by other decisions or another profile",
		Args: one("the evidence's entry or item"),
		RunE: func(cmd *cobra.Command, args []string) error { return s.normalise(cmd, &n, args[0]) },
	}
	n.add(normalise)
	var k sourceFlags
	keep := &cobra.Command{
		Use: "keep FILE|FOLDER", Short: "take files in as evidence and read nothing of them yet, such as a table of sites", Args: one("the file or folder"),
		RunE: func(cmd *cobra.Command, args []string) error { return s.keep(cmd, &k, args[0]) },
	}
	k.add(keep)
	return group("source", "files as they arrive", preview, keep, s.sourceWhole(), imports, normalise, s.sourceList())
}

func (s *settings) normalise(cmd *cobra.Command, f *sourceFlags, of string) error {
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		request, err := f.read(ctx, st, of)
		if err != nil {
			return err
		}
		evidence, err := st.Service.Cases().Named(ctx, request.Case, custody.NamedEvidence, of)
		if err != nil {
			return err
		}
		got, err := st.Service.Imports().Normalise(ctx, s.who(), custody.Normalise{
			Ask: s.ask(), Case: request.Case, Evidence: evidence, From: request.From, Return: request.Return, Reading: request.Reading, Authority: request.Authority,
		})
		if err != nil {
			return missingFlags(err)
		}
		return s.received(cmd, "evidence "+of, got)
	})
}

func (s *settings) keep(cmd *cobra.Command, f *sourceFlags, path string) error {
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		return s.eachFile(ctx, cmd, st, f, path, func(r custody.Receive) error {
			got, err := st.Service.Imports().Keep(ctx, s.who(), r)
			if err != nil {
				return fmt.Errorf("%s: %w", onScreen(r), missingFlags(err))
			}
			return s.answer(cmd, map[string]any{"item": got.Item, "fileName": got.FileName, "evidence": proofOf(got.Evidence), "sha256": got.SHA256.String()}, func(w io.Writer) {
				say(w, "%s  %s", r.Item, onScreen(r))
				say(w, "  SHA-256  %s", got.SHA256)
				say(w, "  evidence %s  entry %d of the log", got.Evidence.Entry, got.Evidence.Placed.Index)
			})
		})
	})
}

// files returns the regular files at a path, those of a folder in the order of
// their names, and the names of what is passed over: folders, links and hidden files.
func files(path string) (list, passed []string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() && entry.Name()[0] != '.' {
			list = append(list, filepath.Join(path, entry.Name()))
		} else {
			passed = append(passed, strconv.Quote(entry.Name()))
		}
	}
	if len(list) == 0 {
		return nil, nil, fmt.Errorf("there is no file in %s: %w", path, custody.ErrInvalid)
	}
	return list, passed, nil
}

// eachFile opens every file at a path with the item that it is given, and says what
// of a folder it passes over.
// Errors: custody.ErrInvalid, when all is done, for what was passed over.
func (s *settings) eachFile(ctx context.Context, cmd *cobra.Command, st *wiring.Station, f *sourceFlags, path string, do func(r custody.Receive) error) error {
	if f.extraction != "" {
		return s.extractedFile(ctx, st, f, path, do)
	}
	list, passed, err := files(path)
	if err != nil {
		return err
	}
	folder := list[0] != path
	if len(passed) > 0 {
		say(cmd.ErrOrStderr(), "NOT READ, since they are folders, links or hidden: %s", visible(strings.Join(passed, ", ")))
	}
	from := f.item
	for at, name := range list {
		file, err := os.Open(name) //nolint:gosec // the user's own file
		if err != nil {
			return err
		}
		item, wanted := f.item, from
		if folder && item != "" {
			given, err := f.numbered(ctx, st, from, file, at)
			if err != nil {
				return errors.Join(err, file.Close())
			}
			item, from = given.Item, given.Next
			if given.Before {
				wanted = item
			}
		}
		request, err := f.read(ctx, st, item)
		if err != nil {
			return errors.Join(err, file.Close())
		}
		request.Ask, request.Item, request.FileName, request.Content = s.askAbout(at), item, filepath.Base(name), file
		err = do(request)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		if item != wanted {
			say(cmd.ErrOrStderr(), "%s was in use in the case: %s has %s", wanted, visible(filepath.Base(name)), item)
		}
	}
	if len(passed) > 0 {
		return fmt.Errorf("of %s %s not read, as said above; the files beside were: name a folder by itself, and take what is hidden or a link out: %w",
			path, plural(len(passed), "thing was", "things were"), custody.ErrInvalid)
	}
	return nil
}

// numbered returns the reference of the next file of a folder. What is in use is passed over;
// a file that was received before has the reference that it was received under.
// Errors: custody.ErrConflict when a decision names one file, and this one would not have the
// reference of its place in the folder: it could be taken for another.
func (f *sourceFlags) numbered(ctx context.Context, st *wiring.Station, from string, file *os.File, at int) (custody.FileItem, error) {
	id, err := caseOf(ctx, st, f.reference)
	if err != nil {
		return custody.FileItem{}, err
	}
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return custody.FileItem{}, err
	}
	given, err := st.Service.Cases().FileItem(ctx, id, f.item, from, ledger.Digest(hash.Sum(nil)), size)
	if err != nil || given.Before || given.Item == placed(f.item, at) || !slices.ContainsFunc(f.decisions, itemPrefix.MatchString) {
		return given, err
	}
	return custody.FileItem{}, fmt.Errorf("%s is in use in the case, or was passed over, so that a decision about one file of the folder could be taken about another: "+
		"keep the files first (source keep, or source preview), and decide by the references that they have then: %w", placed(f.item, at), custody.ErrConflict)
}

// placed is the reference of a place in a folder when nothing is passed over.
func placed(first string, at int) string {
	series := strings.TrimRight(first, "0123456789")
	n, err := strconv.Atoi(first[len(series):])
	if err != nil {
		return first
	}
	return fmt.Sprintf("%s%d", series, n+at)
}

// extractedFile names one file of an extraction that is in the record.
func (s *settings) extractedFile(ctx context.Context, st *wiring.Station, f *sourceFlags, path string, do func(r custody.Receive) error) error {
	request, err := f.read(ctx, st, f.item)
	if err != nil {
		return err
	}
	request.Ask, request.Item, request.Extracted = s.ask(), f.item, &custody.ExtractedFile{Extraction: f.extraction, Path: path}
	return do(request)
}

// onScreen is what a file is called on the screen, of which its name forges no line.
func onScreen(r custody.Receive) string { return visible(called(r)) }

// called is what a file is called.
func called(r custody.Receive) string {
	if r.Extracted != nil {
		return r.Extracted.Path + " of " + r.Extracted.Extraction
	}
	return r.FileName
}

// askAbout gives each file of a folder a request id of its own.
func (s *settings) askAbout(at int) custody.Ask {
	ask := s.ask()
	if ask.RequestID != "" && at > 0 {
		ask.RequestID = fmt.Sprintf("%s-%d", ask.RequestID, at+1)
	}
	return ask
}

func (s *settings) importFiles(cmd *cobra.Command, f *sourceFlags, path string) error {
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		var waiting []error
		err := s.eachFile(ctx, cmd, st, f, path, func(r custody.Receive) error {
			got, err := st.Service.Imports().Receive(ctx, s.who(), r)
			switch {
			case err == nil:
				return s.received(cmd, r.Item+"  "+onScreen(r), got)
			case undeclared(err):
			case errors.Is(err, custody.ErrInvalid) || errors.Is(err, custody.ErrConflict):
				say(cmd.ErrOrStderr(), "%s  %s  NOT IMPORTED: %v", r.Item, onScreen(r), err)
				waiting = append(waiting, fmt.Errorf("%s: %w", onScreen(r), err))
				return nil
			}
			return fmt.Errorf("%s: %w", onScreen(r), missingFlags(err))
		})
		switch {
		case len(waiting) == 0:
			return err
		case len(waiting) == 1:
			return errors.Join(waiting[0], err)
		}
		return errors.Join(fmt.Errorf("%d files were not imported, as said above: %w", len(waiting), custody.ErrInvalid), err)
	})
}

// received says what became of a file.
func (s *settings) received(cmd *cobra.Command, title string, got custody.Received) error {
	answer := struct {
		Item     string            `json:"item"`
		FileName string            `json:"fileName"`
		Evidence proofElement      `json:"evidence"`
		Dataset  proofElement      `json:"dataset"`
		Rows     proofElement      `json:"rows"`
		Decided  []proofElement    `json:"decided"`
		SHA256   string            `json:"sha256"`
		Balance  ledger.RowBalance `json:"balance"`
		Report   json.RawMessage   `json:"report"`
		Disagree []string          `json:"disagreements"`
	}{
		got.Item, got.FileName, proofOf(got.Evidence), proofOf(got.Dataset), proofOf(got.Rows), proofsOf(got.Decided), got.SHA256.String(), got.Balance, got.Report,
		append([]string{}, custody.Disagreements(got.Report)...),
	}
	return s.answer(cmd, answer, func(w io.Writer) {
		say(w, "%s", title)
		say(w, "  SHA-256  %s", got.SHA256)
		say(w, "  %s", custody.BalanceText(got.Balance))
		setAsideBy(w, got.Report)
		disagreements(w, got.Report)
		for _, d := range got.Decided {
			say(w, "  decision %s  entry %d of the log", d.Entry, d.Placed.Index)
		}
		say(w, "  evidence %s  entry %d of the log", got.Evidence.Entry, got.Evidence.Placed.Index)
		say(w, "  data set %s  entry %d of the log", got.Dataset.Entry, got.Dataset.Placed.Index)
	})
}
