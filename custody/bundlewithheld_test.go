package custody_test

import (
	"bytes"
	"testing"

	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/policy"
)

// TestRecipientsStandAside hands out a copy and then packs a bundle: the bundle
// says that an entry names another person, not whom, and is none the worse. As
// control the recipient is in the record, which is asked for by name.
func TestRecipientsStandAside(t *testing.T) {
	h := withCase(t)
	_, _, exhibit := h.produced(file(12))
	const recipient = "Chambers of a silk who is not to be known"
	_, err := h.Service.Copies().Issue(t.Context(), sio, custody.IssueCopy{
		Ask: custody.Ask{Purpose: "for advice"}, Case: h.id, Of: exhibit.Entry,
		CopyTerms: custody.CopyTerms{Recipient: recipient, Purpose: policy.Prosecution, ReviewOn: "2024-09-01", Agreement: "ISA/7", Means: "by hand"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if found := h.where(custody.CopySearch{}).Copies; len(found) != 1 || found[0].Recipient != recipient {
		t.Fatalf("control: the record names %+v", found)
	}
	b, _ := h.pack(exhibit.Entry, nil)
	if bytes.Contains(b, []byte(recipient)) {
		t.Error("the bundle names who was given a copy")
	}
	h.wants(h.verify(b, true), bundle.Matches)
}
