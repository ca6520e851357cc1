package custody_test

import (
	"bytes"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/custody/bundle"
)

// TestBundlesAcrossKeys makes a bundle before and one after every key of the line
// was replaced, the analyst's by one that they keep: both match with the one trust
// file that is handed out afterwards, and pages and report say whose hand signed.
func TestBundlesAcrossKeys(t *testing.T) {
	h := withCase(t)
	_, ran, exhibit := h.produced(file(20))
	early, _ := h.pack(exhibit.Entry, nil)
	if got := h.metaOf(exhibit); !strings.Contains(got, "on behalf of the producer") {
		t.Errorf("the first page of what the service signed: %s", got)
	}
	root, _ := freshKey(t)
	if _, err := h.Service.Keys().EnrolRoot(t.Context(), admin, custody.EnrolRoot{Root: root, Name: "the root"}); err != nil {
		t.Fatal(err)
	}
	for _, which := range []string{"log", "service"} {
		if _, err := h.Service.Keys().ReplaceOwn(t.Context(), admin, custody.ReplaceOwn{Which: which, Root: root}); err != nil {
			t.Fatal(err)
		}
		h.reopen()
	}
	kept, public := freshKey(t)
	defer h.agent(analyst.ID, kept)()
	if _, err := h.Service.Keys().Replace(t.Context(), analyst, custody.ReplaceKey{Next: public}); err != nil {
		t.Fatal(err)
	}
	again, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/2", Title: "Schedule of calls of one number", Run: ran.Entry,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := h.metaOf(again); !strings.Contains(got, "a key that the producer keeps") || strings.Contains(got, "on behalf of the producer") {
		t.Errorf("the first page of what the holder signed: %s", got)
	}
	late, _ := h.pack(again.Entry, nil)
	for name, packed := range map[string][]byte{"before": early, "after": late} {
		r := h.verify(packed, true)
		h.wants(r, bundle.Matches)
		var text bytes.Buffer
		if err := r.Text(&text); err != nil {
			t.Fatal(err)
		}
		said := strings.Join(strings.Fields(text.String()), " ")
		byHolder := strings.Contains(said, `signed by "Person an1"`)
		if byHolder != (name == "after") || !strings.Contains(said, `on behalf of "Person an1"`) {
			t.Errorf("%s: the report says otherwise who signed\n%s", name, text.String())
		}
	}
	h.signed()
	h.whole()
}
