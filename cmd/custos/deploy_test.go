package main

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/quorum"
	"custos.example/ledger/sign"
)

// TestDeployedCommands shows that the service units call commands that there are,
// with flags that they have.
func TestDeployedCommands(t *testing.T) {
	units, err := filepath.Glob("../../deploy/*.service")
	if err != nil || len(units) < 3 {
		t.Fatalf("%v, %v", units, err)
	}
	for _, unit := range append(units, "../../deploy/custos-tls.conf") {
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range regexp.MustCompile(`(?m)^ExecStart=\S*/custos (.*)$`).FindAllStringSubmatch(string(text), -1) {
			if err := understood(line[1]); err != nil {
				t.Errorf("%s: %s: %v", unit, line[1], err)
			}
		}
	}
	for _, wrong := range []string{"serve --dir d --no-such-flag", "witness --dir d", "witness serve extra"} {
		if understood(wrong) == nil {
			t.Errorf("control: %s is understood", wrong)
		}
	}
}

// TestDeployedReaders: the service may start readers of received files, which
// take calls to confine themselves that a service does not have by itself.
func TestDeployedReaders(t *testing.T) {
	unit, err := os.ReadFile("../../deploy/custos.service")
	if err != nil {
		t.Fatal(err)
	}
	added := ""
	for _, line := range regexp.MustCompile(`(?m)^SystemCallFilter=([^~\n].*)$`).FindAllStringSubmatch(string(unit), -1) {
		added += " " + line[1] + " "
	}
	for _, call := range []string{"@system-service", "seccomp", "landlock_create_ruleset", "landlock_restrict_self"} {
		if !strings.Contains(added, " "+call+" ") {
			t.Errorf("the unit does not allow %s: the reader of a file would be ended before it begins", call)
		}
	}
	if strings.Contains(added, " ptrace ") {
		t.Error("control: a call that is not there was found")
	}
}

// understood returns nil if a command line names a command and flags that it has.
func understood(line string) error {
	command, rest, err := newRoot().Find(strings.Fields(line))
	if err == nil {
		err = command.ParseFlags(rest)
	}
	if err == nil {
		err = command.ValidateArgs(command.Flags().Args())
	}
	if err == nil && command.HasSubCommands() {
		err = errUsage
	}
	return err
}

// TestDeployedPolicy fills the template in: it is three of four organisations.
func TestDeployedPolicy(t *testing.T) {
	text, err := os.ReadFile("../../deploy/quorum.policy")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := quorum.Parse(text); err == nil {
		t.Fatal("control: the template is taken although no key has been put in")
	}
	filled := regexp.MustCompile(`(?m)^(witness \S+\s+)(KEY-OF-THE-\w+)`).ReplaceAllStringFunc(string(text), func(line string) string {
		at := strings.Index(line, "KEY-")
		return line[:at] + madeUpKey(t, strings.ToLower(line[at+len("KEY-OF-THE-"):])+".example/2026")
	})
	p, err := quorum.Parse([]byte(filled))
	if err != nil {
		t.Fatal(err)
	}
	if least, all := p.Organisations(); least != 3 || all != 4 {
		t.Fatalf("%d of %d organisations", least, all)
	}
	if err := wiring.Init(t.Context(), wiring.Options{Dir: filepath.Join(t.TempDir(), "d"), Quorum: []byte(strings.Replace(filled, "https:", "ftp:", 1))},
		"log.example/t", custody.Person{ID: "ad-1", Name: "Ada", Roles: []string{"administrator"}}); err == nil {
		t.Error("an address that nobody can be asked at was taken")
	}
}

func madeUpKey(t *testing.T, name string) string {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	k, err := sign.Generate(strings.NewReader(string(seed[:])))
	if err != nil {
		t.Fatal(err)
	}
	public, err := ledger.NewPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	n, err := ledger.NewNoteKey(name, ledger.CoSignerKey, public)
	if err != nil {
		t.Fatal(err)
	}
	return n.String()
}
