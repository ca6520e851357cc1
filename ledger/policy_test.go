package ledger_test

import (
	"fmt"
	"strings"
	"testing"

	"custos.example/ledger"
	"custos.example/ledger/quorum"
)

// policyText returns a policy whose co-signers co0 .. co3 are named w0 .. w3.
func policyText(tb testing.TB, rest string) string {
	tb.Helper()
	text := "# who may sign\n\nlog " + newKey("log").noteKey(tb, origin, ledger.LogKey).String() + " https://log.example/\n"
	for i := range 4 {
		text += fmt.Sprintf("\twitness  w%d %s\n", i, coSigner(tb, fmt.Sprint("co", i)))
	}
	return text + rest
}

func TestPolicyQuorum(t *testing.T) {
	w := newWorld(t).fill()
	two := w.signedCheckpoint(2) // co0 and co1
	for rest, met := range map[string]bool{
		"quorum none\n":                     true,
		"quorum w1\n":                       true,
		"quorum w2\n":                       false,
		"group g any w1 w2\nquorum g\n":     true,
		"group g all w0 w1\nquorum g\n":     true,
		"group g all w0 w1 w2\nquorum g\n":  false,
		"group g 2 w0 w1 w2 w3\nquorum g\n": true,
		"group g 3 w0 w1 w2 w3\nquorum g\n": false,
		"group a 1 w0 w2\ngroup b 1 w1 w3\ngroup both all a b\nquorum both\n": true,
		"group a 2 w0 w2\ngroup b 1 w1 w3\ngroup both all a b\nquorum both\n": false,
	} {
		p, err := quorum.Parse([]byte(policyText(t, rest)))
		if err != nil {
			t.Fatalf("%q: %v", rest, err)
		}
		signed, err := p.Verify(two)
		if met && err != nil || !met && ledger.CodeOf(err) != ledger.FaultQuorum || len(signed) != 2 {
			t.Errorf("%q: %d co-signatures, %v; want met %v", rest, len(signed), err, met)
		}
	}
	none, err := quorum.Parse([]byte("quorum none\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Verify(two); ledger.CodeOf(err) != ledger.FaultUnknownKey {
		t.Errorf("a policy without a log, and none given: %v", err)
	}
	if _, err := none.Verify(two, w.logKey.noteKey(t, origin, ledger.LogKey)); err != nil {
		t.Errorf("a policy without a log, and one given: %v", err)
	}
}

// TestPolicyRefuses what the specification forbids.
func TestPolicyRefuses(t *testing.T) {
	logKey, co := newKey("log").noteKey(t, origin, ledger.LogKey).String(), coSigner(t, "co0").String()
	for name, text := range map[string]string{
		"no quorum":             policyText(t, ""),
		"two quorums":           policyText(t, "quorum none\nquorum none\n"),
		"quorum not defined":    policyText(t, "quorum nobody\n"),
		"quorum before":         "quorum g\n" + policyText(t, "group g any w0\n"),
		"member not defined":    policyText(t, "group g any w9\nquorum g\n"),
		"member before":         policyText(t, "group g any h\ngroup h any w0\nquorum g\n"),
		"member of itself":      policyText(t, "group g any g\nquorum g\n"),
		"member none":           policyText(t, "group g any none\nquorum g\n"),
		"member of two groups":  policyText(t, "group g any w0\ngroup h any w0\nquorum g\n"),
		"member twice":          policyText(t, "group g 2 w0 w0\nquorum g\n"),
		"threshold zero":        policyText(t, "group g 0 w0\nquorum g\n"),
		"threshold too high":    policyText(t, "group g 2 w0\nquorum g\n"),
		"threshold with zero":   policyText(t, "group g 01 w0\nquorum g\n"),
		"threshold with sign":   policyText(t, "group g +1 w0\nquorum g\n"),
		"threshold in words":    policyText(t, "group g most w0\nquorum g\n"),
		"group without members": policyText(t, "group g any\nquorum none\n"),
		"group named none":      policyText(t, "group none any w0\nquorum none\n"),
		"name twice":            policyText(t, "group w0 any w1\nquorum none\n"),
		"key twice":             policyText(t, "witness again "+co+"\nquorum none\n"),
		"key of a log":          "witness a " + logKey + "\nquorum none\n",
		"log with co-signer":    "log " + co + "\nquorum none\n",
		"log twice":             "log " + logKey + "\nlog " + logKey + "\nquorum none\n",
		"comment behind":        policyText(t, "quorum none # for now\n"),
		"unknown word":          "witnesses a\nquorum none\n",
		"upper case":            "QUORUM none\n",
		"not ended":             "quorum none",
		"carriage return":       "quorum none\r\n",
		"form feed":             "quorum\fnone\n",
		"delete":                "# \x7f\nquorum none\n",
		"NUL":                   "# \x00\nquorum none\n",
		"empty":                 "",
		"many lines":            strings.Repeat("\n", 2000) + "quorum none\n",
	} {
		if _, err := quorum.Parse([]byte(text)); ledger.CodeOf(err) != ledger.FaultPolicyFile {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTrust(t *testing.T) {
	w := newWorld(t).fill()
	trust := w.trust()
	trust.CoSigners = []ledger.NoteKey{coSigner(t, "co0")}
	trust.TimestampRoots = [][]byte{{0x30, 0x00}}
	data, err := trust.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ledger.ParseTrust(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := read.Bytes()
	if err != nil || string(again) != string(data) {
		t.Errorf("wrote %s, %v", again, err)
	}
	if k, err := read.Key(w.analyst.KeyID()); err != nil || k != w.analyst.public || !read.Recorder(w.service.KeyID()) || read.Recorder(w.analyst.KeyID()) {
		t.Errorf("keys: %v", err)
	}
	if _, err := read.Key(newKey("stranger").KeyID()); ledger.CodeOf(err) != ledger.FaultUnknownKey {
		t.Errorf("a stranger's key: %v", err)
	}
	for name, spoil := range map[string]func(*ledger.Trust){
		"no log":             func(t *ledger.Trust) { t.Log = nil },
		"another log's":      func(t *ledger.Trust) { t.Origin = "log.example/other" },
		"co-signer twice":    func(t *ledger.Trust) { t.CoSigners = append(t.CoSigners, t.CoSigners[0]) },
		"log as co-signer":   func(t *ledger.Trust) { t.CoSigners = t.Log },
		"co-signer as log":   func(t *ledger.Trust) { t.Log = t.CoSigners },
		"key under other id": func(t *ledger.Trust) { t.Keys[0].ID = ledger.KeyID{} },
		"key twice":          func(t *ledger.Trust) { t.Keys[1] = t.Keys[0] },
		"nobody's key":       func(t *ledger.Trust) { t.Keys[0].Holder = "" },
	} {
		bad, err := ledger.ParseTrust(data)
		if err != nil {
			t.Fatal(err)
		}
		spoil(&bad)
		if _, err := bad.Bytes(); ledger.CodeOf(err) != ledger.FaultTrustFile {
			t.Errorf("%s: %v", name, err)
		}
	}
	unsorted := strings.Replace(string(data), `"format":"https://custos.example/trust/v1"`, `"format":"https://custos.example/trust/v2"`, 1)
	if _, err := ledger.ParseTrust([]byte(unsorted)); ledger.CodeOf(err) != ledger.FaultTrustFile {
		t.Errorf("another format: %v", err)
	}
}
