package source

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestDatesAgain reads dates, each often followed by itself or by nearly itself, with one
// layout and each with one that has read nothing before. The control is a layout that
// remembers another date than it read.
func TestDatesAgain(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8)) //nolint:gosec // repeatable cases
	differ := func(spoil bool) (n int) {
		for _, form := range []string{"DD/MM/YYYY", "YYYY-MM-DD", "D/M/YY", "DD MMM YYYY", "DD/MM/YYYY hh:mm"} {
			once, err := compileLayout(form)
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for range 2000 {
				switch random.IntN(4) {
				case 0:
					text = fmt.Sprintf([]string{"%02d/%02d/%d", "%[3]d-%02[2]d-%02[1]d", "%d/%d/%d", "%02d Jan %[3]d", "%02d/%02d/%d 10:11"}[random.IntN(5)], 1+random.IntN(28), 1+random.IntN(12), 2020+random.IntN(3))
				case 1:
					text += "x"
				}
				fresh, err := compileLayout(form)
				if err != nil {
					t.Fatal(err)
				}
				var got, want moment
				if once.read([]byte(text), &got) != fresh.read([]byte(text), &want) || got != want {
					n++
				}
				if spoil {
					once.again.parts[2]++
				}
			}
		}
		return n
	}
	if n := differ(false); n > 0 {
		t.Errorf("%d dates were read otherwise", n)
	}
	if differ(true) == 0 {
		t.Error("control: another date was not seen")
	}
}
