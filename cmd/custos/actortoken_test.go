package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"custos.example/api"
)

// TestTokensBesideTheServer issues and ends tokens by the command line while the server
// has the data folder open: the new one counts at once, and after the end neither it nor
// one that the server issued. The control is the token of somebody else, and another
// command that would write the record: that one has to wait for the server.
func TestTokensBesideTheServer(t *testing.T) {
	d := newDoor(t)
	now := func() { d.clock.on(time.Since(d.clock.Now())) } // by which the commands run
	now()
	command := func(want int, args ...string) (string, string) {
		t.Helper()
		var out, said bytes.Buffer
		code := run(t.Context(), append(args, "--dir", d.dir), strings.NewReader(""), &out, &said)
		if code != want {
			t.Errorf("custos %s: exit %d, want %d\n%s", strings.Join(args, " "), code, want, said.String())
		}
		return strings.TrimSpace(out.String()), said.String()
	}
	ask := func(what, token string, want int) {
		t.Helper()
		now()
		if got, _, _ := d.with(token, "", "/v1/cases", map[string]any{}); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	own, err := d.keeper.Issue("u-05", api.Term{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := d.keeper.Issue("u-06", api.Term{})
	if err != nil {
		t.Fatal(err)
	}
	token, said := command(exitDone, "actor", "token", "u-05", "--for", "24h", "--idle", "3h")
	if !strings.Contains(said, "no longer than 3h0m0s without being used") || strings.ContainsAny(token, " \n") {
		t.Errorf("%q, %q", token, said)
	}
	const notAcceptable = http.StatusUnprocessableEntity // a case without a reference, asked for by somebody known
	ask("issued by the command", token, notAcceptable)
	ask("issued by the server", own, notAcceptable)
	text, _ := command(exitDone, "actor", "token", "u-05", "--json")
	var issued tokenElement
	if err := json.Unmarshal([]byte(text), &issued); err != nil || issued.Idle != "2h0m0s" || time.Until(issued.Ends).Round(time.Hour) != 12*time.Hour {
		t.Errorf("%s: %v", text, err)
	}
	ask("issued for a machine", issued.Token, notAcceptable)
	for _, args := range [][]string{{"--for", "721h"}, {"--for", "30s"}, {"--idle", "13h"}, {"--idle", "1s"}} {
		command(exitRefused, append([]string{"actor", "token", "u-05"}, args...)...)
	}
	command(exitUsage, "actor", "token", "u-05", "--end", "--for", "1h")
	command(exitRefused, "actor", "token", "u-99")
	if ended, _ := command(exitDone, "actor", "token", "u-05", "--end"); !strings.HasPrefix(ended, "3 tokens of u-05") {
		t.Errorf("%q", ended)
	}
	for _, token := range []string{token, own, issued.Token} {
		ask("after the end", token, http.StatusUnauthorized)
	}
	ask("control: somebody else's", other, notAcceptable)
	if _, said := command(exitRefused, "actor", "standing", "u-05", "--as", "u-01", "--rank", "inspector"); !strings.Contains(said, "in use by another process") {
		t.Errorf("control: a second writer: %s", said)
	}
}
