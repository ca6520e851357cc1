package ceremony_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"custos.example/cmd/custos/ceremony"
	"custos.example/ledger/sign"
)

const script = `custos ceremony v1
# a comment
purpose make a key
officers 3

say begin
ask Which machine?
key root.key any-two
key all.key
read-back root.key
confirm done
`

// table is a room whose officers answer as a test wants.
type table struct {
	folder string
	shown  []string
	digits string // of root.key, read off the screen
	answer func(question string) string
	secret func(question string) string
}

func (r *table) room() ceremony.Room {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	return ceremony.Room{
		Folder: r.folder,
		Show: func(line string) {
			r.shown = append(r.shown, line)
			if _, rest, found := strings.Cut(line, "key root.key: "); found {
				r.digits = rest[:8]
			}
		},
		Ask: func(question string) (string, error) {
			if r.answer != nil {
				if given := r.answer(question); given != "" {
					return given, nil
				}
			}
			switch {
			case strings.Contains(question, "eight digits"):
				return strings.ToUpper(r.digits[:4]) + "-" + r.digits[4:], nil
			case strings.Contains(question, "yes"):
				return "yes", nil
			case strings.Contains(question, "Name of officer"):
				return "Officer " + question[len(question)-3:len(question)-2], nil
			}
			return "a laptop\x1b[2J", nil
		},
		Secret: func(question string) ([]byte, error) {
			if r.secret != nil {
				if given := r.secret(question); given != "" {
					return []byte(given), nil
				}
			}
			return fmt.Appendf(nil, "part of %s----", question[:9]), nil
		},
		Now: func() time.Time { now = now.Add(time.Second); return now },
	}
}

func parse(t *testing.T, text string) ceremony.Script {
	t.Helper()
	s, err := ceremony.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCeremony holds a ceremony: any two of three officers can open the key and
// one cannot, all three are needed for the other, and no secret is in the
// transcript.
func TestCeremony(t *testing.T) {
	r := &table{folder: t.TempDir()}
	held, err := ceremony.Run(parse(t, script), r.room())
	if err != nil {
		t.Fatalf("%v\n%s", err, held.Transcript)
	}
	part := func(n int) string { return fmt.Sprintf("part of Officer %d----", n) }
	open := func(file string, parts ...int) error {
		var passphrase strings.Builder
		for _, n := range parts {
			passphrase.WriteString(part(n))
		}
		_, err := sign.OpenWith(filepath.Join(r.folder, file), func(bool) ([]byte, error) { return []byte(passphrase.String()), nil })
		return err
	}
	for file, parts := range map[string][]int{"root.key.1-2": {1, 2}, "root.key.1-3": {1, 3}, "root.key.2-3": {2, 3}, "all.key": {1, 2, 3}} {
		if err := open(file, parts...); err != nil {
			t.Errorf("%s with %v: %v", file, parts, err)
		}
		if err := open(file, parts[0]); !errors.Is(err, sign.ErrPassphrase) {
			t.Errorf("%s with officer %d alone: %v", file, parts[0], err)
		}
	}
	for n := 1; n <= 3; n++ {
		if bytes.Contains(held.Transcript, []byte(part(n))) {
			t.Errorf("the part of officer %d stands in the transcript", n)
		}
	}
	if bytes.Contains(held.Transcript, []byte("\x1b")) {
		t.Error("a control character stands in the transcript")
	}
	again, err := ceremony.ParseTranscript(held.Transcript)
	if err != nil || again.Purpose != "make a key" || len(again.Officers) != 3 || again.Officers[1] != "Officer 2" {
		t.Errorf("%+v: %v", again, err)
	}
}

// TestBrokenOff shows what breaks a ceremony off, and that its transcript says so
// and cannot be recorded as one that was completed.
func TestBrokenOff(t *testing.T) {
	given := func(where, what string) func(string) string {
		return func(question string) string {
			if strings.Contains(question, where) {
				return what
			}
			return ""
		}
	}
	second := 0
	for name, r := range map[string]*table{
		"an officer says no":             {answer: given("Officer 2, type yes", "no")},
		"one person as two officers":     {answer: given("Name of officer", "A. One")},
		"other digits are read":          {answer: given("Officer 3, type the first", "0000-0000")},
		"a short part":                   {secret: given("Officer 1", "short")},
		"a part that is typed otherwise": {secret: func(string) string { second++; return fmt.Sprintf("a different part %d", second) }},
	} {
		r.folder = t.TempDir()
		held, err := ceremony.Run(parse(t, script), r.room())
		if !errors.Is(err, ceremony.ErrBrokenOff) || !strings.Contains(string(held.Transcript), "broken off: ") {
			t.Errorf("%s: %v\n%s", name, err, held.Transcript)
		}
		if _, err := ceremony.ParseTranscript(held.Transcript); !errors.Is(err, ceremony.ErrScript) {
			t.Errorf("%s: taken as complete: %v", name, err)
		}
	}
	r := &table{folder: t.TempDir()}
	if err := os.WriteFile(filepath.Join(r.folder, "root.key.1-3"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ceremony.Run(parse(t, script), r.room()); !errors.Is(err, sign.ErrExists) {
		t.Errorf("written over another file: %v", err)
	}
}

// TestScripts shows which scripts are refused, and that the one that comes with
// the program is not.
func TestScripts(t *testing.T) {
	head := "custos ceremony v1\npurpose p\nofficers 2\n"
	for _, text := range []string{
		"", "another file\n", "custos ceremony v1\n", head, "custos ceremony v1\nofficers 2\nsay x\n", "custos ceremony v1\npurpose p\nofficers 1\nsay x\n",
		"custos ceremony v1\npurpose p\nofficers two\nsay x\n", head + "dance x\n", head + "say\n", head + "key ../x\n", head + "key a/b\n", head + "key .x\n",
		head + "key x any-three\n", head + "read-back ../x\n", head + "say x\nofficers 3\n", head + `key a\b` + "\n",
	} {
		if _, err := ceremony.Parse([]byte(text)); !errors.Is(err, ceremony.ErrScript) {
			t.Errorf("%q: %v", text, err)
		}
	}
	text, err := os.ReadFile("../../../deploy/ceremony-root.txt")
	if err != nil {
		t.Fatal(err)
	}
	parse(t, string(text))
}
