package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

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
	p := pairedKiosk(t, []byte("a message"))
	kiosk, server, id, authority := p.kiosk, p.server, p.into, p.authority
	upload := func(want int, to string) string {
		return atKiosk(t, want, "kiosk", "upload", "ABC/2", "--dir", kiosk, "--as", "ko-1", "--case", "OP-1", "--to", to, "--token-file", "token", "--into", string(id),
			"--authority", authority.String())
	}
	if out := upload(exitRefused, "http://127.0.0.1:1"); !strings.Contains(out, "stays in the queue") || strings.Contains(out, string(id)) {
		t.Errorf("without a line: %s", out)
	}
	// What is refused here is no answer that was lost.
	out := atKiosk(t, exitRefused, "kiosk", "upload", "ABC/9", "--dir", kiosk, "--as", "ko-1", "--case", "OP-1", "--to", server.URL, "--token-file", "token",
		"--into", string(id), "--authority", authority.String())
	if !strings.Contains(out, "ABC/9") || strings.Contains(out, "no answer of the force") || strings.Contains(out, string(id)) {
		t.Errorf("an extraction that is not there: %s", out)
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
	if out := upload(exitRefused, server.URL); !strings.Contains(out, "confirmed already") {
		t.Errorf("a second time: %s", out)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/v1/cases/"+string(id)+"/extractions", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	_, text := answerTo(t, http.DefaultClient, request)
	var list []custody.Extraction
	if json.Unmarshal(text, &list) != nil || len(list) != 1 || list[0].State != custody.ExtractionReceived || list[0].Kiosk != "kiosk-7" {
		t.Errorf("%s", text)
	}
}
