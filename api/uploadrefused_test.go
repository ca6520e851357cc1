package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/custody/continuity"
)

// takeIn asks for an upload to be taken in as a file of an item, and returns what is told.
func (d *desk) takeIn(who, item, upload string) (int, string) {
	d.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	err := form.WriteField("request", fmt.Sprintf(`{"item":%q,"fileName":"film.mkv","from":"the shop","upload":%q}`, item, path.Base(upload)))
	if err := errors.Join(err, form.Close()); err != nil {
		d.Fatal(err)
	}
	r, err := http.NewRequestWithContext(d.Context(), http.MethodPost, d.server.URL+"/v1/cases/"+string(d.id)+"/items/files", &body)
	if err != nil {
		d.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.tokens[who])
	r.Header.Set("Content-Type", form.FormDataContentType())
	w, err := d.server.Client().Do(r)
	if err != nil {
		d.Fatal(err)
	}
	text, err := io.ReadAll(w.Body)
	var told struct{ Detail string }
	if err := errors.Join(err, w.Body.Close(), json.Unmarshal(text, &told)); err != nil {
		d.Fatal(err)
	}
	return w.StatusCode, told.Detail
}

// uploads lists the uploads of somebody, by their names: why each was refused.
func (d *desk) uploads(who string) (int, map[string]string) {
	d.Helper()
	w, text := d.send(who, http.MethodGet, "/v1/cases/"+string(d.id)+"/uploads", -1, nil)
	var told struct {
		Uploads []struct {
			Upload, SHA256, For string
			Offset, Size        int64
			Refused             *struct {
				Time time.Time
				Why  string
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &told); err != nil {
		d.Fatal(text, err)
	}
	list := map[string]string{}
	for _, u := range told.Uploads {
		list[u.Upload] = ""
		if u.Refused != nil {
			list[u.Upload] = u.Refused.Why
		}
		if u.For != "item-file" || u.Size == 0 || u.Offset > u.Size || len(u.SHA256) != 64 || u.Refused != nil && u.Refused.Time.IsZero() {
			d.Errorf("%+v", u)
		}
	}
	return w.StatusCode, list
}

// TestRefusedUploadsAreListed sends files that are not taken in: one for an item that is
// not on record, one that is not what was declared. Whose they are finds both and why, in
// the words of the answer; nobody else does. What is taken in after all, or removed, is
// not listed any more. The control is an upload that nobody asked to be taken in.
func TestRefusedUploadsAreListed(t *testing.T) {
	d := newDesk(t)
	_, err := d.st.Service.Items().Take(t.Context(), custody.Actor{ID: "of-1"}, custody.TakeItem{
		Case: d.id, Reference: "OV/1", Initials: "OV", Witness: continuity.Party{Name: "Olive Vane"}, Media: custody.Video, Description: "A recorder's film", Basis: custody.BasisVolunteered,
	})
	if err != nil {
		t.Fatal(err)
	}
	sent := func(content, declared []byte) string {
		code, at := d.begin("of-1", "item-file", int64(len(content)), hexOf(declared))
		if w, text := d.send("of-1", http.MethodPatch, at, 0, bytes.NewReader(content)); code != http.StatusCreated || w.StatusCode != http.StatusNoContent {
			t.Fatalf("%d, then %d %s", code, w.StatusCode, text)
		}
		return at
	}
	stranger, other, waits := sent(bytesOf(1, 2000), bytesOf(1, 2000)), sent(bytesOf(2, 2000), bytesOf(3, 2000)), sent(bytesOf(4, 2000), bytesOf(4, 2000))
	want := map[string]string{path.Base(waits): ""}
	for at, asked := range map[string]struct {
		item string
		code int
		says string
	}{stranger: {"OV/9", http.StatusNotFound, "OV/9 is not on record"}, other: {"OV/1", http.StatusUnprocessableEntity, "was declared for it: nothing was kept"}} {
		code, detail := d.takeIn("of-1", asked.item, at)
		if code != asked.code || !strings.Contains(detail, asked.says) {
			t.Fatalf("%d %s", code, detail)
		}
		want[path.Base(at)] = asked.says
	}
	code, own := d.uploads("of-1")
	for name, says := range want {
		if why, there := own[name]; !there || !strings.Contains(why, says) || (why == "") != (says == "") {
			t.Errorf("%q is said of one that was refused with %q (there: %v)", why, says, there)
		}
	}
	if code != http.StatusOK || len(own) != len(want) {
		t.Errorf("%d: %d uploads are listed, %d are there", code, len(own), len(want))
	}
	if code, others := d.uploads("of-2"); code != http.StatusOK || len(others) != 0 {
		t.Errorf("a colleague is told of %d uploads (%d)", len(others), code)
	}
	if w, text := d.send("an-9", http.MethodGet, "/v1/cases/"+string(d.id)+"/uploads", -1, nil); w.StatusCode != http.StatusForbidden || strings.Contains(text, path.Base(other)) {
		t.Errorf("a stranger: %d %s", w.StatusCode, text)
	}
	if code, detail := d.takeIn("of-2", "OV/1", stranger); code == http.StatusCreated {
		t.Fatal(detail)
	}
	if _, own := d.uploads("of-1"); !strings.Contains(own[path.Base(stranger)], "OV/9") {
		t.Errorf("what a colleague asked for is the reason now: %q", own[path.Base(stranger)])
	}
	if code, detail := d.takeIn("of-1", "OV/1", stranger); code != http.StatusCreated {
		t.Fatalf("%d %s", code, detail)
	}
	if w, text := d.send("of-1", http.MethodDelete, other, -1, nil); w.StatusCode != http.StatusNoContent {
		t.Fatal(text)
	}
	if _, own := d.uploads("of-1"); len(own) != 1 {
		t.Errorf("when one is taken in and one removed, %d are listed", len(own))
	}
}
