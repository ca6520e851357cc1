package bundle_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
	"custos.example/ledger/quorum"
)

// coSigner is a made-up co-signer.
type coSigner struct {
	name string
	at   time.Time
}

func (s coSigner) private() bundletest.Key { return bundletest.NewKey(seed, s.name, s.name) }

func (s coSigner) key() ledger.NoteKey {
	key, err := ledger.NewNoteKey(s.name, ledger.CoSignerKey, s.private().Public())
	if err != nil {
		panic(err) // names here are constants
	}
	return key
}

// coSignedBy returns what co-signs a checkpoint for each of them.
func coSignedBy(c *bundletest.Case, by ...coSigner) func(ledger.Checkpoint) []byte {
	return func(p ledger.Checkpoint) []byte {
		s, err := ledger.ParseCheckpoint(bundletest.Signed(p, c.Log.Note(c.Origin)))
		for _, w := range by {
			if err == nil {
				s, err = s.CoSign(w.key(), w.at, func(m []byte) ([]byte, error) { return w.private().Sign(context.Background(), m) })
			}
		}
		if err != nil {
			panic(err) // keys here always sign
		}
		return s.Bytes()
	}
}

// policyOf returns a policy read from its text, with a line for each co-signer.
func policyOf(text string, by ...coSigner) *quorum.Policy {
	var b strings.Builder
	for _, w := range by {
		fmt.Fprintf(&b, "witness %s %s\n", w.name, w.key())
	}
	p, err := quorum.Parse([]byte(b.String() + text))
	if err != nil {
		panic(err) // the text stands in this file
	}
	return &p
}

// coSignedAt is when the co-signers of the vectors signed, after every entry.
var coSignedAt = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// coSignerVectors are caught by how many organisations confirmed the log, and when.
func coSignerVectors() []vector {
	court, university := coSigner{"court.example/key", coSignedAt}, coSigner{"university.example/key", coSignedAt}
	return []vector{
		{"a quorum that confirmed the log too long ago", "fresh", bundle.ExitCannotTell, func() ([]byte, bundle.Options) {
			c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
			o := options(c)
			o.Policy = policyOf("group both all court.example/key university.example/key\nquorum both\n", court, university)
			o.Now, o.MaxAge = coSignedAt.Add(25*time.Hour), 24*time.Hour
			return c.Forge(bundletest.Forge{Sign: coSignedBy(c, court, university)}), o
		}},
	}
}

// TestOrganisationsAreCounted holds who is counted, and how often.
func TestOrganisationsAreCounted(t *testing.T) {
	old, spare := coSigner{"court.example/2025", coSignedAt}, coSigner{"court.example/2026", coSignedAt}
	university, force := coSigner{"university.example/key", coSignedAt}, coSigner{"force.example/key", coSignedAt}
	c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
	o := options(c)
	o.Require = bundle.CoSigned
	const two = "group court any court.example/2025 court.example/2026\ngroup most 2 court university.example/key force.example/key\nquorum most\n"
	o.Policy = policyOf(two, old, spare, university, force)
	signed := func(by ...coSigner) []byte { return c.Forge(bundletest.Forge{Sign: coSignedBy(c, by...)}) }
	want(t, verify(signed(old, university), o), bundle.ExitMatches, "Level L3", "co-signed by court.example/2025 (21 November 2026, 12:00:00 UTC), university.example/key")
	want(t, verify(signed(old, spare), o), bundle.ExitCannotTell, "found 1, and 2 of 3 are needed")
	want(t, verify(signed(), o), bundle.ExitCannotTell, "found 0, and 2 of 3 are needed", "no co-signature by anybody whom you named")
	want(t, verify(signed(old, spare, university, force), o), bundle.ExitMatches, "co-signers: court.example, force.example, university.example")

	// A key of the log's own people confirms nothing.
	own, err := ledger.NewNoteKey("inspectorate.example", ledger.CoSignerKey, c.Service.Public())
	if err != nil {
		t.Fatal(err)
	}
	o.Policy = &quorum.Policy{CoSigners: []quorum.CoSigner{{Name: "inspectorate", Key: own}}, Quorum: "inspectorate"}
	want(t, verify(signed(), o), bundle.ExitCannotTell, "its key is one of the log's own people")
}

// TestStaleCoSignaturesAreTold holds that an old head cannot pass for a new one,
// and that an old co-signature beyond a young quorum does no harm.
func TestStaleCoSignaturesAreTold(t *testing.T) {
	young, older := coSignedAt.Add(24*time.Hour), coSignedAt
	a, b, late := coSigner{"court.example", young}, coSigner{"university.example", young}, coSigner{"force.example", older}
	c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
	o := options(c)
	o.Policy = policyOf("group most 2 court.example university.example force.example\nquorum most\n", a, b, late)
	o.MaxAge = 12 * time.Hour
	for _, try := range []struct {
		name string
		by   []coSigner
		now  time.Time
		exit int
	}{
		{"all young", []coSigner{a, b}, young.Add(time.Hour), bundle.ExitMatches},
		{"one too old beside a quorum", []coSigner{a, b, late}, young.Add(time.Hour), bundle.ExitMatches},
		{"one too old in the quorum", []coSigner{a, late}, young.Add(time.Hour), bundle.ExitCannotTell},
		{"all too old", []coSigner{a, b}, young.Add(13 * time.Hour), bundle.ExitCannotTell},
		{"from the future", []coSigner{a, b}, young.Add(-time.Hour), bundle.ExitCannotTell},
	} {
		o.Now = try.now
		r := verify(c.Forge(bundletest.Forge{Sign: coSignedBy(c, try.by...)}), o)
		stale := slices.ContainsFunc(r.Advice, func(k bundle.Code) bool { return k.Code == "W02" })
		if r.Exit != try.exit || stale != (try.exit == bundle.ExitCannotTell) {
			t.Errorf("%s: exit %d, stale %v\n%s", try.name, r.Exit, stale, text(t, r))
		}
	}
}
