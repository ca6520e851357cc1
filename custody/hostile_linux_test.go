package custody_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportsOpenNoSocket runs the imports of hostile tables once more, with
// every call about the network written down: there is none, by the service or
// by a reader. The control is a process that opens one socket.
func TestImportsOpenNoSocket(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("strace is not here:", err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	watched := func(env string, args ...string) string {
		t.Helper()
		list := filepath.Join(t.TempDir(), "calls")
		cmd := exec.CommandContext(t.Context(), strace, append([]string{"-f", "--seccomp-bpf", "-q", "-e", "trace=%network", "-o", list, self}, args...)...)
		cmd.Env = append(os.Environ(), env)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	calls := watched(fewFiles+"=2", "-test.run=^TestHostileImports$", "-test.v")
	found := 0
	for line := range strings.Lines(calls) {
		// A process that is ended between two calls leaves a line without a name.
		if strings.Contains(line, "(") && !strings.Contains(line, "???(") {
			found++
			t.Errorf("a call about the network: %s", line)
		}
	}
	caught := strings.Count(watched(oneSocket+"=1"), "socket(")
	if caught == 0 {
		t.Error("control: a socket was not seen")
	}
	fmt.Printf("PROOF harness=imports-open-no-socket trials=1 failures=%d control=\"a socket is seen: %d\"\n", min(found, 1), caught)
}
