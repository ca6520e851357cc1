package module_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"custos.example/analysis/module"
)

// section returns one section of a WebAssembly module, its body under 128 bytes.
func section(id byte, body ...byte) []byte {
	return append([]byte{id, byte(len(body))}, body...)
}

func wasmOf(sections ...[]byte) []byte {
	out := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range sections {
		out = append(out, s...)
	}
	return out
}

// The parts of a small module: the types () -> () and () -> i32, the import
// that lets it be stopped, one function exported as _start, one memory.
var (
	types      = section(1, 2, 0x60, 0, 0, 0x60, 0, 1, 0x7f)
	yield      = importOf("wasi_snapshot_preview1", "sched_yield")
	oneFunc    = section(3, 1, 0)
	oneMemory  = section(5, 1, 0, 1)
	exportMain = section(7, append([]byte{1, 6}, "_start\x00\x01"...)...)
	emptyCode  = section(10, 1, 2, 0, 0x0b)
)

func importOf(from, name string) []byte {
	body := append([]byte{1, byte(len(from))}, from...)
	body = append(append(body, byte(len(name))), name...)
	return section(2, append(body, 0, 1)...)
}

// codeOf returns a module whose only function has this body, which ends itself.
func codeOf(body ...byte) []byte {
	return wasmOf(types, yield, oneFunc, oneMemory, exportMain, section(10, append([]byte{1, byte(len(body) + 1), 0}, body...)...))
}

func TestOpenRefusesWhatAsksForMoreThanFiles(t *testing.T) {
	for name, c := range map[string]struct {
		wasm []byte
		want string
	}{
		"empty":            {nil, "does not begin"},
		"text":             {[]byte("number,time\n"), "does not begin"},
		"cut short":        {wasmOf(types, yield, oneFunc, oneMemory, exportMain, emptyCode)[:40], "cut short"},
		"long number":      {wasmOf([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}), "number is too long"},
		"no start":         {wasmOf(types, yield, oneFunc, oneMemory, emptyCode), "no _start"},
		"huge table":       {wasmOf(types, yield, oneFunc, section(4, 1, 0x70, 0, 0x80, 0x80, 0x80, 0x20), oneMemory, exportMain, emptyCode), "tables start with 67108864"},
		"growing table":    {codeOf(0xd0, 0x70, 0x41, 0x01, 0xfc, 0x0f, 0x00, 0x1a, 0x0b), "instruction 0xd0 is not taken"},
		"table copy":       {codeOf(0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0e, 0, 0, 0x0b), "instruction 0xfc 14 is not taken"},
		"vectors":          {codeOf(0xfd, 0x0c, 0x0b), "instruction 0xfd is not taken"},
		"long branches":    {codeOf(0x0e, 0xff, 0xff, 0xff, 0x7f, 0x0b), "to stand for it"},
		"block of a type":  {codeOf(0x02, 0x00, 0x0b, 0x0b), "a block of type 0x0 is not taken"},
		"not stoppable":    {wasmOf(types, oneFunc, oneMemory, section(7, append([]byte{1, 6}, "_start\x00\x00"...)...), emptyCode), "does not import sched_yield"},
		"start section":    {wasmOf(types, yield, oneFunc, oneMemory, exportMain, section(8, 1), emptyCode), "section 8 is not taken"},
		"huge memory":      {wasmOf(types, yield, oneFunc, section(5, 1, 0, 0x80, 0x80, 0x04), exportMain, emptyCode), "memory starts with 65536 pages"},
		"two memories":     {wasmOf(types, yield, oneFunc, section(5, 2, 0, 1, 0, 1), exportMain, emptyCode), "several memories"},
		"count of data":    {wasmOf([]byte{11, 4, 0xc3, 0xc3, 0xc3, 0x30}), "a count of 101769667 has 0 bytes"},
		"count of types":   {wasmOf(section(1, 0xff, 0xff, 0xff, 0x7f)), "has 0 bytes to stand for it"},
		"count of params":  {wasmOf(section(1, 1, 0x60, 0xff, 0xff, 0xff, 0x7f)), "has 0 bytes to stand for it"},
		"many locals":      {wasmOf(types, yield, oneFunc, oneMemory, exportMain, section(10, 1, 8, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b)), "4294967295 locals"},
		"long name":        {wasmOf(section(7, 1, 0xff, 0xff, 0xff, 0x7f)), "cut short"},
		"names":            {wasmOf(section(0, append([]byte{4}, "name\x01\x05\xff\xff\xff\xff\x0f"...)...)), "not stripped"},
		"long data":        {wasmOf(section(11, 1, 0, 0x41, 0, 0x0b, 0xff, 0xff, 0xff, 0x7f)), "cut short"},
		"many elements":    {wasmOf(section(9, 1, 0, 0x41, 0, 0x0b, 0xff, 0xff, 0xff, 0x7f)), "has 0 bytes to stand for it"},
		"unknown section":  {wasmOf(section(13, 0)), "section 13 is not taken"},
		"file renumbering": {wasmOf(types, importOf("wasi_snapshot_preview1", "fd_renumber"), oneFunc, oneMemory, exportMain, emptyCode), "fd_renumber"},
		"host function":    {wasmOf(types, importOf("env", "system"), oneFunc, oneMemory, exportMain, emptyCode), `"system" of "env"`},
	} {
		m, err := module.Open(t.Context(), c.wasm, module.Options{})
		if m != nil || !errors.Is(err, module.ErrNotModule) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

func TestOpenTakesASmallModuleAndRunRefusesItsSilence(t *testing.T) {
	m, err := module.Open(t.Context(), wasmOf(types, yield, oneFunc, oneMemory, exportMain, emptyCode), module.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close(t.Context())
	if _, _, err := one(t, m, "echo", "x", nil); !errors.Is(err, module.ErrContract) || !strings.Contains(err.Error(), "left out output page") {
		t.Errorf("a module that does nothing: %v", err)
	}
	if len(m.Digest()) != 64 {
		t.Errorf("digest %q", m.Digest())
	}
}

func TestATrapAndEndlessRecursionEndTheRunOnly(t *testing.T) {
	for name, c := range map[string]struct {
		code    []byte
		timeout time.Duration
		want    error
		text    string
	}{
		"unreachable": {[]byte{0x00, 0x0b}, time.Minute, module.ErrContract, "unreachable"},
		"recursion":   {[]byte{0x10, 0x01, 0x0b}, time.Minute, module.ErrContract, "stack overflow"},
		"spin":        {[]byte{0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b}, 200 * time.Millisecond, module.ErrLimit, "time"},
		"deep spin":   {deepSpin(), 200 * time.Millisecond, module.ErrLimit, "time"},
		"two calls":   {twoCalls(), 200 * time.Millisecond, module.ErrLimit, "time"},
	} {
		m, err := module.Open(t.Context(), codeOf(c.code...), module.Options{Timeout: c.timeout})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, _, err = one(t, m, "echo", "x", nil)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v; want %q", name, err, c.text)
		}
		m.Close(t.Context())
	}
}

// deepSpin returns a loop inside a loop, neither with a call.
func deepSpin() []byte {
	return []byte{0x03, 0x40, 0x03, 0x40, 0x0c, 0x01, 0x0b, 0x0b, 0x0b}
}

// twoCalls returns a function without a loop that runs for ages: it calls
// itself twice, to a depth of 60 that it keeps in memory.
func twoCalls() []byte {
	depth := func(step byte) []byte { // memory[0] += step
		return []byte{0x41, 0, 0x41, 0, 0x28, 2, 0, 0x41, step, 0x6a, 0x36, 2, 0}
	}
	body := []byte{0x41, 0, 0x28, 2, 0, 0x41, 60, 0x4e, 0x04, 0x40, 0x0f, 0x0b} // if memory[0] >= 60 return
	body = append(body, depth(1)...)
	body = append(body, 0x10, 1, 0x10, 1)
	body = append(body, depth(0x7f)...) // -1
	return append(body, 0x0b)
}

func FuzzOpen(f *testing.F) {
	f.Add(wasmOf(types, yield, oneFunc, oneMemory, exportMain, emptyCode))
	f.Add(wasmOf(types, importOf("env", "system"), oneFunc, oneMemory, exportMain, emptyCode))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\v\x04\xc3\xc3\xc30")) // this one once took all memory
	f.Add(wasmOf(section(4, 1, 0x70, 0, 0x80, 0x80, 0x80, 0x20)))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		m, err := module.Open(t.Context(), wasm, module.Options{Pages: 16})
		if err == nil {
			m.Close(t.Context())
		} else if !errors.Is(err, module.ErrNotModule) {
			t.Fatalf("%v is not ErrNotModule", err)
		}
	})
}
