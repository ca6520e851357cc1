package faults_test

import (
	"os"
	"testing"

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
	dir, err := os.MkdirTemp("/dev/shm", "custos-faults-") //nolint:usetesting // in memory, where there is such a place
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
