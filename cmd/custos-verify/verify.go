package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/module"
	"custos.example/analysis/registry"
	"custos.example/custody/bundle"
	"custos.example/ledger"
	"custos.example/ledger/quorum"
	"custos.example/ledger/timestamp"
)

// maxSmall is the largest trust file, policy, checkpoint or proof, in bytes.
const maxSmall = 16 << 20

// runVerify checks the bundle and prints the report.
func (c line) runVerify(ctx context.Context, stdout, stderr io.Writer, now func() time.Time) int {
	f, size, err := openBundle(c.file)
	if err != nil {
		return fail(stderr, err)
	}
	defer func() { _ = f.Close() }()
	space := newSpace()
	defer space.close()
	o, err := c.checking(space, now)
	if err != nil {
		return fail(stderr, err)
	}
	if c.differing != "" {
		o.Differing = func(name string, content analysis.Input) error { return keepContent(c.differing, name, content) }
	}
	r := bundle.Verify(ctx, f, size, o)
	write := r.Text
	switch {
	case c.json:
		write = r.JSON
	case c.html:
		write = r.HTML
	}
	if err := write(stdout); err != nil {
		_, _ = fmt.Fprintf(stderr, "custos-verify: the report could not be written: %v\n", err)
		return bundle.ExitFault
	}
	return r.Exit
}

// open opens a file that the user named, the bundle or what it is checked with, and returns its size.
// Errors: errUsage when there is no such file.
func open(name string) (*os.File, int64, error) {
	f, err := os.Open(name) //nolint:gosec // the user names the file
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("%w: there is no file %s: nothing was checked", errUsage, name)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %s cannot be read, and nothing was checked: %w", errUsage, name, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is a folder, or another thing that is no file")
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("%w: %s cannot be read, and nothing was checked: %w", errUsage, name, err), f.Close())
	}
	return f, info.Size(), nil
}

// steps is the list of steps that this program was built with.
type steps struct{}

// Find returns a step.
func (steps) Find(name string, version int) (analysis.Step, bool) {
	return registry.Find(name, version)
}

// checking gathers what a check rests on, and notes when it is made.
func (c line) checking(space *space, now func() time.Time) (bundle.Options, error) {
	o, err := c.rests(space)
	o.Now, o.MaxAge = now(), c.maxAge
	o.CheckedAt = o.Now.UTC().Format("2 January 2006, 15:04:05 UTC")
	return o, err
}

// rests gathers what a check rests on besides the bundle.
func (c line) rests(space *space) (bundle.Options, error) {
	o := bundle.Options{
		Checker: bundle.Checker{Version: version(), Binary: ownDigest()}, FileName: filepath.Base(c.file),
		Require: c.require, Archived: c.archived, Steps: steps{}, Scratch: space.scratch,
		Load: func(ctx context.Context, wasm []byte) (bundle.Module, error) {
			return module.Open(ctx, wasm, module.Options{})
		},
	}
	if err := native(&o); err != nil {
		return o, err
	}
	if c.trust != "" {
		data, err := small(c.trust)
		if err != nil {
			return o, err
		}
		trust, err := ledger.ParseTrust(data)
		if err != nil {
			return o, fmt.Errorf("%w: %s is not a trust file: %w", errUsage, c.trust, err)
		}
		sum := sha256.Sum256(data)
		o.Trust, o.TrustDigest = &trust, hex.EncodeToString(sum[:])
	}
	if err := c.rootsOfTime(o.Trust); err != nil {
		return o, err
	}
	if c.policy != "" {
		data, err := small(c.policy)
		if err != nil {
			return o, err
		}
		policy, err := quorum.Parse(data)
		if err != nil {
			return o, fmt.Errorf("%w: %s is not a policy of co-signers: %w", errUsage, c.policy, err)
		}
		o.Policy = &policy
	}
	var err error
	if o.Known, err = smalls(c.knownHeads); err == nil {
		o.Consistency, err = smalls(c.consistency)
	}
	return o, err
}

// rootsOfTime adds the roots of authorities of time that the caller got from
// their publishers.
func (c line) rootsOfTime(trust *ledger.Trust) error {
	if len(c.timeRoots) > 0 && trust == nil {
		return fmt.Errorf("%w: --time-root goes with --trust", errUsage)
	}
	for _, name := range c.timeRoots {
		data, err := small(name)
		if err != nil {
			return err
		}
		roots, err := timestamp.ParsePEM(data)
		if err != nil {
			return fmt.Errorf("%w: %s is not a root certificate: %w", errUsage, name, err)
		}
		trust.TimestampRoots = append(trust.TimestampRoots, roots...)
	}
	return nil
}

// native says which module this program's own steps stand for, if they do.
func native(o *bundle.Options) error {
	_, info, err := module.Built()
	if errors.Is(err, module.ErrNotBuilt) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the steps in this program are damaged; get a fresh copy: %w", err)
	}
	o.Checker.Module = info.Module
	carried, err := ledger.ParseDigest(info.Module)
	if err == nil && module.Native(info) == nil {
		o.Native = carried
	}
	return err
}

// small reads a small file that the user named.
func small(name string) ([]byte, error) {
	f, size, err := open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if size > maxSmall {
		return nil, fmt.Errorf("%w: %s has %d bytes; %d is the most", errUsage, name, size, maxSmall)
	}
	return io.ReadAll(io.LimitReader(f, maxSmall))
}

// smalls reads several small files that the user named.
func smalls(names []string) ([][]byte, error) {
	var all [][]byte
	for _, name := range names {
		data, err := small(name)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// version returns the version that the program was built as.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// ownDigest returns SHA-256 of the program's own file, so that it can be
// compared with the published one; empty when the file cannot be read.
func ownDigest() string {
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(name) //nolint:gosec // the program's own file
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
