package custody

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"custos.example/ledger"
)

// identified wants every identifier that a parameter names to stand in the data
// or to have been typed a second time.
// A number as people dial it would be found in no event, and the result would
// say that there is nothing: it is refused.
// Errors: ErrInvalid with the parameter's name, never the identifier.
func (a *act) identified(ctx context.Context, dependencies []ledger.Dependency, request Run) error {
	missing := map[string]string{} // identifier to parameter
	for _, name := range slices.Sorted(maps.Keys(request.Params)) {
		value := request.Params[name]
		if slices.Contains(peopleNamed, name) && slices.ContainsFunc(inList(value), asDialled) {
			return fmt.Errorf("the parameter %q has a number as people dial it, which stands in no event; "+
				"write it with + and the code of its country, such as +447700900123: %w", name, ErrInvalid)
		}
		if again, typed := request.Again[name]; typed {
			if again != value {
				return fmt.Errorf("the parameter %q was not the same the second time: %w", name, ErrInvalid)
			}
			continue
		}
		for _, part := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
			if identifier(part) {
				missing[part] = name
			}
		}
	}
	if err := cellsNamed(request); err != nil {
		return err
	}
	if err := a.sought(ctx, dependencies, request); err != nil {
		return err
	}
	for _, d := range dependencies {
		if len(missing) == 0 {
			return nil
		}
		if err := a.strike(ctx, d.Digest, missing); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Values(missing)) {
		return fmt.Errorf("the parameter %q names an identifier that stands in no row of the data and was typed once only: "+
			"look at it again, and type the parameter a second time if it is right: %w", name, ErrInvalid)
	}
	return nil
}

// peopleNamed are the parameters of steps that name people by their identifiers.
var peopleNamed = []string{"exclude", "identifiers", "named", "subject", "subjects"}

// inList splits the value of a parameter that names people.
func inList(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' })
}

// asDialled tells whether a word is a number in another form than events have. A
// long row of digits may be a handset or a SIM, and is looked for as it is.
func asDialled(word string) bool { return !identifier(word) && len(canonical(word)) > 1 }

// identifier tells whether a word is one in canonical form: a number or a
// handset, subscriber or named identity.
func identifier(word string) bool {
	if rest, is := strings.CutPrefix(word, "+"); is {
		word = rest
	} else if strings.HasPrefix(word, "id:") {
		return true
	} else if len(word) < 14 { // a small number is a count, not a handset
		return false
	}
	return len(word) > 4 && strings.Trim(word, "0123456789") == ""
}

// strike takes out of missing the identifiers that stand in an input.
func (a *act) strike(ctx context.Context, recorded ledger.DigestSet, missing map[string]string) error {
	content, _, err := a.open(ctx, a.id, recorded)
	if err != nil {
		return err
	}
	defer letGo(content)
	const overlap = 64
	r := io.NewSectionReader(content, 0, content.Size())
	buffer := make([]byte, 256<<10)
	held := 0
	for len(missing) > 0 {
		n, err := r.Read(buffer[held:])
		window := buffer[:held+n]
		for word := range missing {
			if standsIn(window, word) {
				delete(missing, word)
			}
		}
		if err != nil {
			if err == io.EOF { //nolint:errorlint // a reader returns it bare
				return nil
			}
			return fmt.Errorf("look for identifiers: %w", err)
		}
		held = copy(buffer, window[max(0, len(window)-overlap):])
	}
	return nil
}

// standsIn tells whether a word stands in a text by itself, not as the beginning
// of a longer number.
func standsIn(text []byte, word string) bool {
	for {
		at := bytes.Index(text, []byte(word))
		if at < 0 {
			return false
		}
		end := at + len(word)
		if end == len(text) || text[end] < '0' || text[end] > '9' {
			return true
		}
		text = text[end:]
	}
}
