package custody_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// fetches asks for one part over a line, and reads it whole.
func (h *house) fetches(by custody.Actor, name string, part uint64) error {
	h.Helper()
	p, err := h.Service.Deliveries().Part(h.Context(), by, custody.ReadPart{Case: h.id, Name: name, Part: part})
	if err != nil {
		return err
	}
	defer p.Close()
	if n, err := io.Copy(io.Discard, p); err != nil || n == 0 {
		h.Errorf("part %d: %d bytes, %v", part, n, err)
	}
	return nil
}

// asksFor has somebody ask for parts by their numbers.
func (h *house) asksFor(by custody.Actor, name, numbers string) error {
	issued, err := h.Service.Deliveries().Issue(h.Context(), by, custody.IssueParts{Case: h.id, Name: name, Parts: numbers, Means: "over the line"})
	if err != nil {
		return err
	}
	return issued.Close()
}

// decisions counts the decisions that are on record in the case.
func (h *house) decisions() int {
	h.Helper()
	return count(h.kinds(h.id, ledger.Reads), "access-decided")
}

// deliveryToDefence is an exhibit that was served on the prosecutor, and a delivery of
// its bundle to the defence's expert, in several parts.
func deliveryToDefence(t *testing.T) (h *house, bundle ledger.EntryID) {
	t.Helper()
	h = withParties(t)
	_, _, exhibit := h.signedOff(file(12))
	_, one := h.pack(exhibit.Entry, nil)
	if _, err := h.serves(discloser, one.Entry, "R-1"); err != nil {
		t.Fatal(err)
	}
	made, err := h.Service.Deliveries().Prepare(t.Context(), sio, custody.PrepareDelivery{
		Case: h.id, Of: exhibit.Entry, PartSize: 40_000,
		CopyTerms: custody.CopyTerms{Holder: expert.ID, Purpose: policy.CriminalProceedings, Agreement: "the court's directions"},
	})
	if err != nil || made.Name != "DEL-1" || made.Total < 5 {
		t.Fatalf("%+v, %v", made, err)
	}
	return h, one.Entry
}

// TestDefenceFetchesParts has the defence's expert fetch a delivery that goes to them:
// not before the exhibit was released to them, then many parts under the one entry by
// which they asked for them, each as long as the policy would still allow it.
func TestDefenceFetchesParts(t *testing.T) {
	h, bundle := deliveryToDefence(t)
	if err := h.asksFor(expert, "DEL-1", "1-3"); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("before it was released: %v", err)
	}
	if _, err := h.serves(prosecutor, bundle, "R-3"); err != nil {
		t.Fatal(err)
	}
	if err := h.fetches(expert, "DEL-1", 1); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("before any part was asked for: %v", err)
	}
	if err := h.asksFor(expert, "DEL-1", "1-3"); err != nil {
		t.Fatal(err)
	}
	before := h.decisions()
	for _, part := range []uint64{1, 2, 3, 2} {
		if err := h.fetches(expert, "DEL-1", part); err != nil {
			t.Errorf("part %d: %v", part, err)
		}
	}
	if n := h.decisions() - before; n != 0 {
		t.Errorf("%d decisions beside the one on parts 1 to 3", n)
	}
	if err := h.fetches(expert, "DEL-1", 4); err != nil || h.decisions()-before != 1 {
		t.Errorf("a part that was not asked for by its number: %d decisions, %v", h.decisions()-before, err)
	}
	for name, who := range map[string]custody.Actor{"the other defendant's expert": opponent, "the solicitor": solicitor, "an analyst of another case": stranger} {
		if err := h.fetches(who, "DEL-1", 1); !errors.Is(err, custody.ErrDenied) {
			t.Errorf("%s has a part: %v", name, err)
		}
		if err := h.asksFor(who, "DEL-1", "1"); !errors.Is(err, custody.ErrDenied) {
			t.Errorf("%s asks for a part: %v", name, err)
		}
	}
	said, err := h.Service.Deliveries().Confirm(t.Context(), expert, custody.ConfirmDelivery{Case: h.id, Name: "DEL-1", State: custody.DeliveryArrived})
	if err != nil || said.Signed != custody.SignedEnrolled {
		t.Errorf("the expert says that it arrived: %+v, %v", said, err)
	}
	report, err := h.Service.Audit().Replay(t.Context(), auditor, custody.Replay{Case: h.id})
	if err != nil || report.Differ != 0 || report.Agree != report.Decisions {
		t.Errorf("taken again: %+v, %v", report, err)
	}
	h.whole()
}

// TestPartsAskedForEnd ends what somebody asked for: by the day, and by the end of
// their access in the middle of it. The control fetches until then.
func TestPartsAskedForEnd(t *testing.T) {
	h, bundle := deliveryToDefence(t)
	if _, err := h.serves(prosecutor, bundle, "R-3"); err != nil {
		t.Fatal(err)
	}
	if err := h.asksFor(expert, "DEL-1", ""); err != nil {
		t.Fatal(err)
	}
	before := h.decisions()
	h.wait(23 * time.Hour)
	if err := h.fetches(expert, "DEL-1", 1); err != nil || h.decisions() != before {
		t.Errorf("the control, within the day: %d decisions, %v", h.decisions()-before, err)
	}
	h.wait(2 * time.Hour)
	if err := h.fetches(expert, "DEL-1", 1); err != nil || h.decisions() != before+1 {
		t.Errorf("after the day: %d decisions, %v", h.decisions()-before, err)
	}
	if err := h.asksFor(expert, "DEL-1", "1-2"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Organisation().Revoke(t.Context(), admin, custody.Revoke{Person: expert.ID, Reason: "instructed no longer"}); err != nil {
		t.Fatal(err)
	}
	if err := h.fetches(expert, "DEL-1", 2); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("after their access ended: %v", err)
	}
}
