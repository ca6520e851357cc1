package main

import (
	"net/http"
	"strings"
	"testing"

	"custos.example/api"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/continuity"
)

// TestItemsOverHTTP takes an item in, hands it over and finds it, its line and its
// receipt over HTTP. The control is an acceptance by somebody else, which is refused
// and changes nothing.
func TestItemsOverHTTP(t *testing.T) {
	d := station(t, wiring.Options{})
	for id, role := range map[string]string{"ko-1": "kiosk-officer", "eo-1": "exhibits-officer", "sr-1": "sro"} {
		d.enrolled(id, role)
	}
	var opened struct{ Case string }
	d.post("u-05", "/v1/cases", map[string]any{"reference": "OP-9", "title": "Operation nine", "assigned": []string{"u-05", "ko-1", "eo-1"}}, &opened)
	base := "/v1/cases/" + opened.Case
	d.post("sr-1", "/v1/places", map[string]any{"code": "S1", "name": "Main store", "keepers": []string{"eo-1"}}, nil)
	var taken struct{ Item, Entry, Code string }
	d.post("ko-1", base+"/items", map[string]any{
		"initials": "KO", "media": "device", "description": "A telephone", "basis": "seizure", "seal": "A0001",
		"photographs": []map[string]any{{"caption": "front", "fileName": "1.jpg", "content": []byte("a picture")}},
	}, &taken)
	if taken.Item != "KO/1" {
		t.Fatalf("%+v", taken)
	}
	var offered struct {
		Code  string
		Proof struct{ Entry string }
	}
	d.post("ko-1", base+"/transfers", map[string]any{
		"items": []string{"KO/1"}, "to": map[string]string{"person": "eo-1"}, "reason": "to the store", "due": "2099-01-01T00:00:00Z",
	}, &offered)
	answers := base + "/transfers/" + offered.Proof.Entry + "/answers"
	accept := map[string]any{"answer": "accepted", "seals": map[string]string{"KO/1": "A0001"}}
	if status, _ := d.call(http.MethodPost, "u-05", answers, accept); status != http.StatusForbidden {
		t.Errorf("control: somebody else accepts: %d", status)
	}
	d.post("eo-1", answers, accept, nil)
	if status, _ := d.call(http.MethodPost, "eo-1", answers, accept); status != http.StatusConflict {
		t.Errorf("accepted twice: %d", status)
	}
	d.post("eo-1", base+"/items/handlings", map[string]any{"item": "KO/1", "act": "placed", "place": "S1"}, nil)
	d.post("eo-1", base+"/items/handlings", map[string]any{"item": "KO/1", "act": "opened", "sealOut": "A0001", "reason": "to read it"}, nil)
	var parts struct{ Items []string }
	d.post("eo-1", base+"/items/parts", map[string]any{"item": "KO/1", "parts": []map[string]string{{"media": "sim", "description": "The SIM"}}}, &parts)
	if len(parts.Items) != 1 || parts.Items[0] != "KO/1A" {
		t.Errorf("%+v", parts)
	}
	d.itemLists(base, taken.Entry, taken.Code)
}

// itemLists looks at what was recorded.
func (d *desk) itemLists(base, entry, code string) {
	d.Helper()
	var found custody.ItemList
	d.get("u-05", base+"/items?unsealed=true", http.StatusOK, &found)
	if len(found.Items) != 1 || found.Items[0].Place != "S1" || found.Items[0].Holder.Person != "eo-1" {
		d.Errorf("%+v", found.Items)
	}
	var line custody.ItemLine
	d.get("u-05", base+"/items/"+entry, http.StatusOK, &line)
	if len(line.Legs) != 3 || len(line.Gaps) != 0 || line.Item.Item != "KO/1" {
		d.Errorf("%+v", line)
	}
	var seals custody.SealList
	d.get("u-05", base+"/seals", http.StatusOK, &seals)
	if len(seals.Seals) != 1 || seals.Seals[0].On {
		d.Errorf("%+v", seals)
	}
	var transfers custody.TransferList
	d.get("u-05", base+"/transfers", http.StatusOK, &transfers)
	if len(transfers.Transfers) != 1 || transfers.Transfers[0].State != continuity.Accepted {
		d.Errorf("%+v", transfers)
	}
	d.get("u-05", "/v1/items", http.StatusForbidden, nil)
	d.get("u-05", "/v1/receipts/00000-00000", http.StatusNotFound, nil)
	var receipt custody.Receipt
	d.get("u-05", "/v1/receipts/"+code, http.StatusOK, &receipt)
	if receipt.What != continuity.Taken || len(receipt.Items) != 1 {
		d.Errorf("%+v", receipt)
	}
	d.get("sr-1", "/v1/receipts/"+code, http.StatusForbidden, nil)
	if page := d.page("u-05", "/v1/receipts/"+code+"/page"); !strings.HasPrefix(page, "%PDF") {
		d.Error("the receipt is no PDF")
	}
	var report struct{ Forms map[string]string }
	d.post("u-05", base+"/reports", map[string]any{"report": "continuity", "params": map[string]string{"item": "KO/1"}}, &report)
	if report.Forms["line"] == "" || report.Forms["page"] == "" {
		d.Errorf("%+v", report)
	}
}

// enrolled gives somebody a key, a role and a token.
func (d *desk) enrolled(id, role string) {
	d.Helper()
	person := custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}
	if _, err := d.st.Service.Organisation().Enrol(d.Context(), custody.Actor{ID: "u-01"}, custody.Enrol{Person: person, Qualify: able()}); err != nil {
		d.Fatal(err)
	}
	token, err := api.NewTokens(d.st.TokenFile(), d.st.Service.Clock).Issue(id, api.Term{})
	if err != nil {
		d.Fatal(err)
	}
	d.tokens[id] = token
}

// page gets bytes.
func (d *desk) page(who, path string) string {
	d.Helper()
	request, err := http.NewRequestWithContext(d.Context(), http.MethodGet, d.server.URL+path, nil)
	if err != nil {
		d.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+d.tokens[who])
	_, content := answerTo(d.T, d.server.Client(), request)
	return string(content)
}
