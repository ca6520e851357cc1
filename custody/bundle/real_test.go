package bundle_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"testing"

	"custos.example/analysis"
	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
)

// realCase tells the story with the real steps.
func realCase(seed string, rows int) *bundletest.Case {
	c := bundletest.NewCase(seed, bundletest.Hooks{})
	c.Steps = bundletest.Real()
	sum := sha256.Sum256(c.Module)
	c.Tell(bundletest.RealStory(rows, hex.EncodeToString(sum[:])))
	return c
}

func TestRealBundleMatches(t *testing.T) {
	c := realCase("real", 600)
	file := c.Bundle()
	r := verify(file, options(c))
	if r.Exit != bundle.ExitMatches {
		t.Fatalf("exit %d\n%s", r.Exit, text(t, r))
	}
	if os.Getenv("CUSTOS_SHOW") != "" {
		t.Log("\n" + text(t, r))
	}
	t.Logf("%d bytes", len(file))
}

// TestPoisonedSteps breaks each real step in the verifier in turn, one
// byte of one output, and wants each break to be reported as a difference.
func TestPoisonedSteps(t *testing.T) {
	c := realCase("poison", 200)
	file := c.Bundle()
	used := map[string]bool{
		"source-csv": true, "event-schedule": true, "render-schedule-csv": true,
		"render-schedule-pdf": true, "render-schedule-xlsx": true, "render-map-svg": true,
	}
	broken, missed := 0, 0
	for i, step := range c.Steps {
		info := step.Info()
		if !used[info.Name] {
			continue
		}
		delete(used, info.Name)
		for _, port := range analysis.Makes(info, map[string]bool{}) {
			o := options(c)
			steps := append(bundletest.Steps(nil), c.Steps...)
			steps[i] = bundletest.Poison{Step: step, Output: port.Name}
			o.Steps = steps
			r := verify(file, o)
			if r.Exit != bundle.ExitDiffers || !found(r, "outputs") {
				missed++
				t.Errorf("%s with a changed %q is not seen: exit %d\n%s", info.Identity(), port.Name, r.Exit, text(t, r))
			}
			broken++
		}
		o := options(c)
		steps := append(bundletest.Steps(nil), c.Steps...)
		steps[i] = bundletest.Miscount{Step: step}
		o.Steps = steps
		if r := verify(file, o); r.Exit != bundle.ExitDiffers {
			missed++
			t.Errorf("%s with a wrong balance is not seen: exit %d", info.Identity(), r.Exit)
		}
		broken++
	}
	if len(used) > 0 {
		t.Errorf("not tried: %v", used)
	}
	if r := verify(file, options(c)); r.Exit != bundle.ExitMatches {
		t.Errorf("the control, unbroken steps, exits %d\n%s", r.Exit, text(t, r))
	}
	proof(t, "verifier-poisoned-step", int64(broken), int64(missed), "unbroken steps exit 0")
}
