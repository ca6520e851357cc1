package vault

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// killedIn names, in the environment of a child, the key folder that it changes and is
// killed over; killedAs says how it changes it.
const killedIn, killedAs = "CUSTOS_VAULT_KILLED_IN", "CUSTOS_VAULT_KILLED_AS"

// changes is what a child does to a key folder.
func changes(v *Vault, t *testing.T) map[string]func() error {
	return map[string]func() error{
		"create": func() error { return v.CreateCase(t.Context(), caseB) },
		"payload": func() error {
			return v.DestroyPayloads(t.Context(), caseA, []Doomed{{addressA, 0}})
		},
		"case": func() error { return v.DestroyCase(t.Context(), caseA) },
	}
}

// TestKilledChild is the child of TestKilledAtEachCall.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv(killedIn)
	if dir == "" {
		return // there is nothing to do but in a child
	}
	runtime.LockOSThread() // the calls of a thread are counted
	v := reopen(t, Config{Dir: dir, Secret: KeyFile(dir + ".secret")})
	if err := changes(v, t)[os.Getenv(killedAs)](); err != nil {
		t.Fatal(err)
	}
}

// keysIn returns the names in a key folder that hold the key of a case, and whether one
// of them is a leftover.
func keysIn(t *testing.T, v *Vault, id string) (names []string, leftover bool) {
	t.Helper()
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(v.dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if raw, _, err := v.unwrapCase(id, string(content)); err == nil && raw != [32]byte{} {
			names, leftover = append(names, entry.Name()), leftover || isTemporary(entry.Name())
		}
	}
	return names, leftover
}

// TestKilledAtEachCall kills a process at each call with which it changes a key folder,
// opens the folder again, and destroys the case: no file gives its key any more, and the
// key of the other case is either whole or was never made. Control: some of the kills
// leave a copy of the key, which the next start finds.
func TestKilledAtEachCall(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not here")
	}
	if out, err := exec.Command(strace, "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("strace cannot be used here: %s", out)
	}
	trials, left := 0, 0
	for _, change := range []string{"create", "payload", "case"} {
		for _, call := range []string{"openat", "write", "fsync", "linkat", "?renameat,?renameat2", "unlinkat"} {
			for n, ended := 1, false; !ended; n++ {
				top := t.TempDir()
				dir := filepath.Join(top, "keys")
				secret := dir + ".secret"
				if err := CreateKeyFile(secret); err != nil {
					t.Fatal(err)
				}
				v, err := Create(t.Context(), Config{Dir: dir, Secret: KeyFile(secret)})
				if err == nil {
					err = v.CreateCase(t.Context(), caseA)
				}
				if err != nil {
					t.Fatal(err)
				}
				child := exec.Command(strace, "-f", "-o", os.DevNull, "-e", "trace="+call, //nolint:gosec // of this test
					"-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n), os.Args[0], "-test.run=^TestKilledChild$")
				child.Env = append(os.Environ(), killedIn+"="+dir, killedAs+"="+change)
				out, err := child.CombinedOutput()
				ended = err == nil
				if err != nil && !strings.Contains(err.Error(), "killed") {
					t.Fatalf("%s, %s %d: %v: %s", change, call, n, err, out)
				}
				if !ended {
					trials++
				}
				if _, leftover := keysIn(t, v, caseA); leftover {
					left++
				}
				where := fmt.Sprintf("%s, killed at %s %d", change, call, n)
				next := reopen(t, Config{Dir: dir, Secret: KeyFile(secret)})
				if names, leftover := keysIn(t, next, caseA); leftover {
					t.Errorf("%s: the next start leaves the key in %v", where, names)
				}
				if err := next.HasCase(t.Context(), caseB); err != nil && (ended && change == "create" || !errors.Is(err, ErrNotFound)) {
					t.Errorf("%s: the key of the other case: %v", where, err)
				}
				if err := next.DestroyCase(t.Context(), caseA); err != nil {
					t.Errorf("%s: %v", where, err)
				}
				if names, _ := keysIn(t, next, caseA); len(names) > 0 {
					t.Errorf("%s: the case was destroyed, and %v gives its key", where, names)
				}
			}
		}
	}
	t.Logf("%d kills, %d of which left a copy of the key", trials, left)
	if left == 0 {
		t.Error("control: no kill left anything")
	}
}
