package custody

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"custos.example/ledger"
)

// With returns the document with some of its fields set, by their paths, such as
// notice.givenOn to 2026-11-03.
// Shape: a list is given with commas; nothing takes a field out. What is set is
// checked when it is recorded.
// Errors: ErrInvalid for a path that is no single field.
func (d AuthorityDocument) With(fields map[string]string) (AuthorityDocument, error) {
	err := setFields(authorityFields(), d, fields, &d)
	return d, err
}

// With is as AuthorityDocument.With.
func (d ApplicationDocument) With(fields map[string]string) (ApplicationDocument, error) {
	err := setFields(applicationFields(), d, fields, &d)
	return d, err
}

// setFields writes a document with some of its fields set into another.
func setFields[D any](table []documentField, d D, fields map[string]string, into *D) error {
	if len(fields) == 0 {
		return nil
	}
	tree, err := treeOf(d)
	if err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(fields)) {
		at := slices.IndexFunc(table, func(f documentField) bool { return f.path == path })
		if at < 0 || strings.Contains(path, "[]") {
			return fmt.Errorf("%q is not a single field of this document: %w", path, ErrInvalid)
		}
		switch value := fields[path]; {
		case value == "":
			takeOut(tree, path)
		case table[at].kind == someTexts || table[at].kind == someWords:
			put(tree, path, strings.Split(value, ","))
		case table[at].kind == aNumber:
			put(tree, path, json.Number(value))
		default:
			put(tree, path, value)
		}
	}
	text, err := ledger.MarshalCanonical(tree)
	if err != nil {
		return fmt.Errorf("%w: %w", err, ErrInvalid)
	}
	var changed D
	if err := decodeChecked(text, &changed); err != nil {
		return err
	}
	*into = changed
	return nil
}

// takeOut removes a field from a tree of objects.
func takeOut(tree map[string]any, path string) {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		delete(tree, name)
		return
	}
	if object, is := tree[name].(map[string]any); is {
		takeOut(object, rest)
	}
}
