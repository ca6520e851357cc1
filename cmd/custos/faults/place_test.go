package faults_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

const origin = "log.custos.example/faults"

// The people of the harnesses.
var (
	admin   = custody.Actor{ID: "ad1"}
	sio     = custody.Actor{ID: "si1"}
	spoc    = custody.Actor{ID: "sp1"}
	officer = custody.Actor{ID: "eo1"}
	analyst = custody.Actor{ID: "an1"}
)

// long says whether the whole of a harness is asked for.
func long() bool { return os.Getenv("CUSTOS_LONG") == "1" }

// trials is how many to make: a slice, or the whole.
func trials(slice, whole int) int {
	if long() {
		return whole
	}
	return slice
}

// proof prints the count of a harness, for the table of proof.
func proof(t *testing.T, harness string, made, failures, caught, controls int) {
	t.Helper()
	t.Logf("PROOF harness=%s trials=%d failures=%d control=\"caught %d of %d\"", harness, made, failures, caught, controls)
	if caught != controls || controls == 0 {
		t.Errorf("%s: of %d faults made on purpose %d were caught: the harness shows nothing", harness, controls, caught)
	}
}

// missing ends a test that this machine cannot run; in continuous integration
// it must be able to.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// quick returns a folder for many small files whose flushes cost nothing.
func quick(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "custos-faults-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// at returns the options of a record below a folder: its data, keys and guard.
func at(folder string) wiring.Options {
	return wiring.Options{
		Dir: filepath.Join(folder, "record"), Keys: filepath.Join(folder, "keys"), Guard: filepath.Join(folder, "guard"),
	}
}

// found makes a record and enrols the people.
func found(ctx context.Context, o wiring.Options) error {
	first := custody.Person{ID: admin.ID, Name: "A. Admin", Roles: []string{"administrator"}}
	if err := wiring.Init(ctx, o, origin, first); err != nil {
		return err
	}
	s, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, p := range [][2]string{{sio.ID, "sio"}, {spoc.ID, "spoc"}, {officer.ID, "exhibits-officer"}, {analyst.ID, "analyst"}} {
		person := custody.Person{ID: p[0], Name: "Person " + p[0], Roles: []string{p[1]}}
		if _, err := s.Service.Organisation().Enrol(ctx, admin, custody.Enrol{Person: person}); err != nil {
			return fmt.Errorf("enrol %s: %w", p[0], err)
		}
	}
	return s.Close()
}

// open opens a record as the program does, but lets its steps run in this
// process: a test binary is never one that is known to make the module's bytes.
func open(ctx context.Context, o wiring.Options) (*wiring.Station, error) {
	s, err := wiring.Open(ctx, o)
	if err == nil {
		s.Service.Module = nil
	}
	return s, err
}

// duplicate copies a folder with its permissions.
func duplicate(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}
