package bundle_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
)

// beyond lists the checks, and single vectors, that the independent checker
// does not make: it re-runs nothing and follows no exhibit to its sources.
var beyond = map[string]string{
	"self-test": "it is about this program", "co-signers": "it does not count them", "known-head": "it takes another form of head",
	"authority": "", "inputs": "", "sources": "", "renders": "", "front-page": "", "decisions": "", "rows": "", "times": "",
	"outputs": "", "balance": "", "parameters": "",
	"a payload outside the folders for payloads": "it takes any name", "a payload among the chains": "as above", "a document where payloads are": "as above",
	"a page put into the exhibit": "it does not hold the folder against the exhibit", "a page taken out of the exhibit": "as above",
	"a bundle that names another program": "it runs none",
}

// TestOtherCheckerAgrees holds the verifier against the checker in Node.js that
// was written from FORMAT.md alone: both refuse each dishonest bundle that both
// can judge, and both accept the honest one.
func TestOtherCheckerAgrees(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("there is no node to run the other checker")
	}
	folder := t.TempDir()
	ask := func(file []byte, o bundle.Options) (bool, string) {
		trust, err := o.Trust.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		name, list := filepath.Join(folder, "bundle.zip"), filepath.Join(folder, "trust.json")
		if err := errors.Join(os.WriteFile(name, file, 0o600), os.WriteFile(list, trust, 0o600)); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), node, "../../ledger/testdata/checker/check.mjs", name, "--trust", list).CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return err == nil, string(out)
	}
	c := bundletest.Tell("other", bundletest.Hooks{}, bundletest.TinyStory())
	if ok, said := ask(c.Bundle(), options(c)); !ok {
		t.Fatalf("the control, an honest bundle, is refused: %s", said)
	}
	refused, passed := 0, 0
	tried := vectors()
	if long() {
		tried = append(tried, moreVectors()...)
	}
	for _, v := range tried {
		file, o := v.build()
		ok, said := ask(file, o)
		_, check := beyond[v.check]
		if _, name := beyond[v.name]; check || name {
			passed++
			continue
		}
		if ok {
			t.Errorf("%s: %s: the other checker accepts it: %s", v.check, v.name, said)
		}
		refused++
	}
	t.Logf("both refuse %d bundles; %d more need checks that the other does not make", refused, passed)
}
