package main

import (
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/api"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// paired is a kiosk that has acquired item ABC/2 in its case OP-1, and the force to
// which it sends, which listens.
type paired struct {
	force, kiosk string           // data folders
	server       *httptest.Server // of the force
	token        string           // of its exhibits officer; the file "token" holds it
	into         custody.CaseID   // case OP-1 of the force
	authority    ledger.EntryID   // authority AB-1 of it
}

// pairedKiosk makes the two records in a folder of the test's own, in which it stays.
func pairedKiosk(t *testing.T, message []byte) paired {
	t.Helper()
	t.Chdir(t.TempDir())
	p := paired{force: kioskPeople(t, "f", "force.example/t"), kiosk: kioskPeople(t, "k", "kiosk-7.example/t")}
	atKiosk(t, exitDone, "kiosk", "admit", "kiosk-7", "--dir", p.force, "--as", "sr-1", "--trust", filepath.Join(p.kiosk, "trust.json"))
	recipient := strings.TrimSpace(atKiosk(t, exitDone, "kiosk", "recipient", "--dir", p.force))
	atKiosk(t, exitDone, "kiosk", "pair", "force", "--dir", p.kiosk, "--as", "sr-1", "--trust", filepath.Join(p.force, "trust.json"),
		"--checkpoint", filepath.Join(p.force, "tiles", "checkpoint"), "--recipient", recipient)
	if err := os.MkdirAll(filepath.Join("phone", "messages"), 0o700); err != nil {
		t.Fatal(err)
	}
	written(t, filepath.Join("phone", "messages", "1.bin"), message)
	atKiosk(t, exitDone, "kiosk", "acquire", "phone", "--dir", p.kiosk, "--as", "ko-1", "--case", "OP-1", "--device", "ABC/1", "--item", "ABC/2", "--authority", "AB-1",
		"--categories", "messages", "--undated", "--tool", "Reader 7", "--book", "--description", "A telephone", "--basis", "agreement")
	p.token = strings.TrimSpace(atKiosk(t, exitDone, "actor", "token", "eo-1", "--dir", p.force))
	written(t, "token", []byte(p.token))
	st, err := wiring.Open(t.Context(), wiring.Options{Dir: p.force})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	p.server = httptest.NewServer(api.New(api.Config{
		Service: st.Service, Tokens: api.NewTokens(st.TokenFile(), st.Service.Clock), Log: slog.New(slog.DiscardHandler),
	}).Handler())
	t.Cleanup(p.server.Close)
	if p.into, err = st.Service.Cases().Find(t.Context(), "OP-1"); err != nil {
		t.Fatal(err)
	}
	if p.authority, err = st.Service.Cases().Named(t.Context(), p.into, custody.NamedAuthority, "AB-1"); err != nil {
		t.Fatal(err)
	}
	return p
}

// kioskPeople founds a record with a case, an agreement and everybody who is needed.
func kioskPeople(t *testing.T, dir, origin string) string {
	t.Helper()
	atKiosk(t, exitDone, "init", "--dir", dir, "--origin", origin, "--as", "ad-1")
	for id, role := range map[string]string{"sp-1": "spoc", "si-1": "sio", "sr-1": "sro", "ko-1": "kiosk-officer", "eo-1": "exhibits-officer"} {
		atKiosk(t, exitDone, "actor", "enrol", id, "--dir", dir, "--as", "ad-1", "--name", "Person "+id, "--roles", role, "--competent", "extraction", "--vetting", "mv")
	}
	atKiosk(t, exitDone, "case", "open", "OP-1", "--dir", dir, "--as", "si-1", "--title", "Operation one", "--assigned", "sp-1,si-1,ko-1,eo-1")
	agreement := strings.Replace(atKiosk(t, exitDone, "authority", "template", "--route", "PCSC-37"), "<the authority's own reference>", "AB-1", 1)
	if err := os.WriteFile("agreement.json", []byte(agreement), 0o600); err != nil {
		t.Fatal(err)
	}
	atKiosk(t, exitDone, "authority", "record", "--dir", dir, "--as", "sp-1", "--case", "OP-1", "--file", "agreement.json")
	return dir
}
