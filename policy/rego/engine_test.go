package rego

import "testing"

func TestOpen(t *testing.T) {
	e, err := Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Log(e.Release(), len(e.notes))
}
