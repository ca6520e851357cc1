package custody_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/registry"
	"custos.example/custody"
	"custos.example/custody/sandbox"
	"custos.example/ledger"
)

// TestMain makes this program a reader when a test starts it as one; a file that
// says so breaks it.
func TestMain(m *testing.M) {
	if sandbox.Called(os.Args) {
		os.Exit(sandbox.Serve(func(name string, version int) (analysis.Step, bool) {
			step, known := registry.Find(name, version)
			return breakable{step}, known
		}))
	}
	if os.Getenv(oneSocket) != "" {
		socket, err := net.Dial("udp", "127.0.0.1:9")
		if err != nil {
			os.Exit(1)
		}
		_ = socket.Close()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// What TestImportsOpenNoSocket tells a copy of this program.
const (
	oneSocket = "CUSTOS_TEST_ONE_SOCKET"
	fewFiles  = "CUSTOS_TEST_FILES_OF_A_CLASS"
)

// breakable is a step with a defect that a file can use.
type breakable struct{ analysis.Step }

const exploit = "07700900666,07700900666"

func (b breakable) Run(env analysis.Env, in map[string]analysis.Input, p analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	text, err := io.ReadAll(io.NewSectionReader(in["source"], 0, in["source"].Size()))
	if err != nil {
		return analysis.Result{}, err
	}
	if bytes.Contains(text, []byte(exploit)) {
		if _, err := os.ReadDir("/"); err != nil { // what a file that has taken over might do first
			return analysis.Result{}, err
		}
		os.Exit(0)
	}
	return b.Step.Run(env, in, p, out)
}

// apart is a house whose files are read in a process of their own.
func apart(t *testing.T) *house {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h := withCase(t)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.options.Reader = self
	h.open()
	return h
}

// TestBrokenReader lets a file break its reader. The bytes stand as evidence,
// the failure is an entry, nothing of the file is a data set, and the service
// takes the next file. The control is the same file in this process.
func TestBrokenReader(t *testing.T) {
	h := apart(t)
	hostile := append(file(3), []byte(exploit+",MO Voice\n")...)
	before := h.kinds(h.id, ledger.Work)
	received, err := h.Service.Imports().Receive(t.Context(), officer, h.asks(hostile))
	var broke *custody.BrokeOff
	if !errors.As(err, &broke) || !errors.Is(err, custody.ErrInvalid) {
		t.Fatalf("a file that breaks its reader: %v", err)
	}
	if strings.Contains(err.Error(), "07700") {
		t.Errorf("evidence in the error: %v", err)
	}
	if after := h.kinds(h.id, ledger.Work); !slices.Equal(after, append(before, "evidence-received", "import-failed")) {
		t.Errorf("work chain went from %v to %v", before, after)
	}
	entries := h.entries(h.id, ledger.Work)
	statement, err := entries[len(entries)-1].Statement()
	if err != nil {
		t.Fatal(err)
	}
	failed, ok := statement.Predicate.Detail.(*ledger.ImportFailed)
	if !ok || failed.Item != "NET/1" || failed.Reason != broke.Reason {
		t.Errorf("the entry says %+v, the error %q", statement.Predicate.Detail, broke.Reason)
	}
	if d := statement.Predicate.ResolvedDependencies; len(d) != 1 || *d[0].Entry != received.Evidence.Entry {
		t.Errorf("the entry names %+v, not the evidence", d)
	}
	h.keeps(received, hostile)
	good := h.asks(file(7))
	good.Item = "NET/2"
	if _, err := h.Service.Imports().Receive(t.Context(), officer, good); err != nil {
		t.Errorf("the next file: %v", err)
	}
	h.whole()
}

// TestApartIsTheSame imports the same file in process and apart, and wants the
// same payloads.
func TestApartIsTheSame(t *testing.T) {
	content := append(file(500), []byte("07700900123,x\n")...)
	inHere, outThere := withCase(t), apart(t)
	near, far := inHere.receive(content), outThere.receive(content)
	if near.Balance != far.Balance || !bytes.Equal(near.Report, far.Report) {
		t.Fatalf("in process %+v, apart %+v", near.Balance, far.Balance)
	}
	a, b := inHere.events(near), outThere.events(far)
	if a == "" || a != b {
		t.Errorf("events %s in process, %s apart", a, b)
	}
}

// events is the plain digest of the events of a data set.
func (h *house) events(received custody.Received) string {
	h.Helper()
	stored, err := h.Store.ByEntryID(h.Context(), received.Dataset.Entry)
	if err != nil {
		h.Fatal(err)
	}
	statement, err := stored.Statement()
	if err != nil {
		h.Fatal(err)
	}
	digest, plain := statement.Subject[0].Digest[ledger.SHA256]
	if !plain {
		h.Fatal("the events are too few to be named by a plain digest")
	}
	return digest.String()
}
