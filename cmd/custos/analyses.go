package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// runFlags are the flags of an analysis.
type runFlags struct {
	reference, title, cells string
	excess                  bool
	inputs, data            []string
	params, again           []string
}

func analysisCommand(s *settings) *cobra.Command {
	var r runFlags
	run := &cobra.Command{
		Use: "run STEP", Short: "run one analysis, such as event-schedule@1", Args: one("the step"),
		RunE: func(cmd *cobra.Command, args []string) error { return s.analyse(cmd, &r, args[0]) },
	}
	f := run.Flags()
	f.StringVar(&r.reference, "case", "", "the case's reference")
	f.StringVar(&r.title, "title", "", "the question asked")
	f.StringSliceVar(&r.data, "data", nil, "the received files to work on, by item (NET/1,NET/2), or all; several are merged first")
	f.BoolVar(&r.excess, "with-excess", false, "bring in the events outside the scope of the authority; their use must have been approved (permit ask excess)")
	f.StringVar(&r.cells, "cells", "", "the cell table to join to them, by item")
	f.StringArrayVar(&r.inputs, "input", nil, "instead of --data: an input PORT=ENTRY, such as events=1f0c...")
	f.StringArrayVar(&r.params, "param", nil, "a parameter NAME=VALUE")
	f.StringArrayVar(&r.again, "again", nil, "a parameter a second time, NAME=VALUE, when it names an identifier that stands in no row")
	return group("analysis", "analyses", run)
}

func (s *settings) analyse(cmd *cobra.Command, f *runFlags, step string) error {
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		request, err := f.read(ctx, st)
		if err != nil {
			return err
		}
		request.Ask, request.Step = s.ask(), step
		ran, err := st.Service.Analyses().Run(ctx, s.who(), request)
		if err != nil {
			return err
		}
		unread, err := f.unread(ctx, st, request.Case)
		if err != nil {
			return err
		}
		for _, item := range unread {
			say(cmd.ErrOrStderr(), "%s is not in this: it has no data set yet (source normalise %s)", item, item)
		}
		for _, warning := range ran.Warnings {
			say(cmd.ErrOrStderr(), "%s", visible(warning))
		}
		answer := map[string]any{
			"proof": proofOf(ran.Proof), "balance": ran.Balance, "caveats": ran.Caveats, "outputs": ran.Outputs, "notIncluded": unread, "warnings": ran.Warnings,
		}
		return s.answer(cmd, answer, func(w io.Writer) {
			say(w, "%s  %s", step, f.title)
			say(w, "  %s", custody.BalanceText(ran.Balance))
			for _, o := range ran.Outputs {
				say(w, "  %-12s %s  %d bytes", o.Name, o.SHA256, o.Size)
			}
			say(w, "  run      %s  entry %d of the log", ran.Entry, ran.Placed.Index)
		})
	})
}

// read turns the flags into what the service asks for.
func (f *runFlags) read(ctx context.Context, st *wiring.Station) (r custody.Run, err error) {
	r = custody.Run{Title: f.title, Excess: f.excess, Inputs: map[string]custody.PayloadRef{}}
	if r.Case, err = caseOf(ctx, st, f.reference); err != nil {
		return r, err
	}
	for _, in := range f.inputs {
		port, ref, ok := strings.Cut(in, "=")
		if !ok {
			return r, fmt.Errorf("%w: an input is PORT=ENTRY, not %q", errUsage, in)
		}
		id, name, _ := strings.Cut(ref, "/")
		e, err := entry(id)
		if err != nil {
			return r, err
		}
		r.Inputs[port] = custody.PayloadRef{Entry: e, Name: name}
	}
	if r.Data, err = dataOf(ctx, st, r.Case, f.data); err != nil {
		return r, err
	}
	if f.cells != "" {
		if r.Cells, err = st.Service.Cases().Named(ctx, r.Case, custody.NamedDataset, f.cells); err != nil {
			return r, err
		}
	}
	if r.Params, err = pairs("--param", f.params); err != nil {
		return r, err
	}
	r.Again, err = pairs("--again", f.again)
	return r, err
}

// all tells whether every received file is asked for.
func all(items []string) bool { return len(items) == 1 && items[0] == "all" }

// unread returns the items that are not among all data, because nobody has made
// a data set of them yet.
func (f *runFlags) unread(ctx context.Context, st *wiring.Station, id custody.CaseID) ([]string, error) {
	if !all(f.data) {
		return []string{}, nil
	}
	return st.Service.Cases().Unread(ctx, id)
}

// dataOf returns the data sets of items; "all" stands for every file.
func dataOf(ctx context.Context, st *wiring.Station, id custody.CaseID, items []string) ([]ledger.EntryID, error) {
	if all(items) {
		return st.Service.Cases().Datasets(ctx, id)
	}
	data := make([]ledger.EntryID, len(items))
	for i, item := range items {
		var err error
		if data[i], err = st.Service.Cases().Named(ctx, id, custody.NamedDataset, item); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// pairs reads NAME=VALUE flags.
func pairs(flag string, list []string) (map[string]string, error) {
	out := make(map[string]string, len(list))
	for _, text := range list {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("%w: %s is NAME=VALUE, not %q", errUsage, flag, text)
		}
		out[name] = value
	}
	return out, nil
}
