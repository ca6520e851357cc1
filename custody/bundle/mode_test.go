package bundle_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"strings"
	"testing"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
	"custos.example/ledger/quorum"
)

// tiny tells the tiny story and returns case, bundle and options.
func tiny(seed string) (*bundletest.Case, []byte, bundle.Options) {
	c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
	return c, c.Bundle(), options(c)
}

// want requires an exit code and every one of some phrases in the report.
func want(t *testing.T, r bundle.Report, exit int, phrases ...string) {
	t.Helper()
	said := strings.Join(strings.Fields(text(t, r)), " ")
	if r.Exit != exit {
		t.Errorf("exit %d, not %d", r.Exit, exit)
	}
	for _, phrase := range phrases {
		if !strings.Contains(said, phrase) {
			t.Errorf("the report does not say %q", phrase)
		}
	}
	if t.Failed() {
		t.Log("\n" + text(t, r))
	}
}

func TestWithoutTrustNothingIsYes(t *testing.T) {
	_, file, o := tiny("no trust")
	o.Trust = nil
	r := verify(file, o)
	want(t, r, bundle.ExitCannotTell, "CANNOT TELL", "This record agrees with itself; no key in it is one you said you trust", "--trust FILE")
	if r.Questions[2].Answer != bundle.NotChecked {
		t.Errorf("who recorded it: %s", r.Questions[2].Answer)
	}
}

func TestFiveQuestionsInOrder(t *testing.T) {
	_, file, o := tiny("questions")
	for _, r := range []bundle.Report{verify(file, o), verify(file[:100], o)} {
		titles := make([]string, len(r.Questions))
		for i, q := range r.Questions {
			titles[i] = q.Title
			if q.Answer != bundle.Yes && q.Answer != bundle.No && q.Answer != bundle.NotChecked || q.Reason == "" {
				t.Errorf("%s: answer %q, reason %q", q.Title, q.Answer, q.Reason)
			}
		}
		if got := strings.Join(titles, " "); got != "Is it the same? Since when? Who recorded it? Can it be made again? What was not checked?" {
			t.Errorf("the questions are %s", got)
		}
		if len(r.NotShown) == 0 || !strings.Contains(text(t, r), "What this does not show") {
			t.Error("the report does not say what it does not show")
		}
	}
}

func TestWithheldEntriesAreCounted(t *testing.T) {
	c, _, o := tiny("withheld")
	n := c.N("checked")
	file := c.Forge(bundletest.Forge{Withhold: map[uint64]string{n: "sensitive"}})
	want(t, verify(file, o), bundle.ExitMatches, "1 of 12 entries are withheld: entry 11 (sensitive)", "No second person")
	// The origin of an input of the exhibit is required.
	file = c.Forge(bundletest.Forge{Withhold: map[uint64]string{c.N("received"): "another-person"}})
	want(t, verify(file, o), bundle.ExitCannotTell, "is not shown: the entry that made it is withheld")
	// Nothing but the keeper's word tells that an entry was erased.
	file = c.Forge(bundletest.Forge{Withhold: map[uint64]string{n: "erased", c.N("rows"): "erased"}})
	want(t, verify(file, o), bundle.ExitMatches, fmt.Sprintf("entries %d, %d (said to be lawfully erased, which nothing in this bundle shows)", c.N("rows"), n))
}

// TestWithheldAuthority wants an authority that is not shown to answer for nothing
// that the exhibit rests on, whether it was ever given or not.
func TestWithheldAuthority(t *testing.T) {
	const good, said = "each step on data names an authority that is on record", "is not among the entries shown; it may be one that is withheld"
	c, file, o := tiny("authority")
	want(t, verify(file, o), bundle.ExitMatches, good) // the control
	withheld := map[uint64]string{c.N("authority"): "not-relevant"}
	forms := []bundle.Report{verify(c.Forge(bundletest.Forge{Withhold: withheld}), o)}
	invented := bundletest.NewCase("authority", bundletest.Hooks{Draft: func(d *bundletest.Draft) {
		if d.Label == "run" {
			d.Authority = []ledger.EntryID{{0xde, 0xad}}
		}
	}})
	invented.Tell(bundletest.TinyStory())
	forms = append(forms, verify(invented.Forge(bundletest.Forge{Withhold: map[uint64]string{invented.N("rows") - 4: "not-relevant"}}), options(invented)))
	for _, r := range forms {
		want(t, r, bundle.ExitCannotTell, "A02", said)
		if strings.Contains(strings.Join(strings.Fields(text(t, r)), " "), good) {
			t.Error("it says that every authority is on record")
		}
	}
	// What is no part of the exhibit is read beside the answers.
	c = bundletest.NewCase("authority", bundletest.Hooks{})
	c.Tell(bundletest.TinyStory())
	withheld = map[uint64]string{c.N("checked"): "not-relevant"}
	c.Append(bundletest.Draft{
		Label: "other", Chain: ledger.Work, Actor: c.Analyst, Operation: "collection", Authority: []ledger.EntryID{c.Entries["checked"]},
		Detail:   &ledger.EvidenceReceived{FileName: "other.csv", From: "Northmoor Mobile", Item: "NET/4", Size: 1},
		Produced: []ledger.Subject{{Name: "source", Digest: c.Keep([]byte("x"))}},
	})
	r := verify(c.Forge(bundletest.Forge{Withhold: withheld}), options(c))
	want(t, r, bundle.ExitMatches, "A02", said)
	if strings.Contains(strings.Join(strings.Fields(text(t, r)), " "), good) {
		t.Error("it says that every authority is on record")
	}
}

// TestSignedOnBehalf wants a key that the service holds to be called so, whatever
// its roles.
func TestSignedOnBehalf(t *testing.T) {
	c := bundletest.NewCase("on behalf", bundletest.Hooks{})
	c.Analyst.Roles = []string{"analyst", ledger.RoleRecorder}
	c.Tell(bundletest.TinyStory())
	want(t, verify(c.Bundle(), options(c)), bundle.ExitMatches, `12 entries signed by the service on behalf of "Jo A. Saunders"`, `5 entries signed by "Recording service"`)
	c = bundletest.NewCase("on behalf", bundletest.Hooks{})
	c.Analyst.HeldBy = "holder"
	c.Tell(bundletest.TinyStory())
	want(t, verify(c.Bundle(), options(c)), bundle.ExitMatches, `12 entries signed by "Jo A. Saunders"`)
}

func TestAbsentPayloads(t *testing.T) {
	c := bundletest.NewCase("absent payloads", bundletest.Hooks{})
	c.Tell(bundletest.TinyStory())
	o := options(c)
	leave := func(name string, a bundle.Absent) []byte {
		return c.Forge(bundletest.Forge{Leave: map[string]bundle.Absent{name: a}})
	}
	want(t, verify(leave("record/0002-authority.json", bundle.Absent{Reason: "sensitive"}), o), bundle.ExitMatches, "A payload is not in this bundle (authority of entry 2): sensitive")
	want(t, verify(leave("source/0003-source.csv", bundle.Absent{Reason: "sensitive"}), o), bundle.ExitCannotTell, `its input "source" is not in the bundle`)
	// An erasure needs its entry.
	erased := c.Payloads[bundletest.Text(digestOf(c, `{"reference":"AB-26-01873"}`))]
	entry := c.Append(bundletest.Draft{Label: "erased", Chain: ledger.Organisation, Detail: &ledger.PayloadErased{Digest: erased.Set, Order: "DPO-7", Recipients: []string{}}})
	want(t, verify(leave("record/0002-authority.json", bundle.Absent{Reason: "erased", Entry: entry}), o), bundle.ExitMatches, "A payload was lawfully erased (authority of entry 2); the record of it is intact")
	want(t, verify(leave("record/0002-authority.json", bundle.Absent{Reason: "erased", Entry: ledger.EntryID{1}}), o), bundle.ExitDiffers, "no entry records it")
}

// digestOf returns the digest under which a case keeps a content.
func digestOf(c *bundletest.Case, content string) ledger.DigestSet {
	for _, p := range c.Payloads {
		if string(p.Content) == content {
			return p.Set
		}
	}
	return nil
}

func TestKnownHead(t *testing.T) {
	c := bundletest.Tell("heads", bundletest.Hooks{}, bundletest.TinyStory())
	o := options(c)
	told := c.Checkpoint() // the path of its last leaf is in the bundle
	for i := range byte(2) {
		c.Leaves = append(c.Leaves, ledger.Commitment{i, 7}) // of other cases
	}
	before := c.Checkpoint()
	c.Leaves = append(c.Leaves, ledger.Commitment{2, 7}, ledger.Commitment{3, 7}, ledger.Commitment{4, 7})
	var after []byte
	size := uint64(len(c.Leaves)) + 1
	var proof func(from, to uint64, newer []byte) []byte
	file := c.Forge(bundletest.Forge{Proofs: func(r *ledger.Receipt, _ *bundle.Paths) {
		log := c.Tree()
		proof = func(from, to uint64, newer []byte) []byte {
			hashes, err := log.Consistency(context.Background(), from, to)
			if err != nil {
				t.Fatal(err)
			}
			out := fmt.Sprintf("old %d\n", from)
			for _, h := range hashes {
				out += base64.StdEncoding.EncodeToString(h[:]) + "\n"
			}
			return []byte(out + "\n" + string(newer))
		}
		after = r.Checkpoint.Bytes()
	}})
	o.Known = [][]byte{after}
	want(t, verify(file, o), bundle.ExitMatches, "Level L1")
	o.Require = bundle.CoSigned
	want(t, verify(file, o), bundle.ExitCannotTell, "The level asked for is L3 and L1 was reached")
	o.Require = bundle.KnownHead
	o.Known = [][]byte{told}
	want(t, verify(file, o), bundle.ExitMatches, "Level L1")
	o.Known = [][]byte{before}
	want(t, verify(file, o), bundle.ExitCannotTell, "do not suffice to compare them")
	o.Consistency = [][]byte{proof(size-5, size, after), proof(size-4, size, after)}
	want(t, verify(file, o), bundle.ExitMatches, "Level L1")
	o.Consistency = [][]byte{proof(size-5, size, after)}
	want(t, verify(file, o), bundle.ExitCannotTell, "it begins at size")
	o.Consistency = [][]byte{bytes.Replace(proof(size-4, size, after), []byte("\n"), []byte("\n"+base64.StdEncoding.EncodeToString(make([]byte, 32))+"\n"), 1)}
	want(t, verify(file, o), bundle.ExitCannotTell, "does not join the summary you kept")
	o.Known, o.Consistency = [][]byte{[]byte("not a summary")}, nil
	want(t, verify(file, o), bundle.ExitCannotTell, "cannot be read")
}

func TestAcknowledgementIsHeldAgainstTheRecord(t *testing.T) {
	c, file, o := tiny("acknowledged")
	l := c.Work.Links[8]
	a := ledger.Acknowledgement{Chain: c.Work.ID, Commitment: l.Commitment, Index: l.Index, N: l.N, Origin: c.Origin}
	sign := func() []byte {
		signed, err := a.Sign(t.Context(), c.Service)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	o.Known = [][]byte{sign()}
	want(t, verify(file, o), bundle.ExitMatches, "Level L1")
	o.Known = [][]byte{bundletest.Canonical(a)}
	want(t, verify(file, o), bundle.ExitMatches, "Level L1")
	a.Commitment[0] ^= 1
	o.Known = [][]byte{sign()}
	want(t, verify(file, o), bundle.ExitDiffers, "The entry that you know of is not the one in this record")
}

func TestCoSignersRaiseTheLevel(t *testing.T) {
	c := bundletest.Tell("co-signed", bundletest.Hooks{}, bundletest.TinyStory())
	court := bundletest.NewKey("co-signed", "court", "The court")
	key, err := ledger.NewNoteKey("court", ledger.CoSignerKey, court.Public())
	if err != nil {
		t.Fatal(err)
	}
	o := options(c)
	o.Policy, o.Require = &quorum.Policy{CoSigners: []quorum.CoSigner{{Name: "court", Key: key}}, Quorum: "court"}, bundle.CoSigned
	cosigned := func(break1 byte) []byte {
		return c.Forge(bundletest.Forge{Sign: func(p ledger.Checkpoint) []byte {
			s, err := ledger.ParseCheckpoint(bundletest.Signed(p, c.Log.Note(c.Origin)))
			if err != nil {
				t.Fatal(err)
			}
			s, err = s.CoSign(key, time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC), func(m []byte) ([]byte, error) {
				sig, err := court.Sign(t.Context(), m)
				sig[9] ^= break1
				return sig, err
			})
			if err != nil {
				t.Fatal(err)
			}
			return s.Bytes()
		}})
	}
	want(t, verify(cosigned(0), o), bundle.ExitMatches, "Level L3")
	want(t, verify(cosigned(1), o), bundle.ExitDiffers, "co-signature on the log's summary does not match")
}

func TestDefectsAreListed(t *testing.T) {
	c := bundletest.NewCase("defects", bundletest.Hooks{})
	c.Tell(bundletest.TinyStory())
	c.Append(bundletest.Draft{Label: "defect", Chain: ledger.Work, Actor: c.Analyst, Detail: &ledger.DefectRecorded{
		Defect: "D-1", Title: "the operator's clock was an hour late", Effect: "Times are an hour late.", State: "open", Steps: []string{},
		Entries: []ledger.EntryID{c.Entries["dataset"]},
	}})
	o := options(c)
	want(t, verify(c.Bundle(), o), bundle.ExitMatches, "A known defect touches this exhibit", "an hour late")
	if r := verify(c.Bundle(), bundle.Without(o, "defects")); strings.Contains(text(t, r), "an hour late") {
		t.Error("another check than the one meant for it lists defects")
	}
}

func TestCompressedMembers(t *testing.T) {
	c := bundletest.NewCase("compressed", bundletest.Hooks{})
	story := bundletest.TinyStory()
	for i := range 9000 {
		story.File = fmt.Appendf(story.File, "07700900%03d,07700900%03d\n", i%1000, (i*7+i/13)%1000)
	}
	c.Tell(story)
	file, o := c.Bundle(), options(c)
	packed := 0
	for name, data := range bundletest.Split(file) {
		if strings.HasSuffix(name, ".zst") {
			packed++
			if len(data) >= len(story.File) {
				t.Errorf("%s did not become smaller", name)
			}
		}
	}
	if packed < 2 {
		t.Errorf("%d members are compressed", packed)
	}
	want(t, verify(file, o), bundle.ExitMatches)
}

// TestNothingPrintedSteersATerminal puts hostile texts where a keeper can.
func TestNothingPrintedSteersATerminal(t *testing.T) {
	const hostile = "\x1b[2J\u202eevil\u2066<script>alert(1)</script>\r\nMATCHES \u00e9\x00"
	c := bundletest.NewCase("hostile", bundletest.Hooks{})
	c.Analyst.Name = hostile
	c.Hooks.Draft = func(d *bundletest.Draft) {
		switch detail := d.Detail.(type) {
		case *ledger.CaseOpened:
			detail.Title = hostile
		case *ledger.ExhibitProduced:
			detail.Title = hostile
		}
	}
	c.Tell(bundletest.TinyStory())
	o := options(c)
	o.FileName = hostile
	r := verify(c.Bundle(), o)
	if r.Exit != bundle.ExitMatches {
		t.Errorf("exit %d\n%s", r.Exit, text(t, r))
	}
	if said := text(t, r); !strings.Contains(said, "[U+202E]") || !strings.Contains(said, "[U+001B]") {
		t.Errorf("the hostile characters are not shown\n%s", said)
	}
	var page, data bytes.Buffer
	if err := errors.Join(r.HTML(&page), r.JSON(&data)); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"HTML": page.String(), "JSON": data.String()} {
		if strings.ContainsAny(out, "\x1b\u202e\u2066\x00\r") || strings.Contains(out, "<script>") {
			t.Errorf("%s holds hostile characters", name)
		}
		if !strings.Contains(html.UnescapeString(out), "[U+202E]") {
			t.Errorf("%s does not show them", name)
		}
	}
}

// TestReportFormsAgree compares the three forms of one report.
func TestReportFormsAgree(t *testing.T) {
	_, file, o := tiny("forms")
	r := verify(file, o)
	var page, data bytes.Buffer
	if err := errors.Join(r.HTML(&page), r.JSON(&data)); err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(text(t, r)), " ")
	for _, q := range r.Questions {
		for name, out := range map[string]string{"HTML": page.String(), "JSON": data.String(), "text": flat} {
			if !strings.Contains(out, q.Title) || !strings.Contains(out, string(q.Answer)) {
				t.Errorf("%s does not ask %q or answer it", name, q.Title)
			}
		}
	}
	sum := sha256.Sum256(file)
	if !strings.Contains(data.String(), fmt.Sprintf("%x", sum)) {
		t.Error("the JSON does not name the file's SHA-256")
	}
}
