package demo

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// check runs the verifier on the bundle and shows what it says.
func (s *Story) check(ctx context.Context) error {
	code, err := s.verify(ctx, s.bundle)
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("the verifier answered %d for a bundle that was just made", code)
	}
	s.say("   exit code %d: every required check answered yes.\n", code)
	return nil
}

// tamper changes one bit of the operator's file inside a copy of the bundle and
// shows that the verifier notices and how it says so.
func (s *Story) tamper(ctx context.Context) error {
	data, err := os.ReadFile(s.bundle)
	if err != nil {
		return err
	}
	at, member, err := insideSource(data)
	if err != nil {
		return err
	}
	data[at] ^= 1 << 3
	changed := strings.TrimSuffix(s.bundle, ".custos.zip") + "_changed.custos.zip"
	if err := os.WriteFile(changed, data, 0o600); err != nil {
		return err
	}
	s.say(" 9 Change one bit and check again")
	s.say("   byte %d, bit 3, inside %s\n", at, member)
	code, err := s.verify(ctx, changed)
	if err != nil {
		return err
	}
	if code != 1 {
		return fmt.Errorf("the verifier answered %d for a changed bundle; it must answer 1", code)
	}
	s.say("   exit code %d. This was on purpose: it is what a change looks like.\n", code)
	return nil
}

// verify runs the verifier as a program of its own and shows its report, indented.
func (s *Story) verify(ctx context.Context, path string) (int, error) {
	cmd := exec.CommandContext(ctx, s.Verify, path, "--trust", filepath.Join(s.Dir, "trust.json")) //nolint:gosec // our own program
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, fmt.Errorf("cannot run %s (build it with `make build`): %w", s.Verify, err)
	}
	for line := range strings.Lines(out.String()) {
		s.say("   | %s", strings.TrimRight(line, "\n"))
	}
	return cmd.ProcessState.ExitCode(), nil
}

// insideSource returns the offset of the middle byte of the first source in the bundle.
func insideSource(data []byte) (int64, string, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return 0, "", err
	}
	for _, f := range r.File {
		if strings.HasPrefix(f.Name, "source/") {
			start, err := f.DataOffset()
			return start + int64(f.CompressedSize64/2), f.Name, err
		}
	}
	return 0, "", errors.New("the bundle holds no source")
}
