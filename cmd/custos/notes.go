package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

func noteCommand(s *settings) *cobra.Command {
	return group("note", "notes about a case", s.noteAdd(), s.noteList())
}

// maxNoteFile is the longest note that is read from a file.
// Units: bytes.
const maxNoteFile = 20_000

func (s *settings) noteAdd() *cobra.Command {
	var reference, text, file, about, corrects string
	c := &cobra.Command{
		Use: "add", Short: "write a note down", Args: cobra.NoArgs,
		Long: "Writes a note down under the next number. A note is never changed: one that was wrong is corrected by another.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (text == "") == (file == "") {
				return fmt.Errorf("%w: give the note with --text, or a file of it with --file", errUsage)
			}
			if file != "" {
				content, err := readFile(file, maxNoteFile)
				if err != nil {
					return err
				}
				text = string(content)
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, in custody.CaseID) error {
				request := custody.AddNote{Ask: s.ask(), Case: in, Text: text, Corrects: corrects}
				var err error
				if about != "" {
					if request.About, err = material(ctx, st, in, about); err != nil {
						return err
					}
				}
				named, err := st.Service.Notes().Add(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.namedAnswer(cmd, named, "Note")
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&text, "text", "", "the note")
	f.StringVar(&file, "file", "", "file that holds it")
	f.StringVar(&about, "about", "", "item, exhibit, note or entry that it is about")
	f.StringVar(&corrects, "corrects", "", "an earlier note that it corrects (N-2)")
	return c
}

func (s *settings) noteList() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "list", Short: "list the notes of a case", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, in custody.CaseID) error {
				found, err := st.Service.Notes().List(ctx, s.who(), in, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, found, func(w io.Writer) { notesText(w, found) })
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func notesText(w io.Writer, found custody.NoteList) {
	for _, n := range found.Notes {
		say(w, "%s  %s  by %s  %s", n.ID, n.Time.Format("2 January 2006 15:04 MST"), n.By, n.Status)
		if n.Corrects != "" {
			say(w, "  corrects %s", n.Corrects)
		}
		if n.CorrectedBy != "" {
			say(w, "  corrected by %s", n.CorrectedBy)
		}
		if n.Gone {
			say(w, "  its text was erased")
			continue
		}
		say(w, "  %s", visible(n.Text))
	}
	say(w, "%s", plural(len(found.Notes), "note", "notes"))
	if found.Apart {
		say(w, "This list leaves out what is shown to few; it says so whether there is any or not.")
	}
}
