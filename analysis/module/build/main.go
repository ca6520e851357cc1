// Command build compiles every step into one WebAssembly module and writes it,
// with what is known of it, to analysis/module/built. `make module` calls it
// from the root of the repository. The same sources and toolchain give the
// same bytes in any folder.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"custos.example/analysis"
	"custos.example/analysis/module"
)

func main() {
	out := flag.String("out", filepath.FromSlash("analysis/module/built"), "folder to write to")
	list := flag.Bool("list", false, "print the lines that the digest of the sources is taken over, and build nothing")
	flag.Parse()
	if *list {
		lines, err := module.SourceLines(analysis.Sources)
		if err != nil {
			fmt.Fprintln(os.Stderr, "module:", err)
			os.Exit(1)
		}
		_, _ = fmt.Fprint(os.Stdout, strings.Join(lines, ""))
		return
	}
	info, err := build(context.Background(), *out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "module:", err)
		os.Exit(1)
	}
	_, _ = fmt.Fprintf(os.Stdout, "module %s  %d bytes  source %s  %s\n", info.Module, info.Size, info.Source, info.Toolchain)
}

// guest is the package that is compiled.
const guest = "./analysis/module/guest"

func build(ctx context.Context, out string) (module.Info, error) {
	scratch, err := os.MkdirTemp("", "custos-module-")
	if err != nil {
		return module.Info{}, err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	file := filepath.Join(scratch, "custos-steps.wasm")
	if _, err := goTool(ctx, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", file, guest); err != nil {
		return module.Info{}, err
	}
	wasm, err := os.ReadFile(file) //nolint:gosec // what was built just now
	if err != nil {
		return module.Info{}, err
	}
	info := module.Info{Format: module.Format, Agreed: module.Agreed(), Size: int64(len(wasm))}
	sum := sha256.Sum256(wasm)
	info.Module = hex.EncodeToString(sum[:])
	if info.Source, err = module.SourceDigest(analysis.Sources); err != nil {
		return module.Info{}, err
	}
	if info.Toolchain, err = toolchain(ctx); err != nil {
		return module.Info{}, err
	}
	if info.Dependencies, err = dependencies(ctx); err != nil {
		return module.Info{}, err
	}
	return info, write(out, wasm, info)
}

// goTool runs the go command for the module's target and returns what it says.
func goTool(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // fixed words and a folder
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=-trimpath", "GOWASM=", "GOEXPERIMENT=", "GOWORK=off")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.Bytes())
	}
	return stdout.Bytes(), nil
}

// toolchain returns the version of the go command, which must be the one that
// compiled this program: otherwise the sources embedded here are no witness.
func toolchain(ctx context.Context) (string, error) {
	said, err := goTool(ctx, "env", "GOVERSION")
	if err != nil {
		return "", err
	}
	if v := strings.TrimSpace(string(said)); v != runtime.Version() {
		return "", fmt.Errorf("the go command is %s, this program was built by %s", v, runtime.Version())
	}
	return runtime.Version(), nil
}

// dependencies returns the libraries that the guest links, with their sums.
func dependencies(ctx context.Context) ([]module.Dependency, error) {
	said, err := goTool(ctx, "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", guest)
	if err != nil {
		return nil, err
	}
	sums, err := readSums("go.sum")
	if err != nil {
		return nil, err
	}
	lines := slices.Compact(slices.Sorted(strings.Lines(string(said))))
	out := []module.Dependency{}
	for _, line := range lines {
		name := strings.TrimSpace(line)
		if name == "" {
			continue
		}
		path, version, _ := strings.Cut(name, " ")
		sum, ok := sums[name]
		if !ok {
			return nil, fmt.Errorf("go.sum has no line for %s", name)
		}
		out = append(out, module.Dependency{Path: path, Version: version, Sum: sum})
	}
	return out, nil
}

func readSums(file string) (map[string]string, error) {
	data, err := os.ReadFile(file) //nolint:gosec // go.sum
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		if f := strings.Fields(lines.Text()); len(f) == 3 {
			sums[f[0]+" "+f[1]] = f[2]
		}
	}
	return sums, lines.Err()
}

// write puts the files in place; what binds them last, since without it there is
// no module.
func write(folder string, wasm []byte, info module.Info) error {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	frame := encoder.EncodeAll(wasm, nil)
	text, err := info.Encode()
	if err != nil {
		return errors.Join(err, encoder.Close())
	}
	if err := errors.Join(encoder.Close(), os.MkdirAll(folder, 0o750)); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(folder, module.SumsFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := replace(filepath.Join(folder, module.WasmFile), frame); err != nil {
		return err
	}
	if err := replace(filepath.Join(folder, module.InfoFile), text); err != nil {
		return err
	}
	return replace(filepath.Join(folder, module.SumsFile), module.Sums(frame, text))
}

func replace(file string, data []byte) error {
	next := file + ".new"
	if err := os.WriteFile(next, data, 0o644); err != nil { //nolint:gosec // part of the source tree
		return err
	}
	return os.Rename(next, file)
}
