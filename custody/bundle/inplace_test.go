package bundle_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// TestNoFileBesideTheRecord lists files that are no part of the record, outside the
// folders for payloads, and says more of a chain than its size and digest.
func TestNoFileBesideTheRecord(t *testing.T) {
	for _, name := range []string{"chain/more.json", "exhibit.pdf", "read-me-first.html"} {
		c, _, o := tiny("beside")
		file := c.Forge(bundletest.Forge{Edit: func(f bundletest.Files, m *bundle.Manifest) {
			f[name] = []byte("look at this instead")
			m.Members = append(m.Members, bundle.ManifestMember{Name: name})
			slices.SortFunc(m.Members, func(a, b bundle.ManifestMember) int { return strings.Compare(a.Name, b.Name) })
		}})
		want(t, verify(file, o), bundle.ExitDiffers, "B02")
	}
	c, _, o := tiny("salted chain")
	file := c.Forge(bundletest.Forge{Edit: func(_ bundletest.Files, m *bundle.Manifest) {
		for i := range m.Members {
			if m.Members[i].Name == "chain/work.json" {
				m.Members[i].Salt = &ledger.Salt{1}
			}
		}
	}})
	want(t, verify(file, o), bundle.ExitDiffers, "B02")
}

// TestTwoFilesOfOneContent checks an exhibit of which two files hold the same bytes,
// which are one member of the bundle.
func TestTwoFilesOfOneContent(t *testing.T) {
	c := bundletest.NewCase("one content", bundletest.Hooks{Draft: func(d *bundletest.Draft) {
		if e, ok := d.Detail.(*ledger.ExhibitProduced); ok {
			last := len(d.Produced) - 1
			d.Produced = append(d.Produced, ledger.Subject{Name: "again", Digest: d.Produced[last].Digest})
			e.Renders = append(e.Renders, ledger.Render{Step: e.Renders[last].Step, Subject: "again"})
		}
	}})
	c.Tell(bundletest.TinyStory())
	if r := verify(c.Bundle(), options(c)); strings.Contains(text(t, r), "P02") {
		t.Errorf("two files of one content are one that is missing:\n%s", text(t, r))
	}
}

// TestAbsentIsWhatAnEntryCanName lists something absent by digests that no entry has.
func TestAbsentIsWhatAnEntryCanName(t *testing.T) {
	for _, digest := range []ledger.DigestSet{{"md5": {1}}, {}, {ledger.SHA256: {1}, ledger.Salted: {2}}} {
		c, _, o := tiny("absent by md5")
		file := c.Forge(bundletest.Forge{Edit: func(_ bundletest.Files, m *bundle.Manifest) {
			m.Absent = append(m.Absent, bundle.ManifestAbsent{Digest: digest, Reason: "sensitive"})
		}})
		if r := verify(file, o); r.Exit == bundle.ExitMatches {
			t.Errorf("%v: exit %d\n%s", digest, r.Exit, text(t, r))
		}
	}
}

// TestSummaryOfMoreThanThereCanBe signs a checkpoint whose size is the lowest number
// when it is read as one with a sign.
func TestSummaryOfMoreThanThereCanBe(t *testing.T) {
	c, _, o := tiny("too many")
	file := c.Forge(bundletest.Forge{Sign: func(p ledger.Checkpoint) []byte {
		p.Size = 1 << 63
		return bundletest.Signed(p, c.Log.Note(c.Origin))
	}})
	want(t, verify(file, o), bundle.ExitDiffers, "L02")
}

// TestNoRoomIsNoDifference unpacks a bundle on a computer without room, and stops a
// check. The control is the same bundle with room.
func TestNoRoomIsNoDifference(t *testing.T) {
	c, story := bundletest.NewCase("no room", bundletest.Hooks{}), bundletest.TinyStory()
	for i := range 9000 { // beyond 64 KiB it is packed
		story.File = fmt.Appendf(story.File, "07700900%03d,07700900%03d\n", i%1000, (i*7+i/13)%1000)
	}
	c.Tell(story)
	file, o := c.Bundle(), options(c)
	want(t, verify(file, o), bundle.ExitMatches)
	full := o
	full.Scratch = func() (analysis.Scratch, error) { return nil, errors.New("no space left on device") }
	want(t, verify(file, full), bundle.ExitCannotTell, "B06")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	want(t, bundle.Verify(ctx, bytes.NewReader(file), int64(len(file)), o), bundle.ExitCannotTell, "B06")
}
