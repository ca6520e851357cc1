package wiring

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// TestUnreadableIsNoRollback holds a log against a head while its database does not answer:
// that is an error, and not the finding that the log was put back. The control is a head of
// a chain that is not there, asked of a database that answers: that is the finding.
func TestUnreadableIsNoRollback(t *testing.T) {
	const origin = "custos.example/heads"
	o := Options{Dir: filepath.Join(t.TempDir(), "record")}
	if err := Init(t.Context(), o, origin, custody.Person{ID: "ad1", Name: "A. Admin", Roles: []string{"administrator"}}); err != nil {
		t.Fatal(err)
	}
	s, err := OpenToCheck(t.Context(), o, false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	trust, err := s.Service.Organisation().Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	size, err := s.Store.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := ledger.MarshalCanonical(ledger.Acknowledgement{Chain: ledger.ChainID{1}, N: 1, Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	silent, stop := context.WithCancel(t.Context())
	stop()
	c := &checking{Station: s}
	if err := c.head(silent, Head{Name: "a head", Text: text}, size, trust); !errors.Is(err, context.Canceled) || len(c.report.Findings) > 0 {
		t.Errorf("%v, and found: %+v", err, c.report.Findings)
	}
	if err := c.head(t.Context(), Head{Name: "a head", Text: text}, size, trust); err != nil || len(c.report.Findings) != 1 {
		t.Errorf("control: %v, and found: %+v", err, c.report.Findings)
	}
}
