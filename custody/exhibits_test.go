package custody_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/custody"
	"custos.example/ledger"
)

// likeness stands for the module: it runs the same steps, and of one step gives
// one byte more.
type likeness struct {
	steps   custody.Steps
	differs string
	ran     *[]string
}

func (l likeness) Built() custody.ModuleFile {
	content, _ := l.Bytes()
	return custody.ModuleFile{Digest: sha256.Sum256(content), Source: ledger.Digest{7}}
}

func (likeness) Bytes() ([]byte, error) {
	return []byte("\x00asm, as far as a test needs it: " + strings.Repeat("x", 8192)), nil
}

func (likeness) Native() bool { return true }

func (l likeness) Run(ctx context.Context, name string, version int, in map[string]analysis.Input, params analysis.Params,
	out map[string]io.Writer, scratch func() (analysis.Scratch, error),
) (analysis.Result, error) {
	step, ok := l.steps.Find(name, version)
	if !ok {
		return analysis.Result{}, errors.New("no such step")
	}
	*l.ran = append(*l.ran, name)
	outcome, err := analysis.Runner{Env: analysis.NewMemoryEnv(64 << 20)}.Run(ctx, step, in, params, out)
	if err == nil && name == l.differs {
		_, err = out[step.Info().Outputs[0].Name].Write([]byte("\n"))
	}
	return outcome.Result, err
}

// TestSecondPerson shows that an exhibit is checked by somebody else than its
// producer, that the whole line is made again in the module, and that one byte
// of difference anywhere in the line refuses it.
func TestSecondPerson(t *testing.T) {
	h := withCase(t)
	var ran []string
	steps := h.Service.Steps
	h.Service.Module = likeness{steps: steps, ran: &ran}
	_, _, exhibit := h.produced(file(40))
	check := custody.Check{Case: h.id, Exhibit: exhibit.Entry}
	if _, err := h.Service.Exhibits().Check(t.Context(), analyst, check); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("the producer checks: %v", err)
	}
	if _, err := h.Service.Exhibits().Check(t.Context(), stranger, check); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("somebody who is not assigned checks: %v", err)
	}
	for _, step := range []string{"source-csv", "event-schedule", "render-" + exhibit.Files[0].Name} {
		h.Service.Module = likeness{steps: steps, differs: step, ran: &ran}
		if _, err := h.Service.Exhibits().Check(t.Context(), second, check); !errors.Is(err, custody.ErrIntegrity) || !strings.Contains(err.Error(), step) {
			t.Errorf("another byte in %s: %v", step, err)
		}
	}
	if slices.Contains(h.kinds(h.id, ledger.Work), "exhibit-checked") {
		t.Fatal("a check that failed was recorded as one")
	}
	ran = nil
	h.Service.Module = likeness{steps: steps, ran: &ran}
	checked, err := h.Service.Exhibits().Check(t.Context(), second, check)
	if err != nil {
		t.Fatal(err)
	}
	want := 2 + len(exhibit.Files)
	if len(checked.Steps) != want || len(ran) != want || checked.Steps[0].Step != "source-csv@1" {
		t.Errorf("%d steps checked, %v run, want %d", len(checked.Steps), ran, want)
	}
	h.whole()
}

// TestNoModule shows that a program without its module refuses the sign-off.
func TestNoModule(t *testing.T) {
	h := withCase(t)
	h.Service.Module = nil
	_, _, exhibit := h.produced(file(4))
	_, err := h.Service.Exhibits().Check(t.Context(), second, custody.Check{Case: h.id, Exhibit: exhibit.Entry})
	if !errors.Is(err, custody.ErrNotFound) || !strings.Contains(err.Error(), "make module") {
		t.Errorf("got %v", err)
	}
}

// TestWrongRenderer shows that an exhibit is refused before anything is
// recorded when its renderer does not fit the run.
func TestWrongRenderer(t *testing.T) {
	h := withCase(t)
	_, ran, _ := h.produced(file(4))
	before := h.kinds(h.id, ledger.Work)
	for _, renderers := range [][]string{{"render-nothing"}, {"event-schedule"}, {"render-schedule-csv@9"}, {"render-schedule-csv@x"}} {
		_, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
			Case: h.id, Reference: "JAS/2", Title: "No", Run: ran.Entry, Renderers: renderers,
		})
		if !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%v: %v", renderers, err)
		}
	}
	for _, reference := range []string{"", "jas/1", "JAS", "JAS/1/2", "J/1"} {
		_, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
			Case: h.id, Reference: reference, Title: "No", Run: ran.Entry,
		})
		if !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("reference %q: %v", reference, err)
		}
	}
	if after := h.kinds(h.id, ledger.Work); !slices.Equal(before, after) {
		t.Errorf("work chain went from %v to %v", before, after)
	}
}

// TestReadNeedsPurpose shows that nobody reads an exhibit without saying why.
func TestReadNeedsPurpose(t *testing.T) {
	h := withCase(t)
	_, _, exhibit := h.produced(file(4))
	var got bytes.Buffer
	request := custody.ReadExhibit{Case: h.id, Exhibit: exhibit.Entry, File: exhibit.Files[0].Name}
	if _, err := h.Service.Exhibits().Read(t.Context(), analyst, request, &got); !errors.Is(err, custody.ErrDenied) || got.Len() > 0 {
		t.Errorf("no purpose: %v, %d bytes", err, got.Len())
	}
	request.Purpose = "preparing the schedule for the prosecutor"
	if _, err := h.Service.Exhibits().Read(t.Context(), analyst, request, &got); err != nil || got.Len() == 0 {
		t.Errorf("with a purpose: %v, %d bytes", err, got.Len())
	}
}
