package main

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"custos.example/analysis"
	"custos.example/analysis/module"
	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// clock is the time at which every script runs.
func clock() time.Time { return time.Date(2026, 11, 22, 10, 31, 0, 0, time.UTC) }

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"custos-verify": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr, clock)) },
		"custos-verify-panics": func() {
			os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr, func() time.Time { panic("a made-up fault") }))
		},
	})
}

// TestScripts runs the scripts in testdata/script over one made-up case.
func TestScripts(t *testing.T) {
	c := made(t)
	file := c.Bundle()
	files := map[string][]byte{
		"JAS-1.custos.zip":    file,
		"changed.custos.zip":  flip(file, len(file)/2),
		"headless.custos.zip": flip(flip(file, 0), 1),
		"tailless.custos.zip": file[:len(file)-22],
		"text.custos.zip":     []byte("a letter that was renamed, long enough to be something\n"),
		"empty.custos.zip":    {},
		"withheld.custos.zip": c.Forge(bundletest.Forge{Withhold: map[uint64]string{c.N("received"): "sensitive"}}),
		"other.custos.zip":    c.Forge(bundletest.Forge{Withhold: map[uint64]string{c.N("checked"): "sensitive"}}),
		"trust.json":          trust(t, c.Trust()),
		"stranger.json":       trust(t, bundletest.NewCase("stranger", bundletest.Hooks{}).Trust()),
		"before.checkpoint":   c.Checkpoint(),
		"policy.txt":          []byte("witness court court+00000000+AAAA\nquorum court\n"),
		"none.policy":         []byte("quorum none\n"),
	}
	office := bundletest.NewAuthority("scripts", "Office of time")
	files["stamped.custos.zip"] = c.Forge(bundletest.Forge{After: c.Stamped(bundletest.Stamp{By: office, At: clock().Add(-time.Hour)})})
	files["office.pem"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: office.Root.Raw})
	forked := c.Leaves[3]
	c.Leaves[3][0] ^= 1
	files["forked.checkpoint"] = c.Checkpoint()
	c.Leaves[3] = forked
	c.Forge(bundletest.Forge{Logged: func(c *bundletest.Case) {
		c.Leaves = append(c.Leaves, ledger.Commitment{7})
		files["later.checkpoint"] = c.Checkpoint()
	}})
	c.Forge(bundletest.Forge{Proofs: func(r *ledger.Receipt, _ *bundle.Paths) { files["own.checkpoint"] = r.Checkpoint.Bytes() }})
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			for name, data := range files {
				if err := os.WriteFile(filepath.Join(e.WorkDir, name), data, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "module" {
				return false, fmt.Errorf("condition %q is not known", name)
			}
			return c.Module != nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits CODE ARGS... runs custos-verify and wants that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if err != nil || neg {
		ts.Fatalf("usage: exits CODE [ARG...]")
	}
	got := 0
	if err := ts.Exec("custos-verify", args[1:]...); err != nil {
		var exit interface{ ExitCode() int }
		if !errors.As(err, &exit) {
			ts.Fatalf("custos-verify: %v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit %d, not %d", got, want)
	}
}

// made is a made-up case told with this program's own steps, under the module
// that it carries when that was built from the same sources.
func made(t *testing.T) *bundletest.Case {
	t.Helper()
	c := bundletest.NewCase("scripts", bundletest.Hooks{})
	c.Steps, c.Module = bundletest.Real(), nil
	wasm, info, err := module.Built()
	if err != nil && (os.Getenv("CI") == "true" || !errors.Is(err, module.ErrNotBuilt)) {
		t.Fatal(err)
	}
	source, err := module.SourceDigest(analysis.Sources)
	if err != nil {
		t.Fatal(err)
	}
	if source == info.Source {
		c.Module = wasm
	} else {
		info.Module = ""
		t.Log("no module of these sources is built (make module): the scripts do without")
	}
	c.Tell(bundletest.RealStory(80, info.Module))
	return c
}

// flip returns a copy of data with one bit changed.
func flip(data []byte, at int) []byte {
	out := append([]byte(nil), data...)
	out[at] ^= 8
	return out
}

// trust returns a trust file.
func trust(t *testing.T, list ledger.Trust) []byte {
	t.Helper()
	data, err := list.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}
