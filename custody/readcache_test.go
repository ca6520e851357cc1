package custody

import (
	"errors"
	"testing"
)

// TestReadCacheHasABound asks for more than a cache holds, as a process does that serves
// many cases: it never holds more than its bound, and always answers what was read. The
// control is one value asked for again, which is not read again.
func TestReadCacheHasABound(t *testing.T) {
	var c readCache[int, int]
	reads, most := 0, 0
	ask := func(n int) {
		t.Helper()
		got, err := c.get(n, func() (int, error) { reads++; return 7 * n, nil })
		if err != nil || got != 7*n {
			t.Fatalf("%d: %d, %v", n, got, err)
		}
		most = max(most, len(c.held))
	}
	for n := range 3*mostRead + 5 {
		ask(n)
	}
	if most != mostRead || reads != 3*mostRead+5 {
		t.Errorf("%d values were held of %d, after %d reads", most, mostRead, reads)
	}
	ask(3*mostRead + 4)
	if reads != 3*mostRead+5 {
		t.Error("control: what is held was read again")
	}
	wrong := errors.New("cannot be read")
	if _, err := c.get(-1, func() (int, error) { return 1, wrong }); !errors.Is(err, wrong) {
		t.Errorf("a failure to read: %v", err)
	}
	if got, err := c.get(-1, func() (int, error) { return 2, nil }); err != nil || got != 2 {
		t.Errorf("a failure to read was kept: %d, %v", got, err)
	}
}
