package custody

import (
	"context"
	"fmt"
	"slices"

	"custos.example/analysis/paper"
)

// dmdReport drafts the disclosure management document: what was obtained, how it was
// searched, with every parameter, and what was found or not. It goes to both sides.
func dmdReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	s, err := scheduleOf(ctx, a, ask)
	if err != nil {
		return paper.Document{}, err
	}
	list, err := s.open(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	of := func(fits func(Material) bool) []Material {
		return slices.DeleteFunc(slices.Clone(list), func(m Material) bool { return !fits(m) })
	}
	imports := of(func(m Material) bool { return m.Class == ImportMaterial })
	items := of(func(m Material) bool { return m.Class == ItemMaterial })
	runs := of(func(m Material) bool { return m.Class == RunMaterial })
	relied := of(func(m Material) bool { return m.Class == RunMaterial && len(m.Relied) > 0 })
	unused := of(func(m Material) bool { return m.Class == RunMaterial && len(m.Relied) == 0 })
	searches := of(func(m Material) bool { return m.Class == SearchMaterial })
	sections := []paper.Section{
		{Heading: "About this document", Paragraphs: []string{
			draft, "It says how electronic material of the case was obtained and searched, as far as it is on record here: every analysis that was run and may stand in a paper for both " +
				"sides is listed, whether it is relied on or not and whether it found anything or not. Identifiers of people are left out.",
		}},
		{
			Heading: "Material obtained", Figures: []paper.Figure{materialFigure("files", "files received", imports), materialFigure("items", "items taken into custody", items)},
			Table: materialTable(slices.Concat(imports, items)),
		},
		{Heading: "Analyses on which an exhibit rests", Figures: []paper.Figure{materialFigure("runs", "analyses run in all", runs), materialFigure("relied", "of them relied on", relied)}, Table: materialTable(relied)},
		{Heading: "Analyses on which no exhibit rests", Figures: []paper.Figure{
			materialFigure("unused", "analyses that are not relied on", unused), materialFigure("negative", "analyses that found nothing", of(Material.Negative)),
		}, Table: materialTable(unused)},
		{Heading: "Rows that were looked at", Figures: []paper.Figure{materialFigure("searches", "searches", searches)}, Table: materialTable(searches)},
		{Heading: "For a person to write", Facts: []paper.Fact{
			{Name: "Lines of enquiry", Value: " "},
			{Name: "What was not searched, and why", Value: " "},
			{Name: "Privileged material", Value: " "},
			{Name: "Third parties", Value: " "},
			{Name: "Terms proposed by the defence", Value: " "},
		}},
	}
	for i := range sections {
		if t := sections[i].Table; t != nil && len(t.Rows) == 0 {
			sections[i].Table, sections[i].Paragraphs = nil, append(sections[i].Paragraphs, "None is on record.")
		}
	}
	return s.paper(sections...), nil
}

// materialTable lists material as both sides read it.
func materialTable(list []Material) *paper.Table {
	table := &paper.Table{Columns: []string{"In the log", "Description", "Status"}}
	for _, m := range list {
		table.Rows = append(table.Rows, []string{fmt.Sprint(m.Index), m.Description, string(m.Status)})
	}
	return table
}
