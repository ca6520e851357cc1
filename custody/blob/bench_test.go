package blob

import (
	"bytes"
	"io"
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
