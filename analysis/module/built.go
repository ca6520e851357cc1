package module

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/klauspost/compress/zstd"
)

// The files of folder built, written by the command in folder build.
const (
	WasmFile = "custos-steps.wasm.zst"
	InfoFile = "module.json"
)

//go:embed built
var builtFolder embed.FS

// Built returns the module that this binary carries, and what was recorded of it.
// Errors: ErrNotBuilt when it carries none.
func Built() ([]byte, Info, error) {
	folder, err := fs.Sub(builtFolder, "built")
	if err != nil {
		return nil, Info{}, fmt.Errorf("built module: %w", err)
	}
	return Load(folder)
}

// Load returns the module in a folder that the command in folder build wrote.
// Errors: ErrNotBuilt when either file is absent; any difference between what
// module.json says and the module's bytes.
func Load(folder fs.FS) ([]byte, Info, error) {
	frame, err := fs.ReadFile(folder, WasmFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Info{}, ErrNotBuilt
	}
	if err != nil {
		return nil, Info{}, fmt.Errorf("built module: %w", err)
	}
	text, err := fs.ReadFile(folder, InfoFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Info{}, ErrNotBuilt
	}
	if err != nil {
		return nil, Info{}, fmt.Errorf("built module: %w", err)
	}
	info, err := ParseInfo(text)
	if err != nil {
		return nil, Info{}, fmt.Errorf("built module: %w", err)
	}
	wasm, err := expand(frame)
	if err != nil {
		return nil, Info{}, fmt.Errorf("built module: %w", err)
	}
	sum := sha256.Sum256(wasm)
	if got := hex.EncodeToString(sum[:]); got != info.Module || int64(len(wasm)) != info.Size {
		return nil, Info{}, fmt.Errorf("built module: its digest is %s, %s says %s; run `make module`", got, InfoFile, info.Module)
	}
	return wasm, info, nil
}

func expand(frame []byte) ([]byte, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxModuleSize), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.DecodeAll(frame, nil)
}
