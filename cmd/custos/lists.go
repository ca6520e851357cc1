package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/analysis"
	"custos.example/analysis/registry"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

// stepDocument is a step as JSON.
type stepDocument struct {
	Name    string          `json:"name"`
	Version int             `json:"version"`
	Class   string          `json:"class"`
	Title   string          `json:"title"`
	Inputs  []string        `json:"inputs"`
	Outputs []string        `json:"outputs"`
	Params  []paramDocument `json:"params"`
}

// paramDocument is a parameter of a step as JSON.
type paramDocument struct {
	Name     string `json:"name"`
	Default  string `json:"default"`
	Required bool   `json:"required"`
	Doc      string `json:"doc"`
}

func stepCommand(s *settings) *cobra.Command {
	list := &cobra.Command{
		Use: "list [WORD]", Short: "list the steps with their parameters, or those whose name holds a word", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			steps := []stepDocument{}
			for _, step := range registry.All() {
				if d := stepOf(step.Info()); len(args) == 0 || strings.Contains(d.Name, args[0]) {
					steps = append(steps, d)
				}
			}
			return s.answer(cmd, map[string]any{"steps": steps}, func(w io.Writer) {
				for _, d := range steps {
					d.write(w)
				}
				say(w, "%s", plural(len(steps), "step", "steps"))
			})
		},
	}
	return group("step", "the steps that read, analyse and render", list)
}

func stepOf(info analysis.Info) stepDocument {
	d := stepDocument{
		Name: info.Name, Version: info.Version, Class: string(info.Class), Title: info.Title,
		Inputs: ports(info.Inputs), Outputs: ports(info.Outputs), Params: make([]paramDocument, len(info.Params)),
	}
	for i, p := range info.Params {
		d.Params[i] = paramDocument(p)
	}
	return d
}

// ports names ports; one that may be left out stands in brackets.
func ports(list []analysis.Port) []string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.Name
		if p.Optional {
			names[i] = "[" + p.Name + "]"
		}
	}
	return names
}

func (d stepDocument) write(w io.Writer) {
	say(w, "%s@%d  %s: %s", d.Name, d.Version, d.Class, d.Title)
	say(w, "  from %s  makes %s", orDash(strings.Join(d.Inputs, " ")), orDash(strings.Join(d.Outputs, " ")))
	for _, p := range d.Params {
		var standard string
		switch {
		case p.Required:
			standard = " (must be given)"
		case p.Default != "":
			standard = " (default " + p.Default + ")"
		}
		say(w, "  %s%s: %s", p.Name, standard, p.Doc)
	}
}

// listing is a command that lists something of a case.
func (s *settings) listing(short string, show func(ctx context.Context, cmd *cobra.Command, st *wiring.Station, id custody.CaseID) error) *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "list", Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				return show(ctx, cmd, st, id)
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func (s *settings) sourceList() *cobra.Command {
	return s.listing("list the received files and what has become of them", func(ctx context.Context, cmd *cobra.Command, st *wiring.Station, id custody.CaseID) error {
		files, err := st.Service.Cases().Files(ctx, s.who(), id, s.ask())
		if err != nil {
			return err
		}
		return s.answer(cmd, map[string]any{"files": files}, func(w io.Writer) {
			for _, f := range files {
				say(w, "%s  %s  %s", f.Item, f.State, visible(f.FileName))
				say(w, "  evidence %s  received %s", f.Entry, f.Received.Format("2 January 2006 15:04 MST"))
				switch f.State {
				case custody.FileRead:
					say(w, "  data set %s  %s", f.Dataset, plural(int(f.Rows), "row received", "rows received")) //nolint:gosec // a count
				case custody.FileWaiting:
					say(w, "  it has no data set yet (source normalise %s)", f.Item)
				case custody.FileSites, custody.FileWhole: // read beside others, or not at all
				}
			}
			say(w, "%s", plural(len(files), "received file", "received files"))
		})
	})
}

func (s *settings) exhibitList() *cobra.Command {
	return s.listing("list the exhibits of a case, each in its newest version", func(ctx context.Context, cmd *cobra.Command, st *wiring.Station, id custody.CaseID) error {
		exhibits, err := st.Service.Exhibits().List(ctx, s.who(), id, s.ask())
		if err != nil {
			return err
		}
		return s.answer(cmd, map[string]any{"exhibits": exhibits}, func(w io.Writer) {
			for _, x := range exhibits {
				state := "not checked by a second person"
				if x.Checked {
					state = "signed off"
				}
				say(w, "%s  version %d  %s  %s", x.Reference, x.Version, state, visible(x.Title))
				say(w, "  exhibit  %s", x.Entry)
			}
			say(w, "%s", plural(len(exhibits), "exhibit", "exhibits"))
		})
	})
}
