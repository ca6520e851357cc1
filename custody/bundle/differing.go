package bundle

import (
	"fmt"
	"io"

	"custos.example/analysis"
)

// keepAll keeps what a step is about to make, if it is needed or the caller wants
// to see what differs.
func (a *attempt) keepAll(out map[string]io.Writer, needed bool) error {
	if a.o.Differing == nil && !needed {
		return nil
	}
	a.kept = map[string]analysis.Scratch{}
	for name, w := range out {
		s, err := a.keep()
		if err != nil {
			return err
		}
		a.kept[name], out[name] = s, io.MultiWriter(w, s)
	}
	return nil
}

// handOut gives the caller an output that came out otherwise, and the recorded
// one if the bundle holds it, under names that put the two side by side.
func (a *attempt) handOut(output string, recorded key) {
	if a.o.Differing == nil {
		return
	}
	extension := a.extension(output)
	if extension == "" {
		extension = "bin"
	}
	name := func(which string) string {
		return fmt.Sprintf("entry-%d.%s.%s.%s", a.entry.N, plainName(output), which, extension)
	}
	err := a.o.Differing(name("made-again"), a.kept[output])
	if u, here := a.payload(recorded); here && err == nil {
		err = a.o.Differing(name("recorded"), u)
	}
	if err != nil {
		a.again.outputs = append(a.again.outputs, limit("R02", "What differs could not be written out: %s.", err))
	}
}

// extension returns the file extension of an output of the step, or nothing when unknown.
func (a *attempt) extension(output string) string {
	return portExtension(a.o.Steps, a.step, output, func(i analysis.Info) []analysis.Port { return i.Outputs })
}
