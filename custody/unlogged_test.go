package custody_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// shown is one way in which somebody is shown what a case holds. It writes what it
// was given.
type shown struct {
	name string
	read func(h *house, w io.Writer) error
}

// everyReading returns the ways to be shown records of the case, after the line.
func everyReading(received custody.Received, exhibits [2]ledger.EntryID, file string) []shown {
	page := func(view policy.View) func(*house, io.Writer) error {
		return func(h *house, w io.Writer) error {
			page, err := h.Service.Pages().Read(h.Context(), analyst, custody.ReadPage{
				Ask: custody.Ask{Purpose: "to see who called"}, Case: h.id, Data: received.Dataset.Entry, First: 1, Last: 3, View: view,
			})
			_, _ = fmt.Fprint(w, page.Rows, page.Types)
			if len(page.Rows)+len(page.Types) == 0 {
				return errors.Join(err, errNothing)
			}
			return err
		}
	}
	said := custody.Ask{Purpose: "to see who called"}
	return []shown{
		{"rows", page(policy.Rows)},
		{"masked rows", page(policy.Masked)},
		{"totals", page(policy.Totals)},
		{"file of an exhibit", func(h *house, w io.Writer) error {
			_, err := h.Service.Exhibits().Read(h.Context(), analyst, custody.ReadExhibit{Ask: said, Case: h.id, Exhibit: exhibits[0], File: file}, w)
			return err
		}},
		{"comparison", func(h *house, w io.Writer) error {
			found, err := h.Service.Exhibits().Compare(h.Context(), analyst, custody.Compare{Ask: said, Case: h.id, Before: exhibits[0], After: exhibits[1]})
			if found.Same > 0 {
				_, _ = fmt.Fprint(w, found)
			}
			return err
		}},
		{"preview", func(h *house, w io.Writer) error {
			p, err := h.Service.Imports().Preview(h.Context(), officer, custody.Preview{
				Ask: said, Case: h.id, Evidence: received.Evidence.Entry, Reading: custody.Reading{Profile: profile(h.T, "uk-17")},
			})
			if len(p.First) > 0 {
				_, _ = fmt.Fprint(w, p.First)
			}
			return err
		}},
		{"authority", func(h *house, w io.Writer) error {
			a, err := h.Service.Authorities().Read(h.Context(), spoc, h.id, h.authority, said)
			if err == nil {
				_, _ = fmt.Fprintf(w, "%+v", a)
			}
			return err
		}},
		{"files", func(h *house, w io.Writer) error {
			files, err := h.Service.Cases().Files(h.Context(), analyst, h.id, said)
			if len(files) > 0 {
				_, _ = fmt.Fprint(w, files)
			}
			return err
		}},
		{"decisions", func(h *house, w io.Writer) error {
			_, err := h.Service.Audit().Export(h.Context(), auditor, custody.ListDecisions{Ask: custody.Ask{Purpose: "a check", For: policy.Lawfulness}, Case: h.id}, func(r custody.Recorded) error {
				_, _ = w.Write(r.Event)
				return nil
			})
			return err
		}},
	}
}

// errNothing marks an answer in which there was nothing.
var errNothing = errors.New("nothing was shown")

// lost writes what it is given and loses the answer.
type lost struct{ custody.Store }

func (l lost) Append(ctx context.Context, request custody.Request) ([]custody.Placed, error) {
	if _, err := l.Store.Append(ctx, request); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: the answer was lost", custody.ErrPushback)
}

// liar says that it wrote, and did not.
type liar struct{ custody.Store }

func (liar) Append(_ context.Context, request custody.Request) ([]custody.Placed, error) {
	return make([]custody.Placed, len(request.Drafts)), nil
}

// fullBlobs keeps no payload, as on a disk that is full.
type fullBlobs struct{ custody.Blobs }

func (fullBlobs) Put(context.Context, custody.CaseID, io.Reader) (custody.Blob, error) {
	return custody.Blob{}, syscall.ENOSPC
}

func (fullBlobs) Writer(context.Context, custody.CaseID) (custody.PayloadWriter, error) {
	return nil, syscall.ENOSPC
}

// twoVersions makes the line and a second version of its exhibit.
func (h *house) twoVersions() []shown {
	h.Helper()
	received, ran, exhibit := h.produced(file(6))
	next, err := h.Service.Exhibits().Produce(h.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/1", Title: "Schedule of calls of one number", Run: ran.Entry, Changed: "The title.",
	})
	if err != nil {
		h.Fatal(err)
	}
	return everyReading(received, [2]ledger.EntryID{exhibit.Entry, next.Entry}, exhibit.Files[0].Name)
}

// unlogged counts what was shown by each reading, and by which without a decision
// that allows it having been recorded.
func (h *house) unlogged(readings []shown, log custody.Store) (served, without []string) {
	h.Helper()
	for _, r := range readings {
		before, err := log.Size(h.Context())
		if err != nil {
			h.Fatal(err)
		}
		var w bytes.Buffer
		err = r.read(h, &w)
		after, sizeErr := log.Size(h.Context())
		if sizeErr != nil {
			h.Fatal(sizeErr)
		}
		if w.Len() == 0 || errors.Is(err, errNothing) {
			if err == nil {
				h.Errorf("%s: nothing was shown, and no reason given", r.name)
			}
			continue
		}
		if served = append(served, r.name); after == before {
			without = append(without, r.name)
		}
	}
	return served, without
}

// TestNothingIsShownUnlogged shows everything that can be shown of a case while the
// record cannot be written: nothing is. The controls: with a record that can be
// written all of it is shown, each after a decision; and a store that says it has
// written, and has not, is caught by the same count.
func TestNothingIsShownUnlogged(t *testing.T) {
	h := withCase(t)
	readings := h.twoVersions()
	honest, blobs := h.Service.Store, h.Service.Blobs
	served, without := h.unlogged(readings, honest)
	if len(served) != len(readings) || len(without) != 0 {
		t.Fatalf("control: of %d readings %v were served, %v of them unlogged", len(readings), served, without)
	}
	h.Service.Store = liar{honest}
	_, caught := h.unlogged(readings, honest)
	if len(caught) == 0 {
		t.Error("control: a store that writes nothing is not caught")
	}
	trials, failures := 0, 0
	for name, fault := range map[string]func(){
		"the store takes no decision": func() { h.Service.Store = refusing{honest, "access-decided"} },
		"the answer is lost":          func() { h.Service.Store = lost{honest} },
		"no payload can be kept":      func() { h.Service.Blobs = fullBlobs{blobs} },
	} {
		h.Service.Store, h.Service.Blobs = honest, blobs
		fault()
		served, _ := h.unlogged(readings, honest)
		trials += len(readings)
		if failures += len(served); len(served) > 0 {
			t.Errorf("%s: %v were served", name, served)
		}
	}
	h.Service.Store, h.Service.Blobs = honest, blobs
	h.whole()
	if err := h.Store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range readings {
		var w bytes.Buffer
		trials++
		if err := r.read(h, &w); err == nil || w.Len() > 0 && !errors.Is(err, errNothing) {
			failures++
			t.Errorf("the store is stopped: %s was served", r.name)
		}
	}
	t.Logf("PROOF harness=shown-unlogged trials=%d failures=%d control=\"caught %d of %d\"", trials, failures, len(caught), len(readings))
}
