package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"custos.example/ledger"
)

// acknowledged is what a client keeps of a command's answer.
type acknowledged struct {
	Proof struct {
		Acknowledgement []byte `json:"acknowledgement"`
	} `json:"proof"`
}

// TestFullLevel takes the example of the README to the highest level with everything
// real: four co-signers over HTTP, two authorities of time, and an
// acknowledgement and a summary that a client kept. The control: without any one of
// them the verifier answers that it cannot tell.
func TestFullLevel(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	list, policy := neighbours(t)
	keep := func(name string, content []byte) string {
		if err := os.WriteFile(at(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	quorum := keep("three-of-four.policy", policy)
	must := func(args ...string) string {
		t.Helper()
		code, out, messages := command(t, append(args, "--dir", at("work"))...)
		if code != exitDone {
			t.Fatalf("%s: exit %d\n%s%s", args, code, out, messages)
		}
		return out
	}
	const listens = `(http://[0-9.:]+)`
	var authorities []string
	for _, name := range []string{"one", "two"} {
		authorities = append(authorities, beside(t, listens, "timestamp", "authority", "--listen", "127.0.0.1:0", "--folder", at(name), "--name", "Authority "+name))
	}
	must("init", "--origin", "log.example/full", "--as", "admin", "--quorum", quorum)
	trusted := func() ledger.Trust {
		text, err := os.ReadFile(filepath.Join(at("work"), "trust.json"))
		if err != nil {
			t.Fatal(err)
		}
		trust, err := ledger.ParseTrust(text)
		if err != nil {
			t.Fatal(err)
		}
		return trust
	}
	for _, n := range list {
		n.admit(t, trusted().Log[0], n.Dir())
	}
	for i, name := range []string{"one", "two"} {
		must("timestamp", "add", name, "--url", authorities[i], "--root", filepath.Join(at(name), "root.pem"))
	}
	for id, role := range map[string]string{"sid": "sio", "sue": "spoc", "ann": "analyst", "kit": "analyst"} {
		must("actor", "enrol", id, "--as", "admin", "--name", "Person "+id, "--roles", role, "--vetting", "mv",
			"--competent", "cdr-import,cdr-analysis,cell-site-mapping,evidence-reading")
	}
	must("case", "open", "OP-1", "--as", "sid", "--title", "Operation one", "--assigned", "sid,sue,ann,kit")
	must("authority", "record", "--as", "sue", "--case", "OP-1", "--file", "testdata/example/authority.json")
	must("source", "import", "testdata/example/return.csv", "--as", "ann", "--case", "OP-1", "--item", "NET/1", "--from", "an operator", "--authority", "AB-1",
		"--data-types", "events", "--identifiers", "+447700900123", "--first", "2026-10-11T23:00:00Z", "--last", "2026-10-25T00:00:00Z", "--obtained", "2026-10-30")
	ran := must("analysis", "run", "event-schedule", "--as", "ann", "--case", "OP-1", "--data", "NET/1", "--title", "Which calls are recorded?")
	run := regexp.MustCompile(`run +([0-9a-f]{32})`).FindStringSubmatch(ran)
	if run == nil {
		t.Fatalf("no run in %s", ran)
	}
	var kept acknowledged
	answer := must("exhibit", "produce", "JAS/1", "--as", "ann", "--case", "OP-1", "--title", "Schedule of calls", "--run", run[1], "--json")
	if err := json.Unmarshal([]byte(answer), &kept); err != nil || !bytes.Contains(kept.Proof.Acknowledgement, []byte("payloadType")) {
		t.Fatalf("no acknowledgement in %s: %v", answer, err)
	}
	receipt := keep("produced.acknowledgement", kept.Proof.Acknowledgement)
	must("exhibit", "sign-off", "JAS/1", "--as", "kit", "--case", "OP-1")
	must("timestamp", "now")
	must("exhibit", "bundle", "JAS/1", "--as", "ann", "--case", "OP-1", "--out", at("JAS-1.custos.zip"))

	verify := buildVerifier(t)
	base := []string{at("JAS-1.custos.zip"), "--trust", filepath.Join(at("work"), "trust.json"), "--require", "L4"}
	signed, known := []string{"--policy", quorum, "--max-age", "1h"}, []string{"--known-head", receipt}
	if code := exitOf(t, verify, append(append(base, signed...), known...)...); code != 0 {
		t.Errorf("with everything the verifier answered %d", code)
	}
	trust := trusted()
	trust.TimestampRoots = trust.TimestampRoots[:1]
	one, err := trust.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	poorer := append([]string{base[0], "--trust", keep("one-root.json", one), "--require", "L4"}, append(signed, known...)...)
	for name, args := range map[string][]string{
		"without the co-signers": append(base[:4:4], append(base[4:], known...)...), "without what was kept": append(base[:4:4], append(base[4:], signed...)...),
		"with one authority of time": poorer,
	} {
		if code := exitOf(t, verify, args...); code != 3 {
			t.Errorf("%s the verifier answered %d", name, code)
		}
	}
	failures := 0
	if t.Failed() {
		failures = 1
	}
	t.Logf("PROOF harness=full-level trials=1 failures=%d control=%q", failures, "3 of 3: without the co-signers, the kept acknowledgement or one authority it cannot tell")
}
