package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/api"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

// atKiosk runs custos in a folder and wants an exit code; it returns what was answered, or what was said of a refusal.
func atKiosk(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(""), &out, &said)
	if code != want {
		t.Fatalf("custos %s: exit %d, want %d\n%s", strings.Join(args, " "), code, want, said.String())
	}
	if code != exitDone {
		return said.String()
	}
	return out.String()
}

// TestKioskOverHTTP sends an extraction over a line that is not there, then over one
// that is, then a second time: it waits in the queue, is taken in once, and its receipt
// is recorded at the kiosk by the same command.
func TestKioskOverHTTP(t *testing.T) {
	t.Chdir(t.TempDir())
	force, kiosk := kioskPeople(t, "f", "force.example/t"), kioskPeople(t, "k", "kiosk-7.example/t")
	atKiosk(t, exitDone, "kiosk", "admit", "kiosk-7", "--dir", force, "--as", "sr-1", "--trust", filepath.Join(kiosk, "trust.json"))
	recipient := strings.TrimSpace(atKiosk(t, exitDone, "kiosk", "recipient", "--dir", force))
	atKiosk(t, exitDone, "kiosk", "pair", "force", "--dir", kiosk, "--as", "sr-1", "--trust", filepath.Join(force, "trust.json"),
		"--checkpoint", filepath.Join(force, "tiles", "checkpoint"), "--recipient", recipient)
	if err := os.MkdirAll(filepath.Join("phone", "messages"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("phone", "messages", "1.txt"), []byte("a message"), 0o600); err != nil {
		t.Fatal(err)
	}
	atKiosk(t, exitDone, "kiosk", "acquire", "phone", "--dir", kiosk, "--as", "ko-1", "--case", "OP-1", "--device", "ABC/1", "--item", "ABC/2", "--authority", "AB-1",
		"--categories", "messages", "--undated", "--tool", "Reader 7", "--book", "--description", "A telephone", "--basis", "agreement")
	token := strings.TrimSpace(atKiosk(t, exitDone, "actor", "token", "eo-1", "--dir", force))
	if err := os.WriteFile("token", []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := wiring.Open(t.Context(), wiring.Options{Dir: force})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	server := httptest.NewServer(api.New(api.Config{
		Service: st.Service, Tokens: api.NewTokens(st.TokenFile(), st.Service.Clock), Log: slog.New(slog.DiscardHandler),
	}).Handler())
	id, err := st.Service.Cases().Find(t.Context(), "OP-1")
	if err != nil {
		t.Fatal(err)
	}
	authority, err := st.Service.Cases().Named(t.Context(), id, custody.NamedAuthority, "AB-1")
	if err != nil {
		t.Fatal(err)
	}
	upload := func(want int, to string) string {
		return atKiosk(t, want, "kiosk", "upload", "ABC/2", "--dir", kiosk, "--as", "ko-1", "--case", "OP-1", "--to", to, "--token-file", "token", "--into", string(id),
			"--authority", authority.String())
	}
	if out := upload(exitRefused, "http://127.0.0.1:1"); !strings.Contains(out, "stays in the queue") {
		t.Errorf("without a line: %s", out)
	}
	queue := func() string {
		return atKiosk(t, exitDone, "kiosk", "queue", "--dir", kiosk, "--as", "ko-1", "--case", "OP-1")
	}
	if out := queue(); !strings.Contains(out, "1 extraction") {
		t.Errorf("the queue: %s", out)
	}
	if out := upload(exitDone, server.URL); !strings.Contains(out, "The force has ABC/2") {
		t.Errorf("with a line: %s", out)
	}
	if out := queue(); !strings.Contains(out, "0 extractions") {
		t.Errorf("the queue: %s", out)
	}
	if out := upload(exitRefused, server.URL); !strings.Contains(out, "received before") {
		t.Errorf("a second time: %s", out)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/v1/cases/"+string(id)+"/extractions", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	var list []custody.Extraction
	if err != nil || json.Unmarshal(text, &list) != nil || len(list) != 1 || list[0].State != custody.ExtractionReceived || list[0].Kiosk != "kiosk-7" {
		t.Errorf("%s, %v", text, err)
	}
	server.Close()
}

// kioskPeople founds a record with a case, an agreement and everybody who is needed.
func kioskPeople(t *testing.T, dir, origin string) string {
	t.Helper()
	atKiosk(t, exitDone, "init", "--dir", dir, "--origin", origin, "--as", "ad-1")
	for id, role := range map[string]string{"sp-1": "spoc", "si-1": "sio", "sr-1": "sro", "ko-1": "kiosk-officer", "eo-1": "exhibits-officer"} {
		atKiosk(t, exitDone, "actor", "enrol", id, "--dir", dir, "--as", "ad-1", "--name", "Person "+id, "--roles", role, "--competent", "extraction", "--vetting", "mv")
	}
	atKiosk(t, exitDone, "case", "open", "OP-1", "--dir", dir, "--as", "si-1", "--title", "Operation one", "--assigned", "sp-1,si-1,ko-1,eo-1")
	if err := os.WriteFile("agreement.json", []byte(atKiosk(t, exitDone, "authority", "template", "--route", "PCSC-37")), 0o600); err != nil {
		t.Fatal(err)
	}
	atKiosk(t, exitDone, "authority", "record", "--dir", dir, "--as", "sp-1", "--case", "OP-1", "--file", "agreement.json")
	return dir
}
