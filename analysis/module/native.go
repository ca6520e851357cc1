package module

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"custos.example/analysis"
)

// SourceRoot stands before every path in a digest of sources.
const SourceRoot = "analysis/"

// SourceDigest returns the digest of the source text and data of the steps.
// Shape: SHA-256 in lower-case hex over one line "<sha256>  <path>\n" a file,
// sorted by path, tests left out; paths are relative to the repository.
// Source: the Hash1 of golang.org/x/mod/sumdb/dirhash, in hex.
func SourceDigest(sources fs.FS) (string, error) {
	lines, err := SourceLines(sources)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, line := range lines {
		_, _ = io.WriteString(sum, line) // a hash takes everything
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// SourceLines returns the lines that SourceDigest is taken over.
func SourceLines(sources fs.FS) ([]string, error) {
	var paths []string
	err := fs.WalkDir(sources, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		paths = append(paths, path)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("digest of sources: %w", err)
	}
	slices.Sort(paths)
	lines := make([]string, 0, len(paths))
	for _, path := range paths {
		data, err := fs.ReadFile(sources, path)
		if err != nil {
			return nil, fmt.Errorf("digest of sources: %w", err)
		}
		lines = append(lines, fmt.Sprintf("%x  %s\n", sha256.Sum256(data), SourceRoot+path))
	}
	return lines, nil
}

// Platform returns the processor that this binary was built for, with the
// level that Go calls GOAMD64, GOARM64 and so on: "amd64/v1".
func Platform() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return runtime.GOARCH
	}
	return platform(b)
}

func platform(b *debug.BuildInfo) string {
	for _, s := range b.Settings {
		if s.Key == "GO"+strings.ToUpper(runtime.GOARCH) {
			return runtime.GOARCH + "/" + s.Value
		}
	}
	return runtime.GOARCH
}

// Native returns nil when this binary's own steps may stand in for the module
// that info describes: the same sources, the same libraries, the same
// toolchain, and a processor on which they were measured to agree.
// Errors: ErrNotNative with the first difference; the caller then runs the module.
func Native(info Info) error {
	if got := runtime.Version(); got != info.Toolchain {
		return fmt.Errorf("%w: it was built by %s, the module by %s", ErrNotNative, got, info.Toolchain)
	}
	source, err := SourceDigest(analysis.Sources)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotNative, err)
	}
	if source != info.Source {
		return fmt.Errorf("%w: its sources are %.12s, the module's are %.12s; run `make module`", ErrNotNative, source, info.Source)
	}
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return fmt.Errorf("%w: it does not say how it was built", ErrNotNative)
	}
	if p := platform(b); !slices.Contains(info.Agreed, p) {
		return fmt.Errorf("%w: %s is not among the processors that were compared with the module (%s)",
			ErrNotNative, p, strings.Join(info.Agreed, ", "))
	}
	return sameLibraries(b.Deps, info.Dependencies)
}

func sameLibraries(have []*debug.Module, want []Dependency) error {
	for _, w := range want {
		at := slices.IndexFunc(have, func(m *debug.Module) bool { return m.Path == w.Path })
		if at < 0 {
			return fmt.Errorf("%w: it does not say which %s it holds", ErrNotNative, w.Path)
		}
		if m := have[at]; m.Replace != nil || m.Version != w.Version || m.Sum != w.Sum {
			return fmt.Errorf("%w: it holds %s %s, the module %s", ErrNotNative, w.Path, m.Version, w.Version)
		}
	}
	return nil
}
