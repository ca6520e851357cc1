package custody

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"custos.example/ledger"
)

// Class says what kind of material something is.
type Class string

// The classes of material.
const (
	ImportMaterial  Class = "import"  // a received file
	RunMaterial     Class = "run"     // of an analysis, relied on or not
	SearchMaterial  Class = "search"  // pages of rows that were looked at, with what was asked
	NoteMaterial    Class = "note"    //
	ExhibitMaterial Class = "exhibit" // one version of it
	ItemMaterial    Class = "item"    // a physical or digital item
)

// Classes returns all of them.
func Classes() []Class {
	return []Class{ImportMaterial, RunMaterial, SearchMaterial, NoteMaterial, ExhibitMaterial, ItemMaterial}
}

// Status says what becomes of material.
type Status string

// The statuses.
const (
	StatusUsed        Status = "used"
	StatusMG6C        Status = "MG6C" // unused, not sensitive
	StatusMG6D        Status = "MG6D" // unused, sensitive
	StatusNotRelevant Status = "not-relevant"
	StatusToReview    Status = "to-review"
)

// Statuses returns all of them.
func Statuses() []Status {
	return []Status{StatusUsed, StatusMG6C, StatusMG6D, StatusNotRelevant, StatusToReview}
}

// Material is one thing that the case has made or received, with its status.
// Shape: Item is its number on the schedule of its status, 0 when it is on none. A
// run whose Shown is 0 found nothing, which is a result as well.
type Material struct {
	Entry       ledger.EntryID    `json:"entry"`
	Index       ledger.Index      `json:"index"`
	Class       Class             `json:"class"`
	Name        string            `json:"name"` // what people call it: an item, an exhibit's reference, a step, a note
	Description string            `json:"description"`
	Location    string            `json:"location"`
	By          string            `json:"by"`
	Time        ledger.Time       `json:"time"`
	Status      Status            `json:"status"`
	Item        int               `json:"item,omitempty"`
	Reason      string            `json:"reason,omitempty"` // for the status
	Test        Test              `json:"test,omitempty"`
	Why         string            `json:"why,omitempty"` // it meets the test
	Parameters  map[string]string `json:"parameters,omitempty"`
	Received    uint64            `json:"received,omitempty"` // rows of a run
	Shown       uint64            `json:"shown"`
	Relied      []string          `json:"relied,omitempty"` // exhibits that rest on it, with their versions
	Served      bool              `json:"served"`           // in an exhibit that was served

	assessment *assessment
	from       ledger.EntryID // what made an exhibit, or the data set that was looked at
}

// Negative tells whether it is a run that found nothing.
func (m Material) Negative() bool { return m.Class == RunMaterial && m.Shown == 0 }

// renderPrefix begins the names of the steps that make the files of exhibits.
const renderPrefix = "render-"

// materials lists everything that has a status, in the order of the record, as it
// stood at asOf.
func (a *act) materials(ctx context.Context, asOf uint64) ([]Material, error) {
	g := &materialList{act: a, asOf: asOf, relied: map[ledger.EntryID][]string{}, served: map[ledger.EntryID]bool{}}
	for _, gather := range []func(context.Context) error{g.exhibits, g.imports, g.runs, g.notes, g.items, g.searches} {
		if err := gather(ctx); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(g.list, func(x, y Material) int {
		return cmp.Or(cmp.Compare(x.Index, y.Index), strings.Compare(x.Entry.String(), y.Entry.String()))
	})
	return g.list, g.assess(ctx)
}

// materialList is a list of material in the making.
type materialList struct {
	*act
	asOf   uint64
	list   []Material
	relied map[ledger.EntryID][]string
	served map[ledger.EntryID]bool
}

// add takes one thing up; where it stands in the record it looks up itself.
func (g *materialList) add(ctx context.Context, m Material) error {
	stored, err := g.Store.ByEntryID(ctx, m.Entry)
	if err != nil {
		return fmt.Errorf("entry %s: %w", m.Entry, err)
	}
	m.Index, m.Relied, m.Served = stored.Index, g.relied[m.Entry], g.served[m.Entry]
	m.Location = fmt.Sprintf("record of the case, entry %d of the log", stored.Index)
	g.list = append(g.list, m)
	return nil
}

// exhibits takes up every version of an exhibit, and notes what rests on what.
func (g *materialList) exhibits(ctx context.Context) error {
	exhibits, err := list[exhibitFact](ctx, g.Store, g.id, inExhibits, g.asOf)
	if err != nil {
		return err
	}
	out := map[ledger.EntryID]bool{}
	services, err := g.services(ctx, g.asOf)
	if err != nil {
		return err
	}
	for _, s := range services {
		b, err := find[bundleFact](ctx, g.Store, g.id, inBundles, s.Bundle.String(), g.asOf)
		if err != nil {
			return fmt.Errorf("bundle %s: %w", s.Bundle, err)
		}
		out[b.Exhibit] = true
	}
	slices.SortFunc(exhibits, func(x, y exhibitFact) int {
		return cmp.Or(strings.Compare(itemKey(x.Reference), itemKey(y.Reference)), cmp.Compare(x.Version, y.Version))
	})
	for _, x := range exhibits {
		behind, err := g.lineage(ctx, x.Run)
		if err != nil {
			return fmt.Errorf("exhibit %s: %w", x.Reference, err)
		}
		name := fmt.Sprintf("%s version %d", x.Reference, x.Version)
		for _, entry := range behind.entries {
			g.rests(entry, name, out[x.Entry])
		}
		for _, file := range behind.files {
			g.rests(file.Entry, name, out[x.Entry])
		}
		g.served[x.Entry] = out[x.Entry]
		err = g.add(ctx, Material{
			Entry: x.Entry, from: x.Run, Class: ExhibitMaterial, Name: name, By: x.By, Time: x.Time, Received: x.Balance.Received, Shown: x.Balance.Shown,
			Description: fmt.Sprintf("Exhibit %s, version %d: %s", x.Reference, x.Version, x.Title),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rests notes that an exhibit rests on something.
func (g *materialList) rests(entry ledger.EntryID, exhibit string, served bool) {
	if !slices.Contains(g.relied[entry], exhibit) {
		g.relied[entry] = append(g.relied[entry], exhibit)
	}
	g.served[entry] = g.served[entry] || served
}

// imports takes up every received file.
func (g *materialList) imports(ctx context.Context) error {
	files, err := list[evidenceFact](ctx, g.Store, g.id, inEvidence, g.asOf)
	if err != nil {
		return err
	}
	for _, f := range files {
		what := "communications data received from " + f.From
		switch f.Reference {
		case "":
		case Opaque:
			what = "recording or other file of the item, kept whole, received from " + f.From
		default:
			what = "table of reference received from " + f.From
		}
		err := g.add(ctx, Material{
			Entry: f.Entry, Class: ImportMaterial, Name: f.Item, By: f.By, Time: f.Time,
			Description: fmt.Sprintf("File %s: %s, %d bytes", f.Item, what, f.Size),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// runs takes up every run and every selection of rows, but for the runs that only
// make the files of an exhibit.
func (g *materialList) runs(ctx context.Context) error {
	runs, err := list[producedFact](ctx, g.Store, g.id, inRuns, g.asOf)
	if err != nil {
		return err
	}
	chosen, err := list[producedFact](ctx, g.Store, g.id, inSelected, g.asOf)
	if err != nil {
		return err
	}
	for _, r := range slices.Concat(runs, chosen) {
		if strings.HasPrefix(r.Step.Name, renderPrefix) {
			continue
		}
		err := g.add(ctx, Material{
			Entry: r.Entry, from: r.Entry, Class: RunMaterial, Name: fmt.Sprintf("%s@%d", r.Step.Name, r.Step.Version), By: r.By, Time: r.Time,
			Parameters: r.Parameters, Received: r.Balance.Received, Shown: r.Balance.Shown, Description: runText(r),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// runText describes a run as a schedule does: the question, the method, its
// parameters and what came of it. Identifiers stand in no schedule.
func runText(r producedFact) string {
	text := fmt.Sprintf("Analysis %s@%d: %s", r.Step.Name, r.Step.Version, r.Title)
	if said := parametersText(r.Parameters); said != "" {
		text += "; with " + said
	}
	if r.Balance.Shown == 0 {
		return text + fmt.Sprintf("; it found nothing in %s", rowsText(r.Balance.Received))
	}
	return text + fmt.Sprintf("; it shows %d of %s", r.Balance.Shown, rowsText(r.Balance.Received))
}

func rowsText(n uint64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

// parametersText says parameters in the order of their names, without the
// identifiers of people.
func parametersText(params map[string]string) string {
	var said []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		value := params[name]
		if slices.ContainsFunc(strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }), identifier) {
			value = "an identifier"
		}
		if value != "" {
			said = append(said, name+" "+value)
		}
	}
	return strings.Join(said, ", ")
}
