package parts

import (
	"fmt"
	"io"
	"strings"
)

// The exit codes of a joining, as those of the verifier.
const (
	ExitWhole      = 0 // every part is here as sent, by a sender whom the caller trusts
	ExitDiffers    = 1 // a part differs and no other copy of it is here
	ExitCannotTell = 3 // parts are missing, or the sender is not known
)

// Exit returns the exit code: a part that differs outranks one that is missing.
func (a *Arrival) Exit() int {
	switch {
	case a.Whole() && a.Known:
		return ExitWhole
	case a.Whole():
		return ExitCannotTell
	case len(a.Differs) > 0:
		return ExitDiffers
	}
	return ExitCannotTell
}

// headline is one of the verifier's three.
func (a *Arrival) headline() string {
	switch a.Exit() {
	case ExitWhole:
		return "MATCHES THE RECORD"
	case ExitDiffers:
		return "DIFFERS FROM THE RECORD"
	}
	return "CANNOT TELL"
}

// most is how many files of one kind a text names.
const most = 20

// Text says in words what has arrived. Trust: file names are the folder's and are
// written in ASCII.
func (a *Arrival) Text(w io.Writer) error {
	t := &text{w: w}
	if !a.Chosen() {
		a.noPack(t)
		return t.err
	}
	c := a.Cover
	t.say("PACK %s of %s                                   %s", ShortID(a.Pack), ascii(c.Origin), a.headline())
	switch {
	case a.Whole():
		t.say("  Is it all here?       Yes. All %d parts are here, %d bytes together.", c.Total, c.Size)
	default:
		t.say("  Is it all here?       No. %d of %d parts are here; missing: %s.", a.Here, c.Total, shorten(Numbers(a.Missing)))
	}
	switch {
	case len(a.Differs) > 0 && a.Whole():
		t.say("  Is it the same?       Yes. Files that differ lie beside it; a copy of each part that is as it was sent is here too.")
	case len(a.Differs) > 0:
		t.say("  Is it the same?       No. %d files are not as they were sent.", len(a.Differs))
	default:
		t.say("  Is it the same?       Yes. Each part that is here is as the sender signed it.")
	}
	if a.Known {
		t.say("  Who sent it?          The holder of key %s, which you trust; on %s by their clock.", grouped(c.Sender.KeyID().String()), c.Made.Format("2 January 2006, 15:04:05 UTC"))
	} else {
		t.say("  Who sent it?          Signed with key %s. You have not told this program whose key that is (--trust).", grouped(c.Sender.KeyID().String()))
	}
	if c.Encrypted() {
		t.say("  For whom is it?       For the holder of %s.", keysOf(c))
	}
	t.files("Differs from what was sent", a.Differs)
	t.files("Not whole", a.CutShort)
	t.files("There more than once, and the same each time", a.Doubled)
	t.files("Of another pack", a.Foreign)
	t.files("Not parts", a.Other)
	a.next(t)
	t.say("WHAT THIS DOES NOT SHOW: what is in the pack, or that it is right; that nothing else was to be sent.")
	return t.err
}

// next says what to do.
func (a *Arrival) next(t *text) {
	switch {
	case a.Whole() && a.Known:
	case a.Whole():
		t.say("Next: get the sender's list of keys (trust.json) by another way than the pack, and give it with --trust.")
	default:
		t.say("Next: ask the sender for parts %s again; --want FILE writes that as a file for them. What is here already need not be sent again.", shorten(Numbers(a.Missing)))
	}
}

// noPack says why no pack can be spoken of.
func (a *Arrival) noPack(t *text) {
	t.say("NO PACK                                              %s", a.headline())
	switch {
	case len(a.Packs) > 1:
		t.say("  There are parts of %d packs here. Say which with --pack and the beginning of its name:", len(a.Packs))
	case len(a.Packs) == 1:
		t.say("  There are no parts of the pack that you named. This one is here:")
	default:
		t.say("  There is no part of a pack here that can be read.")
	}
	for _, p := range a.Packs {
		t.say("    %s  %d files of %d parts", p.Pack, p.Files, p.Total)
	}
	t.files("Damaged", a.Differs)
	t.files("Not whole", a.CutShort)
	t.files("Not parts", a.Other)
}

// text writes lines until one fails.
type text struct {
	w   io.Writer
	err error
}

func (t *text) say(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", args...)
	}
}

func (t *text) files(heading string, list []File) {
	if len(list) == 0 {
		return
	}
	t.say("  %s: %d", heading, len(list))
	for i, f := range list {
		if i == most {
			t.say("    and %d more (--json names all)", len(list)-most)
			return
		}
		if f.Part > 0 {
			t.say("    %s, part %d: %s", ascii(f.Name), f.Part, ascii(f.What))
		} else {
			t.say("    %s: %s", ascii(f.Name), ascii(f.What))
		}
	}
}

// shorten cuts a long list of numbers for a person's eye.
func shorten(numbers string) string {
	const enough = 200
	if len(numbers) <= enough {
		return numbers
	}
	cut := strings.LastIndexByte(numbers[:enough], ',')
	return numbers[:cut] + " and more"
}

// grouped writes the beginning of a key's name by fours, as it is compared aloud.
func grouped(id string) string {
	return id[0:4] + "-" + id[4:8] + "-" + id[8:12] + "-" + id[12:16]
}

// ascii replaces what could pass for something else on a screen.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
