package custody

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// File is a received file with what has become of it.
type File struct {
	Item      string         `json:"item"`
	FileName  string         `json:"fileName"`
	From      string         `json:"from"`
	Reference string         `json:"reference,omitempty"`
	State     FileState      `json:"state"`
	Entry     ledger.EntryID `json:"entry"`
	Dataset   ledger.EntryID `json:"dataset,omitzero"` // the newest one
	Rows      uint64         `json:"rows"`             // received, of that data set
	Received  ledger.Time    `json:"received"`
}

// FileState says what has become of a received file.
type FileState string

// The states of a received file.
const (
	FileRead    FileState = "read"           // it has a data set
	FileWaiting FileState = "waiting"        // it has none yet
	FileSites   FileState = "table of sites" // it is read beside others
	FileWhole   FileState = "kept whole"     // a file of an item, which is not read
)

// Files lists the received files of a case in the order of their items. That
// somebody asked is recorded.
// Errors: ErrDenied.
func (c Cases) Files(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]File, error) {
	a, err := c.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	return c.files(ctx, id)
}

// Unread returns the items of communications data that were received and have no
// data set yet, so that nobody takes what is made of all data sets for all that
// was received.
//
// It reads nothing but where entries stand, as Datasets does.
func (c Cases) Unread(ctx context.Context, id CaseID) ([]string, error) {
	files, err := c.files(ctx, id)
	if err != nil {
		return nil, err
	}
	items := []string{}
	for _, f := range files {
		if f.State == FileWaiting && f.Reference == "" {
			items = append(items, f.Item)
		}
	}
	return items, nil
}

func (c Cases) files(ctx context.Context, id CaseID) ([]File, error) {
	received, err := list[evidenceFact](ctx, c.s.Store, id, inEvidence, 0)
	if err != nil {
		return nil, err
	}
	datasets, err := list[producedFact](ctx, c.s.Store, id, inDatasets, 0)
	if err != nil {
		return nil, err
	}
	newest, beside := map[ledger.EntryID]producedFact{}, map[ledger.EntryID]bool{}
	for _, d := range datasets {
		for _, on := range d.Dependencies {
			switch {
			case on.Entry == nil:
			case on.Name == portSites:
				beside[*on.Entry] = true
			case on.Name == portSource && !newest[*on.Entry].Time.After(d.Time.Time):
				newest[*on.Entry] = d
			}
		}
	}
	files := make([]File, len(received))
	for i, f := range received {
		files[i] = File{
			Item: f.Item, FileName: f.FileName, From: f.From, Reference: f.Reference, Entry: f.Entry, Received: f.Time, State: FileWaiting,
		}
		if d, read := newest[f.Entry]; read {
			files[i].State, files[i].Dataset, files[i].Rows = FileRead, d.Entry, d.Balance.Received
		} else if beside[f.Entry] {
			files[i].State = FileSites
		} else if f.Reference == Opaque {
			files[i].State = FileWhole
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(itemKey(a.Item), itemKey(b.Item)) })
	return files, nil
}

// ListedExhibit is one exhibit in its newest version.
type ListedExhibit struct {
	Reference string         `json:"reference"`
	Version   uint64         `json:"version"`
	Title     string         `json:"title"`
	By        string         `json:"by"`
	Checked   bool           `json:"checked"` // by a second person
	Entry     ledger.EntryID `json:"entry"`
	Time      ledger.Time    `json:"time"`
}

// List lists the exhibits of a case, each in its newest version. That somebody
// asked is recorded.
// Errors: ErrDenied.
func (e Exhibits) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]ListedExhibit, error) {
	a, err := e.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	facts, err := list[exhibitFact](ctx, a.Store, id, inReferences, 0)
	if err != nil {
		return nil, err
	}
	exhibits := make([]ListedExhibit, len(facts))
	for i, f := range facts {
		checked, err := has(ctx, a.Store, id, inChecks, f.Entry.String(), 0)
		if err != nil {
			return nil, fmt.Errorf("check of %s: %w", f.Reference, err)
		}
		exhibits[i] = ListedExhibit{f.Reference, f.Version, f.Title, f.By, checked, f.Entry, f.Time}
	}
	slices.SortFunc(exhibits, func(x, y ListedExhibit) int { return strings.Compare(itemKey(x.Reference), itemKey(y.Reference)) })
	return exhibits, nil
}
