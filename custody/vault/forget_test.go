package vault

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
)

// TestKeysOfOldCasesAreForgotten opens more cases than keys are held of: those that
// were not used for the longest leave memory overwritten, all go on to be good, also
// while many use them at once, and one that is in use stays.
func TestKeysOfOldCasesAreForgotten(t *testing.T) {
	ctx := t.Context()
	v, _ := create(t, quick("correct horse battery"))
	const cases = maxCases + 40
	name := func(i int) string { return fmt.Sprintf("case%03d", i) }
	sealed := make([][]byte, cases)
	var first *keys
	for i := range cases {
		err := v.CreateCase(ctx, name(i))
		if err == nil {
			sealed[i], err = v.Seal(ctx, name(i), nil, []byte(name(i)))
		}
		if err == nil && i > 0 {
			_, err = v.Open(ctx, name(1), nil, sealed[1]) // it is in use all the time
		}
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = v.cases[name(0)]
		}
	}
	if len(v.cases) != maxCases {
		t.Errorf("the keys of %d cases are in memory", len(v.cases))
	}
	if v.cases[name(0)] != nil || first.raw != [32]byte{} || first.seal != nil {
		t.Error("the key that was not used for the longest is still in memory")
	}
	if v.cases[name(1)] == nil {
		t.Error("a key in use was forgotten")
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for n := range 2 * cases {
				i := (n*7 + g*31) % cases
				if got, err := v.Open(ctx, name(i), nil, sealed[i]); err != nil || !bytes.Equal(got, []byte(name(i))) {
					t.Errorf("%s: %q, %v", name(i), got, err)
					return
				}
			}
		})
	}
	all.Wait()
	const address = "00000000000000000000000000000000000000000000000000000000000000aa"
	wrapped, err := v.WrapPayloadKey(ctx, name(2), address, nil, []byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	for v.cases[name(2)] != nil {
		v.forget()
	}
	if err := v.DestroyPayloads(ctx, name(2), []Doomed{{Address: address}}); err != nil {
		t.Fatalf("destroy a payload of a case that was forgotten: %v", err)
	}
	for v.cases[name(2)] != nil {
		v.forget()
	}
	if _, err := v.UnwrapPayloadKey(ctx, name(2), address, nil, wrapped); err == nil {
		t.Error("a destroyed payload can be read again after its case was forgotten")
	}
}
