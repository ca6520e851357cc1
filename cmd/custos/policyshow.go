package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy/rego"
)

// releaseElement is a release as it is shown to machines.
type releaseElement struct {
	Release  string            `json:"release"`
	Name     string            `json:"name"`
	Author   string            `json:"author"`
	Approved []approvalElement `json:"approved"`
	Forces   []forceElement    `json:"forces"`
	InForce  bool              `json:"inForce"`
	Built    bool              `json:"built"`
}

type approvalElement struct {
	By     string `json:"by"`
	Role   string `json:"role"`
	Time   string `json:"time"`
	Counts bool   `json:"counts"`
}

type forceElement struct {
	By    string `json:"by"`
	Index uint64 `json:"index"`
	From  string `json:"from"`
	Until string `json:"until"` // empty while it lasts
}

func releaseOf(r custody.Release) releaseElement {
	out := releaseElement{r.Release.String(), r.Name, r.Author, []approvalElement{}, []forceElement{}, r.InForce, r.Built}
	for _, a := range r.Approved {
		out.Approved = append(out.Approved, approvalElement{a.By, a.Role, a.Time.String(), a.Counts})
	}
	for _, f := range r.Forces {
		until := ""
		if !f.Until.IsZero() {
			until = f.Until.String()
		}
		out.Forces = append(out.Forces, forceElement{f.By, uint64(f.Index), f.From.String(), until})
	}
	return out
}

func policyList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "show the policy releases of the log: who put them forward, who approved them, which is in force", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				all, err := st.Service.Releases().List(ctx)
				if err != nil {
					return err
				}
				elements := make([]releaseElement, len(all))
				for i, r := range all {
					elements[i] = releaseOf(r)
				}
				return s.answer(cmd, map[string]any{"releases": elements}, func(w io.Writer) { releasesText(w, all) })
			})
		},
	}
}

// releasesText lists releases, the newest last.
func releasesText(w io.Writer, all []custody.Release) {
	const day = "2 January 2006 15:04 MST"
	for _, r := range all {
		say(w, "%s  %s", r.Release, r.Name)
		if r.Author != "" {
			say(w, "  put forward  by %s on %s", r.Author, r.Proposed.UTC().Format(day))
		}
		for _, a := range r.Approved {
			note := ""
			if !a.Counts {
				note = "; it does not count towards another time"
			}
			say(w, "  approved     by %s as %s on %s%s", a.By, a.Role, a.Time.UTC().Format(day), note)
		}
		for _, f := range r.Forces {
			until := ", still"
			if !f.Until.IsZero() {
				until = " until " + f.Until.UTC().Format(day)
			}
			say(w, "  in force     from %s%s; published by %s, entry %d", f.From.UTC().Format(day), until, f.By, f.Index)
		}
		if len(r.Forces) == 0 {
			say(w, "  in force     never so far")
		}
		if r.Built && !r.InForce {
			say(w, "  THIS PROGRAM was built with it, and decides by the release in force until it is approved and published.")
		}
	}
}

func policyShow(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "show [RELEASE]", Short: "show what a release asks of each action, and each rule in a line", Args: atMostOne(aRelease),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.perhaps(cmd, func(ctx context.Context, st *wiring.Station) error {
				engine, err := openRelease(ctx, st, rego.NewEngines(), strings.Join(args, ""))
				if err != nil {
					return err
				}
				book, err := engine.Rulebook(ctx)
				if err != nil {
					return err
				}
				powers, err := engine.Powers(ctx)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"release": engine.Release(), "rules": book, "actions": powers}, func(w io.Writer) {
					say(w, "POLICY RELEASE %s\n\n%s", engine.Release(), plural(len(book), "rule", "rules"))
					for _, r := range book {
						say(w, "  %-6s %s%s", r.ID, r.Title, checkedMark(r.Citations))
					}
					say(w, "\nACTIONS, and the rules that must all be met (* before a title: a citation that is still to be checked)")
					for _, p := range powers {
						ids := make([]string, len(p.Rules))
						for i, r := range p.Rules {
							ids[i] = r.ID
						}
						say(w, "  %-20s %s", p.Action, strings.Join(ids, " "))
					}
				})
			})
		},
	}
}

// checkedMark marks a rule of which a citation was not read in the primary text.
func checkedMark(list []rego.Citation) string {
	if slices.ContainsFunc(list, func(c rego.Citation) bool { return !c.Verified }) {
		return " *"
	}
	return ""
}

func policyExplain(s *settings) *cobra.Command {
	var release string
	var text bool
	c := &cobra.Command{
		Use: "explain RULE", Short: "say what a rule wants, where it comes from, what it looks at and who can cure it", Args: one("the rule's id, such as A-08"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.perhaps(cmd, func(ctx context.Context, st *wiring.Station) error {
				engine, err := openRelease(ctx, st, rego.NewEngines(), release)
				if err != nil {
					return err
				}
				book, err := engine.Rulebook(ctx)
				if err != nil {
					return err
				}
				at := slices.IndexFunc(book, func(r rego.RuleText) bool { return strings.EqualFold(r.ID, args[0]) })
				if at < 0 {
					return fmt.Errorf("the release %s has no rule %s; policy show lists them: %w", engine.Release()[:8], args[0], custody.ErrNotFound)
				}
				return s.answer(cmd, map[string]any{"release": engine.Release(), "rule": book[at]}, func(w io.Writer) {
					ruleText(w, book[at], text)
					say(w, "  release    %s", engine.Release())
				})
			})
		},
	}
	c.Flags().StringVar(&release, "release", "", aRelease)
	c.Flags().BoolVar(&text, "text", false, "show the rule itself as well, as it is written")
	return c
}

// ruleText explains one rule. Law that was not read in the primary text is named as
// such and not given as a sentence.
func ruleText(w io.Writer, r rego.RuleText, text bool) {
	say(w, "%s  %s.", r.ID, r.Title)
	for _, c := range r.Citations {
		where := strings.TrimSpace(strings.Join([]string{c.Regime, c.Route}, " "))
		if c.From != "" || c.Until != "" {
			where += " (from " + orWord(c.From, "the beginning") + " to " + orWord(c.Until, "today") + ")"
		}
		said := c.Text
		if !c.Verified {
			said = "still to be checked in the primary text, and so not said here; --text shows the note"
		}
		say(w, "  source     %s: %s", orWord(strings.TrimSpace(where), "any"), said)
	}
	say(w, "  asked of   %s", joined(r.Actions, "no action"))
	say(w, "  looks at   %s", orWord(strings.Join(r.Facts, ", "), "every fact"))
	if len(r.RestsOn) > 0 {
		say(w, "  rests on   %s: it is given as a reason only where they are met", strings.Join(r.RestsOn, ", "))
	}
	say(w, "  cure       %s", r.Cure)
	say(w, "  stands in  %s, line %d", r.File, r.Line)
	if text {
		say(w, "\n%s", r.Text)
	}
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}

func policyDiff(s *settings) *cobra.Command {
	var lines bool
	c := &cobra.Command{
		Use: "diff A B", Short: "say what one release changes of another: rules, who may do what, and the answers to the cases of the tables",
		Long: "A and B are each " + aRelease + ".\nThe cases are this program's own decision tables; the decisions of a record are compared by audit replay --policy.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("%w: give two releases, each %s", errUsage, aRelease)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.perhaps(cmd, func(ctx context.Context, st *wiring.Station) error {
				engines := rego.NewEngines()
				a, err := openRelease(ctx, st, engines, args[0])
				if err != nil {
					return err
				}
				b, err := openRelease(ctx, st, engines, args[1])
				if err != nil {
					return err
				}
				changes, err := a.Compare(ctx, b)
				if err != nil {
					return err
				}
				return s.answer(cmd, changes, func(w io.Writer) { changesText(w, changes, lines) })
			})
		},
	}
	c.Flags().BoolVar(&lines, "lines", false, "show the lines of the files as well")
	return c
}

// changesText says what a release changes.
func changesText(w io.Writer, c rego.Comparison, lines bool) {
	say(w, "%s against %s: %s, %s, %s of %d cases", c.To[:8], c.From[:8], plural(len(c.Rules), "rule changes", "rules change"),
		plural(len(c.Actions), "action changes", "actions change"), plural(len(c.Answers), "answer changes", "answers change"), c.Cases)
	for _, r := range c.Rules {
		say(w, "  rule    %-6s %s: %s", r.Rule, strings.Join(r.What, ", "), r.Title)
	}
	for _, a := range c.Actions {
		say(w, "  action  %s", a.Action)
		for _, part := range []struct {
			words string
			list  []string
		}{{"needs now", a.Needs}, {"needs no more", a.Lacks}, {"may now", a.Gained}, {"may no more", a.Lost}} {
			if len(part.list) > 0 {
				say(w, "          %-14s %s", part.words, strings.Join(part.list, ", "))
			}
		}
	}
	for _, a := range c.Answers {
		word := map[bool]string{true: "ALLOWED", false: "refused"}
		say(w, "  case    %-7s -> %-7s (%s) %q", word[a.Before], word[a.After], strings.Join(a.Reasons, " "), a.Case)
	}
	for _, f := range c.Files {
		if !lines {
			say(w, "  file    %s", f.Name)
			continue
		}
		say(w, "\n--- %s", f.Name)
		for _, line := range f.Lines {
			say(w, "%s", visible(line))
		}
	}
}

func policyExport(s *settings) *cobra.Command {
	var release, file string
	c := &cobra.Command{
		Use: "export [FOLDER]", Short: "write a release as a folder of rules with the tables they are tried on, to be edited, or as its one text", Args: atMostOne("the folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) == (file == "") {
				return fmt.Errorf("%w: give a folder to write, or a file with --text", errUsage)
			}
			return s.perhaps(cmd, func(ctx context.Context, st *wiring.Station) error {
				text, tests, err := releaseText(ctx, st, release)
				if err != nil {
					return err
				}
				where := file
				if file != "" {
					err = kept(file, text)
				} else {
					where = args[0]
					err = writeRules(where, text, tests)
				}
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]string{"release": rego.Digest(text), "path": where}, func(w io.Writer) {
					say(w, "%s is written to %s.", rego.Digest(text), where)
					if file == "" {
						say(w, "Edit the rules and, below tests, what is expected of them; then: custos policy test %s", where)
					}
				})
			})
		},
	}
	c.Flags().StringVar(&release, "release", "", aRelease)
	c.Flags().StringVar(&file, "text", "", "file to write the one text to; its SHA-256 is the release's digest")
	return c
}

// writeRules writes the files of a release and its tests into a new folder.
func writeRules(folder string, text []byte, tests fs.FS) error {
	files, err := rego.Files(text)
	if err != nil {
		return atFault(folder, err)
	}
	if _, err := os.Stat(folder); err == nil {
		return fmt.Errorf("%s is there already: name a new folder: %w", folder, custody.ErrConflict)
	}
	if err := os.MkdirAll(filepath.Join(folder, rego.TestsFolder), 0o750); err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(folder, f.Name), []byte(f.Text), 0o600); err != nil {
			return err
		}
	}
	return os.CopyFS(filepath.Join(folder, rego.TestsFolder), tests)
}

// atMostOne is cobra.MaximumNArgs(1) with words.
func atMostOne(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fmt.Errorf("%w: give at most one argument, %s", errUsage, what)
		}
		return nil
	}
}
