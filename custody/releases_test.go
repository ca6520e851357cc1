package custody_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy/rego"
)

// The people who may change the policy.
var (
	author    = custody.Actor{ID: "au1"} // the auditor of the fixture
	publisher = admin
)

// withPolicy enrols them beside the people of a case.
func withPolicy(t *testing.T) *house {
	t.Helper()
	h := withCase(t)
	for id, roles := range map[string][]string{dpo.ID: {"dpo"}, sro.ID: {"sro"}, "ad2": {"administrator"}, "dp2": {"dpo"}, "both": {"dpo", "sro"}} {
		person := custody.Person{ID: id, Name: "Person " + id, Roles: roles}
		if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// edited is this program's release with one condition more before anything is
// allowed.
func edited(t testing.TB, condition string) []byte {
	t.Helper()
	built, err := rego.Built()
	if err != nil {
		t.Fatal(err)
	}
	files, err := rego.Files(built)
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for i := range files {
		if strings.Contains(files[i].Text, "\nallow if {\n") {
			files[i].Text = strings.Replace(files[i].Text, "\nallow if {\n", "\nallow if {\n\t"+condition+"\n", 1)
			changed++
		}
	}
	text, err := rego.Text(files)
	if err != nil || changed != 1 {
		t.Fatal(changed, err)
	}
	return text
}

// noLooks is a release under which nobody sees the record of a case.
func noLooks(t testing.TB) []byte {
	t.Helper()
	return edited(t, `input.action != "case.read"`)
}

func (h *house) propose(text []byte) ledger.Digest {
	h.Helper()
	proposed, err := h.Service.Releases().Propose(h.Context(), author, custody.ProposeRelease{Name: fmt.Sprintf("test %x", text[len(text)-8:]), Text: text})
	if err != nil {
		h.Fatal(err)
	}
	return proposed.Release
}

func (h *house) approve(release ledger.Digest, by ...custody.Actor) {
	h.Helper()
	for _, actor := range by {
		if _, err := h.Service.Releases().Approve(h.Context(), actor, custody.ApproveRelease{Release: release}); err != nil {
			h.Fatal(err)
		}
	}
}

func (h *house) publish(release ledger.Digest) {
	h.Helper()
	if _, err := h.Service.Releases().Publish(h.Context(), publisher, custody.PublishRelease{Release: release}); err != nil {
		h.Fatal(err)
	}
}

// lookUp asks for something that the edited release refuses.
func (h *house) lookUp(s *custody.Service) error {
	_, err := s.Cases().Files(h.Context(), analyst, h.id, custody.Ask{})
	return err
}

// decidedBy is the release of a refusal.
func decidedBy(err error) string {
	var denial *custody.Denial
	if errors.As(err, &denial) {
		return denial.Decision.Release
	}
	return ""
}

// TestReleaseComesIntoForce takes a release from proposal to force and back: before
// and after, on this server, on another over the same record, and after a restart.
func TestReleaseComesIntoForce(t *testing.T) {
	h := withPolicy(t)
	other := custody.New(h.Service.Config)
	if err := h.lookUp(h.Service); err != nil {
		t.Fatal(err)
	}
	built := h.Service.Authoriser.Release()
	release := h.propose(noLooks(t))
	for step, do := range map[string]func(){"approval by the DPO": func() { h.approve(release, dpo) }, "approval by the SRO": func() { h.approve(release, sro) }} {
		do()
		if err := h.lookUp(h.Service); err != nil {
			t.Errorf("the %s alone changed a decision: %v", step, err)
		}
	}
	h.publish(release)
	for name, s := range map[string]*custody.Service{"this server": h.Service, "another server": other, "a third": custody.New(h.Service.Config)} {
		if err := h.lookUp(s); decidedBy(err) != release.String() {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.reopen()
	other = custody.New(h.Service.Config)
	if err := h.lookUp(h.Service); decidedBy(err) != release.String() {
		t.Errorf("after a restart: %v", err)
	}
	if h.Service.Authoriser.Release() != built {
		t.Error("the program's own release changed")
	}
	// back again: the first release needs approvals of its own, given since
	first, err := h.Service.Releases().Named(t.Context(), custody.NameBuilt)
	if err != nil || first.InForce || first.Author != "service" || len(first.Forces) != 1 || first.Forces[0].Until.IsZero() {
		t.Fatalf("%+v, %v", first, err)
	}
	if _, err := h.Service.Releases().Publish(t.Context(), publisher, custody.PublishRelease{Release: first.Release}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("the first release comes back without approval: %v", err)
	}
	h.approve(first.Release, dpo, sro)
	h.publish(first.Release)
	if err := h.lookUp(other); err != nil {
		t.Errorf("the first release is in force again: %v", err)
	}
	if _, err := h.Service.Releases().Publish(t.Context(), publisher, custody.PublishRelease{Release: release}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("approvals count twice: %v", err)
	}
	all, err := h.Service.Releases().List(t.Context())
	if err != nil || len(all) != 2 || len(all[0].Forces) != 2 || !all[0].InForce || all[1].InForce || len(all[1].Approved) != 2 || all[1].Approved[0].Counts {
		t.Errorf("%+v, %v", all, err)
	}
	h.whole()
}

// TestReleasesAndPeople is what becomes of releases that should not come into
// force, in one house.
func TestReleasesAndPeople(t *testing.T) {
	h := withPolicy(t)
	releaseIsRefused(t, h)
	releaseNeedsFourPeople(t, h)
	approvalEndsWithItsKey(t, h)
	h.whole()
}

// releaseNeedsFourPeople: the author does not approve, one person does not
// approve twice, and whoever wrote or approved does not publish. Each refusal
// stands beside the same act by the right person, which goes through.
func releaseNeedsFourPeople(t *testing.T, h *house) {
	releases := h.Service.Releases()
	text := noLooks(t)
	mine, err := releases.Propose(t.Context(), dpo, custody.ProposeRelease{Name: "by the DPO", Text: text})
	if err != nil {
		t.Fatal(err)
	}
	approve := func(who custody.Actor) error {
		_, err := releases.Approve(t.Context(), who, custody.ApproveRelease{Release: mine.Release})
		return err
	}
	publish := func(who custody.Actor) error {
		_, err := releases.Publish(t.Context(), who, custody.PublishRelease{Release: mine.Release})
		return err
	}
	refuse := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = releases.Propose(t.Context(), analyst, custody.ProposeRelease{Name: "by an analyst", Text: edited(t, "input.asOf >= 0")})
	refuse("an analyst puts a release forward", err, custody.ErrDenied)
	_, err = releases.Propose(t.Context(), author, custody.ProposeRelease{Name: "again", Text: text})
	refuse("put forward twice", err, custody.ErrConflict)
	refuse("approved by its author", approve(dpo), custody.ErrDenied)
	refuse("approved by an administrator", approve(admin), custody.ErrDenied)
	refuse("approved by an analyst", approve(analyst), custody.ErrDenied)
	refuse("published without approval", publish(publisher), custody.ErrDenied)
	if err := approve(custody.Actor{ID: "both", Role: "dpo"}); err != nil {
		t.Fatal(err)
	}
	refuse("approved by one person in two roles", approve(custody.Actor{ID: "both", Role: "sro"}), custody.ErrConflict)
	refuse("published with one approval", publish(publisher), custody.ErrDenied)
	if err := approve(custody.Actor{ID: "dp2"}); err != nil {
		t.Fatal(err)
	}
	refuse("published with the approval of two DPOs", publish(publisher), custody.ErrDenied)
	if err := approve(sro); err != nil {
		t.Fatal(err)
	}
	refuse("published by its author", publish(dpo), custody.ErrDenied)
	refuse("published by one who approved", publish(sro), custody.ErrDenied)
	refuse("of a digest that nobody knows", func() error {
		_, err := releases.Approve(t.Context(), sro, custody.ApproveRelease{Release: ledger.Digest{1}})
		return err
	}(), custody.ErrNotFound)
	if err := publish(publisher); err != nil {
		t.Errorf("control: %v", err)
	}
	refuse("published twice", publish(custody.Actor{ID: "ad2"}), custody.ErrDenied)
}

// An approval whose key was revoked counts no more.
func approvalEndsWithItsKey(t *testing.T, h *house) {
	release := h.propose(edited(t, `input.action != "log.close"`))
	h.approve(release, dpo, sro)
	if _, err := h.Service.Organisation().Revoke(t.Context(), admin, custody.Revoke{Person: dpo.ID, Reason: "lost"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Releases().Publish(t.Context(), publisher, custody.PublishRelease{Release: release}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("published on the approval of a key that was lost: %v", err)
	}
	h.approve(release, custody.Actor{ID: "dp2"})
	h.publish(release) // the control
}

// releaseIsRefused: what cannot be read, compiled or explained, or would allow
// something by an absence, is not put forward, and leaves nothing in the record but
// the decision that it may be tried.
func releaseIsRefused(t *testing.T, h *house) {
	good := edited(t, `input.action != "ceremony.record"`)
	before := len(h.releases())
	refused := 0
	for name, text := range map[string][]byte{
		"no text":          nil,
		"a byte more":      append(bytes.Clone(good), '\n'),
		"a byte less":      good[:len(good)-1],
		"another head":     bytes.Replace(good, []byte("v1"), []byte("v9"), 1),
		"no syntax":        edited(t, "input.action == ]"),
		"a negation":       edited(t, "not input.nothing"),
		"the clock":        edited(t, "time.now_ns() > 0"),
		"looser by a fact": edited(t, "input.request.view == \"rows\"\n}\n\nallow if {"),
	} {
		if _, err := h.Service.Releases().Propose(t.Context(), author, custody.ProposeRelease{Name: name, Text: text}); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		refused++
	}
	for _, name := range []string{"", "co-signers", "a\nb", strings.Repeat("x", 121)} {
		if _, err := h.Service.Releases().Propose(t.Context(), author, custody.ProposeRelease{Name: name, Text: good}); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("named %q: %v", name, err)
		}
	}
	if after := len(h.releases()); after != before {
		t.Errorf("%d releases, then %d", before, after)
	}
	h.propose(good)
	if after := len(h.releases()); after != before+1 {
		t.Errorf("control: %d releases", after)
	}
	t.Logf("PROOF harness=policy-refused trials=%d failures=%d control=\"a release of good form is taken\"", refused, 8-refused)
}

func (h *house) releases() []custody.Release {
	h.Helper()
	all, err := h.Service.Releases().List(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return all
}
