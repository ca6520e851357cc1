package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/analysis/celltable"
	"custos.example/analysis/source"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

// sourceFlags are the flags of preview, import and normalise.
type sourceFlags struct {
	reference, item, from, profile, authority string
	decisions, again, fromRows, params        []string
	dataTypes, identifiers                    []string
	first, last                               time.Time
	obtained                                  policy.Date
	sites, below, kind, credit, extraction    string
}

func (f *sourceFlags) add(c *cobra.Command) {
	l := c.Flags()
	l.StringVar(&f.reference, "case", "", "the case's reference")
	l.StringVar(&f.item, "item", "", "exhibit reference of the file, such as NET/3; of a folder, that of the first file")
	l.StringVar(&f.from, "from", "", "who handed it over")
	l.StringVar(&f.profile, "profile", "", "mapping profile: the name of a built-in one, or a YAML file (default: the built-in one that fits best)")
	l.StringVar(&f.authority, "authority", "", "the authority it was obtained under: its reference or its entry")
	l.StringArrayVar(&f.decisions, "decide", nil, "a decision KIND=VALUE=WHY, or ITEM:KIND=VALUE=WHY for one file of a folder, such as assert-zone=Europe/London=letter of 3 May")
	l.StringArrayVar(&f.again, "again", nil, "the identifier of a decision a second time, KIND=VALUE")
	l.StringArrayVar(&f.fromRows, "from-row", nil, "the row of a received file in which the identifier of a decision stands, KIND=ITEM:LINE")
	l.StringArrayVar(&f.params, "param", nil, "a parameter of the source step, NAME=VALUE")
	l.StringSliceVar(&f.dataTypes, "data-types", nil, "what the return holds: traffic, service-use, subscriber, events, entity")
	l.StringSliceVar(&f.identifiers, "identifiers", nil, "whose records they are")
	instantFlag(l, &f.first, "first", "first instant asked for (2026-10-12T00:00:00Z)")
	instantFlag(l, &f.last, "last", "last instant asked for")
	dayFlag(l, &f.obtained, "obtained", "day on which the operator gave it (2026-11-02)")
	l.StringVar(&f.sites, "sites", "", "item of the received file that holds the table of sites")
	l.StringVar(&f.below, "below", "", "item of the base map that is to lie under this one")
	l.StringVar(&f.kind, "reference", "", "a file that holds no communications data: cell-table or base-map")
	l.StringVar(&f.extraction, "extraction", "", "exhibit reference of an extraction in the record: FILE is then the path of one file in it; the extraction's entry says the rest")
	l.StringVar(&f.credit, "credit", "", "the line that its publisher asks for")
}

// itemPrefix is how a decision about one file of a folder begins.
var itemPrefix = regexp.MustCompile(`^([A-Z]{2,5}/[A-Z]?[0-9]{1,4}[A-Z]{0,2}):(.*)$`)

// read turns the flags into what the service asks for of one file.
func (f *sourceFlags) read(ctx context.Context, st *wiring.Station, item string) (r custody.Receive, err error) {
	if r.Case, err = caseOf(ctx, st, f.reference); err != nil {
		return r, err
	}
	if f.profile != "" {
		if r.Profile, err = profile(f.profile); err != nil {
			return r, err
		}
	}
	cases := st.Service.Cases()
	if f.authority != "" {
		if r.Authority, err = cases.Named(ctx, r.Case, custody.NamedAuthority, f.authority); err != nil {
			return r, err
		}
	}
	if f.sites != "" {
		if r.Sites, err = cases.Named(ctx, r.Case, custody.NamedEvidence, f.sites); err != nil {
			return r, err
		}
	}
	if f.below != "" {
		if r.Below, err = cases.Named(ctx, r.Case, custody.NamedDataset, f.below); err != nil {
			return r, err
		}
	}
	if r.Params, err = pairs("--param", f.params); err != nil {
		return r, err
	}
	if r.Decisions, err = f.decided(ctx, st, r.Case, item); err != nil {
		return r, err
	}
	r.From, r.Reference, r.Credit = f.from, f.kind, f.credit
	r.Return = f.declared()
	return r, nil
}

// declared is what the return is said to hold.
func (f *sourceFlags) declared() custody.Return {
	r := custody.Return{Identifiers: f.identifiers, ObtainedOn: f.obtained, From: f.first, Until: f.last}
	for _, t := range f.dataTypes {
		r.DataTypes = append(r.DataTypes, policy.DataType(t))
	}
	return r
}

// decided returns the decisions about one file.
func (f *sourceFlags) decided(ctx context.Context, st *wiring.Station, id custody.CaseID, item string) ([]custody.Decision, error) {
	again, err := pairs("--again", f.again)
	if err != nil {
		return nil, err
	}
	rows, err := pairs("--from-row", f.fromRows)
	if err != nil {
		return nil, err
	}
	var list []custody.Decision
	for _, text := range f.decisions {
		if m := itemPrefix.FindStringSubmatch(text); m != nil {
			if m[1] != item {
				continue
			}
			text = m[2]
		}
		parts := strings.SplitN(text, "=", 3)
		if len(parts) != 3 {
			return nil, fmt.Errorf("%w: a decision is KIND=VALUE=WHY, not %q", errUsage, text)
		}
		d := custody.Decision{Kind: parts[0], Value: parts[1], Why: parts[2], Again: again[parts[0]]}
		if at, named := rows[d.Kind]; named {
			if d.Row, err = sourceRow(ctx, st, id, at); err != nil {
				return nil, err
			}
		}
		list = append(list, d)
	}
	return list, nil
}

// sourceRow reads ITEM:LINE.
func sourceRow(ctx context.Context, st *wiring.Station, id custody.CaseID, text string) (*custody.SourceRow, error) {
	item, line, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%w: a row is ITEM:LINE, such as NET/3:12, not %q", errUsage, text)
	}
	evidence, err := st.Service.Cases().Named(ctx, id, custody.NamedEvidence, item)
	return &custody.SourceRow{Evidence: evidence, Line: n}, err
}

// profile returns a built-in profile by name, or the text of a file.
func profile(name string) ([]byte, error) {
	if text, ok := source.ReadProfile(name); ok {
		return text, nil
	}
	if text, ok := celltable.ReadProfile(name); ok { // of a list of cells
		return text, nil
	}
	return readFile(name, maxDocument)
}

// declaredFlags are the flags that say what a return holds, by what they say.
var declaredFlags = map[string]string{
	custody.DeclaredTypes: "--data-types", custody.DeclaredIdentifiers: "--identifiers", custody.DeclaredFirst: "--first",
	custody.DeclaredLast: "--last", custody.DeclaredObtained: "--obtained",
}

// undeclared tells whether an error says that it was not said what a return holds.
func undeclared(err error) bool {
	var u *custody.Undeclared
	return errors.As(err, &u)
}

// missingFlags names the flags that were left out, if that is what went wrong.
func missingFlags(err error) error {
	var u *custody.Undeclared
	if !errors.As(err, &u) {
		return err
	}
	flags := make([]string, len(u.Missing))
	for i, part := range u.Missing {
		flags[i] = declaredFlags[part]
	}
	return fmt.Errorf("%w: it is not said what the return holds, and no record of it says so; missing: %s", errUsage, strings.Join(flags, ", "))
}
