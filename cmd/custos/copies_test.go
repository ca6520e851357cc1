package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

// TestCopiesAndErrorsOverHTTP hands a file of an exhibit out and takes an error to
// its report over HTTP, and finds both again. The control is a request that is
// refused: it hands out nothing and takes no number.
func TestCopiesAndErrorsOverHTTP(t *testing.T) {
	d := station(t, wiring.Options{})
	runLine(t, d, true)
	id, err := d.st.Service.Cases().Find(t.Context(), "HAL-1")
	if err != nil {
		t.Fatal(err)
	}
	exhibit, err := d.st.Service.Cases().Named(t.Context(), id, custody.NamedExhibit, "JAS/1")
	if err != nil {
		t.Fatal(err)
	}
	base := "/v1/cases/" + string(id)
	body, err := json.Marshal(map[string]any{"purpose": "for the file", "file": "schedule-csv"})
	if err != nil {
		t.Fatal(err)
	}
	if content := d.send("u-02", base+"/exhibits/"+exhibit.String()+"/files", "application/json", bytes.NewReader(body)); len(content) == 0 {
		t.Error("the file is empty")
	}
	var given struct {
		Copy      uint64
		Recipient string
	}
	d.post("u-05", base+"/copies", map[string]any{
		"of": exhibit, "purpose": "for review", "copy": map[string]any{"recipient": "CPS London", "agreement": "ISA/7", "country": "GB"},
	}, &given)
	// the bundle of the line was the first
	if given.Copy != 3 || given.Recipient != "CPS London" {
		t.Errorf("%+v", given)
	}
	refused, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.server.URL+base+"/copies", bytes.NewReader([]byte(`{"of":"`+exhibit.String()+`"}`)))
	if err != nil {
		t.Fatal(err)
	}
	refused.Header.Set("Authorization", "Bearer "+d.tokens["u-04"])
	res, err := d.server.Client().Do(refused)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("control: a SPoC issues a copy: %s", res.Status)
	}
	d.post("u-05", base+"/copies/3/disposals", map[string]any{"confirmedBy": "CPS London", "how": "by letter"}, nil)
	var found custody.CopyList
	d.get("u-05", base+"/copies", http.StatusOK, &found)
	if len(found.Copies) != 3 || found.Copies[1].File != "schedule-csv" || found.Copies[2].End == nil {
		t.Errorf("%+v", found)
	}
	d.get("u-05", "/v1/copies", http.StatusForbidden, nil)
	d.errorsOverHTTP(base)
}

// errorsOverHTTP records an error and looks at it.
func (d *desk) errorsOverHTTP(base string) {
	d.Helper()
	var recorded struct {
		Error string
		State custody.ErrorState
		Clock custody.ErrorClock
	}
	d.post("u-04", base+"/errors", map[string]any{
		"type": "reportable", "cause": "wrong-dates", "causedBy": "public-authority", "regime": "RIPA-2000", "region": "scotland", "what": "One week too many.",
	}, &recorded)
	if recorded.Error != "E-1" || recorded.State != custody.ErrorOpen || recorded.Clock.Due != "2026-11-27" || recorded.Clock.Left != 5 {
		d.Errorf("%+v", recorded)
	}
	var known struct{ Errors []custody.KnownError }
	d.get("u-04", base+"/errors", http.StatusOK, &known)
	if len(known.Errors) != 1 || known.Errors[0].What != "One week too many." {
		d.Errorf("%+v", known)
	}
	var one custody.KnownError
	if d.get("u-04", base+"/errors/E-1", http.StatusOK, &one); one.ID != "E-1" {
		d.Errorf("%+v", one)
	}
	d.get("u-04", base+"/errors/E-1/collateral", http.StatusForbidden, nil)
}
