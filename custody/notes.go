package custody

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"custos.example/ledger"
	"custos.example/policy"
)

// Notes are what people write down about a case. A note is never changed: one that
// was wrong is corrected by another.
type Notes struct{ s *Service }

// Notes returns the use cases of notes.
func (s *Service) Notes() Notes { return Notes{s} }

// maxNote is the most bytes of a note.
const maxNote = 20_000

var noteID = regexp.MustCompile(`^N-[1-9][0-9]{0,5}$`)

// AddNote asks for a note.
// Shape: About is an entry of the case, or zero; Corrects is an earlier note such as
// N-2, or empty.
type AddNote struct {
	Ask
	Case     CaseID
	Text     string
	About    ledger.EntryID
	Corrects string
}

// noteDocument is the row of a note.
// Shape: canonical JSON.
type noteDocument struct {
	Corrects string `json:"corrects,omitempty"`
	Text     string `json:"text"`
}

// Note is a note as it stands.
// Shape: of one whose text was erased, Gone says so.
type Note struct {
	ID          string         `json:"id"`
	About       ledger.EntryID `json:"about,omitzero"`
	By          string         `json:"by"`
	Corrects    string         `json:"corrects,omitempty"`
	CorrectedBy string         `json:"correctedBy,omitempty"`
	Entry       ledger.EntryID `json:"entry"`
	Gone        bool           `json:"gone,omitempty"`
	Status      Status         `json:"status"`
	Text        string         `json:"text"`
	Time        ledger.Time    `json:"time"`
}

// NoteList is what was found.
// Shape: in the order of the record; Apart as of MaterialList.
type NoteList struct {
	Notes []Note `json:"notes"`
	Apart bool   `json:"apart"`
}

// Add writes a note down under the next number.
// Errors: ErrDenied; ErrInvalid; ErrNotFound for an entry or a note that the case does
// not have.
func (n Notes) Add(ctx context.Context, actor Actor, request AddNote) (Named, error) {
	if request.Text == "" || longer(request.Text, maxNote) {
		return Named{}, fmt.Errorf("a note is empty or longer than %d characters: %w", maxNote, ErrInvalid)
	}
	if request.Corrects != "" && !noteID.MatchString(request.Corrects) {
		return Named{}, fmt.Errorf("%q names no note; they are called N-1 and so on: %w", request.Corrects, ErrInvalid)
	}
	a, err := n.s.begin(ctx, actor, request.Case, policy.NoteRecord, request)
	if err != nil {
		return Named{}, err
	}
	if stored, done, err := a.earlier(ctx, "note"); done || err != nil {
		return a.namedBefore(ctx, stored, err)
	}
	var id string
	proofs, err := a.commit(ctx, "note", resource{}, func() ([]sheet, error) {
		if err := a.noteFits(ctx, request); err != nil {
			return nil, err
		}
		rows, err := registerNewest(ctx, a.Store, a.id, noteRegister, 0)
		if err != nil {
			return nil, err
		}
		id = fmt.Sprintf("N-%d", len(rows)+1)
		s, err := a.rowSheet(ctx, "note", noteRegister, id, request.About, true, noteDocument{request.Corrects, request.Text})
		s.operation = "alteration"
		return []sheet{s}, err
	})
	if err != nil {
		return Named{}, err
	}
	return Named{Proof: proofs[0], ID: id}, nil
}

// noteFits wants what a note names to be there.
func (a *act) noteFits(ctx context.Context, request AddNote) error {
	if request.Corrects != "" {
		if _, err := registerRow(ctx, a.Store, a.id, noteRegister, request.Corrects, 0); err != nil {
			return fmt.Errorf("the case has no note %s: %w", request.Corrects, err)
		}
	}
	if request.About == (ledger.EntryID{}) {
		return nil
	}
	stored, err := a.Store.ByEntryID(ctx, request.About)
	if err != nil {
		return fmt.Errorf("entry %s: %w", request.About, err)
	}
	if stored.Case != a.id {
		return fmt.Errorf("entry %s is none of this case: %w", request.About, ErrNotFound)
	}
	return nil
}

// List returns the notes of a case. One that stands on the sensitive schedule is
// shown to whoever wrote it and to those who see that schedule.
// Errors: ErrDenied.
func (n Notes) List(ctx context.Context, actor Actor, id CaseID, ask Ask) (NoteList, error) {
	a, err := n.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return NoteList{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return NoteList{}, err
	}
	rows, err := registerRows(ctx, a.Store, a.id, noteRegister, 0)
	if err != nil {
		return NoteList{}, err
	}
	found := NoteList{Notes: []Note{}, Apart: !a.seesSensitive()}
	for _, row := range rows {
		note, err := a.written(ctx, row)
		if err != nil {
			return found, err
		}
		if note.Status == StatusMG6D && found.Apart && note.By != a.actor.ID {
			continue // nor is it said of the note that it corrects
		}
		for i := range found.Notes {
			if found.Notes[i].ID == note.Corrects {
				found.Notes[i].CorrectedBy = note.ID
			}
		}
		found.Notes = append(found.Notes, note)
	}
	return found, nil
}

// written reads one note.
func (a *act) written(ctx context.Context, row rowFact) (Note, error) {
	note := Note{ID: row.Name, About: row.About, By: row.By, Entry: row.Entry, Time: row.Time, Status: StatusToReview}
	doc, err := documentOf[noteDocument](ctx, a.Service, a.id, row.Payload)
	switch {
	case errors.Is(err, ErrNotFound):
		note.Gone = true
	case err != nil:
		return note, fmt.Errorf("note %s: %w", row.Name, err)
	}
	note.Text, note.Corrects = doc.Text, doc.Corrects
	assessed, known, err := a.assessed(ctx, row.Entry, 0)
	if known {
		note.Status = assessed.Status
	}
	return note, err
}
