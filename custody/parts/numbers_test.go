package parts

import (
	"errors"
	"math"
	"slices"
	"testing"

	"custos.example/ledger"
)

func TestNumbers(t *testing.T) {
	for text, want := range map[string][]uint64{"3": {3}, "3,17-20": {3, 17, 18, 19, 20}, "2, 1-3": {1, 2, 3}, "": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}} {
		got, err := ParseNumbers(text, 20)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		if again, err := ParseNumbers(Numbers(got), 20); err != nil || !slices.Equal(again, want) {
			t.Errorf("%q written as %q", text, Numbers(got))
		}
	}
	for _, bad := range []string{"0", "21", "5-3", "x", "1-", "-1", "1--2", ",", "99999999999999999999"} {
		if got, err := ParseNumbers(bad, 20); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v, %v", bad, got, err)
		}
	}
	if _, err := ParseNumbers("1-"+Numbers([]uint64{math.MaxInt64}), math.MaxUint64); !errors.Is(err, ErrInvalid) {
		t.Errorf("more parts than there can be: %v", err)
	}
	a := &Arrival{Pack: ledger.Digest{1}, Missing: []uint64{3, 17, 18}}
	data, err := a.Wanted()
	if err != nil {
		t.Fatal(err)
	}
	w, err := ParseWanted(data)
	if err != nil || w.Parts != "3,17-18" || w.Pack != a.Pack {
		t.Errorf("%+v: %v", w, err)
	}
}
