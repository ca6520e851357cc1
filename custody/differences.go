package custody

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"custos.example/ledger"
)

// differences names the fields in which two values differ, by their paths in the
// canonical JSON. It names no content, which may be a person or a number.
// Shape: such as actor.roles or case.assigned; sorted; a list is compared whole.
func differences(a, b any) ([]string, error) {
	var sides [2]any
	for i, value := range []any{a, b} {
		text, err := ledger.MarshalCanonical(value)
		if err == nil {
			err = json.Unmarshal(text, &sides[i])
		}
		if err != nil {
			return nil, fmt.Errorf("%w: facts that are to be compared: %w", ErrIntegrity, err)
		}
	}
	var paths []string
	compare("", sides[0], sides[1], func(path string) { paths = append(paths, path) })
	slices.Sort(paths)
	return paths, nil
}

// compare calls differs for every field in which two JSON values differ.
func compare(path string, a, b any, differs func(string)) {
	x, isObject := a.(map[string]any)
	y, both := b.(map[string]any)
	if !isObject || !both {
		if !reflect.DeepEqual(a, b) {
			differs(path)
		}
		return
	}
	names := maps.Clone(x)
	maps.Copy(names, y)
	for name := range names {
		at := name
		if path != "" {
			at = path + "." + name
		}
		_, left := x[name]
		_, right := y[name]
		if left != right {
			differs(at)
			continue
		}
		compare(at, x[name], y[name], differs)
	}
}
