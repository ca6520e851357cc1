package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/analysis/source"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// sourceFlags are the flags of preview and import.
type sourceFlags struct {
	reference, item, from, profile, authority string
	decisions                                 []string
	dataTypes, identifiers                    []string
	first, last, obtained                     string
}

func (f *sourceFlags) add(c *cobra.Command) {
	l := c.Flags()
	l.StringVar(&f.reference, "case", "", "the case's reference")
	l.StringVar(&f.item, "item", "", "exhibit reference of the file, such as NET/3")
	l.StringVar(&f.from, "from", "", "who handed it over")
	l.StringVar(&f.profile, "profile", "", "mapping profile: the name of a built-in one, or a YAML file")
	l.StringVar(&f.authority, "authority", "", "entry of the authority it was obtained under")
	l.StringArrayVar(&f.decisions, "decide", nil, "a decision KIND=VALUE=WHY, such as assert-subject=+447700900123=operator's letter of 3 May")
	l.StringSliceVar(&f.dataTypes, "data-types", nil, "what the return holds: traffic, service-use, subscriber, events, entity")
	l.StringSliceVar(&f.identifiers, "identifiers", nil, "whose records they are")
	l.StringVar(&f.first, "first", "", "first instant asked for (2026-10-12T00:00:00Z)")
	l.StringVar(&f.last, "last", "", "last instant asked for")
	l.StringVar(&f.obtained, "obtained", "", "day on which the operator gave it (2026-11-02)")
}

// read turns the flags into what the service asks for.
func (f *sourceFlags) read() (r custody.Receive, err error) {
	if r.Profile, err = profile(f.profile); err != nil {
		return r, err
	}
	if r.Authority, err = entry(f.authority); err != nil {
		return r, err
	}
	for _, text := range f.decisions {
		parts := strings.SplitN(text, "=", 3)
		if len(parts) != 3 {
			return r, fmt.Errorf("%w: a decision is KIND=VALUE=WHY, not %q", errUsage, text)
		}
		r.Decisions = append(r.Decisions, custody.Decision{Kind: parts[0], Value: parts[1], Why: parts[2]})
	}
	r.Return = custody.Return{Identifiers: f.identifiers, ObtainedOn: policy.Date(f.obtained)}
	for _, t := range f.dataTypes {
		r.Return.DataTypes = append(r.Return.DataTypes, policy.DataType(t))
	}
	if r.Return.From, err = instant("--first", f.first); err != nil {
		return r, err
	}
	if r.Return.Until, err = instant("--last", f.last); err != nil {
		return r, err
	}
	r.Item, r.From = f.item, f.from
	return r, nil
}

// profile returns a built-in profile by name, or the text of a file.
func profile(name string) ([]byte, error) {
	if name == "" {
		return nil, fmt.Errorf("%w: say how the file is to be read with --profile (built in: %s)", errUsage, strings.Join(source.ProfileNames(), ", "))
	}
	if text, ok := source.ReadProfile(name); ok {
		return text, nil
	}
	return readFile(name, maxDocument)
}

func instant(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("%w: %s: write it as 2026-10-12T00:00:00Z", errUsage, flag)
	}
	return t, nil
}

func sourceCommand(s *settings) *cobra.Command {
	var p, i sourceFlags
	preview := &cobra.Command{
		Use: "preview FILE", Short: "show what a file would become; only the look is recorded", Args: one("the file"),
		RunE: func(cmd *cobra.Command, args []string) error { return s.preview(cmd, &p, args[0]) },
	}
	p.add(preview)
	imports := &cobra.Command{
		Use: "import FILE", Short: "take a file in as evidence and make its data set", Args: one("the file"),
		RunE: func(cmd *cobra.Command, args []string) error { return s.importFile(cmd, &i, args[0]) },
	}
	i.add(imports)
	var n sourceFlags
	normalise := &cobra.Command{
		Use: "normalise EVIDENCE", Short: "make another data set from evidence, by other decisions or another profile",
		Args: one("the evidence's entry"),
		RunE: func(cmd *cobra.Command, args []string) error { return s.normalise(cmd, &n, args[0]) },
	}
	n.add(normalise)
	return group("source", "files as they arrive", preview, imports, normalise)
}

func (s *settings) normalise(cmd *cobra.Command, f *sourceFlags, of string) error {
	request, err := f.read()
	if err != nil {
		return err
	}
	evidence, err := entry(of)
	if err != nil {
		return err
	}
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		id, err := caseOf(ctx, st, f.reference)
		if err != nil {
			return err
		}
		got, err := st.Service.Imports().Normalise(ctx, s.who(), custody.Normalise{
			Ask: s.ask(), Case: id, Evidence: evidence, Return: request.Return, Profile: request.Profile,
			Decisions: request.Decisions, Authority: request.Authority,
		})
		if err != nil {
			return err
		}
		return s.received(cmd, "evidence "+of, got)
	})
}

func (s *settings) importFile(cmd *cobra.Command, f *sourceFlags, path string) error {
	request, err := f.read()
	if err != nil {
		return err
	}
	file, err := os.Open(path) //nolint:gosec // the user's own file
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	request.Ask, request.FileName, request.Content = s.ask(), filepath.Base(path), file
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		if request.Case, err = caseOf(ctx, st, f.reference); err != nil {
			return err
		}
		got, err := st.Service.Imports().Receive(ctx, s.who(), request)
		if err != nil {
			return err
		}
		return s.received(cmd, f.item+"  "+filepath.Base(path), got)
	})
}

// received says what became of a file.
func (s *settings) received(cmd *cobra.Command, title string, got custody.Received) error {
	answer := struct {
		Evidence proofElement      `json:"evidence"`
		Dataset  proofElement      `json:"dataset"`
		Rows     proofElement      `json:"rows"`
		SHA256   string            `json:"sha256"`
		Balance  ledger.RowBalance `json:"balance"`
		Report   json.RawMessage   `json:"report"`
	}{proofOf(got.Evidence), proofOf(got.Dataset), proofOf(got.Rows), got.SHA256.String(), got.Balance, got.Report}
	return s.answer(cmd, answer, func(w io.Writer) {
		say(w, "%s", title)
		say(w, "  SHA-256  %s", got.SHA256)
		balance(w, got.Balance)
		for _, d := range got.Decided {
			say(w, "  decision %s  entry %d of the log", d.Entry, d.Placed.Index)
		}
		say(w, "  evidence %s  entry %d of the log", got.Evidence.Entry, got.Evidence.Placed.Index)
		say(w, "  data set %s  entry %d of the log", got.Dataset.Entry, got.Dataset.Placed.Index)
	})
}

// balance says where every row went.
func balance(w io.Writer, b ledger.RowBalance) {
	say(w, "  %d received = %d shown + %d outside the question + %d repeats + %d set aside",
		b.Received, b.Shown, b.Outside, b.Repeats, b.SetAside)
}

func (s *settings) preview(cmd *cobra.Command, f *sourceFlags, path string) error {
	request, err := f.read()
	if err != nil {
		return err
	}
	file, err := os.Open(path) //nolint:gosec // the user's own file
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		id, err := caseOf(ctx, st, f.reference)
		if err != nil {
			return err
		}
		seen, err := st.Service.Imports().Preview(ctx, s.who(), custody.Preview{
			Ask: s.ask(), Case: id, FileName: filepath.Base(path), Content: file, Profile: request.Profile,
			Decisions: request.Decisions, Authority: request.Authority,
		})
		if err != nil {
			return err
		}
		answer := map[string]any{"sha256": seen.SHA256, "balance": seen.Balance, "report": json.RawMessage(seen.Report)}
		return s.answer(cmd, answer, func(w io.Writer) {
			say(w, "%s  not kept: only this look is recorded", filepath.Base(path))
			b := seen.Balance
			say(w, "  %d received = %d shown + %d outside the question + %d repeats + %d set aside",
				b.Received, b.Shown, b.Outside, b.Repeats, b.SetAside)
			for _, r := range b.SetAsideBy {
				say(w, "  %8d set aside by %s", r.Rows, r.Rule)
			}
		})
	})
}
