package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/ledger"
)

// counted answers as a server does, and counts the bytes of files that are sent to it.
func counted(server http.Handler, sent *int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			*sent += r.ContentLength
		}
		server.ServeHTTP(w, r)
	})
}

// TestFileIsSentOnce loses every answer to the taking-in of a file, and one more of the same command when it
// is given again: the second command gets the first answer, and all of the file went over the line once.
func TestFileIsSentOnce(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T) (server http.Handler, path string, command func(to string) []string, file string){
		"file of an item": func(t *testing.T) (http.Handler, string, func(string) []string, string) {
			_, handler, id := withFilm(t)
			return handler, "/items/files", func(to string) []string {
				return []string{"send", "film.mkv", "--to", to, "--token-file", "token", "--into", string(id), "--for", "item-file", "--request", "request.json"}
			}, "film.mkv"
		},
		"return": func(t *testing.T) (http.Handler, string, func(string) []string, string) {
			t.Chdir(t.TempDir())
			d := station(t, wiring.Options{})
			id, _, _ := d.returnToSend(300)
			return d.server.Config.Handler, "/imports", func(to string) []string {
				return []string{"send", "n.csv", "--to", to, "--token-file", "token", "--into", id, "--request", "request.json"}
			}, "n.csv"
		},
		"extraction": func(t *testing.T) (http.Handler, string, func(string) []string, string) {
			p := pairedKiosk(t, noiseOf(4, 600_000))
			return p.server.Config.Handler, "/extractions", func(to string) []string {
				return []string{
					"kiosk", "upload", "ABC/2", "--dir", p.kiosk, "--as", "ko-1", "--case", "OP-1", "--to", to, "--token-file", "token", "--into", string(p.into),
					"--authority", p.authority.String(), "--pack", "pack",
				}
			}, "pack"
		},
	} {
		t.Run(name, func(t *testing.T) {
			handler, path, command, file := prepare(t)
			var sent int64
			lost := mostAsked + 1
			server := losing(t, counted(handler, &sent), path, &lost)
			if out := atKiosk(t, exitRefused, command(server.URL)...); !strings.Contains(out, "it may have been taken in or not") || lost != 1 {
				t.Errorf("of lost answers (%d left): %s", lost, out)
			}
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			atKiosk(t, exitDone, command(server.URL)...)
			if sent != info.Size() || lost != 0 {
				t.Errorf("%d bytes were sent of a file of %d; %d answers were not lost", sent, info.Size(), lost)
			}
		})
	}
}

// TestFirstAnswerIsForItsRequestAlone asks for what a request took in, with its upload away: whoever asked for
// it gets the first answer; another person, another request under its id and the upload under another id get none.
func TestFirstAnswerIsForItsRequestAlone(t *testing.T) {
	_, handler, id := withFilm(t)
	lost := mostAsked
	server := losing(t, handler, "/items/files", &lost)
	atKiosk(t, exitRefused, "send", "film.mkv", "--to", server.URL, "--token-file", "token", "--into", string(id), "--for", "item-file", "--request", "request.json")
	kept, err := os.ReadFile("request.json.sending")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(kept), "\n")
	asked := map[string]string{"item": "OV/1", "fileName": "film.mkv", "from": "the shop's manager", "requestId": lines[2], "upload": lines[3]}
	owner, err := os.ReadFile("token")
	if err != nil {
		t.Fatal(err)
	}
	other := strings.TrimSpace(atKiosk(t, exitDone, "actor", "token", "si-1", "--dir", "f"))
	post := func(token, member, text string) (int, string) {
		document := maps.Clone(asked)
		document[member] = text
		return postForm(t, server, token, "/v1/cases/"+string(id)+"/items/files", document)
	}
	code, first := post(string(owner), "item", "OV/1")
	var got struct {
		Evidence struct{ Entry ledger.EntryID }
	}
	if err := json.Unmarshal([]byte(first), &got); err != nil || code != http.StatusCreated {
		t.Fatalf("the same request: %d, %v: %s", code, err, first)
	}
	for name, c := range map[string]struct {
		token, member, text string
		want                int
	}{
		"another person":              {other, "item", "OV/1", http.StatusForbidden},
		"another request":             {string(owner), "fileName", "another.mkv", http.StatusConflict},
		"another id":                  {string(owner), "requestId", "another-id-of-32-random-letters-x", http.StatusNotFound},
		"another upload, the same id": {string(owner), "upload", "of-nobody", http.StatusCreated},
	} {
		code, text := post(c.token, c.member, c.text)
		if named := strings.Contains(text, got.Evidence.Entry.String()); code != c.want || named != (c.want == http.StatusCreated) {
			t.Errorf("%s: %d, want %d: %s", name, code, c.want, text)
		}
	}
}

// postForm sends a document as the only part of a form.
func postForm(t *testing.T, server *httptest.Server, token, path string, document map[string]string) (int, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormField("request")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(part).Encode(document); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", form.FormDataContentType())
	code, text := answerTo(t, server.Client(), r)
	return code, string(text)
}
