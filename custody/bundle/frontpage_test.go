package bundle_test

import (
	"strings"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
)

// TestFilesOnThePageAreCounted holds that a page names a file once for each time that
// it was read, and no file that was not.
func TestFilesOnThePageAreCounted(t *testing.T) {
	for name, try := range map[string]struct {
		lines func(bundletest.Story) string
		exit  int
	}{
		"both readings": {func(s bundletest.Story) string { return sourceLine(s) + "," + sourceLine(s) }, bundle.ExitMatches},
		"one of two":    {sourceLine, bundle.ExitDiffers},
		"one too many":  {func(s bundletest.Story) string { return sourceLine(s) + "," + sourceLine(s) + "," + sourceLine(s) }, bundle.ExitDiffers},
	} {
		t.Run(name, func(t *testing.T) {
			file, o := twiceRead(try.lines)
			want(t, verify(file, o), try.exit)
		})
	}
}

// TestSecondPersonIsAnother holds that a check by whoever produced the exhibit does not
// stand as a second person's.
func TestSecondPersonIsAnother(t *testing.T) {
	c := bundletest.NewCase(seed, bundletest.Hooks{})
	c.Hooks.Draft = func(d *bundletest.Draft) {
		if d.Label == "checked" {
			d.Actor = c.Analyst
		}
	}
	c.Tell(bundletest.TinyStory())
	want(t, verify(c.Bundle(), options(c)), bundle.ExitMatches, "who produced the exhibit, recorded the check of it too", "No second person has")
	_, file, o := tiny("second person")
	want(t, verify(file, o), bundle.ExitMatches, "made the exhibit again and recorded that it agrees")
}

// TestProfilesOfOthersAreSaid holds that a reader is told when what the columns of a
// file mean is somebody's own word.
func TestProfilesOfOthersAreSaid(t *testing.T) {
	_, file, o := tiny("profile")
	want(t, verify(file, o), bundle.ExitMatches, "P08")
	c := realCase("profile", 20)
	said := text(t, verify(c.Bundle(), options(c)))
	if !strings.Contains(said, string(bundle.Matches)) || strings.Contains(said, "P08") {
		t.Errorf("a profile that this program carries is called somebody's own:\n%s", said)
	}
}
