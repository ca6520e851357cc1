package source

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"custos.example/analysis/event"
)

// TestNumbersAgain reads numbers of all kinds in an order in which they come back
// and push each other out, once with what is remembered and once without: value,
// reason and flags are the same. The control remembers no flags.
func TestNumbersAgain(t *testing.T) {
	if n := readOtherwise(t, func(*mapping) {}); n > 0 {
		t.Errorf("%d numbers are read otherwise", n)
	}
	if n := readOtherwise(t, func(m *mapping) {
		for i := range m.numbers.slots {
			m.numbers.slots[i].flags = 0
		}
	}); n < 1000 {
		t.Errorf("control: without their flags only %d numbers are read otherwise", n)
	}
}

// readOtherwise counts the numbers that are read otherwise a second time.
func readOtherwise(t *testing.T, spoil func(*mapping)) (n int) {
	t.Helper()
	profile, _ := ReadProfile("uk-17")
	b, err := load(profile, []byte("[]"), func(name string) (*event.Clock, error) {
		loc, err := event.Location(name)
		return event.NewClock(loc), err
	})
	if err != nil {
		t.Fatal(err)
	}
	m, random := b.tables[0], rand.New(rand.NewPCG(7, 8)) //nolint:gosec // repeatable cases
	forms := []string{
		"07700900%03d", "+44 7700 900%03d", "7700900%03d", "14107700900%03d", "+44 (0)7700 900%03d", "447700900%03d", "84%03d", "withheld %03d",
		"4.477%03dE+11", "=1+%03d", "+99%03d", "07700900%03d extended by far more than is remembered", " 07700900%03d ", "", "\x01%03d",
	}
	var keep, again []byte
	for range 30_000 {
		form := forms[random.IntN(len(forms))]
		f := [][]byte{[]byte(form)}
		if form != "" {
			f[0] = fmt.Appendf(nil, form, random.IntN(150))
		}
		m.flags = 1 << flagIMEIShape // of another column
		got, reason := m.numberAgain(event.BNumber, 0, f, &again)
		flags := m.flags
		m.flags = 1 << flagIMEIShape
		want, why := m.identifier(event.BNumber, false, 0, f, &keep)
		if string(got) != string(want) || (got == nil) != (want == nil) || reason != why || flags != m.flags {
			n++
		}
		spoil(m)
	}
	return n
}
