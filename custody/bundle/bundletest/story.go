package bundletest

import (
	"maps"
	"slices"

	"custos.example/analysis"
	"custos.example/ledger"
)

// Story says what happens in a made-up case.
type Story struct {
	Source    string // name of the source step
	Analysis  string
	Renderers []string
	Item      string
	FileName  string
	File      []byte
	Profile   []byte
	Params    map[string]string
	Render    map[string]map[string]string // parameters by renderer
	Decisions [][]byte                     // each canonical JSON
	Question  string
	Meta      []byte
}

// TinyStory is the story that the tiny steps can tell.
func TinyStory() Story {
	return Story{
		Source: "tiny-source", Analysis: "tiny-count", Renderers: []string{"render-page", "render-table"},
		Item: "NET/3", FileName: "calls.csv", Profile: []byte("name: pairs\n"),
		File:      []byte("who,whom\n07700900001,07700900002\n07700900001,07700900003\nnot a pair\n07700900002,07700900001\n"),
		Params:    map[string]string{"without": "07700900002"},
		Decisions: [][]byte{[]byte(`{"kind":"assert-zone","value":"Europe/London","who":"u-02","why":"the operator says so"}`)},
		Question:  "Who called whom?",
		Meta:      []byte(`{"reference":"JAS/1"}`),
	}
}

// Tell makes the whole case: log, keys, case, authority, file, data set, run,
// exhibit and a second person's check.
func Tell(seed string, hooks Hooks, s Story) *Case {
	c := NewCase(seed, hooks)
	c.Tell(s)
	return c
}

// Tell makes the whole case on a case that has no entry yet.
func (c *Case) Tell(s Story) {
	c.found()
	c.work(s)
}

// Continue tells the tiny story of a second case on the log of another, which
// stays as it is.
func (c *Case) Continue(other *Case) {
	c.Log, c.Service, c.Analyst, c.Second = other.Log, other.Service, other.Analyst, other.Second
	c.Keys, c.Org, c.Leaves, c.clock = other.Keys, other.Org, slices.Clone(other.Leaves), other.clock
	c.before = len(c.Org.Links)
	c.Rename(other.Origin)
	c.work(TinyStory())
}

// work opens the case and does what is done in it.
func (c *Case) work(s Story) {
	c.open()
	authority := c.authority()
	c.analyse(s, authority, c.receive(s, authority))
}

// found opens the log and enrols the keys.
func (c *Case) found() {
	c.Append(Draft{Label: "log-opened", Chain: ledger.Keys, Detail: &ledger.LogOpened{
		KeysNonce: c.Keys.Nonce, OrganisationNonce: c.Org.Nonce, Origin: c.Origin,
	}})
	for _, k := range []Key{c.Service, c.Analyst, c.Second} {
		c.Append(Draft{Label: "enrolled " + k.Holder, Chain: ledger.Keys, Detail: k.Enrolled()})
	}
	c.Append(Draft{Label: "policy", Chain: ledger.Keys, Detail: &ledger.PolicyReleased{Name: "made up", Release: ledger.Digest{7}}})
}

// open opens the case.
func (c *Case) open() {
	c.Append(Draft{Label: "registered", Chain: ledger.Organisation, Actor: c.Analyst, Detail: &ledger.CaseRegistered{
		Case: c.ID, ReadsChain: c.Reads, WorkChain: c.Work.ID,
	}})
	c.Append(Draft{Label: "opened", Chain: ledger.Work, Actor: c.Analyst, Detail: &ledger.CaseOpened{
		Assigned: []string{c.Analyst.Holder}, Case: c.ID, Nonce: c.Work.Nonce, ReadsChain: c.Reads, Reference: "HAL-2026-0417", Title: "Operation HALYARD",
	}})
}

func (c *Case) authority() []ledger.EntryID {
	return []ledger.EntryID{c.Append(Draft{
		Label: "authority", Chain: ledger.Work, Actor: c.Analyst, Operation: "collection",
		Detail:   &ledger.AuthorityRecorded{Reference: "AB-26-01873", Regime: "ipa-2016-part-3"},
		Produced: []ledger.Subject{{Name: "authority", Digest: c.Keep([]byte(`{"reference":"AB-26-01873"}`))}},
	})}
}

// step returns the step of a name, and how entries name it.
func (c *Case) step(name string) (analysis.Step, *ledger.Step) {
	step, ok := c.Steps.Find(name, 1)
	if !ok {
		panic("the story names a step that is not there: " + name)
	}
	named := &ledger.Step{Name: name, Version: 1, Source: ledger.Digest{9}}
	if c.Module != nil {
		named.Module = c.KeepPlain(c.Module)
	}
	return step, named
}

// receive takes in the file and makes the data set; it returns what the source
// step made.
func (c *Case) receive(s Story, authority []ledger.EntryID) map[string][]byte {
	file := c.Keep(s.File)
	received := c.Append(Draft{
		Label: "received", Chain: ledger.Work, Actor: c.Analyst, Operation: "collection", Authority: authority,
		Detail:   &ledger.EvidenceReceived{FileName: s.FileName, From: "Northmoor Mobile", Item: s.Item, Size: uint64(len(s.File))},
		Produced: []ledger.Subject{{Name: "source", Digest: file}},
	})
	dependencies := []ledger.Dependency{{Name: "source", Digest: file, Entry: &received}, {Name: "profile", Digest: c.Keep(s.Profile)}}
	array := []byte("[")
	var decided []ledger.Dependency
	for i, d := range s.Decisions {
		set := c.Keep(d)
		label := "decided-" + string(rune('1'+i))
		id := c.Append(Draft{
			Label: label, Chain: ledger.Work, Actor: c.Analyst, Operation: "alteration", Authority: authority,
			Detail:       &ledger.SourceDecided{Item: s.Item, Question: "assert-zone"},
			Dependencies: []ledger.Dependency{{Name: "source", Digest: file, Entry: &received}},
			Produced:     []ledger.Subject{{Name: "decision", Digest: set}},
		})
		decided = append(decided, ledger.Dependency{Name: label, Digest: set, Entry: &id})
		if i > 0 {
			array = append(array, ',')
		}
		array = append(array, d...)
	}
	array = append(array, ']')
	dependencies = append(dependencies, ledger.Dependency{Name: "decisions", Digest: c.Keep(array)})
	step, named := c.step(s.Source)
	made, outcome := c.Run(step, map[string][]byte{"source": s.File, "profile": s.Profile, "decisions": array}, nil)
	b := balance(outcome.Result.Balance)
	dataset := c.Append(Draft{
		Label: "dataset", Chain: ledger.Work, Actor: c.Analyst, Operation: "alteration", Authority: authority,
		Detail: &ledger.DatasetNormalised{Item: s.Item}, Step: named, Balance: b, Parameters: outcome.Params,
		Dependencies: append(dependencies, decided...), Produced: c.subjects(step, made),
	})
	c.Append(Draft{
		Label: "rows", Chain: ledger.Work, Actor: c.Analyst, Operation: "alteration", Authority: authority,
		Detail:   &ledger.RowsCommitted{Count: b.Shown + b.Repeats, Dataset: dataset},
		Produced: []ledger.Subject{{Name: "rows", Digest: ledger.DigestSet{ledger.Rows: {5}}}},
	})
	return made
}

// subjects keeps what a step made and names it.
func (c *Case) subjects(step analysis.Step, made map[string][]byte) []ledger.Subject {
	var subjects []ledger.Subject
	for _, p := range step.Info().Outputs {
		if content, has := made[p.Name]; has {
			subjects = append(subjects, ledger.Subject{Name: p.Name, Digest: c.Keep(content)})
		}
	}
	return subjects
}

// analyse runs the analysis, renders it, makes the exhibit and checks it.
func (c *Case) analyse(s Story, authority []ledger.EntryID, data map[string][]byte) {
	dataset := c.Entries["dataset"]
	step, named := c.step(s.Analysis)
	in := map[string][]byte{}
	var dependencies []ledger.Dependency
	for _, p := range step.Info().Inputs {
		if data[p.Name] == nil && p.Optional {
			continue
		}
		in[p.Name] = data[p.Name]
		dependencies = append(dependencies, ledger.Dependency{Name: p.Name, Digest: c.Keep(data[p.Name]), Entry: &dataset})
	}
	table, outcome := c.Run(step, in, s.Params)
	b := balance(outcome.Result.Balance)
	run := c.Append(Draft{
		Label: "run", Chain: ledger.Work, Actor: c.Analyst, Operation: "combination", Authority: authority,
		Detail: &ledger.AnalysisRun{Title: s.Question}, Step: named, Balance: b, Parameters: outcome.Params,
		Dependencies: dependencies, Produced: c.subjects(step, table),
	})
	subjects := c.subjects(step, table)
	exhibit := Draft{
		Label: "exhibit", Chain: ledger.Work, Actor: c.Analyst, Operation: "consultation", Authority: authority, Balance: b,
		Dependencies: []ledger.Dependency{{Name: "run", Digest: subjects[0].Digest, Entry: &run}},
	}
	detail := &ledger.ExhibitProduced{Reference: "JAS/1", Title: "Schedule of calls", Version: 1}
	for _, name := range s.Renderers {
		renderer, by := c.step(name)
		in := maps.Clone(table)
		var dependencies []ledger.Dependency
		for _, p := range renderer.Info().Inputs {
			if p.Name == "meta" {
				in["meta"] = s.Meta
				dependencies = append(dependencies, ledger.Dependency{Name: "meta", Digest: c.Keep(s.Meta)})
				continue
			}
			if table[p.Name] == nil && p.Optional {
				continue
			}
			dependencies = append(dependencies, ledger.Dependency{Name: p.Name, Digest: c.Keep(table[p.Name]), Entry: &run})
		}
		maps.DeleteFunc(in, func(port string, _ []byte) bool {
			return !slices.ContainsFunc(renderer.Info().Inputs, func(p analysis.Port) bool { return p.Name == port })
		})
		file, rendered := c.Run(renderer, in, s.Render[name])
		id := c.Append(Draft{
			Label: name, Chain: ledger.Work, Actor: c.Analyst, Operation: "combination", Authority: authority,
			Detail: &ledger.AnalysisRun{Title: renderer.Info().Title}, Step: by, Balance: balance(rendered.Result.Balance),
			Parameters: rendered.Params, Dependencies: dependencies, Produced: c.subjects(renderer, file),
		})
		output := c.subjects(renderer, file)[0]
		exhibit.Produced = append(exhibit.Produced, ledger.Subject{Name: name, Digest: output.Digest})
		exhibit.Dependencies = append(exhibit.Dependencies, ledger.Dependency{Name: name, Digest: output.Digest, Entry: &id})
		detail.Renders = append(detail.Renders, ledger.Render{Step: *by, Subject: name})
	}
	exhibit.Detail = detail
	id := c.Append(exhibit)
	c.Append(Draft{
		Label: "checked", Chain: ledger.Work, Actor: c.Second, Operation: "consultation", Authority: authority,
		Detail:       &ledger.ExhibitChecked{Exhibit: id, Result: "agrees"},
		Dependencies: []ledger.Dependency{{Name: "exhibit", Digest: exhibit.Produced[0].Digest, Entry: &id}},
	})
}

// balance returns a balance as entries hold it.
func balance(b analysis.Balance) *ledger.RowBalance {
	return &ledger.RowBalance{
		Received: uint64(b.Received), Shown: uint64(b.Shown), Outside: uint64(b.Outside),
		Repeats: uint64(b.Repeats), SetAside: uint64(b.SetAside),
	}
}
