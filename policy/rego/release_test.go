package rego

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"custos.example/policy"
)

// small is the least that can be opened: it allows nothing.
const small = `package custos

default allow := false

requirements := {}

account := {"unmet": set(), "reasons": {}}
`

func smallRelease(t testing.TB, more string) []byte {
	t.Helper()
	text := releaseText([]source{{"a.rego", small + more}})
	if _, err := parseRelease(text); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestReleaseText(t *testing.T) {
	built, err := Built()
	if err != nil {
		t.Fatal(err)
	}
	sources, err := parseRelease(built)
	if err != nil || len(sources) < 5 {
		t.Fatalf("%d files: %v", len(sources), err)
	}
	if again := releaseText(sources); !bytes.Equal(again, built) {
		t.Error("what was read is not written again as it was")
	}
	if e := engine(t); e.Release() != Digest(built) || len(e.Release()) != 64 {
		t.Errorf("the engine names %s, the text %s", e.Release(), Digest(built))
	}
	a := []source{{"a.rego", "one\n"}, {"b.rego", "two\n"}}
	if Digest(releaseText([]source{a[1], a[0]})) != Digest(releaseText(a)) {
		t.Error("the order of files changes the release")
	}
	for _, other := range [][]source{
		{{"a.rego", "one\n"}, {"b.rego", "two \n"}},
		{{"a.rego", "one\n"}, {"c.rego", "two\n"}},
		{{"a.rego", "one\n"}},
		{{"a.rego", "two\n"}, {"b.rego", "one\n"}},
		{{"a.rego", "one\n-- b.rego 4\ntwo\n"}},
	} {
		if bytes.Equal(releaseText(other), releaseText(a)) {
			t.Errorf("%v has the same text", other)
		}
	}
}

// Each text differs from a good one in one way; the good one is the control.
func TestReleaseTextIsRefused(t *testing.T) {
	good := string(smallRelease(t, ""))
	refused := 0
	for name, text := range map[string]string{
		"nothing": "", "no head": strings.TrimPrefix(good, releaseHead), "another head": strings.Replace(good, "v1", "v2", 1),
		"no file": releaseHead, "a byte less": good[:len(good)-1], "a byte more": good + "\n",
		"a size too large":     strings.Replace(good, "rego ", "rego 9", 1),
		"a size with a zero":   strings.Replace(good, "rego ", "rego 0", 1),
		"a size with a plus":   strings.Replace(good, "rego ", "rego +", 1),
		"a negative size":      strings.Replace(good, "rego ", "rego -", 1),
		"a folder":             strings.Replace(good, "-- a.rego", "-- x/a.rego", 1),
		"a folder above":       strings.Replace(good, "-- a.rego", "-- ../a.rego", 1),
		"a capital":            strings.Replace(good, "-- a.rego", "-- A.rego", 1),
		"a test":               strings.Replace(good, "-- a.rego", "-- a_test.rego", 1),
		"two heads":            releaseHead + good,
		"a file twice":         good + strings.TrimPrefix(good, releaseHead),
		"out of order":         string(releaseHead) + "-- b.rego 1\n\n-- a.rego 1\n\n",
		"no line end":          string(releaseText([]source{{"a.rego", "package custos"}})),
		"a carriage return":    string(releaseText([]source{{"a.rego", "package custos\r\n"}})),
		"a turned direction":   string(releaseText([]source{{"a.rego", "package custos # \u202e\n"}})),
		"a hidden character":   string(releaseText([]source{{"a.rego", "package custos # \u200b\n"}})),
		"text that is no text": string(releaseText([]source{{"a.rego", "package custos # \xff\n"}})),
		"too much":             string(releaseText([]source{{"a.rego", strings.Repeat("#\n", maxRelease/2)}})),
		"too many":             string(releaseText(many(maxFiles + 1))),
	} {
		if _, err := parseRelease([]byte(text)); !errors.Is(err, ErrText) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		refused++
	}
	if _, err := parseRelease([]byte(good)); err != nil {
		t.Errorf("control: %v", err)
	}
	t.Logf("%d texts refused", refused)
}

func many(n int) (out []source) {
	for i := range n {
		out = append(out, source{fmt.Sprintf("a%03d.rego", i), "package custos\n"})
	}
	return out
}

func FuzzParseRelease(f *testing.F) {
	built, err := Built()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(built)
	f.Add(smallRelease(f, ""))
	f.Fuzz(func(t *testing.T, text []byte) {
		sources, err := parseRelease(text)
		if err == nil && !bytes.Equal(releaseText(sources), text) {
			t.Error("accepted, and written again as another")
		}
	})
}

// Rules that could allow by an absence, reach outside, or leave a denial without
// an explanation are no release, however well they compile.
func TestFormIsRefused(t *testing.T) {
	const rule = "\n# METADATA\n# title: T\n# custom:\n#   id: R-90\n#   cure: C\n#   citations:\n#   - {text: X, verified: true}\nmet contains \"R-90\" if input.asOf > 1\n"
	engines := NewEngines()
	for name, more := range map[string]string{
		"not":                    "\nx if not input.actor\n",
		"not in a comprehension": "\nx := {r | some r in input.actor.roles; not r == \"spoc\"}\n",
		"with":                   "\nx if allow with input as {}\n",
		"a default that allows":  "\ndefault x := true\n",
		"a default":              "\ndefault x := false\n",
		"other data":             "\nx := data.other.allow\n",
		"all data":               "\nx := data\n",
		"an import":              "\nimport data.other\n",
		"metadata without cure":  strings.Replace(rule, "#   cure: C\n", "", 1),
		"metadata twice":         rule + strings.Replace(rule, "asOf > 1", "asOf > 2", 1),
		"the clock":              "\nx := time.now_ns()\n",
		"the network":            "\nx := http.send({\"method\": \"get\", \"url\": \"http://localhost\"})\n",
		"chance":                 "\nx := rand.intn(\"a\", 9)\n",
		"no syntax":              "\nx if {\n",
		"an unknown variable":    "\nx if y == 1\n",
		"a variable for nothing": "\nx if y := 1\n",
	} {
		_, err := engines.Open(t.Context(), smallRelease(t, more))
		if !errors.Is(err, ErrForm) || len(err.Error()) < 20 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"another package":           strings.Replace(small, "package custos", "package other", 1),
		"an unknown action":         strings.Replace(small, "requirements := {}", `requirements := {"row.reed": {"R-90"}}`, 1) + rule,
		"a rule without metadata":   strings.Replace(small, "requirements := {}", `requirements := {"row.read": {"R-91"}}`, 1),
		"a default that allows all": strings.Replace(small, "allow := false", "allow := true", 1),
	} {
		if _, err := engines.Open(t.Context(), releaseText([]source{{"a.rego", text}})); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, more := range map[string]string{"nothing more": "", "a rule": rule} {
		if _, err := engines.Open(t.Context(), smallRelease(t, more)); err != nil {
			t.Errorf("control, %s: %v", name, err)
		}
	}
	built, err := Built()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := engines.Open(t.Context(), built); err != nil {
		t.Errorf("the rules of this program: %v", err)
	}
}

// An engine that was opened from a text decides as the one built in, word for
// word, and is compiled once however many ask for it at once.
func TestEnginesAreCompiledOnce(t *testing.T) {
	built, err := Built()
	if err != nil {
		t.Fatal(err)
	}
	engines, first, all := NewEngines(), engine(t), readTables(t)
	if _, ready := engines.Ready(first.Release()); ready {
		t.Error("ready before it was opened")
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			e, err := engines.Open(t.Context(), built)
			if err != nil || e.Release() != first.Release() {
				t.Errorf("%v, %v", e, err)
			}
		})
	}
	group.Wait()
	if n := engines.Compiled(); n != 1 {
		t.Errorf("compiled %d times", n)
	}
	again, ready := engines.Ready(first.Release())
	if !ready {
		t.Fatal("not ready")
	}
	for _, c := range all.cases {
		in, err := typed(c.facts)
		if err != nil {
			t.Fatal(err)
		}
		one, _ := first.Decide(t.Context(), in)
		two, _ := again.Decide(t.Context(), in)
		a, err1 := one.Canonical()
		b, err2 := two.Canonical()
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: %s, then %s", c.Name, a, b)
		}
	}
	if n := engines.Compiled(); n != 1 {
		t.Errorf("compiled %d times after %d decisions", n, len(all.cases))
	}
}

// A release that cannot be opened is not kept, who gives up does not spoil it for
// others, and no more than a few are kept.
func TestEnginesLetGo(t *testing.T) {
	engines := NewEngines()
	bad := smallRelease(t, "\nx if not input.x\n")
	for range 2 {
		if _, err := engines.Open(t.Context(), bad); !errors.Is(err, ErrForm) {
			t.Error(err)
		}
	}
	if _, ready := engines.Ready(Digest(bad)); ready || len(engines.opened) != 0 {
		t.Error("a refused release is kept")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	good := smallRelease(t, "")
	_, _ = engines.Open(gone, good)
	if e, err := engines.Open(t.Context(), good); err != nil || e.Release() != Digest(good) {
		t.Error(err)
	}
	before := engines.Compiled()
	for i := range 2 * kept {
		if _, err := engines.Open(t.Context(), smallRelease(t, fmt.Sprintf("\nx := %d\n", i))); err != nil {
			t.Fatal(err)
		}
	}
	if len(engines.opened) != kept || len(engines.order) != kept || engines.Compiled()-before != 2*kept {
		t.Errorf("%d open, %d in order, %d compiled", len(engines.opened), len(engines.order), engines.Compiled()-before)
	}
	if _, ready := engines.Ready(Digest(good)); ready {
		t.Error("the one asked for longest ago is still there")
	}
	if e, err := engines.Open(t.Context(), good); err != nil {
		t.Error(e, err)
	}
}

// A release with one line more decides otherwise: the text decides, not the
// program.
func TestEditedRelease(t *testing.T) {
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	edited := 0
	for i := range sources {
		if strings.Contains(sources[i].text, "\nallow if {\n") {
			sources[i].text = strings.Replace(sources[i].text, "\nallow if {\n", "\nallow if {\n\tinput.action != \"key.manage\"\n", 1)
			edited++
		}
	}
	e, err := NewEngines().Open(t.Context(), releaseText(sources))
	if err != nil || edited != 1 {
		t.Fatal(edited, err)
	}
	built, changed := engine(t), 0
	for name, base := range readTables(t).bases {
		in, err := typed(base)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := built.Decide(t.Context(), in)
		after, _ := e.Decide(t.Context(), in)
		if want := in.Action != policy.KeyManage; !before.Allowed || after.Allowed != want || after.Release == before.Release {
			t.Errorf("%s: before %+v, after %+v", name, before, after)
		}
		if !after.Allowed {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d decisions changed", changed)
	}
}

// Rules of good form that allow something when a fact is missing, or that nothing
// could follow, are not put in force; those of this program are the control.
func TestTry(t *testing.T) {
	engines := NewEngines()
	try := func(change func(text string) string) error {
		sources, err := embedded()
		if err != nil {
			t.Fatal(err)
		}
		for i := range sources {
			sources[i].text = change(sources[i].text)
		}
		e, err := engines.Open(t.Context(), releaseText(sources))
		if err != nil {
			return err
		}
		return e.Try(t.Context())
	}
	more := func(rule string) func(string) string {
		return func(text string) string {
			return strings.Replace(text, "\nallow if {\n", "\n"+rule+"\n\nallow if {\n", 1)
		}
	}
	without := func(line string) func(string) string {
		return func(text string) string {
			lines := strings.Split(text, "\n")
			lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), line) })
			return strings.Join(lines, "\n")
		}
	}
	refused := 0
	for name, change := range map[string]func(string) string{
		"an action that anybody may take":  more(`allow if input.action == "audit.read"`),
		"a role that is asked for no more": more(`allow if input.actor.role == "analyst"`),
		"one fact instead of all":          more(`allow if input.request.view == "rows"`),
		"nothing can be put forward":       without(`requirements["policy.propose"]`),
		"nothing can be approved":          without(`requirements["policy.approve"]`),
		"nothing can be put in force":      without(`requirements["policy.release"]`),
		"no requirements at all":           without(`requirements[`),
	} {
		if err := try(change); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		refused++
	}
	if err := try(func(text string) string { return text }); err != nil {
		t.Errorf("control: %v", err)
	}
	t.Logf("PROOF harness=policy-try trials=%d failures=%d control=\"the rules of this program are taken\"", refused, 7-refused)
}
