package bundle_test

import (
	"crypto/sha256"
	"fmt"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// note is an entry of a register that makes whatever a dishonest keeper likes.
func note(c *bundletest.Case, name string, content ledger.DigestSet) ledger.EntryID {
	return c.Append(bundletest.Draft{
		Label: "note", Chain: ledger.Work, Actor: c.Analyst, Detail: &ledger.RegisterRecorded{Name: "N1", Register: "note"},
		Produced: []ledger.Subject{{Name: "row", Digest: c.Keep([]byte("{}"))}, {Name: name, Digest: content}},
	})
}

// paged returns a vector with text on the first page, and a change of one entry
// before it is signed.
func paged(name string, meta func(bundletest.Story) string, label string, change func(*bundletest.Case, *bundletest.Draft)) vector {
	return vector{name, "front-page", bundle.ExitDiffers, func() ([]byte, bundle.Options) {
		c := bundletest.NewCase(seed, bundletest.Hooks{})
		c.Hooks.Draft = func(d *bundletest.Draft) {
			if d.Label == label {
				change(c, d)
			}
		}
		story := bundletest.TinyStory()
		story.Meta = []byte(meta(story))
		c.Tell(story)
		return c.Bundle(), options(c)
	}}
}

// again reads the file of the case a second time, and puts what was read behind the
// exhibit: its analysis is of the second reading, its pages are of the first.
func again(c *bundletest.Case) func(d *bundletest.Draft) {
	var dataset bundletest.Draft
	return func(d *bundletest.Draft) {
		switch d.Label {
		case "dataset":
			dataset = *d
		case "run":
			dataset.Label = "dataset-2"
			id := c.Append(dataset)
			run := *d
			run.Label, run.Entry = "run-2", ledger.EntryID{}
			run.Dependencies = []ledger.Dependency{d.Dependencies[0]}
			c.Append(run)
			d.Dependencies[0].Entry, d.Time = &id, d.Time.Add(2*time.Minute)
		case "render-page":
			id := c.Entries["run-2"]
			d.Dependencies[0].Entry = &id
		}
	}
}

// sourceLine is how a first page names the file of the tiny story.
func sourceLine(s bundletest.Story) string {
	return fmt.Sprintf(`{"reference":"NET/3","rows":4,"sha256":"%x"}`, sha256.Sum256(s.File))
}

// frontVectors change what a first page says, and from where it is taken.
func frontVectors() []vector {
	differs := bundle.ExitDiffers
	ours := func(bundletest.Story) string { return `{"reference":"JAS/1"}` }
	return []vector{
		drafted("front matter that an entry made", "sources", differs, "render-page", func(c *bundletest.Case, d *bundletest.Draft) {
			i := len(d.Dependencies) - 1
			id := note(c, "meta", d.Dependencies[i].Digest)
			d.Dependencies[i].Entry = &id
		}),
		paged("front matter that is not canonical", func(bundletest.Story) string { return `{"reference": "JAS/1"}` }, "", nil),
		paged("front matter with a key that another reader takes for another", func(bundletest.Story) string { return `{"Reference":"JAS/9","reference":"JAS/1"}` }, "", nil),
		paged("an expert on the first page of an exhibit of fact", func(bundletest.Story) string { return `{"expert":"Dr Q","reference":"JAS/1"}` }, "", nil),
		paged("an expert's exhibit shown as one of fact", ours, "exhibit", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Detail.(*ledger.ExhibitProduced).Expert = "Dr Q"
		}),
		paged("another change on the first page than on record", func(bundletest.Story) string { return `{"changed":"Nothing.","reference":"JAS/1"}` }, "exhibit",
			func(_ *bundletest.Case, d *bundletest.Draft) {
				d.Detail.(*ledger.ExhibitProduced).Changed = "Two calls were left out."
			}),
		{"an invented file in the place of a second reading", "front-page", differs, func() ([]byte, bundle.Options) {
			return twiceRead(func(s bundletest.Story) string {
				return sourceLine(s) + fmt.Sprintf(`,{"authority":"WARRANT/7","reference":"NET/666","rows":123456,"sha256":"%064d"}`, 7)
			})
		}},
	}
}

// twiceRead returns a bundle whose exhibit goes back to two readings of one file,
// with the files that its first page names.
func twiceRead(lines func(bundletest.Story) string) ([]byte, bundle.Options) {
	c := bundletest.NewCase(seed, bundletest.Hooks{})
	c.Hooks.Draft = again(c)
	story := bundletest.TinyStory()
	story.Meta = []byte(`{"reference":"JAS/1","sources":[` + lines(story) + `]}`)
	c.Tell(story)
	return c.Bundle(), options(c)
}

// fromVectors change what entries are said to be made from.
func fromVectors() []vector {
	differs := bundle.ExitDiffers
	return []vector{
		drafted("a run on data from a register", "sources", differs, "run", func(c *bundletest.Case, d *bundletest.Draft) {
			id := note(c, "events", d.Dependencies[0].Digest)
			d.Dependencies[0].Entry = &id
		}),
		drafted("a run that names data which its step does not read", "sources", differs, "run", func(_ *bundletest.Case, d *bundletest.Draft) {
			second := d.Dependencies[0]
			second.Name = "events-2"
			d.Dependencies = append(d.Dependencies, second)
		}),
		drafted("an exhibit that names data which no file of it was made from", "sources", differs, "exhibit", func(c *bundletest.Case, d *bundletest.Draft) {
			run := c.Append(bundletest.Draft{
				Label: "other", Chain: ledger.Work, Actor: c.Analyst, Detail: &ledger.AnalysisRun{Title: "Another"}, Authority: d.Authority,
				Step: &ledger.Step{Name: "tiny-table", Version: 1, Source: ledger.Digest{9}}, Balance: &ledger.RowBalance{},
				Dependencies: []ledger.Dependency{{Name: "run", Digest: d.Dependencies[0].Digest, Entry: d.Dependencies[0].Entry}},
				Produced:     []ledger.Subject{{Name: "rows", Digest: c.Keep([]byte("other"))}},
			})
			d.Dependencies = append(d.Dependencies, ledger.Dependency{Name: "other", Digest: c.Keep([]byte("other")), Entry: &run})
		}),
		drafted("a table of cells from nowhere", "sources", differs, "dataset", func(c *bundletest.Case, d *bundletest.Draft) {
			d.Dependencies = append(d.Dependencies, ledger.Dependency{Name: "sites", Digest: c.Keep([]byte("cell,east,north\n"))})
		}),
		drafted("a file of another size than on record", "sources", differs, "received", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Detail.(*ledger.EvidenceReceived).Size = 999999
		}),
		drafted("an exhibit that states another parameter than was used", "renders", differs, "exhibit", func(_ *bundletest.Case, d *bundletest.Draft) {
			d.Parameters = map[string]string{"tiny-count@1/without": "nobody at all"}
		}),
		drafted("two exhibits under one reference and version", "exhibit", differs, "checked", func(c *bundletest.Case, d *bundletest.Draft) {
			page := c.Entries["render-page"]
			c.Append(bundletest.Draft{
				Label: "exhibit-b", Chain: ledger.Work, Actor: c.Analyst, Authority: d.Authority,
				Detail: &ledger.ExhibitProduced{
					Reference: "JAS/1", Title: "Another schedule altogether", Version: 1,
					Renders: []ledger.Render{{Step: rendering(c), Subject: "render-page"}},
				},
				Dependencies: []ledger.Dependency{{Name: "render-page", Digest: d.Dependencies[0].Digest, Entry: &page}},
				Produced:     []ledger.Subject{{Name: "render-page", Digest: d.Dependencies[0].Digest}},
			})
		}),
		{"other decisions than on record, one of them kept back", "decisions", bundle.ExitCannotTell, func() ([]byte, bundle.Options) {
			c := bundletest.NewCase(seed, bundletest.Hooks{})
			other := c.Keep([]byte(`{"kind":"assert-zone","value":"UTC","who":"u-02","why":"the operator says so"}`))
			c.Hooks.Draft = func(d *bundletest.Draft) {
				for i := range d.Produced {
					if d.Produced[i].Name == "decision" {
						d.Produced[i].Digest = other
					}
				}
				for i := range d.Dependencies {
					if d.Dependencies[i].Name == "decided-1" {
						d.Dependencies[i].Digest = other
					}
				}
			}
			c.Tell(bundletest.TinyStory())
			return c.Forge(bundletest.Forge{Leave: map[string]bundle.Absent{"record/0004-decision.json": {Reason: "not-relevant"}}}), options(c)
		}},
		drafted("answers that stand in no list", "decisions", differs, "dataset", func(_ *bundletest.Case, d *bundletest.Draft) {
			for i := range d.Dependencies {
				if d.Dependencies[i].Name == "decisions" {
					d.Dependencies = append(d.Dependencies[:i:i], d.Dependencies[i+1:]...)
					return
				}
			}
		}),
	}
}

// rendering is the step that rendered the page of a case.
func rendering(c *bundletest.Case) ledger.Step {
	return ledger.Step{Name: "render-page", Version: 1, Source: ledger.Digest{9}, Module: c.KeepPlain(c.Module)}
}
