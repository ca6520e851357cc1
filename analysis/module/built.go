package module

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/klauspost/compress/zstd"
)

// The files of folder built, written by the command in folder build. The last
// binds the other two, in the form of sha256sum: another frame may hold the same
// module, and what only describes it is bound by nothing else.
const (
	WasmFile = "custos-steps.wasm.zst"
	InfoFile = "module.json"
	SumsFile = "SHA256SUMS"
)

// Sums returns what SumsFile says of the other two.
func Sums(frame, info []byte) []byte {
	var out bytes.Buffer
	for _, f := range []struct {
		name string
		data []byte
	}{{WasmFile, frame}, {InfoFile, info}} {
		fmt.Fprintf(&out, "%x  %s\n", sha256.Sum256(f.data), f.name)
	}
	return out.Bytes()
}

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
// Errors: ErrNotBuilt when a file is absent; any difference between the files and
// what SumsFile says, or between the module's bytes and what module.json says.
func Load(folder fs.FS) ([]byte, Info, error) {
	var files [3][]byte
	for i, name := range []string{WasmFile, InfoFile, SumsFile} {
		data, err := fs.ReadFile(folder, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, Info{}, ErrNotBuilt
		}
		if err != nil {
			return nil, Info{}, fmt.Errorf("built module: %w", err)
		}
		files[i] = data
	}
	frame, text := files[0], files[1]
	if !bytes.Equal(files[2], Sums(frame, text)) {
		return nil, Info{}, fmt.Errorf("built module: its files are not those that %s names; run `make module`", SumsFile)
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
