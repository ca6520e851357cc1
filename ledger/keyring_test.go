package ledger_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"custos.example/ledger"
)

// keysOf returns the keyring of a keys chain that begins as it must and goes on
// with these entries.
func keysOf(t *testing.T, more ...draft) (ledger.Keyring, error) {
	t.Helper()
	w := newWorld(t)
	w.add(w.keys, draft{detail: &ledger.LogOpened{Origin: origin, KeysNonce: w.keys.Nonce, OrganisationNonce: w.org.Nonce}})
	w.add(w.keys, draft{detail: enrolling(newKey("service"), ledger.RoleRecorder)})
	for _, d := range more {
		w.add(w.keys, d)
	}
	entries, err := w.keys.Verify()
	if err != nil {
		t.Fatal(err)
	}
	return ledger.NewKeyring(entries)
}

func enrolling(k testKey, roles ...string) *ledger.KeyEnrolled {
	return &ledger.KeyEnrolled{HeldBy: "service", Holder: k.name, Key: k.KeyID(), Name: k.name, Public: k.public, Roles: roles}
}

// TestKeyringRoot tries every entry about a key of the log with and without the
// root behind it. The control is the same chain without a root, in which each is
// accepted.
func TestKeyringRoot(t *testing.T) {
	root, other, spare, analyst := newKey("root"), newKey("root two"), newKey("spare"), newKey("analyst")
	enrolRoot := draft{actor: root, detail: enrolling(root, "analyst", ledger.RoleRoot)}
	enrolAnalyst := draft{actor: analyst, detail: enrolling(analyst, "analyst")}
	enrolSpare := draft{detail: enrolling(spare, "analyst", ledger.RoleRecorder)}
	refused := 0
	for name, d := range map[string]draft{
		"the service enrols a recorder":   {detail: enrolling(newKey("second"), ledger.RoleRecorder)},
		"the service enrols a log key":    {detail: enrolling(newKey("second"), ledger.RoleLog)},
		"a recorder among other roles":    {detail: enrolling(newKey("second"), "analyst", ledger.RoleRecorder)},
		"an analyst enrols a recorder":    {actor: analyst, detail: enrolling(newKey("second"), ledger.RoleRecorder)},
		"the service revokes a recorder":  {detail: &ledger.KeyRevoked{Key: spare.KeyID(), Reason: "r"}},
		"an analyst revokes a recorder":   {actor: analyst, detail: &ledger.KeyRevoked{Key: spare.KeyID(), Reason: "r"}},
		"a recorder revokes itself":       {actor: spare, detail: &ledger.KeyRevoked{Key: spare.KeyID(), Reason: "r"}},
		"a second root enrols itself":     {actor: other, detail: enrolling(other, "analyst", ledger.RoleRoot)},
		"the service enrols another root": {detail: enrolling(other, "analyst", ledger.RoleRoot)},
	} {
		if _, err := keysOf(t, enrolSpare, enrolAnalyst, d); err != nil {
			t.Errorf("control: %s, without a root: %v", name, err)
		}
		if _, err := keysOf(t, enrolSpare, enrolAnalyst, enrolRoot, d); ledger.CodeOf(err) != ledger.FaultRole {
			t.Errorf("%s, past the root: %v", name, err)
		} else {
			refused++
		}
		d.actor = root
		if _, err := keysOf(t, enrolSpare, enrolAnalyst, enrolRoot, d); err != nil {
			t.Errorf("%s, by the root: %v", name, err)
		}
	}
	if _, err := keysOf(t, enrolSpare, enrolRoot, draft{detail: enrolling(analyst, "analyst")}); err != nil {
		t.Errorf("a person needs no root: %v", err)
	}
	gone := draft{actor: root, detail: &ledger.KeyRevoked{Key: root.KeyID(), Reason: "r"}}
	if _, err := keysOf(t, enrolRoot, gone, draft{actor: root, detail: enrolling(spare, ledger.RoleRecorder)}); ledger.CodeOf(err) != ledger.FaultRevoked {
		t.Errorf("a root that was revoked: %v", err)
	}
	if _, err := keysOf(t, enrolRoot, gone, draft{detail: enrolling(spare, ledger.RoleRecorder)}); ledger.CodeOf(err) != ledger.FaultRole {
		t.Errorf("past a root that was revoked: %v", err)
	}
	t.Logf("PROOF harness=keys-past-the-root trials=9 failures=%d control=\"each is accepted without a root and by the root\"", 9-refused)
}

// TestKeyringClosed shows that no key counts behind the entry that closes the log,
// and that the entry itself counts.
func TestKeyringClosed(t *testing.T) {
	closed := draft{detail: &ledger.LogClosed{Next: "log.example/next", Reason: "r"}}
	analyst := newKey("analyst")
	ring, err := keysOf(t, draft{detail: enrolling(analyst, "analyst")}, closed)
	if err != nil {
		t.Fatal(err)
	}
	for id, h := range ring {
		if !h.Revoked {
			t.Errorf("the key %s is in force", id)
		}
	}
	if _, err := keysOf(t, closed, draft{detail: enrolling(analyst, "analyst")}); ledger.CodeOf(err) != ledger.FaultRevoked {
		t.Errorf("enrolled behind the end: %v", err)
	}
	if _, err := keysOf(t, closed, closed); ledger.CodeOf(err) != ledger.FaultRevoked {
		t.Errorf("closed twice: %v", err)
	}
}

// TestKeyringRoles shows in which roles a person can act after each change of their
// roles. Whoever acts here does so as an analyst, at four minutes past nine.
func TestKeyringRoles(t *testing.T) {
	person, other := newKey("person"), newKey("other")
	nine, ten := ledger.NewTime(time.Date(2026, 11, 21, 21, 0, 0, 0, time.UTC)), ledger.NewTime(time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC))
	eight, forever := ledger.NewTime(nine.Add(-time.Hour)), ledger.NewTime(time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC))
	change := func(from, until ledger.Time) draft {
		return draft{detail: &ledger.RoleChanged{From: from, Person: person.name, Reason: "r", Role: "analyst", Until: until}}
	}
	act := draft{actor: person, detail: enrolling(newKey("somebody"), "analyst")}
	sio, analyst := draft{detail: enrolling(person, "sio")}, draft{detail: enrolling(person, "analyst")}
	second := newKey("second")
	second.name = person.name
	trials, failures := 0, 0
	for name, c := range map[string]struct {
		chain   []draft
		refused bool
	}{
		"enrolled with the role":            {[]draft{analyst, act}, false},
		"enrolled with another":             {[]draft{sio, act}, true},
		"given":                             {[]draft{sio, change(nine, forever), act}, false},
		"given afterwards":                  {[]draft{sio, act, change(nine, forever)}, true},
		"given from later on":               {[]draft{sio, change(ten, forever), act}, true},
		"given until earlier":               {[]draft{sio, change(eight, nine), act}, true},
		"given for a time":                  {[]draft{sio, change(nine, ten), act}, false},
		"enrolled, then ended":              {[]draft{analyst, change(nine, nine), act}, true},
		"enrolled, acts, then ended":        {[]draft{analyst, act, change(nine, nine)}, false},
		"given, ended":                      {[]draft{sio, change(nine, forever), change(eight, eight), act}, true},
		"ended, given again":                {[]draft{analyst, change(nine, nine), change(nine, forever), act}, false},
		"given to another":                  {[]draft{sio, {detail: enrolling(other, "sio")}, {detail: &ledger.RoleChanged{From: nine, Person: other.name, Reason: "r", Role: "analyst", Until: forever}}, act}, true},
		"another role is ended":             {[]draft{analyst, {detail: &ledger.RoleChanged{From: nine, Person: person.name, Reason: "r", Role: "sio", Until: nine}}, act}, false},
		"ended, and a new key has the role": {[]draft{analyst, change(nine, nine), {detail: enrolling(second, "analyst")}, {actor: second, detail: act.detail}}, true},
		"given, and a new key follows":      {[]draft{sio, change(nine, forever), {detail: enrolling(second, "sio")}, {actor: second, detail: act.detail}}, false},
	} {
		trials++
		if _, err := keysOf(t, c.chain...); c.refused != (ledger.CodeOf(err) == ledger.FaultRole) || !c.refused && err != nil {
			failures++
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, d := range map[string]*ledger.RoleChanged{
		"recorder": {From: nine, Person: person.name, Reason: "r", Role: ledger.RoleRecorder, Until: forever},
		"log":      {From: nine, Person: person.name, Reason: "r", Role: ledger.RoleLog, Until: forever},
		"root":     {From: nine, Person: "service", Reason: "r", Role: ledger.RoleRoot, Until: forever},
		"nobody":   {From: nine, Person: "nobody", Reason: "r", Role: "analyst", Until: forever},
	} {
		trials++
		if _, err := keysOf(t, analyst, draft{detail: d}); ledger.CodeOf(err) != ledger.FaultRole {
			failures++
			t.Errorf("a change for %s: %v", name, err)
		}
	}
	t.Logf("PROOF harness=keyring-roles trials=%d failures=%d control=\"the same act is accepted before the change, and after one that gives the role\"", trials, failures)
}

// TestKeyringIsInProportion reads a chain of many keys and many changes of roles: what it
// takes grows with their number, not with the product of the two.
func TestKeyringIsInProportion(t *testing.T) {
	var more []draft
	for i := range 300 {
		more = append(more, draft{detail: enrolling(newKey(fmt.Sprintf("p%d", i)), "analyst")})
	}
	for range 300 {
		more = append(more, draft{detail: &ledger.RoleChanged{Person: "p0", Reason: "moved", Role: "sio"}})
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	ring, err := keysOf(t, more...)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 512<<20 {
		t.Errorf("%d bytes for 600 entries", used)
	}
	if n := len(ring[newKeyID("p0")].Changes); n != 300 {
		t.Errorf("control: %d changes of the one whose role was changed", n)
	}
	if n := len(ring[newKeyID("p1")].Changes); n != 0 {
		t.Errorf("%d changes of somebody else", n)
	}
}
