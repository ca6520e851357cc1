package bundle

import "fmt"

// untraceable says why no row of the exhibit can be followed, and what can.
func (t *tracer) untraceable() error {
	if t.file != "" {
		return fmt.Errorf("%w: no file %q of the exhibit has rows that say where in a source they stand; leave out --file to take the one that does, if any", ErrNoRow, t.file)
	}
	for _, e := range t.work.entries {
		p := e.Statement.Predicate
		if p.Step == nil || !t.graph().ancestors[p.Place.Entry] {
			continue
		}
		for _, s := range e.Statement.Subject {
			if s.Name == "summary" {
				return fmt.Errorf("%w: a row of this exhibit (%s) is a count or comparison over many rows of the sources, so it has no one line in a file. "+
					"To follow the records behind it, ask for the bundle of an event-schedule over the same data, and explain the rows of that", ErrNoRow, p.Step.Name)
			}
		}
	}
	return fmt.Errorf("%w: the exhibit has no table of events that can be followed row by row; "+
		"ask for the bundle of an event-schedule over the same data, and explain the rows of that", ErrNoRow)
}
