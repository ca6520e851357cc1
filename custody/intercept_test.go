package custody_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/policy"
)

// TestNoFieldForInterceptProduct: there is no route, no kind of data, no field and no
// word by which intercepted material could be recorded, imported or spoken of; a
// refusal names none either. The control is a word that is there.
func TestNoFieldForInterceptProduct(t *testing.T) {
	var texts []string
	for _, route := range custody.Routes() {
		guide, err := custody.AuthorityGuide(route)
		if err != nil {
			t.Fatal(err)
		}
		for _, note := range slices.Concat(guide, custody.ApplicationGuide()) {
			texts = append(append(texts, string(route), note.Path, note.Says), note.Words...)
		}
	}
	for _, action := range policy.Actions() {
		texts = append(texts, string(action), action.Words())
	}
	control := false
	for _, text := range texts {
		control = control || strings.Contains(text, "notice")
		if strings.Contains(strings.ToLower(text), "intercept") || strings.Contains(strings.ToLower(text), "secondary data") {
			t.Errorf("%q", text)
		}
	}
	if !control {
		t.Error("control: no text was looked at")
	}
	d, err := custody.AuthorityTemplate(policy.Route60A)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []map[string]string{{"route": "15(1)"}, {"regime": "IPA-2016-P2"}, {"scope.dataTypes": "content"}, {"instrument": "targeted"}} {
		other, err := d.With(change)
		if err == nil {
			err = other.Verify()
		}
		if !errors.Is(err, custody.ErrInvalid) || strings.Contains(strings.ToLower(err.Error()), "intercept") {
			t.Errorf("%v: %v", change, err)
		}
	}
}
