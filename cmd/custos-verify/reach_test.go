package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// bans says what the verifier must not reach, at any distance, and why.
var bans = []struct{ path, reason string }{
	{"custos.example/custody/store", "a stranger checks a bundle without our database"},
	{"custos.example/custody/blob", "what is in the bundle is all that is read"},
	{"custos.example/custody/vault", "no key is needed to check, only to keep"},
	{"custos.example/custody", "the use cases belong to the keeper; bundle and verifier stand on their own"},
	{"custos.example/policy", "decisions are shown here and replayed by the audit command"},
	{"custos.example/api", "nothing is served and nothing is fetched"},
	{"custos.example/migrations", "there is no database"},
	{"custos.example/ledger/sign", "the verifier signs nothing; sigstore lives there"},
	{"custos.example/ledger/recorder", "the verifier makes no checkpoints"},
	{"custos.example/ledger/tree", "proofs are checked by ring 0, trees are built by the keeper"},
	{"custos.example/analysis/rowtree/lanes", "digests are the standard library's; assembly of ours is the keeper's"},
	{"custos.example/custody/bundle/bundletest", "it makes bundles up, for tests"},
	{"database", "SQL"},
	{"modernc.org", "SQL"},
	{"github.com/jackc", "SQL"},
	{"net/http", "a verifier that can ask a server can be told what to answer"},
	{"net/rpc", "as net/http"},
	{"net/smtp", "as net/http"},
	{"crypto/tls", "there is nobody to speak to"},
	{"os/exec", "a verifier starts no other program"},
	{"plugin", "a verifier loads no code but the bundle's module, in a sandbox"},
	{"github.com/labstack", "no HTTP server"},
	{"github.com/open-policy-agent", "no policy engine"},
	{"github.com/google/trillian", "no tree engine"},
	{"github.com/transparency-dev/tessera", "no tree engine"},
	{"github.com/transparency-dev/formats", "ring 0 reads notes and proofs itself; formats is its test oracle"},
	{"github.com/sigstore", "signatures are the standard library's Ed25519"},
	{"google.golang.org", "no gRPC, no protocol buffers"},
	{"gocloud.dev", "no object store"},
	{"github.com/spf13", "the command line is the standard library's flag"},
}

// direct says what single packages must not import themselves, and why; a name
// that ends in "/" stands for all below it. os, net and math/rand come in
// behind the standard library and wazero whatever we do.
var direct = []struct{ from, path, reason string }{
	{"custos.example/ledger", "os", "ring 0 is handed its bytes"},
	{"custos.example/ledger", "net", "ring 0 speaks to nobody"},
	{"custos.example/custody/bundle", "os", "the caller opens files and gives scratch"},
	{"custos.example/custody/bundle", "net", "nothing is fetched"},
	{"custos.example/custody/bundle", "filippo.io/age", "a bundle is not encrypted; only a pack that carries one is"},
	{"custos.example/custody/parts", "os", "the caller opens folders"},
	{"custos.example/custody/parts", "net", "nothing is fetched"},
	{"custos.example/analysis", "os", "a step sees its inputs and nothing else"},
	{"custos.example/analysis", "net", "a step speaks to nobody"},
	{"custos.example/analysis/event", "os", "zones and number plans are embedded data"},
	{"custos.example/analysis/event", "net", "a step speaks to nobody"},
	{"custos.example/analysis/source", "os", "a step sees its inputs and nothing else"},
	{"custos.example/analysis/source", "net", "a step speaks to nobody"},
	{"custos.example/analysis/step", "os", "a step sees its inputs and nothing else"},
	{"custos.example/analysis/step", "net", "a step speaks to nobody"},
	{"custos.example/analysis/render", "os", "a step sees its inputs and nothing else"},
	{"custos.example/analysis/render", "net", "a step speaks to nobody"},
	{"custos.example/analysis/registry", "os", "the list of steps is data"},
	{"custos.example/cmd/custos-verify", "net", "the program says that no network was used"},
	{"custos.example/", "math/rand", "a result that depends on chance cannot be made again"},
	{"custos.example/", "math/rand/v2", "as math/rand"},
	{"custos.example/", "unsafe", "memory is left to the compiler"},
}

// listed is one package as go list tells it.
type listed struct {
	ImportPath string
	Imports    []string
}

// reachable returns every package that the verifier is built from.
func reachable(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports", ".").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	var list []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// under tells whether a package is path or below it. A ban on custody is one on
// that package, since its bundle is what the verifier is made of.
func under(pkg, path string) bool {
	if path == "custos.example/custody" {
		return pkg == path
	}
	return pkg == path || strings.HasPrefix(pkg, path+"/")
}

func TestVerifierReachesNothingItDoesNotNeed(t *testing.T) {
	list := reachable(t)
	if len(list) < 50 || !slices.ContainsFunc(list, func(p listed) bool { return p.ImportPath == "custos.example/ledger" }) {
		t.Fatalf("go list names %d packages and not the ledger: the test would show nothing", len(list))
	}
	for _, p := range list {
		for _, ban := range bans {
			if under(p.ImportPath, ban.path) {
				t.Errorf("the verifier reaches %s, which is banned: %s", p.ImportPath, ban.reason)
			}
		}
		for _, ban := range direct {
			ours := p.ImportPath == ban.from || strings.HasSuffix(ban.from, "/") && strings.HasPrefix(p.ImportPath, ban.from)
			if ours && slices.Contains(p.Imports, ban.path) {
				t.Errorf("%s imports %s, which is banned: %s", ban.from, ban.path, ban.reason)
			}
		}
	}
	// The control: a ban on what is there is seen.
	if !slices.ContainsFunc(list, func(p listed) bool { return under(p.ImportPath, "github.com/tetratelabs") }) {
		t.Error("the control found nothing: wazero is how archived modules run")
	}
}
