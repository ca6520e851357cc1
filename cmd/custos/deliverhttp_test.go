package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"custos.example/api"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/parts"
	"custos.example/ledger"
)

// fetch asks for a part from a byte on and reads at most some of the answer, as from
// a line that drops.
func (d *desk) fetch(who, path string, from, most int64) (int, []byte, http.Header) {
	d.Helper()
	req, err := http.NewRequestWithContext(d.Context(), http.MethodGet, d.server.URL+path, nil)
	if err != nil {
		d.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+d.tokens[who])
	if from > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	res, err := d.server.Client().Do(req)
	if err != nil {
		d.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, most))
	if err != nil {
		d.Fatal(err)
	}
	return res.StatusCode, b, res.Header
}

// TestDeliveryOverHTTP keeps a recording over HTTP, delivers it to an enrolled
// prosecutor who fetches it over a line that drops in every part, and lets nobody else
// outside have it.
func TestDeliveryOverHTTP(t *testing.T) {
	d := station(t, wiring.Options{})
	for id, role := range map[string]string{"u-07": "exhibits-officer", "u-08": "prosecutor", "u-09": "prosecutor"} {
		p := custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}
		if _, err := d.st.Service.Organisation().Enrol(t.Context(), custody.Actor{ID: "u-01"}, custody.Enrol{Person: p, Qualify: able()}); err != nil {
			t.Fatal(err)
		}
		var err error
		if d.tokens[id], err = api.NewTokens(d.st.TokenFile(), d.st.Service.Clock).Issue(id, api.Term{}); err != nil {
			t.Fatal(err)
		}
	}
	var opened struct{ Case custody.CaseID }
	d.post("u-05", "/v1/cases", map[string]any{"reference": "HAL-1", "title": "test", "assigned": []string{"u-05", "u-07", "u-08", "u-09"}}, &opened)
	base := "/v1/cases/" + string(opened.Case)
	taken, err := d.st.Service.Items().Take(t.Context(), custody.Actor{ID: "u-07"}, custody.TakeItem{
		Case: opened.Case, Initials: "OV", Media: custody.Audio, Description: "A call to the control room", Basis: custody.BasisVolunteered,
	})
	if err != nil {
		t.Fatal(err)
	}
	sound := bytes.Repeat([]byte("sound of a recorder, for seconds "), 4000)
	digest := sha256.Sum256(sound)
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	request, _ := m.CreateFormField("request")
	json.NewEncoder(request).Encode(map[string]any{"item": taken.Item, "fileName": "call.wav", "from": "the control room", "statedSha256": hex.EncodeToString(digest[:])})
	file, _ := m.CreateFormFile("file", "x")
	file.Write(sound)
	m.Close()
	var kept struct {
		Evidence struct{ Entry ledger.EntryID }
		Compared bool
	}
	if err := json.Unmarshal(d.send("u-07", base+"/items/files", m.FormDataContentType(), &form), &kept); err != nil || !kept.Compared {
		t.Fatalf("%+v: %v", kept, err)
	}
	var made struct {
		Delivery string
		Parts    uint64
	}
	d.post("u-05", base+"/deliveries", map[string]any{
		"purpose": "for a charging decision", "of": kept.Evidence.Entry, "partSize": 30_000, "copy": map[string]any{"holder": "u-08", "agreement": "ISA/7"},
	}, &made)
	if made.Delivery != "DEL-1" || made.Parts < 4 {
		t.Fatalf("%+v", made)
	}
	if code, _, _ := d.fetch("u-08", base+"/deliveries/DEL-1/parts/1", 0, 1<<20); code != http.StatusConflict {
		t.Errorf("before it was issued: %d", code)
	}
	var issued struct {
		State string
		Files []struct{ Name, Path string }
	}
	d.post("u-05", base+"/deliveries/DEL-1/issues", map[string]any{"means": "over the line"}, &issued)
	if issued.State != "sent" || len(issued.Files) != int(made.Parts) {
		t.Fatalf("%+v", issued)
	}
	folder := t.TempDir()
	for _, f := range issued.Files {
		_, begun, header := d.fetch("u-08", f.Path, 0, 1000)
		code, rest, _ := d.fetch("u-08", f.Path, int64(len(begun)), 1<<20)
		if code != http.StatusPartialContent || header.Get("ETag") == "" {
			t.Errorf("%s: the rest: %d", f.Name, code)
		}
		if err := os.WriteFile(filepath.Join(folder, f.Name), append(begun, rest...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := parts.Look(t.Context(), []parts.Folder{{Name: folder, FS: os.DirFS(folder)}}, parts.Options{})
	if err != nil || !a.Whole() {
		t.Fatalf("%+v: %v", a, err)
	}
	r, err := a.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, sound) {
		t.Errorf("what was fetched is not what was recorded: %v", err)
	}
	for who, want := range map[string]int{"u-09": http.StatusForbidden, "u-02": http.StatusForbidden, "u-05": http.StatusOK} {
		if code, _, _ := d.fetch(who, base+"/deliveries/DEL-1/parts/1", 0, 1<<20); code != want {
			t.Errorf("%s: %d, not %d", who, code, want)
		}
	}
	if code, _, _ := d.fetch("u-05", base+"/deliveries/DEL-1/parts/99", 0, 1<<20); code != http.StatusNotFound {
		t.Errorf("a part that there is not: %d", code)
	}
	confirmations := base + "/deliveries/DEL-1/confirmations"
	if code, answer := d.call("POST", "u-09", confirmations, map[string]any{"state": "arrived"}); code != http.StatusForbidden {
		t.Errorf("another prosecutor says that it arrived: %d %v", code, answer)
	}
	if code, answer := d.call("POST", "u-08", confirmations, map[string]any{"state": "arrived"}); code != http.StatusCreated || answer["signed"] != "enrolled" {
		t.Errorf("its recipient: %d %v", code, answer)
	}
	if code, answer := d.call("GET", "u-05", base+"/deliveries?waiting=true", nil); code != http.StatusOK || len(answer["deliveries"].([]any)) != 0 {
		t.Errorf("what has not arrived: %d %v", code, answer)
	}
	if code, answer := d.call("GET", "u-05", base+"/deliveries/DEL-1", nil); code != http.StatusOK || len(answer["deliveries"].([]any)) != 1 {
		t.Errorf("one: %d %v", code, answer)
	}
	if code, _ := d.call("POST", "u-05", base+"/deliveries/DEL-1/withdrawals", map[string]any{"reason": "twice"}); code != http.StatusConflict {
		t.Errorf("withdrawn after it arrived: %d", code)
	}
}
