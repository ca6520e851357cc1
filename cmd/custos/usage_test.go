package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

// TestWrongUseIsSaid gives commands what they cannot take: each says which flag or word it is, as
// wrong use, before anything is opened.
func TestWrongUseIsSaid(t *testing.T) {
	t.Chdir(t.TempDir())
	for line, want := range map[string]string{
		"copy issue JAS/1 --dir d --as an-1 --case OP-1 --review 2026-02-30":    `"--review" flag: a day of the calendar is wanted, written as 2026-11-02`,
		"source preview n.csv --dir d --as an-1 --case OP-1 --obtained 2/11/26": `"--obtained" flag`,
		"cost totals --dir d --as an-1 --from november":                         `"--from" flag`,
		"submission agree S-1 --dir d --as an-1 --case OP-1 --due soon":         `"--due" flag`,
		"case open OP-1 --dir d --title T":                                      "say who asks with --as ID",
		"source list --dir d --case OP-1":                                       "say who asks with --as ID",
		"actor lst --dir d --as ad-1":                                           `unknown command "lst"`,
		"step list a b":                                                         "accepts at most 1 arg",
		"policy list all --dir d":                                               "unknown command",
		"disclosure list --dir d --as an-1 --case OP-1 --status mg6c":           `not "mg6c"`,
		"disclosure unused --dir d --as an-1 --case OP-1 --status MG6X":         `not "MG6X"`,
		"disclosure list --dir d --as an-1 --case OP-1 --class file":            `not "file"`,
	} {
		var out, said bytes.Buffer
		if code := run(t.Context(), strings.Fields(line), strings.NewReader(""), &out, &said); code != exitUsage || !strings.Contains(said.String(), want) {
			t.Errorf("custos %s: exit %d: %s", line, code, said.String())
		}
	}
	if _, err := os.Stat("d"); err == nil {
		t.Error("something was opened")
	}
}

// TestFilesAreNamedInWords names files that are not there, folders for files and files for folders: each
// is refused, not a fault of the program, and says which file and what is wanted, in no words of the system.
func TestFilesAreNamedInWords(t *testing.T) {
	t.Chdir(t.TempDir())
	atKiosk(t, exitDone, "init", "--dir", "d", "--origin", "log.example/t", "--as", "ad-1")
	if err := errors.Join(os.Mkdir("folder", 0o700), os.WriteFile("file", []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	enrol := "actor enrol an-1 --dir d --as ad-1 --name Ann --public "
	for line, want := range map[string]string{
		enrol + "gone.pub":                "there is no file or folder gone.pub",
		enrol + "folder":                  "folder is a folder; a file is wanted",
		enrol + "file/key":                "a part of file/key is a file; a folder is wanted",
		"actor list --dir file --as ad-1": "a part of file/custos.json is a file; a folder is wanted",
	} {
		var out, said bytes.Buffer
		code := run(t.Context(), strings.Fields(line), strings.NewReader(""), &out, &said)
		system := strings.Contains(said.String(), "no such file or directory") || strings.Contains(said.String(), "is a directory") || strings.Contains(said.String(), "not a directory")
		if code == exitDone || code == exitFault || system || !strings.Contains(said.String(), want) {
			t.Errorf("custos %s: exit %d: %s", line, code, said.String())
		}
	}
	// A guard that is kept elsewhere and was not named is no guard that is gone.
	if err := os.Rename(filepath.Join("d.keys", "guard"), "elsewhere"); err != nil {
		t.Fatal(err)
	}
	if out := atKiosk(t, exitRefused, "actor", "list", "--dir", "d", "--as", "ad-1"); !strings.Contains(out, "name it with --guard") {
		t.Error("a guard kept elsewhere:", out)
	}
	atKiosk(t, exitDone, "actor", "list", "--dir", "d", "--as", "ad-1", "--guard", "elsewhere")
	// Control: a fault that is none of these keeps its own words and its code.
	fault := &os.PathError{Op: "read", Path: "file", Err: errors.New("the disk is broken")}
	if inWords(fault) != fault.Error() || exitCode(fault) != exitFault {
		t.Error("a fault of the disk is put in other words, or is none:", inWords(fault))
	}
}

// TestGuardInsideIsRefused founds logs whose guard lies in the data folder, by whatever way: each
// is refused and nothing is made. Control: beside it.
func TestGuardInsideIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, guard := range []string{"d/guard", "./x/../d/deep/guard"} {
		out := atKiosk(t, exitRefused, "init", "--dir", "d", "--guard", guard, "--origin", "log.example/t", "--as", "ad-1")
		if !strings.Contains(out, "lies inside the data folder") {
			t.Errorf("%s: %s", guard, out)
		}
		if _, err := os.Stat("d"); err == nil {
			t.Fatalf("%s: the folder was made", guard)
		}
	}
	atKiosk(t, exitDone, "init", "--dir", "d", "--guard", "d.guard", "--origin", "log.example/t", "--as", "ad-1")
	if _, err := os.Stat(filepath.Join("d", "custos.json")); err != nil {
		t.Error("control:", err)
	}
	if err := errors.Join(os.Mkdir("e", 0o700), os.Symlink("e", "link")); err != nil {
		t.Fatal(err)
	}
	if out := atKiosk(t, exitRefused, "init", "--dir", "e", "--guard", "link/guard", "--origin", "log.example/t", "--as", "ad-1"); !strings.Contains(out, "lies inside") {
		t.Errorf("through a link: %s", out)
	}
}

// TestInitMakesTheGuardsFolder founds a log whose guard lies in a folder that is not there yet.
// Control: one whose folder is a file is refused.
func TestInitMakesTheGuardsFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	atKiosk(t, exitDone, "init", "--dir", "d", "--guard", "other/disk/guard", "--origin", "log.example/t", "--as", "ad-1")
	if info, err := os.Stat(filepath.Join("other", "disk", "guard")); err != nil || info.Size() == 0 {
		t.Error("there is no guard:", err)
	}
	if info, err := os.Stat(filepath.Join("other", "disk")); err != nil || info.Mode().Perm() != 0o700 {
		t.Error("the guard's folder is open to others:", err)
	}
	written(t, "file", []byte("x"))
	atKiosk(t, exitRefused, "init", "--dir", "e", "--guard", "file/guard", "--origin", "log.example/t", "--as", "ad-1")
}

// TestNotFoundSaysWhat looks for what is not there: the answer says what was looked for.
func TestNotFoundSaysWhat(t *testing.T) {
	d := station(t, wiring.Options{})
	_, err := d.st.Store.Find(t.Context(), "", "people", "u-99", 0)
	if !errors.Is(err, custody.ErrNotFound) || !strings.Contains(err.Error(), `"u-99"`) {
		t.Error(err)
	}
}

// TestNoRows shows pages that have no rows: each says why.
func TestNoRows(t *testing.T) {
	for want, c := range map[string]struct {
		page   custody.Page
		excess bool
	}{
		"No rows: the data holds no events;":                             {custody.Page{First: 1, Last: 1, View: policy.Rows}, false},
		"No rows: no event lies outside the scope of the authority;":     {custody.Page{First: 1, Last: 1, View: policy.Rows}, true},
		"No rows from 51 on: the data holds 7;":                          {custody.Page{First: 51, Last: 51, Total: 7, View: policy.Rows}, false},
		"rows 1 to 7 of 7, view: rows; on record as 0000000000000000000": {custody.Page{First: 1, Last: 7, Total: 7, View: policy.Rows}, false},
	} {
		var out bytes.Buffer
		cmd := &cobra.Command{}
		cmd.SetOut(&out)
		sheet := rowSheet{settings: &settings{}, cmd: cmd, excess: c.excess}
		if err := sheet.page(c.page); err != nil || !strings.HasPrefix(out.String(), want) {
			t.Errorf("%q, %v; want %q", out.String(), err, want)
		}
		if none := strings.Contains(out.String(), "none of them is one that was asked for"); none != (c.page.Last == 7) {
			t.Errorf("%q", out.String())
		}
	}
}

// TestPassphraseFileOfOthers gives a passphrase in a file that others may read, which is refused as ssh
// refuses a key; what systemd hands to the service is taken. A wrong passphrase is a refusal, and
// no internal fault.
func TestPassphraseFileOfOthers(t *testing.T) {
	t.Chdir(t.TempDir())
	written(t, "wrong", []byte("wrong horse battery staple\n"))
	written(t, "pass", []byte("correct horse battery staple\n"))
	create := func(want int, key string) string {
		return atKiosk(t, want, "key", "create", key, "--passphrase-file", "handed/pass")
	}
	if err := errors.Join(os.Mkdir("handed", 0o700), os.Rename("pass", "handed/pass")); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660} {
		if err := os.Chmod("handed/pass", mode); err != nil {
			t.Fatal(err)
		}
		if out := create(exitRefused, "ada.key"); !strings.Contains(out, "others may read it: chmod 600") {
			t.Errorf("%o: %s", mode, out)
		}
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "handed")
	create(exitDone, "handed.key")
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if err := os.Chmod("handed/pass", 0o600); err != nil {
		t.Fatal(err)
	}
	create(exitDone, "ada.key")
	atKiosk(t, exitDone, "init", "--dir", "d", "--origin", "log.example/t", "--as", "ada", "--public", "ada.key.pub", "--quorum", "none")
	enrol := func(want int, file string) string {
		return atKiosk(t, want, "actor", "enrol", "ben", "--dir", "d", "--as", "ada", "--name", "B. Analyst", "--roles", "analyst", "--key", "ada.key", "--passphrase-file", file)
	}
	if out := enrol(exitRefused, "wrong"); !strings.Contains(out, "passphrase") {
		t.Error(out)
	}
	enrol(exitDone, "handed/pass")
}
