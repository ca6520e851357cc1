package custody

import (
	"reflect"
	"testing"
	"time"

	"custos.example/ledger"
)

// TestRequestsAreWhole finds every request of every use case, and changes each thing
// that it holds: each is seen in the digest by which a repeated request is known.
func TestRequestsAreWhole(t *testing.T) {
	seen := 0
	service := reflect.TypeFor[*Service]()
	for i := range service.NumMethod() {
		if m := service.Method(i); m.Type.NumIn() == 1 && m.Type.NumOut() == 1 {
			group := m.Type.Out(0)
			for j := range group.NumMethod() {
				method := group.Method(j)
				for k := range method.Type.NumIn() {
					in := method.Type.In(k)
					if in.Kind() != reflect.Struct {
						continue
					}
					if ask, has := in.FieldByName("Ask"); !has || !ask.Anonymous {
						continue
					}
					seen++
					wholeRequest(t, in)
				}
			}
		}
	}
	if seen < 80 {
		t.Errorf("only %d requests were found", seen)
	}
}

// digestOfAll is the digest of a request as a whole.
func digestOfAll(t *testing.T, request reflect.Value) ledger.Digest {
	t.Helper()
	asked, is := request.Interface().(asking)
	if !is {
		t.Fatalf("%s is no request", request.Type())
	}
	return askedDigest("one id of a request", asked)
}

// wholeRequest changes one thing after another of a request.
func wholeRequest(t *testing.T, kind reflect.Type) {
	t.Helper()
	empty := reflect.New(kind).Elem()
	plain := digestOfAll(t, empty)
	if plain != digestOfAll(t, reflect.New(kind).Elem()) {
		t.Errorf("%s: the same request has two digests", kind)
	}
	known := map[string]string{}
	var each func(path string, at reflect.Value)
	each = func(path string, at reflect.Value) {
		if !at.CanSet() {
			return
		}
		if at.Kind() == reflect.Struct && at.Type() != reflect.TypeFor[time.Time]() {
			for i := range at.NumField() {
				if at.Type().Field(i).Tag.Get("asked") == "-" {
					continue
				}
				each(path+"."+at.Type().Field(i).Name, at.Field(i))
			}
			return
		}
		was := reflect.New(at.Type()).Elem()
		was.Set(at)
		if !changed(at) {
			return
		}
		digest := digestOfAll(t, empty).String()
		if other, twice := known[digest]; digest == plain.String() || twice {
			t.Errorf("%s: a change of %s is not seen (as %q)", kind, path, other)
		}
		known[digest] = path
		at.Set(was)
	}
	each(kind.Name(), empty)
}

// changed sets a value to something else; what content is read from, and functions, are
// left.
func changed(at reflect.Value) bool {
	switch at.Kind() { //nolint:exhaustive // the others are left
	case reflect.String:
		at.SetString("x")
	case reflect.Bool:
		at.SetBool(true)
	case reflect.Int, reflect.Int64:
		at.SetInt(7)
	case reflect.Uint64, reflect.Uint8, reflect.Uint32:
		at.SetUint(7)
	case reflect.Struct:
		at.Set(reflect.ValueOf(time.Date(2024, 1, 2, 3, 4, 5, 6, time.UTC)))
	case reflect.Slice:
		at.Set(reflect.MakeSlice(at.Type(), 1, 1))
	case reflect.Array:
		return changed(at.Index(0))
	case reflect.Pointer:
		at.Set(reflect.New(at.Type().Elem()))
	case reflect.Map:
		at.Set(reflect.MakeMap(at.Type()))
		key, value := reflect.New(at.Type().Key()).Elem(), reflect.New(at.Type().Elem()).Elem()
		at.SetMapIndex(key, value)
	default:
		return false
	}
	return true
}
