package custody_test

import (
	"errors"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/custody/continuity"
	"custos.example/policy"
)

// TestDeviceThatIsGone takes in what a program is said to have read from a device on a day
// after it was returned: refused. The control was read on the day on which it was returned,
// and is taken in later.
func TestDeviceThatIsGone(t *testing.T) {
	h := stationOf(t, "kiosk-7.custos.example", morning)
	h.acquired("KO/2")
	h.must(h.handle(kioskOfficer, custody.HandleItem{Item: "KO/1", Act: continuity.Returned, Reason: "read", To: continuity.Party{Name: "the witness"}}))
	h.wait(72 * time.Hour)
	for day, want := range map[policy.Date]error{"2024-03-04": nil, "2024-03-06": custody.ErrConflict} {
		request := h.extraction(phone())
		request.Item, request.ReadOn = "KO/3", day
		if want == nil {
			request.Item = "KO/4"
		}
		if _, err := h.Service.Kiosks().Acquire(t.Context(), kioskOfficer, request); !errors.Is(err, want) {
			t.Errorf("read on %s: %v, want %v", day, err, want)
		}
	}
	h.whole()
}
