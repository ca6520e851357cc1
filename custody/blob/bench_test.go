package blob

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func BenchmarkPut64MB(b *testing.B) {
	p := open(b)
	content := noise(1, 64<<20)
	b.SetBytes(int64(len(content)))
	i := byte(0)
	for b.Loop() {
		i++
		content[0], content[1] = i, content[1]+1
		ref, err := p.store.Put(b.Context(), caseA, bytes.NewReader(content))
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := p.store.Erase(b.Context(), caseA, ref.Address); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func BenchmarkPutSmall(b *testing.B) {
	p := open(b)
	content := noise(1, 1500)
	for b.Loop() {
		for i := range content {
			content[i]++
			if content[i] != 0 {
				break
			}
		}
		if _, err := p.store.Put(b.Context(), caseA, bytes.NewReader(content)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead64MB(b *testing.B) {
	p := open(b)
	ref := p.put(b, caseA, noise(1, 64<<20))
	b.SetBytes(ref.Size)
	for b.Loop() {
		payload, err := p.store.Open(b.Context(), caseA, ref.Address)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, io.NewSectionReader(payload, 0, payload.Size())); err != nil || n != ref.Size {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkVerify64MB(b *testing.B) {
	p := open(b)
	ref := p.put(b, caseA, noise(1, 64<<20))
	b.SetBytes(ref.Size)
	for b.Loop() {
		if err := p.store.Verify(b.Context(), caseA, ref.Address); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFloorSmall is the least that a durable small file costs here: write,
// flush, name, flush the folder.
func BenchmarkFloorSmall(b *testing.B) {
	dir := b.TempDir()
	content := noise(1, 1500)
	for i := 0; b.Loop(); i++ {
		path := filepath.Join(dir, strconv.Itoa(i))
		f, err := os.Create(path + ".new")
		if err == nil {
			_, err = f.Write(content)
		}
		if err := errors.Join(err, f.Sync(), f.Close(), os.Rename(path+".new", path), flushFolder(dir)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFloor64MB is the same for a large file.
func BenchmarkFloor64MB(b *testing.B) {
	dir := b.TempDir()
	content := noise(1, 64<<20)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		path := filepath.Join(dir, "x")
		f, err := os.Create(path)
		if err == nil {
			_, err = f.Write(content)
		}
		if err := errors.Join(err, f.Sync(), f.Close(), flushFolder(dir), os.Remove(path)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFloorScratch writes the same stream in clear.
func BenchmarkFloorScratch(b *testing.B) {
	block := noise(1, 1<<20)
	path := filepath.Join(b.TempDir(), "x")
	b.SetBytes(int64(len(block)))
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	at := int64(0)
	for b.Loop() {
		if at > 1<<30 {
			b.StopTimer()
			if err := f.Truncate(0); err != nil {
				b.Fatal(err)
			}
			at = 0
			b.StartTimer()
		}
		if _, err := f.WriteAt(block, at); err != nil {
			b.Fatal(err)
		}
		at += 1 << 20
	}
}
