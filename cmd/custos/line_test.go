package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"custos.example/analysis/source"
	"custos.example/api"
	"custos.example/cmd/custos/demo"
	"custos.example/cmd/custos/wiring"
	"custos.example/cmd/custos/wiring/wiringtest"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// TestSameLineEverywhere runs the line by command, over HTTP, and over HTTP on
// PostgreSQL, in the role that only adds, and Trillian: the steps' digests are the
// same, and the same verifier answers 0 for each bundle.
func TestSameLineEverywhere(t *testing.T) {
	verify := buildVerifier(t)
	byService := runLine(t, station(t, wiring.Options{}), false)
	want := byService.digests
	if len(want) < 6 {
		t.Fatalf("the line left only %d digests: %v", len(want), want)
	}
	check(t, verify, byService)

	overHTTP := runLine(t, station(t, wiring.Options{}), true)
	if !maps.Equal(overHTTP.digests, want) {
		t.Fatalf("over HTTP the digests differ:\n%v\n%v", overHTTP.digests, want)
	}
	check(t, verify, overHTTP)

	sql, _ := asService(t, wiringtest.Database(t))
	tree := wiringtest.Database(t)
	distributed := runLine(t, station(t, wiring.Options{SQL: sql, Tree: tree}), true)
	if !maps.Equal(distributed.digests, want) {
		t.Fatalf("on PostgreSQL and Trillian the digests differ:\n%v\n%v", distributed.digests, want)
	}
	check(t, verify, distributed)

	damaged := byService
	damaged.bundle = filepath.Join(t.TempDir(), "changed.zip")
	data, err := os.ReadFile(byService.bundle)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 4
	if err := os.WriteFile(damaged.bundle, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if code := exitOf(t, verify, damaged.bundle, "--trust", damaged.trust); code != 1 {
		t.Fatalf("control: a changed bundle gave exit %d, not 1", code)
	}
}

// line is what one run of the line left.
type line struct {
	digests       map[string]string
	bundle, trust string
}

func check(t *testing.T, verify string, l line) {
	t.Helper()
	if code := exitOf(t, verify, l.bundle, "--trust", l.trust); code != 0 {
		t.Fatalf("with a trust file the verifier answered %d, not 0", code)
	}
	if code := exitOf(t, verify, l.bundle); code != 3 {
		t.Fatalf("without a trust file the verifier answered %d, not 3", code)
	}
}

func exitOf(t *testing.T, program string, args ...string) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if testing.Verbose() {
		t.Logf("%s %v\n%s", filepath.Base(program), args, out)
	}
	return cmd.ProcessState.ExitCode()
}

func buildVerifier(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "custos-verify")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-o", program, "../custos-verify")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// desk is a station with people, by service or over HTTP.
type desk struct {
	*testing.T
	st     *wiring.Station
	dir    string
	server *httptest.Server
	tokens map[string]string
}

// noon is a clock that stands still, since an exhibit says when it was produced.
type noon struct{}

func (noon) Now() time.Time { return time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC) }

func station(t *testing.T, o wiring.Options) *desk {
	t.Helper()
	o.Dir, o.Clock = filepath.Join(t.TempDir(), "data"), noon{}
	ctx := t.Context()
	if err := wiring.Init(ctx, o, "test.custos.example/log", custody.Person{ID: "u-01", Name: "Robin Vale", Roles: []string{"administrator"}}); err != nil {
		t.Fatal(err)
	}
	st, err := wiring.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &desk{T: t, st: st, dir: o.Dir, tokens: map[string]string{}}
	tokens := api.NewTokens(st.TokenFile(), st.Service.Clock)
	for id, role := range map[string]string{"u-02": "analyst", "u-03": "analyst", "u-04": "spoc", "u-05": "sio"} {
		p := custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}
		if _, err := st.Service.Organisation().Enrol(ctx, custody.Actor{ID: "u-01"}, custody.Enrol{Person: p, Qualify: able()}); err != nil {
			t.Fatal(err)
		}
		if d.tokens[id], err = tokens.Issue(id, api.Term{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.WriteTrust(ctx); err != nil {
		t.Fatal(err)
	}
	d.server = httptest.NewServer(api.New(api.Config{
		Service: st.Service, Tokens: tokens, Tiles: st.TilesFolder(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}).Handler())
	t.Cleanup(d.server.Close)
	return d
}

// able is the standing of somebody who may do all that their role allows.
func able() custody.Qualify {
	q := custody.Qualify{Organisation: "territorial-police", Rank: "constable", Vetting: policy.DevelopedVetted}
	for _, activity := range policy.Activities() {
		q.Competent = append(q.Competent, custody.Competent{Activity: activity})
	}
	return q
}

// post sends a document as a person and decodes the answer, which must have the status.
func (d *desk) post(who, path string, body, into any) {
	d.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		d.Fatal(err)
	}
	answer := d.send(who, path, "application/json", bytes.NewReader(text))
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			d.Fatalf("%s: %v: %s", path, err, answer)
		}
	}
}

func (d *desk) send(who, path, media string, body io.Reader) []byte {
	d.Helper()
	req, err := http.NewRequestWithContext(d.Context(), http.MethodPost, d.server.URL+path, body)
	if err != nil {
		d.Fatal(err)
	}
	req.Header.Set("Content-Type", media)
	req.Header.Set("Authorization", "Bearer "+d.tokens[who])
	code, answer := answerTo(d.T, d.server.Client(), req)
	if code >= 300 {
		d.Fatalf("%s: %d\n%s", path, code, answer)
	}
	return answer
}

// answerTo sends a request, and returns the status and all of the answer.
func answerTo(t *testing.T, client *http.Client, request *http.Request) (int, []byte) {
	t.Helper()
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, text
}

const (
	scheduleTitle = "Calls and texts of 07700 900101"
	scheduleStep  = "event-schedule@1"
	subjectNumber = "+447700900101"
)

// runLine takes the line from the file to the bundle.
func runLine(t *testing.T, d *desk, overHTTP bool) line {
	t.Helper()
	data, _ := demo.Return(5, 300)
	profile, ok := source.ReadProfile("uk-17")
	if !ok {
		t.Fatal("no profile uk-17")
	}
	l := line{digests: map[string]string{}, trust: filepath.Join(d.dir, "trust.json"), bundle: filepath.Join(t.TempDir(), "x.zip")}
	if overHTTP {
		d.byHTTP(&l, data, profile)
	} else {
		d.byService(&l, data, profile)
	}
	return l
}

func (d *desk) byHTTP(l *line, data, profile []byte) {
	var opened struct{ Case string }
	d.post("u-05", "/v1/cases", map[string]any{"reference": "HAL-1", "title": "test", "assigned": []string{"u-02", "u-03", "u-04", "u-05"}}, &opened)
	base := "/v1/cases/" + opened.Case
	var recorded struct{ Authority ledger.EntryID }
	d.post("u-04", base+"/authorities", map[string]any{"authority": demo.Authority()}, &recorded)
	declared := demo.Declared()
	request, err := json.Marshal(map[string]any{
		"item": "PRM/1", "fileName": "n.csv", "from": "operator", "profile": string(profile), "authority": recorded.Authority,
		"return": map[string]any{
			"dataTypes": declared.DataTypes, "identifiers": declared.Identifiers, "from": declared.From, "until": declared.Until,
			"obtainedOn": declared.ObtainedOn,
		},
	})
	if err != nil {
		d.Fatal(err)
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, _ := w.CreateFormField("request")
	_, _ = part.Write(request)
	part, _ = w.CreateFormFile("file", "n.csv")
	_, _ = part.Write(data)
	_ = w.Close()
	var got struct {
		Dataset struct{ Entry ledger.EntryID }
		SHA256  string
	}
	if err := json.Unmarshal(d.send("u-02", base+"/imports", w.FormDataContentType(), &form), &got); err != nil {
		d.Fatal(err)
	}
	l.digests["source"] = got.SHA256
	var ran struct {
		Proof   struct{ Entry ledger.EntryID }
		Outputs []struct{ Name, SHA256 string }
	}
	d.post("u-02", base+"/runs", map[string]any{
		"step": scheduleStep, "title": scheduleTitle, "params": map[string]string{"identifiers": subjectNumber},
		"inputs": map[string]any{
			"events":    map[string]any{"entry": got.Dataset.Entry, "name": ""},
			"set-aside": map[string]any{"entry": got.Dataset.Entry, "name": ""},
		},
	}, &ran)
	for _, o := range ran.Outputs {
		l.digests["run "+o.Name] = o.SHA256
	}
	var made struct {
		Proof struct{ Entry ledger.EntryID }
		Files []struct{ Name, SHA256 string }
	}
	d.post("u-02", base+"/exhibits", map[string]any{"reference": "JAS/1", "title": "Contacts", "run": ran.Proof.Entry}, &made)
	for _, f := range made.Files {
		l.digests["exhibit "+f.Name] = f.SHA256
	}
	exhibit := base + "/exhibits/" + made.Proof.Entry.String()
	d.post("u-03", exhibit+"/checks", map[string]any{}, nil)
	bundle := d.send("u-02", exhibit+"/bundles", "application/json", bytes.NewReader([]byte("{}")))
	if err := os.WriteFile(l.bundle, bundle, 0o600); err != nil {
		d.Fatal(err)
	}
	d.dataset(l, got.Dataset.Entry)
}

func (d *desk) byService(l *line, data, profile []byte) {
	ctx, s := d.Context(), d.st.Service
	must := func(err error) {
		d.Helper()
		if err != nil {
			d.Fatal(err)
		}
	}
	opened, err := s.Cases().Open(ctx, custody.Actor{ID: "u-05"}, custody.OpenCase{Reference: "HAL-1", Title: "test", Assigned: []string{"u-02", "u-03", "u-04", "u-05"}})
	must(err)
	recorded, err := s.Authorities().Record(ctx, custody.Actor{ID: "u-04"}, custody.RecordAuthority{Case: opened.Case, Document: demo.Authority()})
	must(err)
	got, err := s.Imports().Receive(ctx, custody.Actor{ID: "u-02"}, custody.Receive{
		Case: opened.Case, Item: "PRM/1", FileName: "n.csv", From: "operator", Return: demo.Declared(),
		Content: bytes.NewReader(data), Reading: custody.Reading{Profile: profile}, Authority: recorded.Authority,
	})
	must(err)
	l.digests["source"] = got.SHA256.String()
	ran, err := s.Analyses().Run(ctx, custody.Actor{ID: "u-02"}, custody.Run{
		Case: opened.Case, Step: scheduleStep, Title: scheduleTitle, Params: map[string]string{"identifiers": subjectNumber},
		Inputs: map[string]custody.PayloadRef{"events": {Entry: got.Dataset.Entry}, "set-aside": {Entry: got.Dataset.Entry}},
	})
	must(err)
	for _, o := range ran.Outputs {
		l.digests["run "+o.Name] = o.SHA256.String()
	}
	made, err := s.Exhibits().Produce(ctx, custody.Actor{ID: "u-02"}, custody.Produce{Case: opened.Case, Reference: "JAS/1", Title: "Contacts", Run: ran.Entry})
	must(err)
	for _, f := range made.Files {
		l.digests["exhibit "+f.Name] = f.SHA256.String()
	}
	_, err = s.Exhibits().Check(ctx, custody.Actor{ID: "u-03"}, custody.Check{Case: opened.Case, Exhibit: made.Entry})
	must(err)
	f, err := os.Create(l.bundle)
	must(err)
	_, err = s.Exhibits().Bundle(ctx, custody.Actor{ID: "u-02"}, custody.Pack{Case: opened.Case, Exhibit: made.Entry}, f)
	must(err)
	must(f.Close())
	d.dataset(l, got.Dataset.Entry)
}

// dataset adds the digests of the data set's outputs, as the signed entry states them.
func (d *desk) dataset(l *line, id ledger.EntryID) {
	d.Helper()
	stored, err := d.st.Store.ByEntryID(d.Context(), id)
	if err != nil {
		d.Fatal(err)
	}
	e, err := ledger.ParseEnvelope(stored.Envelope)
	if err != nil {
		d.Fatal(err)
	}
	st, err := ledger.OpenStatement(e)
	if err != nil {
		d.Fatal(err)
	}
	for _, s := range st.Subject {
		if sum, ok := s.Digest[ledger.SHA256]; ok {
			l.digests["data set "+s.Name] = sum.String()
		}
	}
}
