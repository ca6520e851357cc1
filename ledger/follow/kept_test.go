package follow_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/follow"
	"custos.example/ledger/quorum"
)

// heads returns the heads that a follower keeps, by the names of their files.
func heads(t *testing.T, memory string) map[string]ledger.SignedCheckpoint {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(memory, "heads", "*"))
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]ledger.SignedCheckpoint{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if list[filepath.Base(f)], err = ledger.ParseCheckpoint(text); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// TestHeadIsKeptWithItsCoSignatures shows a head again with fewer co-signatures: what bears
// witness stays, under the head's whole name. The controls are the same head with newer
// co-signatures, and with more.
func TestHeadIsKeptWithItsCoSignatures(t *testing.T) {
	p, memory := newPublic(t), t.TempDir()
	c := p.config(sources(t, p.folder)["folder"], memory)
	kept := func() (at []time.Time) {
		t.Helper()
		list := heads(t, memory)
		if len(list) != 1 {
			t.Fatalf("%d heads are kept", len(list))
		}
		for name, s := range list {
			if !strings.Contains(name, s.Root.String()) {
				t.Errorf("%s does not name its whole root %s", name, s.Root)
			}
			for _, w := range p.policy.CoSigners {
				if signed, err := s.CoSignatures(w.Key); err == nil && len(signed) == 1 {
					at = append(at, signed[0].At)
				}
			}
		}
		return at
	}
	p.publish(leaves{}, 300, 2)
	look(t, c)
	p.publish(leaves{}, 300, 3) // control: more
	look(t, c)
	before := p.now
	p.now = p.now.Add(time.Hour)
	p.publish(leaves{}, 300, 0)
	look(t, c, follow.CoSigners)
	p.publish(leaves{}, 300, 2)
	look(t, c)
	if at := kept(); len(at) != 3 || !at[0].Equal(before) {
		t.Errorf("kept with co-signatures of %v", at)
	}
	p.publish(leaves{}, 300, 3) // control: as many, and newer
	look(t, c)
	if at := kept(); len(at) != 3 || !at[0].Equal(p.now) {
		t.Errorf("control: kept with co-signatures of %v", at)
	}
}

// TestDatedAhead lets one co-signer date ahead by a year and then be silent like the others:
// the head is stale all the same. The controls are one within the slack of clocks, which
// counts, and a head that is fresh.
func TestDatedAhead(t *testing.T) {
	for ahead, stale := range map[time.Duration]bool{365 * 24 * time.Hour: true, 25*time.Hour + 30*time.Second: false} {
		p := newPublic(t)
		c := p.config(sources(t, p.folder)["folder"], t.TempDir())
		now := p.now
		p.publish(leaves{}, 300, 3)
		look(t, c) // control: fresh
		p.ahead, p.now = ahead, now
		p.publish(leaves{}, 300, 3)
		p.now = now.Add(25*time.Hour + time.Second)
		if stale {
			look(t, c, follow.Stale)
		} else {
			look(t, c)
		}
	}
}

// TestPolicyOfAnOlderKey follows a log whose key was rotated, under a policy that names the
// key before: the follower was told the new one. The control was not told it.
func TestPolicyOfAnOlderKey(t *testing.T) {
	p := newPublic(t)
	_, before := newKey(t, origin, ledger.LogKey)
	c := p.config(sources(t, p.folder)["folder"], t.TempDir())
	policy := p.policy
	policy.Logs = []quorum.Log{{Key: before}}
	c.Policy, c.Log = &policy, []ledger.NoteKey{before, p.note}
	p.publish(leaves{}, 30, 3)
	look(t, c)
	c.Log = c.Log[:1]
	look(t, c, follow.NotGenuine)
	if len(policy.Logs) != 1 {
		t.Error("the caller's policy was changed")
	}
}
