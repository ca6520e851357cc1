package bundle

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/ledger"
)

// Steps finds a step by name and version.
type Steps interface {
	Find(name string, version int) (analysis.Step, bool)
}

// Want is a payload that a shown entry names: the bundle holds it, or says why
// it is absent.
// Shape: Name is the suggested name of the member; N and Subject say which
// entry of the work chain named it first, and as what.
type Want struct {
	Digest  ledger.DigestSet
	Name    string
	N       uint64
	Subject string
}

// Wants returns every payload that the shown entries name, once each, in the
// order of the entries, with a name for the member that will hold it.
//
// What an exhibit consists of goes to exhibit/, received files to source/,
// normalised rows to data/, other outputs to result/, the archived steps to
// module/ and the rest to record/. steps gives the file extensions.
// Errors: ErrContents when a shown envelope is not a statement.
func Wants(c Contents, steps Steps) ([]Want, error) {
	w := &wanting{steps: steps, index: map[key]int{}, taken: map[string]bool{}}
	views, err := parseEntries(c.Work)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		w.entry(c.Exhibit.Entry, v)
	}
	for _, v := range views {
		w.dependencies(v)
	}
	return w.list, errors.Join(w.errs...)
}

// view is a shown entry with its statement.
type view struct {
	n         uint64
	statement ledger.Statement
}

// parseEntries returns the statements of a chain's shown entries.
func parseEntries(c ledger.Chain) ([]view, error) {
	var views []view
	for _, e := range c.Links {
		if !e.Shown() {
			continue
		}
		envelope, err := ledger.ParseEnvelope(e.Envelope)
		if err != nil {
			return nil, fmt.Errorf("%w: entry %d: %w", ErrContents, e.N, err)
		}
		statement, err := ledger.OpenStatement(envelope)
		if err != nil {
			return nil, fmt.Errorf("%w: entry %d: %w", ErrContents, e.N, err)
		}
		views = append(views, view{n: e.N, statement: statement})
	}
	return views, nil
}

// wanting collects what is wanted.
type wanting struct {
	steps Steps
	list  []Want
	index map[key]int
	taken map[string]bool
	errs  []error
}

// add notes a payload; the first to name it names the member, unless a later
// one makes it part of the exhibit.
func (w *wanting) add(v view, set ledger.DigestSet, subject, folder, stem, extension string) {
	k, err := keyOf(set)
	if err != nil {
		w.errs = append(w.errs, err)
		return
	}
	if k.algorithm == ledger.Rows {
		return
	}
	at, known := w.index[k]
	if known && (folder != "exhibit" || strings.HasPrefix(w.list[at].Name, "exhibit/")) {
		return
	}
	if known && extension == "" {
		extension = strings.TrimPrefix(path.Ext(w.list[at].Name), ".")
	}
	name := w.name(folder, stem, extension)
	if known {
		delete(w.taken, w.list[at].Name)
		w.list[at].Name = name
		return
	}
	w.index[k] = len(w.list)
	w.list = append(w.list, Want{Digest: set, Name: name, N: v.n, Subject: subject})
}

// name returns a name that no other payload has.
func (w *wanting) name(folder, stem, extension string) string {
	if extension == "" {
		extension = "bin"
	}
	stem = plainName(stem)
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s/%s.%s", folder, stem, extension)
		if i > 1 {
			name = fmt.Sprintf("%s/%s-%d.%s", folder, stem, i, extension)
		}
		if !w.taken[name] {
			w.taken[name] = true
			return name
		}
	}
}

// entry notes what one entry of the work chain produced.
func (w *wanting) entry(exhibit ledger.EntryID, v view) {
	p := v.statement.Predicate
	if p.Step != nil {
		w.module(v, *p.Step)
	}
	for i, s := range v.statement.Subject {
		folder, stem := placeOf(exhibit, v.n, p, s.Name)
		switch d := p.Detail.(type) {
		case *ledger.ExhibitProduced:
			w.module(v, d.Renders[i].Step)
			w.add(v, s.Digest, s.Name, folder, stem, w.extension(d.Renders[i].Step, s.Name))
		case *ledger.EvidenceReceived:
			w.add(v, s.Digest, s.Name, folder, stem, plainExtension(d.FileName))
		case *ledger.DatasetSelected:
			extension := w.extension(*p.Step, s.Name)
			if s.Name == selectedSalts || s.Name == selectedPath {
				extension = "csv" // no step makes them
			}
			w.add(v, s.Digest, s.Name, folder, stem, extension)
		case *ledger.DatasetNormalised, *ledger.AnalysisRun:
			w.add(v, s.Digest, s.Name, folder, stem, w.extension(*p.Step, s.Name))
		default:
			if s.Name != "record" {
				w.add(v, s.Digest, s.Name, folder, stem, "json")
			}
		}
	}
}

// dependencies notes the inputs that no shown entry produced.
func (w *wanting) dependencies(v view) {
	p := v.statement.Predicate
	for _, d := range p.ResolvedDependencies {
		extension := ""
		if p.Step != nil {
			extension = w.inputExtension(*p.Step, d.Name)
		}
		folder, stem := placeOfInput(v.n, p, d.Name)
		w.add(v, d.Digest, d.Name, folder, stem, extension)
	}
}

// module notes the archived module of a step, if the entry names one.
func (w *wanting) module(v view, step ledger.Step) {
	if step.Module != (ledger.Digest{}) {
		w.add(v, ledger.DigestSet{ledger.SHA256: step.Module}, "module", "module", moduleStem(step.Module), "wasm")
	}
}

// extension returns the file extension of a step's output.
func (w *wanting) extension(step ledger.Step, output string) string {
	return portExtension(w.steps, step, output, func(i analysis.Info) []analysis.Port { return i.Outputs })
}

// inputExtension returns the file extension of a step's input.
func (w *wanting) inputExtension(step ledger.Step, input string) string {
	return portExtension(w.steps, step, input, func(i analysis.Info) []analysis.Port { return i.Inputs })
}

// portExtension returns the extension of a port, or nothing when unknown.
func portExtension(steps Steps, step ledger.Step, name string, ports func(analysis.Info) []analysis.Port) string {
	if steps == nil {
		return ""
	}
	found, ok := steps.Find(step.Name, int(step.Version)) //nolint:gosec // versions are small; an absurd one is not found
	if !ok {
		return ""
	}
	list := ports(found.Info())
	i := slices.IndexFunc(list, func(p analysis.Port) bool { return p.Name == name })
	if i < 0 {
		return ""
	}
	return plainName(list[i].Extension)
}

// plainName returns text as it may stand in a member's name.
func plainName(text string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, text)
	return strings.Trim(plain[:min(len(plain), 100)], "-_")
}

// plainExtension returns the extension of a file name as it may stand in a
// member's name.
func plainExtension(fileName string) string {
	extension := plainName(strings.TrimPrefix(path.Ext(fileName), "."))
	if len(extension) > 8 || "."+extension == packedSuffix {
		return ""
	}
	return extension
}

// complete returns nil when the payloads and the absent ones are together
// exactly what the shown entries name.
func complete(c Contents) error {
	wants, err := Wants(c, nil)
	if err != nil {
		return err
	}
	have := map[key]string{}
	note := func(set ledger.DigestSet, name string) error {
		k, err := keyOf(set)
		if err != nil {
			return err
		}
		if other, twice := have[k]; twice {
			return fmt.Errorf("%w: %s stands for the same payload as %s", ErrContents, name, other)
		}
		have[k] = name
		return nil
	}
	for _, p := range c.Payloads {
		if err := note(p.Digest, p.Name); err != nil {
			return err
		}
	}
	for _, a := range c.Absent {
		if err := note(a.Digest, "an absent payload"); err != nil {
			return err
		}
	}
	for _, w := range wants {
		k, err := keyOf(w.Digest)
		if err != nil {
			return err
		}
		if have[k] == "" {
			return fmt.Errorf("%w: entry %d names %q (%s), which is neither here nor absent with a reason", ErrContents, w.N, w.Subject, k)
		}
		delete(have, k)
	}
	for _, k := range slices.SortedFunc(maps.Keys(have), func(a, b key) int { return cmp.Compare(a.String(), b.String()) }) {
		return fmt.Errorf("%w: no shown entry names %s (%s)", ErrContents, have[k], k)
	}
	return nil
}
