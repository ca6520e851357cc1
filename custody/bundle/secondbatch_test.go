package bundle_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/custody/bundle"
)

// secondBatch is one process of the second checker that answers for many bundles.
type secondBatch struct {
	reference []byte
	in        io.WriteCloser
	to        *bufio.Writer
	from      *bufio.Scanner
	cmd       *exec.Cmd
	said      bytes.Buffer
	asked     int
}

// newSecondBatch starts the second checker with what o gives a checker.
func newSecondBatch(t *testing.T, reference []byte, o bundle.Options) *secondBatch {
	t.Helper()
	dir := t.TempDir()
	trust, err := o.Trust.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{checkerFile, "--batch", file("reference.zip", reference), "--trust", file("trust.json", trust)}
	if o.Policy != nil {
		args = append(args, "--policy", file("policy", policyText(*o.Policy)))
	}
	for i, known := range o.Known {
		args = append(args, "--known-head", file("known"+string(rune('0'+i)), known))
	}
	for i, proof := range o.Consistency {
		args = append(args, "--proof", file("proof"+string(rune('0'+i)), proof))
	}
	s := &secondBatch{reference: reference, cmd: exec.Command(node(t), args...)}
	s.cmd.Stderr = &s.said
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.to, s.from = bufio.NewWriterSize(s.in, 1<<20), bufio.NewScanner(out)
	s.from.Buffer(make([]byte, 64<<10), 8<<20)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a mutant as a change of the reference.
func (s *secondBatch) ask(m mutant) error {
	front, back, between := m.splice(s.reference)
	var head []byte
	for _, n := range []int{len(m.name), front, back, len(between)} {
		head = binary.LittleEndian.AppendUint32(head, uint32(n)) //nolint:gosec // lengths of bundles in memory
	}
	_, err := s.to.Write(append(append(head, m.name...), between...))
	if s.asked++; s.asked%64 == 0 && err == nil { // or it would wait for what is waited for here
		err = s.to.Flush()
	}
	return err
}

// answer returns the next answer.
func (s *secondBatch) answer() (line string, ok bool) {
	ok = s.from.Scan()
	return s.from.Text(), ok
}

// sent tells the checker that nothing follows.
func (s *secondBatch) sent() { _ = s.to.Flush(); _ = s.in.Close() }

// splice returns how many bytes of a reference stand at the mutant's beginning and
// end, and what stands between.
func (m mutant) splice(reference []byte) (front, back int, between []byte) {
	if f, ok := m.file.(flipped); ok && f.bit >= 0 {
		at := f.bit / 8
		return at, len(f.file) - at - 1, []byte{f.file[at] ^ 1<<(f.bit%8)}
	}
	file, _ := io.ReadAll(io.NewSectionReader(m.file, 0, m.size)) // it is in memory
	for front < min(len(file), len(reference)) && file[front] == reference[front] {
		front++
	}
	for back < min(len(file), len(reference))-front && file[len(file)-1-back] == reference[len(reference)-1-back] {
		back++
	}
	return front, back, file[front : len(file)-back]
}

// agrees tells whether an answer of the second checker goes with a report: it
// refuses what a check that it makes too has refused, and nothing that matches.
func agrees(answer string, r bundle.Report) bool {
	refused := strings.Contains(answer, ": FAULT ") && !strings.Contains(answer, ": FAULT crash")
	if refused || !strings.Contains(answer, ": OK ") {
		return refused && r.Exit != bundle.ExitMatches
	}
	for _, q := range r.Questions {
		for _, f := range q.Findings {
			if (f.Outcome == bundle.Fail || f.Outcome == bundle.Unknown) && !slices.Contains(strings.Fields(second[f.Check]), "none") {
				return false
			}
		}
	}
	return true
}
