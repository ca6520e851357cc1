package custody_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"custos.example/custody"
)

// once is one request under its id, and the same id with something else asked.
type once struct {
	ask     func() (custody.Proof, []byte, error)
	another map[string]func() error
}

// repeatable are requests of the analyst that hand out content.
func repeatable(h *house, first, second custody.Produced) map[string]once {
	h.Helper()
	ctx := h.Context()
	ask := custody.Ask{Purpose: "for the file", RequestID: "one request of the analyst"}
	for _, of := range []custody.Produced{first, second} {
		if _, err := h.Service.Deliveries().Prepare(ctx, analyst, custody.PrepareDelivery{
			Case: h.id, Of: of.Entry, CopyTerms: custody.CopyTerms{Recipient: "CPS Northshire", Agreement: "ISA/7"},
		}); err != nil {
			h.Fatal(err)
		}
	}
	read := func(exhibit custody.Produced, file int, terms custody.CopyTerms) (custody.Proof, []byte, error) {
		var content bytes.Buffer
		issued, err := h.Service.Exhibits().Read(ctx, analyst, custody.ReadExhibit{
			Ask: ask, Case: h.id, Exhibit: exhibit.Entry, File: exhibit.Files[file].Name, Copy: terms,
		}, &content)
		return issued.Proof, content.Bytes(), err
	}
	issue := func(name, numbers string) (custody.Proof, []byte, error) {
		issued, err := h.Service.Deliveries().Issue(ctx, analyst, custody.IssueParts{Ask: ask, Case: h.id, Name: name, Parts: numbers, Means: "by line"})
		if err != nil {
			return custody.Proof{}, nil, err
		}
		defer issued.Close()
		part, err := issued.Pack.Part(issued.Numbers[0])
		if err != nil {
			return custody.Proof{}, nil, err
		}
		content, err := io.ReadAll(part)
		return issued.Proof, content, err
	}
	report := func(kind string, from time.Time) (custody.Proof, []byte, error) {
		made, err := h.Service.Reports().Make(ctx, analyst, custody.MakeReport{Ask: ask, Case: h.id, Report: kind, From: from})
		if err != nil {
			return custody.Proof{}, nil, err
		}
		return made.Proof, made.Forms[0].Content, nil
	}
	pack := func(exhibit custody.Produced, terms custody.CopyTerms) (custody.Proof, []byte, error) {
		var content bytes.Buffer
		packed, err := h.Service.Exhibits().Bundle(ctx, analyst, custody.Pack{Ask: ask, Case: h.id, Exhibit: exhibit.Entry, Copy: terms}, &content)
		return packed.Proof, content.Bytes(), err
	}
	only := func(_ custody.Proof, _ []byte, err error) error { return err }
	return map[string]once{
		"file of an exhibit": {
			func() (custody.Proof, []byte, error) { return read(first, 0, custody.CopyTerms{}) },
			map[string]func() error{
				"of another exhibit": func() error { return only(read(second, 0, custody.CopyTerms{})) },
				"another file":       func() error { return only(read(first, 1, custody.CopyTerms{})) },
				"for somebody else": func() error {
					return only(read(first, 0, custody.CopyTerms{Recipient: "CPS Northshire", Agreement: "ISA/7"}))
				},
			},
		},
		"bundle": {
			func() (custody.Proof, []byte, error) { return pack(first, custody.CopyTerms{}) },
			map[string]func() error{
				"of another exhibit": func() error { return only(pack(second, custody.CopyTerms{})) },
				"for somebody else": func() error {
					return only(pack(first, custody.CopyTerms{Recipient: "CPS Northshire", Agreement: "ISA/7"}))
				},
			},
		},
		"parts of a delivery": {
			func() (custody.Proof, []byte, error) { return issue("DEL-1", "1") },
			map[string]func() error{
				"of another delivery": func() error { return only(issue("DEL-2", "1")) },
				"all of them":         func() error { return only(issue("DEL-1", "")) },
			},
		},
		"report": {
			func() (custody.Proof, []byte, error) { return report("entries", time.Time{}) },
			map[string]func() error{
				"another report": func() error { return only(report("mg12", time.Time{})) },
				"another period": func() error { return only(report("entries", h.clock.now.AddDate(0, -1, 0))) },
			},
		},
	}
}

// twoExhibits makes two exhibits of one case.
func (h *house) twoExhibits() (first, second custody.Produced) {
	h.Helper()
	received, _, first := h.produced(file(12))
	second, err := h.Service.Exhibits().Produce(h.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/2", Title: "Another schedule", Run: h.run("event-schedule", received.Dataset.Entry, nil).Entry,
	})
	if err != nil {
		h.Fatal(err)
	}
	return first, second
}

// TestRepeatedContentIsDecidedAnew asks for content a second time under one request id:
// it is the same, under the same entry, after a decision of its own; the id gives nothing
// else; and whoever has left the case gets none of it.
func TestRepeatedContentIsDecidedAnew(t *testing.T) {
	h := withCase(t)
	first, second := h.twoExhibits()
	requests := repeatable(h, first, second)
	for name, r := range requests {
		proof, content, err := r.ask()
		if err != nil || len(content) == 0 {
			t.Fatalf("%s: %d bytes, %v", name, len(content), err)
		}
		before := h.size()
		again, same, err := r.ask()
		if err != nil || again.Entry != proof.Entry || !bytes.Equal(same, content) {
			t.Errorf("%s, a second time: entry %s for %s, %d bytes for %d, %v", name, again.Entry, proof.Entry, len(same), len(content), err)
		}
		if grown := h.size() - before; grown != 1 {
			t.Errorf("%s, a second time: %d entries, not the look alone", name, grown)
		}
		for what, other := range r.another {
			before := h.size()
			if err := other(); !errors.Is(err, custody.ErrConflict) {
				t.Errorf("%s, %s under the id: %v", name, what, err)
			}
			if grown := h.size() - before; grown > 1 {
				t.Errorf("%s, %s under the id: %d entries", name, what, grown)
			}
		}
	}
	h.unassign(analyst.ID)
	for name, r := range requests {
		before := h.size()
		_, content, err := r.ask()
		var denial *custody.Denial
		if !errors.As(err, &denial) || len(content) != 0 {
			t.Errorf("%s, after the assignment ended: %d bytes, %v", name, len(content), err)
		}
		if h.size() == before {
			t.Errorf("%s, after the assignment ended: the refusal is not on record", name)
		}
	}
	h.signed()
	h.whole()
}

// TestAnActIsRepeatedAsItWas repeats acts that change the record: the same request finds
// its entry and adds nothing, and another under its id is a conflict.
func TestAnActIsRepeatedAsItWas(t *testing.T) {
	h := withCase(t)
	_, _, exhibit := h.produced(file(6))
	ask := custody.Ask{RequestID: "an act that is repeated"}
	acts := map[string]func(text string) (custody.Proof, error){
		"hold": func(text string) (custody.Proof, error) {
			return h.Service.Holds().Place(t.Context(), sio, custody.PlaceHold{Ask: ask, Case: h.id, Ground: text})
		},
		"copy": func(text string) (custody.Proof, error) {
			made, err := h.Service.Copies().Issue(t.Context(), sio, custody.IssueCopy{
				Ask: ask, Case: h.id, Of: exhibit.Entry, CopyTerms: custody.CopyTerms{Recipient: text, Agreement: "ISA/7"},
			})
			return made.Proof, err
		},
		"assignment": func(text string) (custody.Proof, error) {
			return h.Service.Assignments().Add(t.Context(), sio, custody.Assign{Ask: ask, Case: h.id, Person: stranger.ID, Reason: text})
		},
	}
	for name, act := range acts {
		first, err := act("one text")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		before := h.size()
		again, err := act("one text")
		if err != nil || again.Entry != first.Entry || again.Placed != first.Placed {
			t.Errorf("%s, a second time: %s for %s, %v", name, again.Entry, first.Entry, err)
		}
		if _, err := act("another text"); !errors.Is(err, custody.ErrConflict) {
			t.Errorf("%s, with another text: %v", name, err)
		}
		if grown := h.size() - before; grown > 1 { // of a copy the repeat is a look
			t.Errorf("%s: %d entries more", name, grown)
		}
	}
}

// TestCopiesToOneselfAbroad holds the terms of a copy against the policy whoever is its
// holder: naming oneself does not take a copy to another country, or to somebody else.
func TestCopiesToOneselfAbroad(t *testing.T) {
	h := withCase(t)
	first, _ := h.twoExhibits()
	terms := map[string]struct {
		terms  custody.CopyTerms
		denied bool
	}{
		"control: one's own":        {custody.CopyTerms{}, false},
		"control: one's own, named": {custody.CopyTerms{Holder: analyst.ID}, false},
		"another country":           {custody.CopyTerms{Country: "FR"}, true},
		"named, another country":    {custody.CopyTerms{Holder: analyst.ID, Country: "FR"}, true},
		"somebody else, abroad":     {custody.CopyTerms{Holder: analyst.ID, Recipient: "Bureau Paris", Country: "FR"}, true},
	}
	for name, c := range terms {
		handed := map[string]func(w io.Writer) error{
			"bundle": func(w io.Writer) error {
				_, err := h.Service.Exhibits().Bundle(t.Context(), analyst, custody.Pack{Case: h.id, Exhibit: first.Entry, Copy: c.terms}, w)
				return err
			},
			"save": func(w io.Writer) error {
				_, err := h.Service.Exhibits().Read(t.Context(), analyst, custody.ReadExhibit{
					Ask: custody.Ask{Purpose: "for the file"}, Case: h.id, Exhibit: first.Entry, File: first.Files[0].Name, Copy: c.terms,
				}, w)
				return err
			},
		}
		for how, hand := range handed {
			var content bytes.Buffer
			err := hand(&content)
			var denial *custody.Denial
			if got := errors.As(err, &denial); got != c.denied || err != nil && !got || (content.Len() > 0) == c.denied {
				t.Errorf("%s, %s: %d bytes, %v", name, how, content.Len(), err)
			}
		}
	}
}

// TestStrangersLearnNothingOfWhatThereIs asks, as somebody with no part in the case, for
// what is there and for what is not: both are refused by the policy, on record.
func TestStrangersLearnNothingOfWhatThereIs(t *testing.T) {
	h := withCase(t)
	_, _, exhibit := h.produced(file(6))
	nothing := exhibit.Entry
	nothing[0]++
	asks := map[string]func(custody.Actor) error{
		"serve without a bundle": func(who custody.Actor) error {
			_, err := h.Service.Exhibits().Serve(t.Context(), who, custody.Serve{Case: h.id, Exhibit: exhibit.Entry, To: "R-1", Means: custody.ToFetch})
			return err
		},
		"copy of nothing": func(who custody.Actor) error {
			_, err := h.Service.Copies().Issue(t.Context(), who, custody.IssueCopy{Case: h.id, Of: nothing, CopyTerms: custody.CopyTerms{Recipient: "CPS"}})
			return err
		},
		"copy for nobody": func(who custody.Actor) error {
			_, err := h.Service.Copies().Issue(t.Context(), who, custody.IssueCopy{Case: h.id, Of: exhibit.Entry, CopyTerms: custody.CopyTerms{Holder: "nobody"}})
			return err
		},
		"file of no exhibit": func(who custody.Actor) error {
			_, err := h.Service.Exhibits().Read(t.Context(), who, custody.ReadExhibit{Case: h.id, Exhibit: nothing, File: "schedule-pdf"}, io.Discard)
			return err
		},
		"parts of no delivery": func(who custody.Actor) error {
			_, err := h.Service.Deliveries().Issue(t.Context(), who, custody.IssueParts{Case: h.id, Name: "DEL-7"})
			return err
		},
	}
	for name, ask := range asks {
		before := h.size()
		var denial *custody.Denial
		if err := ask(stranger); !errors.As(err, &denial) || h.size() == before {
			t.Errorf("%s, by a stranger: %v, %d entries", name, err, h.size()-before)
		}
		if err := ask(sio); errors.As(err, &denial) || err == nil {
			t.Errorf("control: %s, by somebody of the case: %v", name, err)
		}
	}
}
