package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"custos.example/api"
	"custos.example/policy"
	"custos.example/policy/rego"
)

// TestCapabilitiesAreAll holds the lists against the program: each command and
// each route stands there once, each action can be reached or is known not to
// be, and each role may do what some action says.
func TestCapabilitiesAreAll(t *testing.T) {
	engine, err := rego.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := gather(t.Context(), engine)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, way := range c.Commands {
		said[way.Way] = true
	}
	there := map[string]bool{}
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if !cmd.HasSubCommands() {
			there[cmd.CommandPath()] = true
		}
		for _, child := range cmd.Commands() {
			walk(child)
		}
	}
	walk(newRoot())
	for way := range there {
		if !said[way] {
			t.Errorf("%s is not among the capabilities: add it to ways.go with what it asks", way)
		}
	}
	for way := range said {
		if !there[way] {
			t.Errorf("there is no command %s", way)
		}
	}
	reached := map[policy.Action]bool{}
	for _, way := range append(slices.Clone(c.Commands), c.Routes...) {
		for _, action := range way.Asks {
			reached[action] = true
			if action.Words() == "" {
				t.Errorf("%s asks %s, which is no action", way.Way, action)
			}
		}
	}
	for _, power := range c.Actions {
		if !reached[power.Action] {
			t.Errorf("%s: the rules speak of it, and nothing does it", power.Action)
		}
	}
	if len(there) < 40 || len(c.Roles) != len(policy.Roles())+1 || len(c.Routes) != len(api.Routes()) {
		t.Errorf("%d commands, %d roles, %d routes", len(there), len(c.Roles), len(c.Routes))
	}
}

// TestKeepersAreTold wants SECURITY.md to say of each keeper what the program
// says, and each test named as showing it to be there.
func TestKeepersAreTold(t *testing.T) {
	page, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keepers() {
		row := "| " + k.Holds + " | " + k.Can + " | " + k.Cannot + " |"
		if !strings.Contains(string(page), row) {
			t.Errorf("SECURITY.md lacks the row\n%s", row)
		}
		for _, name := range k.ShownBy {
			if !testExists(t, name) {
				t.Errorf("%q names the test %s, which is not there", k.Holds, name)
			}
		}
	}
}
