package wiring_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"custos.example/analysis/source"
	"custos.example/cmd/custos/wiring"
	"custos.example/cmd/custos/wiring/wiringtest"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

const origin = "custos.example/wiring"

var first = custody.Person{ID: "ad1", Name: "A. Admin", Roles: []string{"administrator"}}

// place is a station's options in a fresh folder.
func place(t *testing.T) wiring.Options {
	t.Helper()
	return wiring.Options{Dir: filepath.Join(t.TempDir(), "record")}
}

func founded(t *testing.T, o wiring.Options) *wiring.Station {
	t.Helper()
	if err := wiring.Init(t.Context(), o, origin, first); err != nil {
		t.Fatal(err)
	}
	return opened(t, o)
}

func opened(t *testing.T, o wiring.Options) *wiring.Station {
	t.Helper()
	s, err := wiring.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.Service.Module = nil // a test binary would run every step in it
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// able is the standing of somebody who may do all that their role allows.
func able() custody.Qualify {
	q := custody.Qualify{Organisation: "territorial-police", Rank: "constable", Vetting: policy.DevelopedVetted}
	for _, activity := range policy.Activities() {
		q.Competent = append(q.Competent, custody.Competent{Activity: activity})
	}
	return q
}

// imported is the shortest line through a station: a case, an authority, a file.
func imported(t *testing.T, s *wiring.Station, reference string) custody.Received {
	t.Helper()
	ctx, service := t.Context(), s.Service
	for id, role := range map[string]string{"si1": "sio", "sp1": "spoc", "eo1": "exhibits-officer"} {
		_, err := service.Organisation().Enrol(ctx, custody.Actor{ID: "ad1"}, custody.Enrol{
			Person: custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}, Qualify: able(),
		})
		if err != nil && !errors.Is(err, custody.ErrConflict) {
			t.Fatal(err)
		}
	}
	opened, err := service.Cases().Open(ctx, custody.Actor{ID: "si1"}, custody.OpenCase{
		Reference: reference, Title: "Operation KESTREL", Assigned: []string{"si1", "sp1", "eo1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	today := policy.Date(time.Now().UTC().Format(time.DateOnly))
	document, err := custody.AuthorityTemplate(policy.Route60A)
	if err != nil {
		t.Fatal(err)
	}
	document.Granted.On, document.SPoC.ConsultedOn = today, today
	document.Scope.Identifiers, document.Scope.From, document.Scope.Until = []string{"+447700900123"}, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"
	document.Subjects[0].Identifier = "+447700900123"
	authority, err := service.Authorities().Record(ctx, custody.Actor{ID: "sp1"}, custody.RecordAuthority{Case: opened.Case, Document: document})
	if err != nil {
		t.Fatal(err)
	}
	profile, _ := source.ReadProfile("uk-17")
	received, err := service.Imports().Receive(ctx, custody.Actor{ID: "eo1"}, custody.Receive{
		Case: opened.Case, Item: "NET/1", FileName: "return.csv", From: "A Network Ltd", Authority: authority.Authority,
		Return: custody.Return{
			DataTypes: []policy.DataType{policy.Events}, Identifiers: []string{"+447700900123"}, ObtainedOn: today,
			From: time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC),
		},
		Reading: custody.Reading{Profile: profile}, Content: strings.NewReader(returned),
	})
	if err != nil {
		t.Fatal(err)
	}
	return received
}

const returned = "A Number,B Number,Call Type,Start Date,Start Time,Duration,IMEI,IMSI,First Cell CGI,First Cell Easting," +
	"First Cell Northing,First Cell Azimuth,First Cell Address,Last Cell CGI,Last Cell Easting,Last Cell Northing,Last Cell Azimuth\n" +
	"07700900123,07700900777,MO Voice,05/02/2024,10:15:00,00:01:30,,234150000000001,234-15-101-2001,375000,165000,120," +
	"\"1 Kilburnie Terrace, Bath\",234-15-101-2002,375100,165100,240\n"

func healthy(t *testing.T, s *wiring.Station) custody.FsckReport {
	t.Helper()
	report, err := s.Fsck(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Errorf("fsck: %s: %s", f.Where, f.What)
	}
	return report
}

// TestNothingInClear runs the line and then looks at every byte of the data
// folder, and at the log, for what must not stand there in clear. The control
// looks for words that must.
func TestNothingInClear(t *testing.T) {
	o := place(t)
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := founded(t, o)
	received := imported(t, s, "NX/2024/0417")
	healthy(t, s)
	secrets := []string{
		"7700900123", "7700900777", "KESTREL", "NX/2024/0417", "NX/CD/118", "Kilburnie", "return.csv", "A Network Ltd", "Person si1",
		received.SHA256.String(), string(received.SHA256[:]),
	}
	found := 0
	look := func(name string, content []byte) {
		for _, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) && filepath.Base(name) != "trust.json" {
				t.Errorf("%s holds %q in clear", name, secret)
			}
		}
		if bytes.Contains(content, []byte("access-decided")) {
			found++ // the control: a kind is in clear
		}
	}
	walk := func(root string) {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			look(path, content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	walk(o.Dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	walk(o.Dir)
	look("the log", log.Bytes())
	if found == 0 {
		t.Error("control: not even the kind of an entry was found")
	}
}

// TestRollback puts the data folder back to an earlier copy: it is refused.
// The control opens the folder as it was, and opens the earlier copy beside a
// guard of the same age, which must both go well.
func TestRollback(t *testing.T) {
	o := place(t)
	s := founded(t, o)
	imported(t, s, "NX/1")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	earlier := t.TempDir()
	duplicate(t, o.Dir, filepath.Join(earlier, "record"))
	duplicate(t, o.KeyFolder(), filepath.Join(earlier, "record.keys"))
	s = opened(t, o)
	imported(t, s, "NX/2")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	control := opened(t, o)
	published, err := os.ReadFile(filepath.Join(control.TilesFolder(), "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := ledger.ParseCheckpoint(published)
	size, sizeErr := control.Store.Size(t.Context())
	if err != nil || sizeErr != nil || signed.Size == 0 || signed.Size > size {
		t.Errorf("published %d of %d leaves: %v, %v", signed.Size, size, err, sizeErr)
	}
	if err := control.Close(); err != nil {
		t.Fatal(err)
	}
	again := opened(t, wiring.Options{Dir: filepath.Join(earlier, "record")})
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	o.Dir, o.Keys = filepath.Join(earlier, "record"), o.KeyFolder()
	if s, err := wiring.Open(t.Context(), o); !errors.Is(err, custody.ErrIntegrity) {
		t.Errorf("a folder that was put back opens: %v", err)
		if s != nil {
			_ = s.Close()
		}
	}
}

func duplicate(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(to, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOpenRefuses shows what is said of a folder that cannot be opened.
func TestOpenRefuses(t *testing.T) {
	o := place(t)
	if _, err := wiring.Open(t.Context(), o); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("nothing there: %v", err)
	}
	s := founded(t, o)
	if _, err := wiring.Open(t.Context(), o); err == nil {
		t.Error("two processes write one folder")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := wiring.Init(t.Context(), wiring.Options{Dir: o.Dir, Keys: filepath.Join(o.Dir, "keys")}, origin, first); err == nil {
		t.Error("keys inside the data folder")
	}
	if err := os.Rename(o.GuardFile(), o.GuardFile()+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := wiring.Open(t.Context(), o); err == nil {
		t.Error("the guard is gone and nobody says so")
	}
	if _, err := wiring.Open(t.Context(), wiring.Options{Dir: o.Dir, Tree: "postgres://x"}); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("a tree without its database: %v", err)
	}
}

// TestPassphrase shows that the vault opens with its passphrase only.
func TestPassphrase(t *testing.T) {
	o := place(t)
	o.Passphrase = "correct horse battery staple"
	s := founded(t, o)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(o.KeyFolder(), "secret")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key file was made although there is a passphrase: %v", err)
	}
	wrong := o
	wrong.Passphrase = "incorrect horse battery staple"
	if _, err := wiring.Open(t.Context(), wrong); err == nil {
		t.Error("another passphrase opens the vault")
	}
	opened(t, o)
}

// TestInitCutShort founds a log in a folder where an earlier Init was cut short
// before the first entries.
func TestInitCutShort(t *testing.T) {
	o := place(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := wiring.Init(ctx, o, origin, first); err == nil {
		t.Fatal("a cancelled Init went through")
	}
	s := founded(t, o)
	imported(t, s, "NX/1")
	healthy(t, s)
}

// TestDistributed runs the line over PostgreSQL with the tree in Trillian, and
// over PostgreSQL alone, and compares the tree with the one that the embedded
// form builds over the same leaves.
func TestDistributed(t *testing.T) {
	for _, trillian := range []bool{false, true} {
		t.Run(fmt.Sprintf("trillian=%v", trillian), func(t *testing.T) {
			o := place(t)
			o.SQL = wiringtest.Database(t)
			if trillian {
				o.Tree = wiringtest.Database(t)
			}
			s := founded(t, o)
			received := imported(t, s, "NX/2024/0417")
			receipt, err := ledger.ParseReceipt(received.Rows.Receipt)
			if err != nil {
				t.Fatal(err)
			}
			if err := receipt.Verify(received.Rows.Placed.Commitment); err != nil {
				t.Error(err)
			}
			report := healthy(t, s)
			signed, checkpoint, err := s.Recorder.Checkpoint(t.Context(), report.Size)
			if err != nil || len(signed) == 0 || checkpoint.Size != report.Size || checkpoint.Root != report.Root {
				t.Errorf("checkpoint %+v, recomputed %d %s: %v", checkpoint, report.Size, report.Root, err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			again := opened(t, o)
			imported(t, again, "NX/2024/0418")
			healthy(t, again)
			if r := checked(t, o, wiring.FsckOptions{}); r.Open() != 0 || stateOf(r, wiring.Heads) != wiring.Agrees {
				t.Errorf("beside the service: %+v", r)
			}
			erased(t, again, "NX/2024/0417")
			healthy(t, again)
		})
	}
}

// TestInitLeavesNothing wants no folder of a founding that was refused.
func TestInitLeavesNothing(t *testing.T) {
	good := custody.Person{ID: "ad-1", Name: "A. Admin", Roles: []string{"administrator"}}
	for name, try := range map[string]struct {
		origin string
		first  custody.Person
	}{
		"id":     {"log.example/t", custody.Person{ID: "", Name: "A. Admin", Roles: []string{"administrator"}}},
		"roles":  {"log.example/t", custody.Person{ID: "ad-1", Name: "A. Admin"}},
		"origin": {"two words+", good},
	} {
		options := wiring.Options{Dir: filepath.Join(t.TempDir(), "d")}
		if err := wiring.Init(t.Context(), options, try.origin, try.first); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
		for _, folder := range []string{options.Dir, options.KeyFolder()} {
			if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: %s was left behind (%v)", name, folder, err)
			}
		}
	}
	options := wiring.Options{Dir: filepath.Join(t.TempDir(), "d")} // the control: what is not refused makes them
	if err := wiring.Init(t.Context(), options, "log.example/t", good); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(options.Dir); err != nil {
		t.Error(err)
	}
}
