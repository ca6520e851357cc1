package custody_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"custos.example/custody"
)

// TestAnotherForceReportsOnNoCase asks for the reports that name cases of the whole
// record, as people of another force, and reads one that was made. The controls are the
// force that keeps the record, the inspector, and the report that names no case.
func TestAnotherForceReportsOnNoCase(t *testing.T) {
	h, _ := offices(t)
	for _, name := range []string{"ipco", "dpia", "health"} {
		for _, by := range []custody.Actor{kentDPO, kentSRO, kentAuditor} {
			made, err := h.Service.Reports().Make(t.Context(), by, custody.MakeReport{Report: name})
			if !errors.Is(err, custody.ErrDenied) || len(made.Forms) > 0 || strings.Contains(err.Error(), "NX/2024/0417") {
				t.Errorf("%s for %s: %v", name, by.ID, err)
			}
			looks, err := h.Service.Audit().List(t.Context(), auditor, custody.ListDecisions{By: by.ID, Organisation: true})
			if err != nil || len(looks) == 0 || !strings.HasPrefix(looks[len(looks)-1].Action, "report.") {
				t.Errorf("that %s tried is not on record: %+v, %v", by.ID, looks, err)
			}
		}
		var made custody.MadeReport
		for _, by := range []custody.Actor{inspector, auditor} {
			made = h.reportOf(by, custody.MakeReport{Report: name})
		}
		for by, want := range map[custody.Actor]error{kentAuditor: custody.ErrDenied, auditor: nil} {
			read, err := h.Service.Reports().Read(t.Context(), by, "", made.Entry, custody.Ask{})
			if !errors.Is(err, want) || (len(read.Forms) == 0) != (want != nil) {
				t.Errorf("%s read by %s: %v", name, by.ID, err)
			}
			if again, err := h.Service.Reports().Again(t.Context(), by, "", made.Entry, custody.Ask{}); !errors.Is(err, want) || again.Same != (want == nil) {
				t.Errorf("%s made again by %s: %v", name, by.ID, err)
			}
		}
	}
	if made := h.reportOf(kentAuditor, custody.MakeReport{Report: "oversight"}); strings.Contains(fmt.Sprintf("%+v", made.Document), "NX/2024/0417") {
		t.Error("control: the report that names no case names one")
	}
	ours := h.order("JAS/1")
	h.erases(ours)
	h.certifies(ours, custody.ErrDenied, kentDPO, kentSRO)
	h.certifies(ours, nil, auditor, inspector)
	if _, err := h.Service.Organisations().Own(t.Context(), sio, custody.OwnCase{Case: h.id, Organisation: "kent", Reason: "they lead from now on"}); err != nil {
		t.Fatal(err)
	}
	h.certifies(ours, nil, kentDPO, kentSRO)
	h.whole()
}

// certifies asks for the certificate of a disposal.
func (h *house) certifies(order custody.Erasure, want error, people ...custody.Actor) {
	h.Helper()
	for _, by := range people {
		made, err := h.Service.Reports().Make(h.Context(), by, custody.MakeReport{Report: "disposal", Params: map[string]string{"order": order.Order.String()}})
		if !errors.Is(err, want) || want != nil && len(made.Forms) > 0 {
			h.Errorf("certificate of disposal for %s: %v", by.ID, err)
		}
		if want == nil {
			if read, err := h.Service.Reports().Read(h.Context(), by, "", made.Entry, custody.Ask{}); err != nil || len(read.Forms) == 0 {
				h.Errorf("certificate of disposal read by %s: %v", by.ID, err)
			}
		}
	}
}
