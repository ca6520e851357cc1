package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"custos.example/analysis/source"
	"custos.example/cmd/custos/demo"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// neighbour is a co-signer as its operator runs it, which can be cut off.
type neighbour struct {
	*wiring.CoSigner
	url string
	off atomic.Bool
}

func newNeighbour(t *testing.T, name string) *neighbour {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "co-signer")
	if err := wiring.CreateCoSigner(dir, name); err != nil {
		t.Fatal(err)
	}
	c, err := wiring.OpenCoSigner(dir)
	if err != nil {
		t.Fatal(err)
	}
	n := &neighbour{CoSigner: c}
	t.Cleanup(func() { _ = n.Close() })
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if n.off.Load() {
			panic(http.ErrAbortHandler) // the line is cut
		}
		n.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(out, in)
	}))
	t.Cleanup(server.Close)
	n.url = server.URL
	return n
}

// admit lets the co-signer follow a log, and takes up its settings anew.
func (n *neighbour) admit(t *testing.T, log ledger.NoteKey, dir string) {
	t.Helper()
	if err := n.Admit(log); err != nil {
		t.Fatal(err)
	}
	again, err := wiring.OpenCoSigner(dir)
	if err != nil {
		t.Fatal(err)
	}
	old := n.CoSigner
	n.CoSigner = again
	if err := old.Close(); err != nil {
		t.Error(err)
	}
}

// neighbours are four co-signers of four organisations and the policy of three.
func neighbours(t *testing.T) ([]*neighbour, []byte) {
	t.Helper()
	var list []*neighbour
	text, names := "", ""
	for i := range 4 {
		n := newNeighbour(t, fmt.Sprintf("organisation%d.example/2026", i))
		list = append(list, n)
		text += fmt.Sprintf("witness w%d %s %s\n", i, n.Key(), n.url)
		names += fmt.Sprintf(" w%d", i)
	}
	return list, []byte(text + "group all 3" + names + "\nquorum all\n")
}

// TestCoSignedLine takes the line from the file to the bundle under three of four
// co-signers: with an outage while the file comes in, after which the log catches
// up by itself, and a bundle that is at the level of co-signers.
func TestCoSignedLine(t *testing.T) {
	list, policy := neighbours(t)
	d := station(t, wiring.Options{Quorum: policy})
	text, err := os.ReadFile(filepath.Join(d.dir, "trust.json"))
	if err != nil {
		t.Fatal(err)
	}
	trust, err := ledger.ParseTrust(text)
	if err != nil || len(trust.CoSigners) != 4 {
		t.Fatalf("%d co-signers in the trust file, %v", len(trust.CoSigners), err)
	}
	for _, n := range list {
		n.admit(t, trust.Log[0], n.Dir())
	}
	if err := d.st.Recorder.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	list[0].off.Store(true)
	list[1].off.Store(true)
	exhibit, id := d.duringOutage(t)

	begun := time.Now()
	list[1].off.Store(false)
	for d.st.Recorder.CoSigned() != nil {
		if time.Since(begun) > time.Minute {
			t.Fatalf("not caught up after a minute: %v", d.st.Recorder.CoSigned())
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Logf("PROOF harness=co-signed-line trials=1 failures=0 control=\"no receipt and no bundle with two of four\" (caught up by itself after %v)",
		time.Since(begun).Round(time.Millisecond))

	bundle := filepath.Join(t.TempDir(), "x.zip")
	f, err := os.Create(bundle)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := d.st.Service.Exhibits().Bundle(t.Context(), custody.Actor{ID: "u-02"}, custody.Pack{Case: id, Exhibit: exhibit}, f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if packed.Waiting != "" || len(packed.Receipt) == 0 {
		t.Fatalf("%+v", packed.Proof)
	}
	verify, with := buildVerifier(t), filepath.Join(d.dir, "quorum.policy")
	if code := exitOf(t, verify, bundle, "--trust", filepath.Join(d.dir, "trust.json"), "--policy", with, "--require", "L3"); code != 0 {
		t.Fatalf("under the policy of the log the verifier answered %d", code)
	}
	_, strangers := neighbours(t)
	other := filepath.Join(t.TempDir(), "other.policy")
	if err := os.WriteFile(other, strangers, 0o600); err != nil {
		t.Fatal(err)
	}
	if code := exitOf(t, verify, bundle, "--trust", filepath.Join(d.dir, "trust.json"), "--policy", other, "--require", "L3"); code == 0 {
		t.Fatal("control: a policy of strangers was met")
	}
}

// duringOutage goes as far as a log goes whose co-signers cannot be had: everything
// is recorded and acknowledged, nothing has a receipt, no bundle is made.
func (d *desk) duringOutage(t *testing.T) (ledger.EntryID, custody.CaseID) {
	t.Helper()
	ctx, s := t.Context(), d.st.Service
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	waits := func(what string, p custody.Proof) {
		t.Helper()
		if len(p.Ack) == 0 || p.Receipt != nil || !strings.Contains(p.Waiting, "not yet co-signed") {
			t.Errorf("%s: acknowledged %v, receipt %v, %q", what, len(p.Ack) > 0, p.Receipt != nil, p.Waiting)
		}
	}
	data, _ := demo.Return(5, 300)
	profile, _ := source.ReadProfile("uk-17")
	opened, err := s.Cases().Open(ctx, custody.Actor{ID: "u-05"}, custody.OpenCase{Reference: "HAL-1", Title: "test", Assigned: []string{"u-02", "u-03", "u-04", "u-05"}})
	must(err)
	recorded, err := s.Authorities().Record(ctx, custody.Actor{ID: "u-04"}, custody.RecordAuthority{Case: opened.Case, Document: demo.Authority()})
	must(err)
	got, err := s.Imports().Receive(ctx, custody.Actor{ID: "u-02"}, custody.Receive{
		Case: opened.Case, Item: "PRM/1", FileName: "n.csv", From: "operator", Return: demo.Declared(),
		Content: bytes.NewReader(data), Reading: custody.Reading{Profile: profile}, Authority: recorded.Authority,
	})
	must(err)
	waits("the data set", got.Dataset)
	ran, err := s.Analyses().Run(ctx, custody.Actor{ID: "u-02"}, custody.Run{
		Case: opened.Case, Step: scheduleStep, Title: scheduleTitle, Params: map[string]string{"identifiers": subjectNumber},
		Inputs: map[string]custody.PayloadRef{"events": {Entry: got.Dataset.Entry}, "set-aside": {Entry: got.Dataset.Entry}},
	})
	must(err)
	waits("the run", ran.Proof)
	made, err := s.Exhibits().Produce(ctx, custody.Actor{ID: "u-02"}, custody.Produce{Case: opened.Case, Reference: "JAS/1", Title: "Contacts", Run: ran.Entry})
	must(err)
	waits("the exhibit", made.Proof)
	checked, err := s.Exhibits().Check(ctx, custody.Actor{ID: "u-03"}, custody.Check{Case: opened.Case, Exhibit: made.Entry})
	must(err)
	waits("the check", checked.Proof)
	var out bytes.Buffer
	_, err = s.Exhibits().Bundle(ctx, custody.Actor{ID: "u-02"}, custody.Pack{Case: opened.Case, Exhibit: made.Entry}, &out)
	if !errors.Is(err, custody.ErrNotCoSigned) || !errors.Is(err, custody.ErrPushback) || out.Len() > 0 {
		t.Fatalf("a bundle with two of four: %d bytes, %v", out.Len(), err)
	}
	return made.Entry, opened.Case
}
