package ledger

import "testing"

func TestCanonicalRoundTrip(t *testing.T) {
	nonce := Nonce{1}
	d := &LogOpened{KeysNonce: nonce, OrganisationNonce: nonce, Origin: "log.example/a"}
	s, err := NewStatement(Predicate{Actor: Actor{ID: "service", Role: "recorder"}, Detail: d})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseStatement(b)
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Predicate.Detail.(*LogOpened); *got != *d {
		t.Fatalf("detail %v came back as %v", d, got)
	}
}
