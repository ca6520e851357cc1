package rego

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"custos.example/policy"
)

// shape is how a type of the facts becomes the engine's own value: worked out once,
// since every decision asks for it.
type shape struct {
	fields []shapeField // of a struct, in the order of their keys
	each   *shape       // of the elements of a list, or of what is pointed to
}

type shapeField struct {
	key      *ast.Term
	index    int
	optional bool // left out when there is none
	shape    *shape
}

// plain are the kinds of single facts.
var plain = []reflect.Kind{reflect.String, reflect.Bool, reflect.Uint64}

// shapeOf returns the shape of a type by its json tags.
// Errors: a type that facts do not have.
func shapeOf(t reflect.Type) (*shape, error) {
	s := &shape{}
	var err error
	switch kind := t.Kind(); {
	case slices.Contains(plain, kind):
	case kind == reflect.Pointer || kind == reflect.Slice:
		s.each, err = shapeOf(t.Elem())
	case kind == reflect.Struct:
		for i := range t.NumField() {
			key, rest, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			f := shapeField{key: ast.StringTerm(key), index: i, optional: rest == "omitempty"}
			if f.shape, err = shapeOf(t.Field(i).Type); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			s.fields = append(s.fields, f)
		}
	default:
		err = fmt.Errorf("a fact is a %s: %w", t.Kind(), errForm)
	}
	return s, err
}

// factsOf returns facts as the engine's own value: the one that their canonical text
// has.
// Errors: policy.ErrInput, when they are not whole.
func (e *Engine) factsOf(in policy.Input) (ast.Value, error) {
	if err := in.Validate(); err != nil {
		return nil, err
	}
	return e.shape.term(reflect.ValueOf(in)).Value, nil
}

func (s *shape) term(v reflect.Value) *ast.Term {
	switch kind := v.Kind(); {
	case kind == reflect.Bool:
		return ast.InternedTerm(v.Bool())
	case v.CanUint():
		return ast.NewTerm(ast.Number(strconv.FormatUint(v.Uint(), 10)))
	case kind == reflect.Pointer:
		return s.each.term(v.Elem())
	case kind == reflect.Slice:
		terms := make([]*ast.Term, v.Len())
		for i := range terms {
			terms[i] = s.each.term(v.Index(i))
		}
		return ast.ArrayTerm(terms...)
	case kind == reflect.Struct:
		pairs := make([][2]*ast.Term, 0, len(s.fields))
		for _, f := range s.fields {
			if field := v.Field(f.index); !f.optional || !field.IsZero() {
				pairs = append(pairs, [2]*ast.Term{f.key, f.shape.term(field)})
			}
		}
		return ast.ObjectTerm(pairs...)
	default: // the shape knows no other
		return ast.StringTerm(v.String())
	}
}
