package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"custos.example/api"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/continuity"
	"custos.example/ledger"
)

// losing answers as a server does, and loses its answers as often as it is told: the request
// was carried out, and its sender hears nothing.
func losing(t *testing.T, server http.Handler, path string, lost *int) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, path) || *lost == 0 {
			server.ServeHTTP(w, r)
			return
		}
		*lost--
		server.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(s.Close)
	return s
}

// atForce is a force with the item OV/1 in custody, and its server's handler.
func atForce(t *testing.T) (*wiring.Station, http.Handler, custody.CaseID) {
	t.Helper()
	t.Chdir(t.TempDir())
	force := kioskPeople(t, "f", "force.example/t")
	atKiosk(t, exitDone, "item", "take", "OV/1", "--dir", force, "--as", "eo-1", "--case", "OP-1", "--witness", "outside:Olive Vane", "--initials", "OV", "--media", "video",
		"--description", "A recorder's film", "--basis", "volunteered")
	written(t, "token", []byte(strings.TrimSpace(atKiosk(t, exitDone, "actor", "token", "eo-1", "--dir", force))))
	st, err := wiring.Open(t.Context(), wiring.Options{Dir: force})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	id, err := st.Service.Cases().Find(t.Context(), "OP-1")
	if err != nil {
		t.Fatal(err)
	}
	return st, api.New(api.Config{
		Service: st.Service, Tokens: api.NewTokens(st.TokenFile(), st.Service.Clock), Log: slog.New(slog.DiscardHandler),
	}).Handler(), id
}

// withFilm is atForce, with a film and the request that takes it in beside it.
func withFilm(t *testing.T) (*wiring.Station, http.Handler, custody.CaseID) {
	t.Helper()
	st, handler, id := atForce(t)
	written(t, "film.mkv", noiseOf(3, 300_000))
	written(t, "request.json", []byte(`{"item":"OV/1","fileName":"film.mkv","from":"the shop's manager"}`))
	return st, handler, id
}

// TestSendAnswerLost sends a film whose taking-in is carried out and whose answers are lost:
// what is said is what is known, the same command again gets the first answer, and so does
// a request of its own; the item is linked with the film once.
func TestSendAnswerLost(t *testing.T) {
	st, handler, id := withFilm(t)
	lost := mostAsked
	server := losing(t, handler, "/items/files", &lost)
	send := func(want int) string {
		return atKiosk(t, want, "send", "film.mkv", "--to", server.URL, "--token-file", "token", "--into", string(id), "--for", "item-file", "--request", "request.json", "--json")
	}
	if out := send(exitRefused); !strings.Contains(out, "it may have been taken in or not. Give the same command again") || strings.Contains(out, "not taken in:") {
		t.Errorf("of lost answers: %s", out)
	}
	if _, err := os.Stat("request.json.sending"); err != nil || lost != 0 {
		t.Fatalf("control: %v, %d answers were not lost", err, lost)
	}
	token, err := os.ReadFile("token")
	if err != nil {
		t.Fatal(err)
	}
	written(t, "token", []byte("of nobody"))
	if out := send(exitRefused); !strings.Contains(out, "it may have been taken in or not") || !strings.Contains(out, "401") {
		t.Errorf("a refusal now says nothing of before: %s", out)
	}
	written(t, "token", token)
	type answer struct {
		Evidence, Linked struct{ Entry ledger.EntryID }
	}
	var got [2]answer
	for i := range got { // the same request, then one of its own
		if err := json.Unmarshal([]byte(send(exitDone)), &got[i]); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat("request.json.sending"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the id of the request is still kept: %v", err)
		}
	}
	line, err := st.Service.Items().Show(t.Context(), custody.Actor{ID: "eo-1"}, id, "OV/1", custody.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	var links []string
	for _, e := range line.Events {
		if e.Act == continuity.Linked {
			links = append(links, e.Entry)
		}
	}
	if len(links) != 1 || got[0] != got[1] || got[0].Linked.Entry.String() != links[0] {
		t.Errorf("links %v; answered %+v", links, got)
	}
}

// TestSendTakenByNobody sends to a server before which something keeps the bodies of PATCH
// requests back and says that all is well: the command ends and says so.
func TestSendTakenByNobody(t *testing.T) {
	_, handler, id := atForce(t)
	written(t, "film.mkv", noiseOf(3, 300_000))
	patched := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			patched++
			w.WriteHeader(http.StatusNoContent)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	out := atKiosk(t, exitRefused, "send", "film.mkv", "--to", server.URL, "--token-file", "token", "--into", string(id), "--for", "item-file", "--timeout", "5s")
	if !strings.Contains(out, "3 times the server took what was sent without an error, and still 0 of 300000 bytes are there") || patched != mostIdle {
		t.Errorf("after %d goes: %s", patched, out)
	}
}

// TestSendRefusedButKept sends a base map that is none: the command says that it stands in
// the record, and under which entry.
func TestSendRefusedButKept(t *testing.T) {
	_, handler, id := atForce(t)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	written(t, "coast.geojson", []byte("no map at all"))
	written(t, "request.json", []byte(`{"item":"MAP/1","fileName":"coast.geojson","from":"the survey","reference":"base-map"}`))
	var out, said bytes.Buffer
	code := run(t.Context(), []string{
		"send", "coast.geojson", "--to", server.URL, "--token-file", "token", "--into", string(id), "--for", "reference", "--request", "request.json",
	}, strings.NewReader(""), &out, &said)
	if code != exitRefused || !strings.Contains(said.String(), "the file stands in the record, as entry ") {
		t.Errorf("exit %d: %s", code, said.String())
	}
}

// TestKioskAnswerLost loses the answer of a force that took an extraction in: the kiosk does not
// say that it was not, and the same command gets the receipt.
func TestKioskAnswerLost(t *testing.T) {
	p := pairedKiosk(t, noiseOf(4, 600_000))
	lost := 1
	server := losing(t, p.server.Config.Handler, "/extractions", &lost)
	upload := func(want int) string {
		return atKiosk(t, want, "kiosk", "upload", "ABC/2", "--dir", p.kiosk, "--as", "ko-1", "--case", "OP-1", "--to", server.URL, "--token-file", "token", "--into", string(p.into),
			"--authority", p.authority.String())
	}
	if out := upload(exitRefused); !strings.Contains(out, "it is not known whether it took it in, and it stays in the queue") {
		t.Errorf("of a lost answer: %s", out)
	}
	if out := upload(exitDone); !strings.Contains(out, "The force has ABC/2") {
		t.Errorf("the same again: %s", out)
	}
}
