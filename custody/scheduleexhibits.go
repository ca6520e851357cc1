package custody

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"custos.example/analysis/paper"
	"custos.example/ledger"
)

// mg12Report is the list of exhibits.
func mg12Report(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	s, err := scheduleOf(ctx, a, ask)
	if err != nil {
		return paper.Document{}, err
	}
	open, err := s.open(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	table := &paper.Table{Columns: []string{"Reference", "Description", "Produced by", "Date", "Served"}}
	list := slices.DeleteFunc(open, func(m Material) bool {
		return m.Class != ImportMaterial && m.Class != ItemMaterial && m.Class != ExhibitMaterial
	})
	slices.SortStableFunc(list, func(x, y Material) int { return strings.Compare(itemKey(x.Name), itemKey(y.Name)) })
	for _, m := range list {
		by, err := s.person(ctx, m.By)
		if err != nil {
			return paper.Document{}, err
		}
		on, err := dayInWords(m.Time)
		if err != nil {
			return paper.Document{}, err
		}
		served := "no"
		if m.Served {
			served = "yes"
		}
		table.Rows = append(table.Rows, []string{m.Name, m.Description, by, on, served})
	}
	served := slices.DeleteFunc(slices.Clone(list), func(m Material) bool { return !m.Served })
	return s.paper(paper.Section{Heading: "Exhibits", Paragraphs: []string{draft}, Table: table, Figures: []paper.Figure{
		materialFigure("exhibits", "exhibits and items on the list", list), materialFigure("served", "of them served", served),
	}}), nil
}

// did is what one person did in the case, as far as they could give evidence of it.
type did struct {
	produced, imported, ran, checked []string
	entries                          []Material
}

// acts gathers what everybody did, by their id.
func (s *schedule) acts(ctx context.Context) (map[string]*did, error) {
	open, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	people := map[string]*did{}
	of := func(id string) *did {
		if people[id] == nil {
			people[id] = &did{}
		}
		return people[id]
	}
	for _, m := range open {
		d := of(m.By)
		switch m.Class {
		case ExhibitMaterial:
			d.produced = append(d.produced, m.Name)
		case ImportMaterial, ItemMaterial:
			d.imported = append(d.imported, m.Name)
		case RunMaterial:
			if len(m.Relied) == 0 {
				continue // what nobody relies on needs no witness
			}
			d.ran = append(d.ran, m.Name+" for "+strings.Join(m.Relied, ", "))
		case SearchMaterial, NoteMaterial:
			continue
		}
		d.entries = append(d.entries, m)
	}
	for _, m := range open {
		if m.Class != ExhibitMaterial {
			continue
		}
		check, known, err := maybe[checkFact](ctx, s.Store, s.id, inChecks, m.Entry.String(), s.ask.asOf)
		if err != nil {
			return nil, err
		}
		if known {
			d := of(check.By)
			d.checked = append(d.checked, m.Name)
			d.entries = append(d.entries, m)
		}
	}
	for id, d := range people {
		if len(d.entries) == 0 {
			delete(people, id)
		}
	}
	return people, nil
}

// words says what somebody did.
func (d *did) words() string {
	var said []string
	for _, one := range []struct {
		word string
		what []string
	}{{"produced exhibit", d.produced}, {"took in", d.imported}, {"ran", d.ran}, {"checked", d.checked}} {
		if len(one.what) > 0 {
			said = append(said, one.word+" "+strings.Join(one.what, ", "))
		}
	}
	return strings.Join(said, "; ")
}

// mg9Report is the list of witnesses: everybody who did something that is relied on.
func mg9Report(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	s, err := scheduleOf(ctx, a, ask)
	if err != nil {
		return paper.Document{}, err
	}
	people, err := s.acts(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	table := &paper.Table{Columns: []string{"No.", "Witness", "What they can give evidence of", "Dates to avoid"}}
	section := paper.Section{Heading: "Witnesses", Paragraphs: []string{draft, "Addresses are not on record here and stand on no list that goes to the defence."}, Table: table}
	for i, id := range slices.Sorted(maps.Keys(people)) {
		name, err := s.person(ctx, id)
		if err != nil {
			return paper.Document{}, err
		}
		table.Rows = append(table.Rows, []string{fmt.Sprint(i + 1), name, people[id].words(), " "})
		section.Figures = append(section.Figures, materialFigure("witness-"+id, "things of which "+id+" can give evidence", unique(people[id].entries)))
	}
	return s.paper(section), nil
}

// unique leaves each thing once.
func unique(list []Material) []Material {
	seen := map[ledger.EntryID]bool{}
	return slices.DeleteFunc(slices.Clone(list), func(m Material) bool {
		before := seen[m.Entry]
		seen[m.Entry] = true
		return before
	})
}

// mg11Report drafts the paragraphs of one witness's statement: what they took in, ran,
// checked and produced, with the digest of each file.
func mg11Report(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	s, err := scheduleOf(ctx, a, ask)
	if err != nil {
		return paper.Document{}, err
	}
	id := ask.params["witness"]
	fact, err := find[personFact](ctx, a.Store, "", inPeople, id, ask.asOf)
	if err != nil {
		return paper.Document{}, fmt.Errorf("name the witness by their id (witness=an1); %q is nobody's: %w", id, ErrInvalid)
	}
	section := paper.Section{Heading: "Draft paragraphs", Paragraphs: []string{}}
	n := 0
	paragraph := func(format string, args ...any) {
		n++
		section.Paragraphs = append(section.Paragraphs, fmt.Sprintf("%d. ", n)+fmt.Sprintf(format, args...))
	}
	open, err := s.open(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	var behind []Material
	for _, m := range open {
		text, err := s.statement(ctx, m, id)
		if err != nil {
			return paper.Document{}, err
		}
		if text != "" {
			paragraph("%s", text)
			behind = append(behind, m)
		}
	}
	if n == 0 {
		section.Paragraphs = append(section.Paragraphs, "The record holds nothing of which this person could give evidence.")
	}
	section.Figures = []paper.Figure{materialFigure("paragraphs", "things of which the paragraphs speak", unique(behind))}
	doc := s.paper(
		paper.Section{Heading: "About this draft", Paragraphs: []string{
			draft, "The witness reads, corrects and completes it in their own words. The declaration of truth, age and signature that the rules ask for are the witness's own, and are not here.",
		}},
		section,
		paper.Section{Heading: "The witness", Facts: []paper.Fact{{Name: "Signature", Value: " "}, {Name: "Date", Value: " "}}},
	)
	doc.About = append(doc.About, paper.Fact{Name: "Statement of", Value: fact.Name})
	return doc, nil
}

// statement is what somebody could say of one thing, or nothing.
func (s *schedule) statement(ctx context.Context, m Material, who string) (string, error) {
	on, err := dayInWords(m.Time)
	if err != nil {
		return "", err
	}
	switch {
	case m.Class == ExhibitMaterial:
		return s.exhibitStatement(ctx, m, who, on)
	case m.By != who:
		return "", nil
	case m.Class == ImportMaterial:
		file, err := find[evidenceFact](ctx, s.Store, s.id, inEvidence, m.Entry.String(), s.ask.asOf)
		if err != nil {
			return "", err
		}
		sha, err := s.sha256Of(ctx, file.Payload)
		return fmt.Sprintf("On %s I received from %s a file of %d bytes with the SHA-256 digest %s. I produce it as exhibit %s.", on, file.From, file.Size, sha, file.Item), err
	case m.Class == ItemMaterial:
		return fmt.Sprintf("On %s I took %s into custody. I produce it as exhibit %s.", on, strings.TrimPrefix(m.Description, "Item "), m.Name), nil
	case m.Class == RunMaterial && len(m.Relied) > 0:
		said := parametersText(m.Parameters)
		if said != "" {
			said = ", with " + said
		}
		return fmt.Sprintf("On %s I ran the analysis %s%s. Of %s it showed %d. Exhibit %s rests on it.", on, m.Name, said, rowsText(m.Received), m.Shown, strings.Join(m.Relied, ", ")), nil
	}
	return "", nil
}

// exhibitStatement is what the producer or the checker of an exhibit could say.
func (s *schedule) exhibitStatement(ctx context.Context, m Material, who, on string) (string, error) {
	x, err := find[exhibitFact](ctx, s.Store, s.id, inExhibits, m.Entry.String(), s.ask.asOf)
	if err != nil {
		return "", err
	}
	if x.By == who {
		var files []string
		for _, f := range x.Subjects {
			sha, err := s.sha256Of(ctx, f.Digest)
			if err != nil {
				return "", err
			}
			files = append(files, fmt.Sprintf("%s (SHA-256 %s)", f.Name, sha))
		}
		return fmt.Sprintf("On %s I produced, by custos, the files %s. I produce them as exhibit %s, version %d: %s.", on, strings.Join(files, ", "), x.Reference, x.Version, x.Title), nil
	}
	check, known, err := maybe[checkFact](ctx, s.Store, s.id, inChecks, m.Entry.String(), s.ask.asOf)
	if err != nil || !known || check.By != who {
		return "", err
	}
	checked, err := dayInWords(check.Time)
	return fmt.Sprintf("On %s I had exhibit %s, version %d, made again from the received files by the archived steps. Every step gave the recorded bytes.", checked, x.Reference, x.Version), err
}

// sha256Of is the digest of a file as a court compares it.
func (s *schedule) sha256Of(ctx context.Context, recorded ledger.DigestSet) (string, error) {
	blob, err := s.Blobs.Find(ctx, s.id, recorded)
	if err != nil {
		return "that is gone with the file", orNobody(err)
	}
	return blob.SHA256.String(), nil
}
