package wiring_test

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"custos.example/cmd/custos/wiring"
)

// TestCheckPublishesNothing opens a record of which nothing is published, to check and to
// mend it, for longer than a service waits: nothing is published, and the guard stays as it
// is. The control opens it to write.
func TestCheckPublishesNothing(t *testing.T) {
	o := place(t)
	synctest.Test(t, func(t *testing.T) {
		if err := wiring.Init(t.Context(), o, origin, first); err != nil {
			t.Fatal(err)
		}
		wait := func(s *wiring.Station) (published bool, guard string) {
			t.Helper()
			if err := os.RemoveAll(s.TilesFolder()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Minute)
			synctest.Wait()
			held, err := os.ReadFile(o.GuardFile())
			if err != nil {
				t.Fatal(err)
			}
			_, err = os.Stat(s.TilesFolder())
			closed(t, s)
			return err == nil, string(held)
		}
		s, err := wiring.OpenToCheck(t.Context(), o, true)
		if err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(o.GuardFile())
		if err != nil {
			t.Fatal(err)
		}
		if published, guard := wait(s); published || guard != string(before) {
			t.Errorf("a check has published %t, and the guard holds %q", published, guard)
		}
		if published, _ := wait(started(t, o)); !published {
			t.Error("control: nobody publishes")
		}
	})
}
