package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/blob"
)

// fsckFlags are how deep a check goes, and against what.
type fsckFlags struct {
	level, from, part string
	heads             []string
}

func fsckCommand(s *settings) *cobra.Command {
	var f fsckFlags
	c := &cobra.Command{
		Use: "fsck", Short: "recompute what is stored, from the guard or a given head; believe nothing that is stored", Args: cobra.NoArgs,
		Long: "Recomputes what is stored and names what is missing or changed, which exhibits rest on it, and what to do. The service may\n" +
			"run meanwhile, except with --from. Levels, each with those before it:\n" +
			"  heads      the log extends the checkpoint in the guard, or every --head\n" +
			"  entries    every entry, chain, tree node and projected fact\n" +
			"  content    every payload, and every public tile (the default)\n" +
			"  recompute  every exhibit is made again from its received files\n" +
			"A level that was not run is printed as \"not run\". Exit code 1: something was found that has not been put right.",
		RunE: func(cmd *cobra.Command, _ []string) error { return s.fsck(cmd, f) },
	}
	c.Flags().StringVar(&f.level, "level", string(wiring.Content), "how deep: heads, entries, content or recompute")
	c.Flags().StringArrayVar(&f.heads, "head", nil, "file with a signed checkpoint, an acknowledgement or a known head that somebody else kept; instead of the guard")
	c.Flags().StringVar(&f.from, "from", "", "second copy of the data folder (folder, or http address of its blobs folder): restore what is missing or changed from it, by digest")
	c.Flags().StringVar(&f.part, "part", "", "read the content of one part only: due (the one read longest ago, of 30), or N/30")
	return c
}

// fsck runs the check.
func (s *settings) fsck(cmd *cobra.Command, f fsckFlags) (err error) {
	o, err := s.opening(cmd)
	if err != nil {
		return err
	}
	options := wiring.FsckOptions{Level: wiring.Level(f.level)}
	if !slices.Contains(wiring.Levels(), options.Level) {
		return fmt.Errorf("%w: --level is heads, entries, content or recompute, not %q", errUsage, f.level)
	}
	for _, path := range f.heads {
		text, err := readFile(path, maxDocument)
		if err != nil {
			return err
		}
		options.Heads = append(options.Heads, wiring.Head{Name: path, Text: text})
	}
	if options.From, err = secondCopy(f.from); err != nil {
		return fmt.Errorf("%w: --from: %w", custody.ErrInvalid, err)
	}
	st, err := wiring.OpenToCheck(cmd.Context(), o, options.From != nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if options.Part, err = partOf(st, f.part); err != nil {
		return err
	}
	return s.check(cmd, st, o, options)
}

// check runs the check and answers.
func (s *settings) check(cmd *cobra.Command, st *wiring.Station, o wiring.Options, options wiring.FsckOptions) error {
	report, err := st.Inspect(cmd.Context(), options)
	if err != nil {
		return err
	}
	since := ""
	if ran(report, wiring.Content) {
		if since, err = st.NotePart(options.Part); err != nil {
			return err
		}
	}
	if err := s.answer(cmd, report, func(w io.Writer) { fsckText(w, report, o, since) }); err != nil {
		return err
	}
	if report.Open() > 0 {
		return fmt.Errorf("%w: %s", errDifference, plural(report.Open(), "finding", "findings"))
	}
	return nil
}

// ran tells whether a level was run.
func ran(r wiring.FsckReport, level wiring.Level) bool {
	for _, l := range r.Levels {
		if l.Level == level {
			return l.State != wiring.NotRun
		}
	}
	return false
}

// secondCopy opens what --from names.
func secondCopy(from string) (blob.Copy, error) {
	switch {
	case from == "":
		return nil, nil
	case strings.HasPrefix(from, "http://"), strings.HasPrefix(from, "https://"):
		return blob.URLCopy(from)
	}
	return blob.FolderCopy(from)
}

// partOf reads what --part names.
func partOf(st *wiring.Station, text string) (blob.Part, error) {
	switch text {
	case "":
		return blob.Part{}, nil
	case "due":
		return st.DuePart()
	}
	var part blob.Part
	if n, err := fmt.Sscanf(text, "%d/%d", &part.Number, &part.Of); n != 2 || err != nil ||
		fmt.Sprintf("%d/%d", part.Number, part.Of) != text || part.Of != wiring.Parts || part.Number < 1 || part.Number > part.Of {
		return part, fmt.Errorf("%w: --part is due, or a number such as 7/%d", errUsage, wiring.Parts)
	}
	part.Number--
	return part, nil
}

func fsckText(w io.Writer, r wiring.FsckReport, o wiring.Options, since string) {
	for _, level := range r.Levels {
		say(w, "%-9s  %s: %s", level.Level, level.State, level.What)
	}
	if r.Root != ([32]byte{}) {
		say(w, "tree of %s, root %s", plural(int(r.Size), "leaf", "leaves"), r.Root) //nolint:gosec // a count
	}
	if since != "" {
		say(w, "%s", since)
	}
	for _, f := range r.Findings {
		word := "FOUND   "
		if f.Restored {
			word = "RESTORED"
		}
		say(w, "%s  %s: %s", word, f.Where, f.What)
		if f.Case != "" {
			say(w, "          case %s; exhibits that rest on it: %s", f.Case, exhibitsText(f))
		}
	}
	guardText(w, o)
	if r.Open() == 0 {
		say(w, "What was run agrees with the record.")
		return
	}
	say(w, "Stop the service and keep the folder as it is: it may be evidence. Innocent causes are a failing disk, a copy that was cut short and")
	say(w, "a restore of part of the folder. Then see the runbook.")
}

func exhibitsText(f custody.Finding) string {
	if len(f.Exhibits) == 0 {
		return "none that can be told"
	}
	return strings.Join(f.Exhibits, ", ")
}
