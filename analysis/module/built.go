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
	b, err := readBuilt(folder)
	if err != nil {
		return nil, Info{}, err
	}
	wasm, err := b.expand()
	return wasm, b.info, err
}

// built is what stands in folder built.
type built struct {
	folder fs.FS
	info   Info
	text   []byte // info, as it stands there
}

// readBuilt reads what was recorded of the module, which is small; the module itself is
// read and checked when its bytes are wanted.
func readBuilt(folder fs.FS) (built, error) {
	text, err := readFrom(folder, InfoFile)
	if err != nil {
		return built{}, err
	}
	info, err := ParseInfo(text)
	if err != nil {
		return built{}, fmt.Errorf("built module: %w", err)
	}
	return built{folder, info, text}, nil
}

// readFrom reads a file of folder built.
func readFrom(folder fs.FS, name string) ([]byte, error) {
	data, err := fs.ReadFile(folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	if err != nil {
		return nil, fmt.Errorf("built module: %w", err)
	}
	return data, nil
}

// expand returns the module's bytes, which are those that module.json names, from the
// files that SumsFile names.
func (b built) expand() ([]byte, error) {
	frame, err := readFrom(b.folder, WasmFile)
	if err != nil {
		return nil, err
	}
	sums, err := readFrom(b.folder, SumsFile)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(sums, Sums(frame, b.text)) {
		return nil, fmt.Errorf("built module: its files are not those that %s names; run `make module`", SumsFile)
	}
	wasm, err := expand(frame)
	if err != nil {
		return nil, fmt.Errorf("built module: %w", err)
	}
	sum := sha256.Sum256(wasm)
	if got := hex.EncodeToString(sum[:]); got != b.info.Module || int64(len(wasm)) != b.info.Size {
		return nil, fmt.Errorf("built module: its digest is %s, %s says %s; run `make module`", got, InfoFile, b.info.Module)
	}
	return wasm, nil
}

func expand(frame []byte) ([]byte, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxModuleSize), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.DecodeAll(frame, nil)
}
