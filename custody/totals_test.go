package custody_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis/render"
	"custos.example/custody"
)

// TestDisagreements: a total that agrees is not named, which is the control.
func TestDisagreements(t *testing.T) {
	report := []byte(`{"totals":[{"agrees":true,"counted":2,"declared":2,"of":"table","row":4,"text":"Total 2"},` +
		`{"agrees":false,"counted":1,"declared":1002,"of":"table","row":6,"text":"Total 1,002"},` +
		`{"agrees":false,"counted":4,"declared":3,"of":"file","row":8,"text":"In all 3"}]}`)
	want := []string{
		"Row 6 declares a total of 1002; 1 row was counted in the table above it.", "Row 8 declares a total of 3; 4 rows were counted in the file.",
	}
	if got := custody.Disagreements(report); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	beyond := []byte(`{"totals":[{"agrees":true,"counted":2,"declared":2,"of":"table","row":4,"text":"Total 2"}],"totalsBeyond":{"differ":2,"row":3004,"totals":7}}`)
	want = []string{"Of 7 further totals, which the report does not list, 2 do not agree, the first of them in row 3004."}
	if got := custody.Disagreements(beyond); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for _, other := range []string{"", "{}", `{"totalsBeyond":{"differ":0,"row":0,"totals":9}}`, `{"totals":7}`, `{"totals":[]}`} {
		if got := custody.Disagreements([]byte(other)); got != nil {
			t.Errorf("%s: %q", other, got)
		}
	}
}

// TestTheExhibitSaysThatATotalDoesNotAgree: under the file, on page 1; with the
// right totals nothing stands there.
func TestTheExhibitSaysThatATotalDoesNotAgree(t *testing.T) {
	for declared, want := range map[int]string{3: "", 5: "Row 6 declares a total of 5; 3 rows were counted in the table above it."} {
		h := withCase(t)
		asks := h.asks(nil)
		var b strings.Builder
		b.WriteString("Return 1\nMSISDN|Direction|Other Party|Date|Time|Seconds|IMEI|IMSI|Start Site|End Site|Result|Call Reference\n")
		for i := range 3 {
			fmt.Fprintf(&b, "07700900123|O|07700900318|1%d/02/24|18:04:12|47|||||ANS|C1\n", i)
		}
		fmt.Fprintf(&b, "%d calls\n", declared)
		asks.Profile, asks.Content = profile(t, "uk-alike-b"), strings.NewReader(b.String())
		received, err := h.Service.Imports().Receive(t.Context(), officer, asks)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(custody.Disagreements(received.Report), " "); got != want {
			t.Errorf("the import says %q", got)
		}
		ran := h.run("event-schedule", received.Dataset.Entry, nil)
		made, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
			Case: h.id, Reference: "JAS/1", Title: "Schedule", Run: ran.Entry, Renderers: []string{"schedule-csv"},
		})
		if err != nil {
			t.Fatal(err)
		}
		stored, err := h.Store.ByEntryID(t.Context(), made.Renders[0].Entry)
		if err != nil {
			t.Fatal(err)
		}
		statement, err := stored.Statement()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range statement.Predicate.ResolvedDependencies {
			if d.Name != "meta" {
				continue
			}
			blob, err := h.Service.Blobs.Find(t.Context(), h.id, d.Digest)
			if err != nil {
				t.Fatal(err)
			}
			content, err := h.Service.Blobs.Open(t.Context(), h.id, blob.Address)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(io.NewSectionReader(content, 0, content.Size()))
			if err := errors.Join(err, content.Close()); err != nil {
				t.Fatal(err)
			}
			m, err := render.ParseMeta(text)
			if err != nil || len(m.Sources) != 1 || m.Sources[0].Note != want {
				t.Errorf("declared %d: %v, %+v", declared, err, m.Sources)
			}
			want = "seen"
		}
		if want != "seen" {
			t.Error("no front matter was found; the search itself is broken")
		}
	}
}
